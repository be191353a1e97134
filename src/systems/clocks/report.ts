// The scale model in words: what was measured, what was predicted, and whether they agree.
import type { Measures } from "../../analysis/measure.ts";
import { driftTable, processTable, TABLE_ROWS_MAX } from "../../analysis/report.ts";
import type { Run } from "../../core/run.ts";
import type { RunReport, Table } from "../../core/table.ts";
import { neighbours } from "./machine.ts";
import type { ClocksParams } from "./params.ts";
import { type MachinePrediction, type Prediction, predict } from "./prediction.ts";

/** A sender reaches a given neighbour with one of its two sending faces of three. */
const SHARE_OF_SENDS = 2 / 3;

/** What theory says of a run with these rates. */
export function predictRun(params: ClocksParams, rates: readonly number[]): Prediction {
  const ways = rates.map((_, machine) => neighbours(machine, params.machines));
  const reached = params.machines === 2 ? 1 : SHARE_OF_SENDS;
  return predict(rates, { targets: ways, probability: (1 - params.internal) * reached });
}

/** Tables, findings and prediction of a run of `clocks`. */
export function clocksReport(run: Run, rates: readonly number[], measures: Measures): RunReport {
  const prediction = predictRun(run.params as ClocksParams, rates);
  const seconds = (measures.toMicros - measures.fromMicros) / 1e6;
  const tables = [
    processTable(measures, "machine"),
    driftTable(measures),
    predictionTable(measures, prediction),
  ];
  return {
    tables: tables.filter(({ rows }) => rows.length > 0),
    findings: findings(measures, prediction, seconds),
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

function findings(measures: Measures, prediction: Prediction, seconds: number): string[] {
  const names = measures.processes.map(({ name }) => name);
  const slow = names.filter((_, machine) => prediction.machines[machine]!.saturates);
  const close = names.filter((_, machine) => prediction.machines[machine]!.critical);
  const said: string[] = [];
  if (slow.length === 0) {
    said.push("No machine saturates: each has more ticks than messages reach it.");
  } else {
    const grows = measures.processes
      .map(({ inbox }, machine) => ({ inbox, predicted: prediction.machines[machine]! }))
      .filter(({ predicted }) => predicted.saturates);
    const predicted = sum(grows.map((each) => each.predicted.inboxGrowthPerSecond));
    const measured = sum(grows.map((each) => each.inbox.growthPerSecond));
    said.push(
      `${listed(slow)} ${slow.length === 1 ? "saturates" : "saturate"}: more messages reach ` +
        `${slow.length === 1 ? "it" : "each"} than it has ticks. Predicted growth of ` +
        `${slow.length === 1 ? "its inbox" : "their inboxes together"} ` +
        `${predicted.toFixed(3)}/s, measured ${measured.toFixed(3)}/s over ${seconds} s.`,
    );
  }
  if (close.length > 0) {
    said.push(`${listed(close)}: within 5 % of saturation, where a short run may look either way.`);
  }
  const fastest = measures.processes.reduce((best, each) =>
    each.lamportPerSecond > best.lamportPerSecond ? each : best,
  );
  const lift = 100 * (fastest.lamportPerSecond / prediction.groupPerSecond - 1);
  said.push(
    `The group's clock rises at ${fastest.lamportPerSecond.toFixed(2)}/s, ` +
      `${lift < 0.5 ? "as fast as" : `${lift.toFixed(0)} % above`} the fastest tick rate ` +
      `(${prediction.groupPerSecond}/s)${lift < 0.5 ? "." : ": Lamport's rule lifts it at receives."}`,
  );
  return said;
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

const listed = (names: readonly string[]): string =>
  names.length <= NAMED_MAX
    ? names.join(", ")
    : `${names.slice(0, NAMED_MAX - 1).join(", ")} and ${names.length - NAMED_MAX + 1} more`;
