// What stages note of the hand-off of lots, in the words of docs/tla/HandoffTrace.tla.
import type { Fields } from "../measured/material.ts";

/** A step of the hand-off. `stage` takes it; `to` is to have the lot. */
export type HandoffLine =
  | {
      readonly event:
        | "makes"
        | "recalls"
        | "receives"
        | "refuses"
        | "settles"
        | "takes back"
        | "shelves"
        | "loses"
        | "removes";
      readonly stage: string;
      readonly lot: string;
    }
  | { readonly event: "sends"; readonly stage: string; readonly lot: string; readonly to: string }
  | { readonly event: "uses"; readonly stage: string; readonly lots: readonly string[] };

/** Notes that are a step with one lot. */
const STEPS = {
  makes: "makes",
  recalling: "recalls",
  received: "receives",
  refuses: "refuses",
  "gives back": "refuses",
  delivered: "settles",
  refused: "takes back",
  back: "shelves",
  lost: "loses",
  scraps: "removes",
} as const;

/** The step that a note of a stage tells of; undefined if it tells of none. */
export function handoffLine(
  names: readonly string[],
  process: number,
  name: string,
  fields: Fields,
): HandoffLine | undefined {
  const stage = names[process]!;
  if (name === "begins") {
    const lots = (fields.takes as readonly (readonly [string, number])[]).map(([lot]) => lot);
    return lots.length === 0 ? undefined : { event: "uses", stage, lots };
  }
  const { lot } = fields;
  if (typeof lot !== "string") return undefined;
  if (name === "sent") return { event: "sends", stage, lot, to: names[Number(fields.to)]! };
  return name in STEPS ? { event: STEPS[name as keyof typeof STEPS], stage, lot } : undefined;
}
