// What the crashes of stages cost in time, where a leader plans.
import type { Figure } from "../../../core/figure.ts";
import type { Recovery } from "../measured/recoveries.ts";
import type { Plant } from "../plant.ts";

/** Crashes that a figure has room for. */
const CASES_MAX = 500;
const STEPS = {
  "taken for down": "detected",
  "a flow without it": "planned",
  "adopted by all": "adopted",
  "a lot in its place": "substitute",
  "a lot left the plant": "shipped",
} as const satisfies { readonly [step: string]: keyof Recovery };

/** None, if no crash was noticed. */
export function recoveryTimes({ stages }: Plant, all: readonly Recovery[]): Figure | undefined {
  const fields = Object.values(STEPS);
  const noticed = all.filter((each) => fields.some((field) => each[field] !== undefined));
  if (noticed.length === 0) return undefined;
  const shown = noticed.slice(0, CASES_MAX);
  const missed = noticed.length < all.length ? "; nobody took notice of the others" : "";
  const cut = shown.length < noticed.length ? `; the first ${CASES_MAX} are shown` : "";
  return {
    name: "recoveries",
    title: "What follows the crash of a stage",
    subtitle: `crashes of stages: ${noticed.length} of ${all.length}${missed}${cut}`,
    shows: {
      kind: "strips",
      unit: "seconds since the crash",
      steps: Object.keys(STEPS),
      cases: shown.map((each) => ({
        name: stages[each.process]!.name,
        values: fields.map((field) => {
          const time = each[field];
          return time === undefined ? null : time / 1e6;
        }),
      })),
    },
  };
}
