// A run as one row of numbers, for statistics over many runs. docs/reference/metrics.md explains each.
import { ALL_PAIRS_MAX } from "./drift.ts";
import { fastest, type Measures, type ProcessMeasures } from "./measure.ts";

/** What each metric means. A `*` stands for a machine's name, `slowest` or `fastest`. */
export const METRICS: { readonly [metric: string]: string } = {
  drift_mean: "mean over pairs of the time-weighted mean of |La − Lb|",
  drift_max: "largest |La − Lb| of any pair at any time",
  drift_final: "largest |La − Lb| of any pair at the end",
  drift_final_percent: "the same, in % of the larger clock",
  drift_slope: "steepest least-squares slope of |La − Lb| of any pair, per second",
  drift_to_fastest_mean: "with more than 30 processes, instead: of the pairs with the fastest only",
  drift_to_fastest_max: "likewise",
  drift_to_fastest_final: "likewise",
  drift_to_fastest_final_percent: "likewise",
  drift_to_fastest_slope: "likewise",
  inbox_mean: "time-weighted mean inbox length, mean over processes",
  inbox_max: "longest inbox of any process at any time",
  inbox_final: "longest inbox of any process at the end",
  inbox_above_5_percent: "share of processes whose mean inbox is above 5, in %",
  jump_mean: "mean rise of L at a receive, over all receives",
  jump_max: "largest rise of L at a receive",
  lamport_final: "mean final clock",
  group_rate: "steepest slope of a clock, per second",
  share_internal: "internal events, in % of internal, send and receive events",
  share_send: "sends, likewise",
  share_receive: "receives, likewise",
  dropped: "messages dropped, of any cause",
  "*.rate": "ticks per second",
  "*.lamport_rate": "least-squares slope of L, per second",
  "*.inbox_mean": "time-weighted mean inbox length",
  "*.inbox_max": "longest inbox",
  "*.inbox_final": "inbox at the end",
  "*.inbox_growth": "(inbox at the end − inbox after warm-up) / time, per second",
  "*.inbox_busy": "share of time with something in the inbox, in %",
  "*.jump_mean": "mean rise of L at a receive",
  "*.arrivals": "messages that arrive, per second",
  "*.behind": "time-weighted mean of |L − L of the fastest|",
  "*.behind_slope": "its least-squares slope, per second",
  "*.internal": "internal events, in % of the process's internal, send and receive events",
  "*.send": "sends, likewise",
  "*.receive": "receives, likewise",
};

/** Beyond this many processes a row has the whole, the slowest and the fastest only. */
const EACH_MAX = 10;

const KINDS = ["internal", "send", "receive"] as const;

/** Every metric of a run, by name; the same names for all runs of as many processes. */
export function metricsOf(measures: Measures): { readonly [metric: string]: number } {
  const { processes, drift } = measures;
  const row: { [metric: string]: number } = {};
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
  const mean = (values: readonly number[]): number =>
    values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
  // Of many processes only the pairs with the fastest are measured: that is another quantity.
  const name = processes.length > ALL_PAIRS_MAX ? "drift_to_fastest" : "drift";
  row[`${name}_mean`] = mean(drift.map((pair) => pair.mean));
  row[`${name}_max`] = most(drift.map((pair) => pair.max));
  row[`${name}_final`] = most(drift.map((pair) => pair.final));
  row[`${name}_final_percent`] = 100 * most(drift.map((pair) => pair.finalShare));
  row[`${name}_slope`] = most(drift.map((pair) => pair.slopePerSecond));
  row.inbox_mean = mean(processes.map(({ inbox }) => inbox.mean));
  row.inbox_max = most(processes.map(({ inbox }) => inbox.max));
  row.inbox_final = most(processes.map(({ inbox }) => inbox.final));
  const long = processes.filter(({ inbox }) => inbox.mean > 5).length;
  row.inbox_above_5_percent = (100 * long) / processes.length;
  row.jump_mean = meanJump(measures);
  row.jump_max = most(processes.map(({ jump }) => jump.max));
  row.lamport_final = mean(processes.map(({ finalLamport }) => finalLamport));
  row.group_rate = most(processes.map(({ lamportPerSecond }) => lamportPerSecond));
  addShares(row, "share_", processes);
  row.dropped = processes.reduce((sum, { events }) => sum + (events.drop ?? 0), 0);
  const seconds = (measures.toMicros - measures.fromMicros) / 1e6;
  const [slow, fast] = extremes(processes);
  add(row, "slowest", processes[slow]!, seconds);
  add(row, "fastest", processes[fast]!, seconds);
  if (processes.length > EACH_MAX) return row;
  processes.forEach((each, process) => {
    add(row, each.name, each, seconds);
    const pair = drift.find(
      ({ a, b }) => (a === process && b === fast) || (b === process && a === fast),
    );
    row[`${each.name}.behind`] = pair?.mean ?? 0;
    row[`${each.name}.behind_slope`] = pair?.slopePerSecond ?? 0;
    addShares(row, `${each.name}.`, [each]);
  });
  return row;
}

function meanJump({ jumps }: Measures): number {
  let [count, sum] = [0, 0];
  for (const [value, times] of jumps) {
    count += times;
    sum += value * times;
  }
  return count === 0 ? 0 : sum / count;
}

function addShares(
  row: { [metric: string]: number },
  prefix: string,
  processes: readonly ProcessMeasures[],
): void {
  const counts = KINDS.map((kind) =>
    processes.reduce((sum, { events }) => sum + (events[kind] ?? 0), 0),
  );
  const all = Math.max(1, counts[0]! + counts[1]! + counts[2]!);
  KINDS.forEach((kind, index) => {
    row[`${prefix}${kind}`] = (100 * counts[index]!) / all;
  });
}

/** The first of the slowest and the first of the fastest. */
function extremes(processes: readonly ProcessMeasures[]): [number, number] {
  const rates = processes.map(({ rate }) => rate ?? 0);
  return [fastest(rates.map((rate) => -rate)), fastest(rates)];
}

function add(
  row: { [metric: string]: number },
  name: string,
  { rate, lamportPerSecond, inbox, jump, events }: ProcessMeasures,
  seconds: number,
): void {
  row[`${name}.rate`] = rate ?? 0;
  row[`${name}.lamport_rate`] = lamportPerSecond;
  row[`${name}.inbox_mean`] = inbox.mean;
  row[`${name}.inbox_max`] = inbox.max;
  row[`${name}.inbox_final`] = inbox.final;
  row[`${name}.inbox_growth`] = inbox.growthPerSecond;
  row[`${name}.inbox_busy`] = 100 * inbox.aboveZero;
  row[`${name}.jump_mean`] = jump.mean;
  row[`${name}.arrivals`] = (events.arrive ?? 0) / seconds;
}
