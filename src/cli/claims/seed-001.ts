// Seed 001: nine experiments, rates against internal events.

import { describe } from "../../analysis/statistics.ts";
import { short, withInterval } from "../../experiments/experiment-words.ts";
import { type Claim, ordered } from "./claim.ts";

const LAB = "lab";

export const SEED_001: readonly Claim[] = [
  {
    seed: "001",
    claim: "A machine about an order of magnitude slower than the fast ones drifts (A2, A3).",
    preset: LAB,
    judge: ({ of }) => ({
      verdict:
        of("A2", "drift_final").low > 10 && of("A3", "drift_final").low > 10
          ? "confirmed"
          : "refuted",
      figure: `final drift A2 ${withInterval(of("A2", "drift_final"))}, A3 ${withInterval(of("A3", "drift_final"))}`,
      reason:
        "It drifts because more messages reach it than it has ticks; the ratio of rates alone does not decide.",
    }),
  },
  {
    seed: "001",
    claim: "In A4 the machine of 2 ticks a second does not drift.",
    preset: LAB,
    judge: ({ of }) => {
      const slope = of("A4", "machine_2.behind_slope");
      return {
        verdict: Math.abs(slope.mean) < 0.05 ? "confirmed" : "refuted",
        figure: `slope of its distance to the fastest ${withInterval(slope)}/s`,
        reason:
          "1.17 messages a second reach its 2 ticks: it keeps up (a slope below 0.05/s, 3 ticks a minute, counts as none).",
      };
    },
  },
  ordered(
    "001",
    "Fewer internal events mitigate drift: B2 against A2, both 6, 1, 1 (README).",
    LAB,
    ["A2", "B2"],
    "drift_mean",
    false,
    {
      so: "",
      not: "Fewer internal events are more messages: the slow machines saturate more.",
    },
  ),
  ordered(
    "001",
    "Fewer internal events mitigate drift: B3 against A3, both 6, 6, 1 (README).",
    LAB,
    ["A3", "B3"],
    "drift_mean",
    false,
    {
      so: "",
      not: "Fewer internal events are more messages: the slow machine saturates more.",
    },
  ),
  ordered(
    "001",
    "Fewer internal events mitigate queue growth: B2 against A2 (README).",
    LAB,
    ["A2", "B2"],
    "slowest.inbox_growth",
    false,
    {
      so: "",
      not: "The inbox grows at 2.0/s instead of 0.2/s, as the traffic equations say.",
    },
  ),
  {
    seed: "001",
    claim:
      "Fewer internal events mitigate drift: B2 and B3 as run (6, 5, 5 and 6, 6, 5, notebook) against A2 and A3.",
    preset: LAB,
    judge: ({ compare }) => ({
      verdict: "confounded",
      figure:
        `drift_mean, B2 minus A2: ${withInterval(compare("A2", "B2-notebook", "drift_mean"))}, ` +
        `B3 minus A3: ${withInterval(compare("A3", "B3-notebook", "drift_mean"))}`,
      reason:
        "Drift is less, but the rates differ too: machines of 5 ticks a second do not saturate at either share.",
    }),
  },
  {
    seed: "001",
    claim: "There is no drift if the queue does not exceed about 10.",
    preset: LAB,
    judge: ({ rows }) => {
      const all = ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4"].flatMap((cell) =>
        rows(cell),
      );
      const drifts = (short: boolean): number[] =>
        all
          .filter(({ metrics }) => metrics.inbox_max! <= 10 === short)
          .map(({ metrics }) => metrics.drift_max!);
      const [below, above] = [describe(drifts(true)), describe(drifts(false))];
      return {
        verdict: "depends",
        figure: `drift_max in runs with inboxes to 10: ${withInterval(below)}, up to ${short(below.max)}; beyond: ${withInterval(above)}`,
        reason:
          "n waiting messages at r ticks a second make a clock n/r seconds late: ten are little at 5/s and 60 ticks at 1/s.",
      };
    },
  },
];
