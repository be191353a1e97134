// The scale model in words: what was measured, what was predicted, and whether they agree.
import type { Measures, ProcessMeasures } from "../../analysis/measure.ts";
import { driftTable, processTable, TABLE_ROWS_MAX } from "../../analysis/report.ts";
import type { Run } from "../../core/run.ts";
import type { RunReport, Table } from "../../core/table.ts";
import type { ClocksParams } from "./params.ts";
import { type MachinePrediction, type Prediction, predict } from "./prediction.ts";

/**
 * What theory says of a run with these rates, on its links and without its faults; or why it says
 * nothing: the traffic equations are of machines that take one message at each tick of a fixed rate.
 */
export function predictRun(run: Run, rates: readonly number[]): Prediction | string {
  const { machines, internal, die, both, inbox, ...params } = run.params as ClocksParams;
  if ("kind" in params.rates) return "Rates adapt: the traffic equations are of fixed rates.";
  if (inbox.batch > 1)
    return "The traffic equations are of machines that take one message at a tick.";
  if (inbox.capacity > 0) return "The traffic equations are of inboxes without bound.";
  const face = (1 - internal) / 3;
  const symmetric = die === "symmetric";
  return predict(rates, {
    next: machines === 2 ? 3 * face : (symmetric ? 2 : 1.5) * face,
    after: (symmetric ? 2 : 2.5) * face,
    rest: both === "all" ? face : 0,
    copies: (1 - run.links.loss) * (1 + run.links.duplicate),
  });
}

/** Machines beyond this have no metrics of their own. */
const EACH_MAX = 10;

/** What is predicted of a run, by the names of the measured metrics. */
export function predictedClocks(run: Run, rates: readonly number[]): [string, number][] {
  const prediction = predictRun(run, rates);
  if (typeof prediction === "string" || run.faults.length > 0) return [];
  const { machines } = prediction;
  // Taken newest or most urgent first, old stamps wait while fresh ones lift the clock.
  const { order } = (run.params as ClocksParams).inbox;
  const rows: [string, number][] = [
    ["saturated", machines.filter(({ saturates }) => saturates).length],
    ["critical", machines.filter(({ critical }) => critical).length],
  ];
  if (machines.length > EACH_MAX) return rows;
  for (const [index, machine] of machines.entries()) {
    const name = `machine_${index + 1}`;
    rows.push([`${name}.arrivals`, machine.arrivalsPerSecond]);
    if (!machine.saturates) continue;
    rows.push([`${name}.inbox_growth`, machine.inboxGrowthPerSecond]);
    if (order === "fifo") rows.push([`${name}.lamport_rate`, machine.lamportPerSecond]);
  }
  return rows;
}

/** What theory says of single machines, in words, by machine: of those that saturate, or nearly do. */
export function clocksTheory(run: Run, rates: readonly number[]): [number, string][] {
  const prediction = predictRun(run, rates);
  if (typeof prediction === "string") return [];
  return prediction.machines.flatMap((machine, index): [number, string][] => {
    const { saturates, critical, arrivalsPerSecond, inboxGrowthPerSecond } = machine;
    if (!saturates && !critical) return [];
    const grows = saturates ? `; its inbox grows by ${inboxGrowthPerSecond.toFixed(2)}/s` : "";
    const says = `predicted to ${saturationWord(machine)}: ${arrivalsPerSecond.toFixed(2)} messages/s${grows}`;
    return [[index, says]];
  });
}

/** Tables, findings and prediction of a run of `clocks`. */
export function clocksReport(run: Run, rates: readonly number[], measures: Measures): RunReport {
  const prediction = predictRun(run, rates);
  const tables = [processTable(measures, "machine"), driftTable(measures)];
  const shown = tables.filter(({ rows }) => rows.length > 0);
  if (typeof prediction === "string") {
    return { tables: shown, findings: [prediction], prediction: null };
  }
  return {
    tables: [...shown, predictionTable(measures, prediction)],
    findings: findings(run, measures, prediction),
    prediction,
  };
}

function predictionTable(measures: Measures, prediction: Prediction): Table {
  const seconds = (measures.toMicros - measures.fromMicros) / 1e6;
  const rows = measures.processes.slice(0, TABLE_ROWS_MAX).map((measured, machine) => {
    const predicted = prediction.machines[machine]!;
    const arrived = (measured.events.arrive ?? 0) / seconds;
    const { inbox } = measured;
    return [
      measured.name,
      predicted.arrivalsPerSecond.toFixed(2),
      arrived.toFixed(2),
      saturationWord(predicted),
      `${(100 * inbox.aboveZero).toFixed(0)} %`,
      predicted.inboxGrowthPerSecond.toFixed(3),
      inbox.growthPerSecond.toFixed(3),
      `${predicted.saturates ? "→" : "≥"} ${predicted.lamportPerSecond.toFixed(2)}`,
      measured.lamportPerSecond.toFixed(2),
    ];
  });
  return {
    title: "Predicted by the traffic equations, and measured",
    columns: [
      "machine",
      "arrivals/s",
      "measured",
      "predicted to",
      "inbox busy",
      "inbox growth/s",
      "measured",
      "L/s",
      "measured",
    ],
    rows,
  };
}

function saturationWord({ saturates, critical }: MachinePrediction): string {
  if (critical) return saturates ? "saturate (close)" : "keep up (close)";
  return saturates ? "saturate" : "keep up";
}

const NAMED_MAX = 6;
/** A single run that is further from the prediction than this many standard errors disagrees. */
const ERRORS_MAX = 3;

function findings(run: Run, measures: Measures, prediction: Prediction): string[] {
  const machines = measures.processes.map((measured, index) => ({
    ...measured,
    predicted: prediction.machines[index]!,
  }));
  const saturated = machines.filter(({ predicted }) => predicted.saturates);
  const close = machines.filter(({ predicted }) => predicted.critical);
  const said: string[] = [];
  if (saturated.length === 0) {
    said.push("No machine saturates: each has more ticks than messages reach it.");
  } else {
    const verb = saturated.length === 1 ? "saturates" : "saturate";
    said.push(`${listed(saturated)} ${verb}: more messages arrive than there are ticks.`);
  }
  const seconds = (measures.toMicros - measures.fromMicros) / 1e6;
  for (const machine of saturated.slice(0, NAMED_MAX)) said.push(growth(machine, seconds));
  if (close.length > 0) {
    said.push(`${listed(close)}: within 5 % of saturation, where a short run may look either way.`);
  }
  if (run.faults.length > 0) said.push("The prediction knows nothing of the run's faults.");
  said.push(groupRate(measures, prediction));
  return said;
}

function growth(
  { name, inbox, predicted }: ProcessMeasures & { readonly predicted: MachinePrediction },
  seconds: number,
): string {
  const { inboxGrowthPerSecond, arrivalsVariance } = predicted;
  // Where every tick sends there is no chance in it; one message more or less is where the run began.
  const error = Math.max(Math.sqrt(arrivalsVariance / seconds), 1 / seconds);
  const off = (inbox.growthPerSecond - inboxGrowthPerSecond) / error;
  const verdict = Math.abs(off) <= ERRORS_MAX ? "agrees" : "disagrees";
  return (
    `The inbox of ${name} is predicted to grow by ${inboxGrowthPerSecond.toFixed(3)}/s; measured ` +
    `${inbox.growthPerSecond.toFixed(3)}/s, ${off.toFixed(1)} standard errors off: ${verdict}.`
  );
}

function groupRate(measures: Measures, prediction: Prediction): string {
  const fastest = measures.processes.reduce((best, each) =>
    each.lamportPerSecond > best.lamportPerSecond ? each : best,
  );
  const lift = 100 * (fastest.lamportPerSecond / prediction.groupPerSecond - 1);
  const rises = `The group's clock rises at ${fastest.lamportPerSecond.toFixed(2)}/s`;
  const rate = `the fastest tick rate (${prediction.groupPerSecond}/s)`;
  if (lift >= 0.5)
    return `${rises}, ${lift.toFixed(0)} % above ${rate}: Lamport's rule lifts it at receives.`;
  if (lift > -0.5) return `${rises}, as fast as ${rate}.`;
  return `${rises}, below ${rate}: the fastest did not tick all the time, or the run is short.`;
}

const listed = (machines: readonly { readonly name: string }[]): string => {
  const names = machines.map(({ name }) => name);
  if (names.length <= NAMED_MAX) return names.join(", ");
  return `${names.slice(0, NAMED_MAX - 1).join(", ")} and ${names.length - NAMED_MAX + 1} more`;
};
