// Seed 003: a notebook of tests, averages and conclusions.

import { type Description, describe } from "../../analysis/statistics.ts";
import { withInterval } from "../../experiments/experiment-words.ts";
import { type Claim, ordered, quantity } from "./claim.ts";

const LAB = "lab";
const TESTS = "seed-003-tests";
const FIXED = "seed-003-fixed";

const wider = ["standard", "high variability"] as const;
const talkative = ["standard", "low internal"] as const;
const SATURATES =
  "With rates to 12 beside 1 the slowest machine saturates in more draws, and further.";
const MORE =
  "More messages: the slow machines that did not saturate do, and those that did drift faster.";

export const SEED_003: readonly Claim[] = [
  ordered("003", "Larger rate ranges give more drift.", TESTS, wider, "drift_mean", true, {
    so: SATURATES,
    not: "",
  }),
  ordered("003", "Larger rate ranges give longer queues.", TESTS, wider, "inbox_mean", true, {
    so: SATURATES,
    not: "",
  }),
  ordered("003", "Larger rate ranges give larger jumps.", TESTS, wider, "jump_mean", true, {
    so: "A message carries more of a faster machine's ticks.",
    not: "",
  }),
  ordered(
    "003",
    "Fewer internal events give better synchronisation.",
    TESTS,
    talkative,
    "drift_mean",
    false,
    { so: "", not: MORE },
  ),
  ordered(
    "003",
    "Fewer internal events give longer queues.",
    TESTS,
    talkative,
    "inbox_mean",
    true,
    { so: MORE, not: "" },
  ),
  ordered(
    "003",
    "Fewer internal events give larger jumps (test 2: 5–10 ticks).",
    TESTS,
    talkative,
    "jump_mean",
    true,
    {
      so: "",
      not: "More messages arrive, so each brings fewer new ticks.",
    },
  ),
  {
    seed: "003",
    claim: "Most stable is 4–6 ticks a second with few internal events.",
    preset: TESTS,
    judge: ({ compare, of }) => {
      const wide = compare("minimal variability", "standard", "drift_mean");
      const few = compare(
        "minimal variability, high internal",
        "minimal variability",
        "drift_mean",
      );
      return {
        verdict: few.high < 0 ? "confirmed" : few.low > 0 ? "refuted" : "depends",
        figure:
          `drift_mean ${withInterval(of("minimal variability", "drift_mean"))}; 1–6 minus 4–6: ${withInterval(wide)}; ` +
          `at 4–6, few minus many internal events: ${withInterval(few)}`,
        reason:
          "4–6 is most stable, as nothing saturates there; but with many internal events it is no less so.",
      };
    },
  },
  ordered(
    "003",
    "Least stable is 1–12 ticks a second with many internal events.",
    TESTS,
    ["high variability", "high variability, low internal"],
    "drift_mean",
    false,
    {
      so: "",
      not: "Fewer internal events make it worse: more messages than the slow machine has ticks.",
    },
  ),
  {
    seed: "003",
    claim: "Slower machines have longer queues and larger jumps.",
    preset: TESTS,
    judge: ({ of }) => {
      const [slow, fast] = [
        of("standard", "slowest.inbox_mean"),
        of("standard", "fastest.inbox_mean"),
      ];
      const [far, near] = [
        of("standard", "slowest.jump_mean"),
        of("standard", "fastest.jump_mean"),
      ];
      return {
        verdict: slow.low > fast.high && far.low > near.high ? "confirmed" : "refuted",
        figure:
          `slowest and fastest: inbox ${withInterval(slow)} and ${withInterval(fast)}, ` +
          `jump ${withInterval(far)} and ${withInterval(near)}`,
        reason: "The same messages meet fewer ticks, and bring the ticks of faster machines.",
      };
    },
  },
  {
    seed: "003",
    claim: "Drift grows linearly with time.",
    preset: LAB,
    judge: ({ rows }) => {
      const share = (cell: string): Description =>
        describe(
          rows(cell).map(({ spread }) => spread[spread.length >> 1]! / Math.max(1, spread.at(-1)!)),
        );
      return {
        verdict: "depends",
        figure: `drift at half time over drift at the end: A3 ${withInterval(share("A3"))}, A5 ${withInterval(share("A5"))}`,
        reason:
          "It does where a machine saturates (A3: half at half time); else it stays bounded (A5).",
      };
    },
  },
  {
    seed: "003",
    claim: "The system regulates itself; queues settle at certain lengths.",
    preset: LAB,
    judge: ({ of }) => ({
      verdict: "depends",
      figure: `inbox growth of the slowest: B2 ${withInterval(of("B2", "slowest.inbox_growth"))}/s, A5 ${withInterval(of("A5", "slowest.inbox_growth"))}/s`,
      reason:
        "A saturated machine sends less, but its inbox grows without end; only the others settle.",
    }),
  },
  quantity(
    "003",
    "Standard test: average drift 15–20 ticks.",
    TESTS,
    "standard",
    "drift_mean",
    [15, 20],
  ),
  quantity(
    "003",
    "Standard test: maximum drift 45 ticks.",
    TESTS,
    "standard",
    "drift_max",
    [45, 45],
  ),
  quantity(
    "003",
    "Standard test: average queue 2–3 messages.",
    TESTS,
    "standard",
    "inbox_mean",
    [2, 3],
  ),
  quantity(
    "003",
    "Standard test: longest queue 8 messages.",
    TESTS,
    "standard",
    "inbox_max",
    [8, 8],
  ),
  quantity("003", "Standard test: average jump 2–3 ticks.", TESTS, "standard", "jump_mean", [2, 3]),
  quantity("003", "Standard test: largest jump 7 ticks.", TESTS, "standard", "jump_max", [7, 7]),
  quantity(
    "003",
    "Standard test: average final clock L = 124.",
    TESTS,
    "standard",
    "lamport_final",
    [124, 124],
  ),
  quantity(
    "003",
    "High variability: average drift 35–40 ticks.",
    TESTS,
    "high variability",
    "drift_mean",
    [35, 40],
  ),
  quantity(
    "003",
    "High variability: maximum drift 92 ticks.",
    TESTS,
    "high variability",
    "drift_max",
    [92, 92],
  ),
  quantity(
    "003",
    "High variability: average queue 4–6 messages.",
    TESTS,
    "high variability",
    "inbox_mean",
    [4, 6],
  ),
  quantity(
    "003",
    "High variability: longest queue 15 messages.",
    TESTS,
    "high variability",
    "inbox_max",
    [15, 15],
  ),
  quantity(
    "003",
    "High variability: average jump 4–5 ticks.",
    TESTS,
    "high variability",
    "jump_mean",
    [4, 5],
  ),
  quantity(
    "003",
    "High variability: largest jump 12 ticks.",
    TESTS,
    "high variability",
    "jump_max",
    [12, 12],
  ),
  quantity(
    "003",
    "Key metrics: average queue 0.8 messages.",
    TESTS,
    "standard",
    "inbox_mean",
    [0.8, 0.8],
  ),
  quantity("003", "Key metrics: longest queue 3 messages.", TESTS, "standard", "inbox_max", [3, 3]),
  quantity(
    "003",
    "Key metrics: maximum drift 50 %.",
    TESTS,
    "standard",
    "drift_final_percent",
    [50, 50],
  ),
  quantity(
    "003",
    "Key metrics: average drift 15–20 %.",
    TESTS,
    "standard",
    "drift_final_percent",
    [15, 20],
  ),
  quantity(
    "003",
    "Key metrics: clocks progress at 2–4 ticks a second.",
    TESTS,
    "standard",
    "group_rate",
    [2, 4],
  ),
  quantity(
    "003",
    "Key metrics: 35–45 % of events are internal.",
    TESTS,
    "standard",
    "share_internal",
    [35, 45],
  ),
  ...fixed("run 1, standard", "Run 1 (3, 5, 2)", [18, 42, 2.3, 7, 2.1, 6]),
  ...fixed("run 2, low internal", "Run 2 (4, 2, 6)", [25, 51, 3.8, 12, 3.4, 8]),
  ...fixed("run 3, high variability", "Run 3 (11, 3, 8)", [45, 98, 5.7, 18, 5.2, 14]),
  ...fixed("run 4, minimal variability", "Run 4 (5, 4, 6)", [12, 28, 1.8, 5, 1.7, 4]),
];

/** The six figures that the notebook gives for a run with fixed rates. */
function fixed(cell: string, run: string, values: readonly number[]): Claim[] {
  const metrics = ["drift_mean", "drift_max", "inbox_mean", "inbox_max", "jump_mean", "jump_max"];
  const words = [
    "average drift",
    "maximum drift",
    "average queue",
    "longest queue",
    "average jump",
    "largest jump",
  ];
  return metrics.map((metric, index) => {
    const value = values[index]!;
    return quantity("003", `${run}: ${words[index]} ${value}.`, FIXED, cell, metric, [
      value,
      value,
    ]);
  });
}
