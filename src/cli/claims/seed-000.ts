// Seed 000: a factory that goes on. Its claims are about its own program; here they are put to ours, beside
// what its authors recorded of theirs (end items in ten minutes).
import { withInterval } from "../../experiments/experiment-words.ts";
import type { Claim } from "./claim.ts";

const FAILURES = "factory/failures";
const SCALE = "factory/scale";
/** What the authors recorded, by failures a minute. */
const RECORDED =
  "of the original 100 without failures, 58 at one a minute, 1 at five, 2 at ten, none from twenty on";

export const SEED_000: readonly Claim[] = [
  {
    seed: "000",
    claim: "Uninterrupted production with multiple failures.",
    preset: FAILURES,
    judge: ({ of }) => {
      const cells = ["none", "1 a minute", "5 a minute", "10 a minute"];
      const gaps = cells.map((cell) => of(cell, "gap_max"));
      const limit = 2 * gaps[0]!.mean;
      const goes = gaps.map(({ high }) => high <= limit);
      return {
        verdict: goes.every(Boolean) ? "confirmed" : goes[1] === true ? "depends" : "refuted",
        figure: `longest time without an end item, s: ${cells.map((cell, index) => `${cell} ${withInterval(gaps[index]!)}`).join("; ")}`,
        reason:
          "Uninterrupted is taken for: no pause twice as long as without failures. A plant with one start stage and one end stage stands whenever one of those is down; the more often the more failures there are.",
      };
    },
  },
  {
    seed: "000",
    claim: "Fault-tolerant to a high degree of failures.",
    preset: FAILURES,
    judge: ({ of, rows }) => {
      const cells = [
        "none",
        "1 a minute",
        "5 a minute",
        "10 a minute",
        "20 a minute",
        "60 a minute",
      ];
      const shipped = cells.map((cell) => of(cell, "shipped"));
      const wrong = cells.flatMap((cell) => rows(cell)).filter(({ failed }) => failed.length > 0);
      const kept = shipped[3]!.mean / shipped[0]!.mean;
      return {
        verdict: wrong.length > 0 ? "refuted" : kept >= 0.5 ? "confirmed" : "depends",
        figure: `end items in ten minutes: ${cells.map((cell, index) => `${cell} ${withInterval(shipped[index]!)}`).join("; ")}; ${RECORDED}`,
        reason: `High is taken for: at ten failures a minute, each mended after some seconds, half of production is left; it is ${(100 * kept).toFixed(0)} %. In none of the runs was anything lost or used twice, by the audit of every commit.`,
      };
    },
  },
  {
    seed: "000",
    claim: "Easily scaled.",
    preset: SCALE,
    judge: ({ of }) => {
      const [small, large] = ["small, 8 stages", "four of each, 58 stages"];
      const made = [of(small!, "lots_made"), of(large!, "lots_made")];
      const shipped = [of(small!, "shipped"), of(large!, "shipped")];
      return {
        verdict: "depends",
        figure: `lots made in ten minutes ${withInterval(made[0]!)} with 8 stages, ${withInterval(made[1]!)} with 58; end items ${withInterval(shipped[0]!)} and ${withInterval(shipped[1]!)}; of the original 167, and none from 28 stages on`,
        reason:
          "Work goes on at any size, as fast as the one start stage gives material. But in these random plants an end item needs the more of it the more types there are (`orrery factory plan` says how much): with 15 types 374 lots, so that ten minutes are too short for one.",
      };
    },
  },
];
