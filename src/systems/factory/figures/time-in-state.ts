// How each stage spent its time, and of what it was starved.
import { countIn } from "../../../core/counting.ts";
import type { Figure, Shares, Tone } from "../../../core/figure.ts";
import { byClass, type Did } from "../measured/by-class.ts";
import { type FactoryMeasures, STATES, type State } from "../measured/measures.ts";
import type { Plant } from "../plant.ts";

/** Rows that a figure has room for; of more stages, those of a class are one row. */
const ROWS_MAX = 60;
/** An item is named if a stage lacked it for such a share of its time, and so many of them. */
const NAMED = { share: 0.03, most: 2 };

export const TONE_OF: { readonly [state in State]: Tone } = {
  running: "work",
  starved: "want",
  blocked: "jam",
  "no demand": "rest",
  maintenance: "service",
  down: "fault",
  held: "hold",
  crashed: "absent",
};

type Row = Shares["rows"][number];

export function timeInState(plant: Plant, measures: FactoryMeasures): Figure | undefined {
  const { span, stages: did } = measures;
  if (span === 0) return undefined;
  const all = plant.stages.map((plan): Did => [plan, did[plan.id]!]);
  const states = STATES.filter((state) => did.some(({ time }) => (time[state] ?? 0) > 0));
  const row = (name: string, members: readonly Did[]) => rowOf(name, members, states, span);
  const each = all.length <= ROWS_MAX;
  const rows = each
    ? all.map((one) => row(one[0].name, [one]))
    : [...byClass(plant, measures)].map(([kind, members]) =>
        row(`${kind} × ${members.length}`, members),
      );
  const shown = rows.slice(0, ROWS_MAX);
  const cut = shown.length < rows.length ? `, the first ${shown.length} of ${rows.length}` : "";
  return {
    name: "states",
    title: "How each stage spent its time",
    subtitle: each
      ? "share of the run in %; on the right, what it was starved of"
      : `${all.length} stages by class${cut}: mean share of the run in %`,
    shows: {
      kind: "shares",
      parts: states.map((state) => ({ name: state, tone: TONE_OF[state] })),
      rows: shown,
    },
  };
}

function rowOf(name: string, members: readonly Did[], states: readonly State[], span: number): Row {
  const whole = span * members.length;
  const lacked = new Map<string, number>();
  for (const [, { starved }] of members) {
    for (const [item, time] of starved) countIn(lacked, item, time / whole);
  }
  const named = [...lacked]
    .filter(([, share]) => share >= NAMED.share)
    .sort(([, a], [, b]) => b - a)
    .slice(0, NAMED.most);
  return {
    name,
    shares: states.map((state) =>
      members.reduce((sum, [, { time }]) => sum + (time[state] ?? 0) / whole, 0),
    ),
    note: named.map(([item]) => item).join(", "),
  };
}
