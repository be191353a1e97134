// Seed 002: recorded runs, with the final inboxes of the slow machines.

import { short, withInterval } from "../../experiments/experiment-words.ts";
import type { Claim } from "./claim.ts";

/** The end of one recorded run: is it a run like those of the model? */
const recorded = (cell: string, machine: number, saw: number): Claim => ({
  seed: "002",
  claim: `Rates ${cell.replace(/,.*/, "").replace(" faces", ", faces")}: machine ${machine} ended with ${saw} waiting.`,
  preset: "seed-002-recorded",
  judge: ({ of }) => {
    const found = of(cell, `machine_${machine}.inbox_final`);
    const like = found.min <= saw && saw <= found.max;
    return {
      verdict: like ? "confirmed" : "refuted",
      figure: `final inbox ${withInterval(found)}, runs ${short(found.min)} … ${short(found.max)}`,
      reason: like
        ? "It is a run like the model's."
        : "The machine has more ticks than messages reach it: no run of the model ends like that.",
    };
  },
});

export const SEED_002: readonly Claim[] = [
  recorded("1-5-3 faces 10, saw 23", 1, 23),
  recorded("6-4-1 faces 5, saw 115", 3, 115),
  recorded("3-1-6 faces 5, saw 85", 2, 85),
  recorded("1-6-2 faces 5, saw 84 and 18", 1, 84),
  recorded("1-6-2 faces 5, saw 84 and 18", 3, 18),
  recorded("2-2-6 faces 10, saw 15 and 25", 1, 15),
  recorded("2-2-6 faces 10, saw 15 and 25", 2, 25),
  recorded("1-3-3 faces 10, saw 10", 1, 10),
];
