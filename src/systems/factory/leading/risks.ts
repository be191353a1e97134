// What a leader finds out when nothing else is to be done: what the loss of one stage of each class would leave.
// One class after the other, so that it never holds anything up; what changes in between makes it begin anew.
import type { Json } from "../../../core/json.ts";
import type { Loss } from "../planning/what-if.ts";
import type { Plant } from "../plant.ts";

/** Losses that were looked at so far, in one situation. */
export type Assessment = {
  /** Names the situation. */
  readonly live: string;
  readonly losses: readonly Loss[];
  /** Classes that are still to be looked at. */
  readonly left: readonly string[];
};

/** Losses that are told of. */
const TOLD_MAX = 16;

export const beginAssessment = ({ stages }: Plant, live: string): Assessment => ({
  live,
  losses: [],
  left: [...new Set(stages.map(({ kind }) => kind))],
});

/** Looks at the next class. Cost: a small linear programme, or none if it was solved before. */
export function assessNext(
  { live, losses, left: [next, ...left] }: Assessment,
  lossOf: (kind: string) => Loss | undefined,
): Assessment {
  const loss = next === undefined ? undefined : lossOf(next);
  return { live, losses: loss === undefined ? losses : [...losses, loss], left };
}

/** Those that cost more than `least` of what is made, the worst first. */
export function risksOf({ losses }: Assessment, least: number): { readonly [field: string]: Json } {
  const sorted = [...losses].sort((a, b) => a.share - b.share || (a.without < b.without ? -1 : 1));
  const [worst] = sorted;
  const table = sorted.filter(({ share }) => share < 1 - least).slice(0, TOLD_MAX);
  return {
    worst: worst?.without ?? "",
    share: worst?.share ?? 1,
    table: table.map(({ without, perHour, share }) => ({ without, perHour, share })),
  };
}
