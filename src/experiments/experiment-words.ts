// What an experiment found, in sentences and tables.

import type { Description } from "../analysis/statistics.ts";
import type { Experiment } from "../core/experiment.ts";
import { spanText } from "../core/micros.ts";
import type { Table } from "../core/table.ts";
import type { CellSummary, ComparisonResult, Summary } from "./summary.ts";

/** A number as short as it can be said. */
export function short(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3);
}

export const withInterval = ({ mean, low, high }: Description): string =>
  `${short(mean)} [${short(low)}, ${short(high)}]`;

/** Cells named in one sentence; the table names all. */
const NAMED_MAX = 12;

/** The answer in words: saturation, agreement, comparisons, checks, failures. */
export function answers(experiment: Experiment, summary: Summary): string[] {
  const { cells, comparisons, failed, broken } = summary;
  const runs = cells.reduce((sum, cell) => sum + cell.runs, 0);
  const said = [
    `${runs} runs: ${cells.length} ${cells.length === 1 ? "cell" : "cells"} × ${experiment.seeds.count} seeds, ` +
      `${spanText(experiment.cells[0]!.run.duration, experiment.runtime)} each` +
      `${experiment.warmUp > 0 ? `, of which the first ${experiment.warmUp / 1e6} s do not count` : ""}.`,
    ...theory(cells),
    ...comparisons.map(compared),
  ];
  if (failed.size === 0 && runs > 0) said.push("All checks held in every run.");
  for (const [check, rows] of failed) {
    const first = rows[0]!;
    const where = `${experiment.cells[first.cell]!.name}, seed ${first.seed}`;
    said.push(`The check ${check} failed in ${rows.length} of ${runs} runs, first in ${where}.`);
  }
  for (const { cell, seed, error } of broken.slice(0, NAMED_MAX)) {
    said.push(`A run broke: ${experiment.cells[cell]!.name}, seed ${seed}: ${error}`);
  }
  if (broken.length > NAMED_MAX) said.push(`${broken.length - NAMED_MAX} more runs broke.`);
  return said;
}

function theory(cells: readonly CellSummary[]): string[] {
  const said = [...saturation(cells), ...agreement(cells)];
  return said.length > 0 ? said : ["No theory is offered for these cells."];
}

function saturation(cells: readonly CellSummary[]): string[] {
  const known = cells.filter(({ saturated }) => saturated !== undefined);
  const named = (some: readonly CellSummary[], of: (cell: CellSummary) => string): string => {
    const shown = some.slice(0, NAMED_MAX).map(of);
    return some.length > NAMED_MAX
      ? `${shown.join("; ")} and ${some.length - NAMED_MAX} more`
      : shown.join("; ");
  };
  const none = known.filter(({ saturated }) => saturated === 0);
  const some = known.filter(({ saturated }) => saturated! > 0);
  const close = known.filter(({ critical }) => critical! > 0);
  const said: string[] = [];
  const share = (name: string, value: number): string =>
    value < 1 ? `${name} (in ${(100 * value).toFixed(0)} % of runs)` : name;
  if (some.length > 0) {
    const names = named(some, ({ name, saturated }) => share(name, saturated!));
    said.push(`Machines are predicted to saturate in: ${names}.`);
  }
  if (none.length > 0) said.push(`No machine is in: ${named(none, ({ name }) => name)}.`);
  if (close.length > 0) {
    const names = named(close, ({ name, critical }) => share(name, critical!));
    said.push(`Near the critical point, where short runs may look either way: ${names}.`);
  }
  return said;
}

function agreement(cells: readonly CellSummary[]): string[] {
  const all = cells.flatMap((cell) =>
    cell.agreements.map((each) => ({ cell: cell.name, ...each })),
  );
  if (all.length === 0) return [];
  const off = all.filter(({ agrees }) => !agrees);
  const said = [
    `Theory and measurement agree in ${all.length - off.length} of ${all.length} figures ` +
      "(within 3 standard errors or 5 %).",
  ];
  for (const { cell, metric, measured, predicted, errorsOff } of off.slice(0, NAMED_MAX)) {
    said.push(
      `They disagree on ${metric} in ${cell}: predicted ${short(predicted)}, measured ` +
        `${withInterval(measured)}, ${errorsOff.toFixed(1)} standard errors off.`,
    );
  }
  if (off.length > 0) {
    said.push(
      "Theory is of long runs: how a run begins is not yet how it goes on (warmUp leaves that out).",
    );
  }
  if (off.length > NAMED_MAX)
    said.push(`And on ${off.length - NAMED_MAX} more; the table has all.`);
  return said;
}

function compared({ metric, of: [a, b], result }: ComparisonResult): string {
  if (result === undefined) {
    return `${metric} cannot be compared in ${a} and ${b}: fewer than two seeds have it in both.`;
  }
  const { low, high, effect, larger, n } = result;
  const verdict = low > 0 ? "larger" : high < 0 ? "smaller" : "not distinguishable";
  return (
    `${metric} is ${verdict} in ${b} than in ${a}: difference ${withInterval(result)} over ${n} paired ` +
    `seeds (effect ${effect.toFixed(1)} sd; larger in ${(100 * larger).toFixed(0)} % of them).`
  );
}

/** Every cell, the metrics that are to be shown, with intervals. */
export function mainTable(summary: Summary, show: readonly string[]): Table {
  const rows = summary.cells.map(({ name, runs, metrics }) => [
    name,
    runs,
    ...show.map((metric) => {
      const description = metrics.get(metric);
      return description === undefined ? "-" : withInterval(description);
    }),
  ]);
  return {
    title: "Means and 95 % intervals (Student's t)",
    columns: ["cell", "runs", ...show],
    rows,
  };
}

/** What theory predicts, and what was measured. */
export function predictionTable(summary: Summary): Table {
  const rows = summary.cells.flatMap(({ name, agreements }) =>
    agreements.map(({ metric, measured, predicted, errorsOff, agrees }) => [
      name,
      metric,
      short(predicted),
      withInterval(measured),
      Number.isFinite(errorsOff) ? errorsOff.toFixed(1) : "∞",
      agrees ? "agree" : "disagree",
    ]),
  );
  return {
    title: "Predicted and measured",
    columns: ["cell", "metric", "predicted", "measured", "standard errors off", ""],
    rows,
  };
}

/** The table of seed 000: metric by min, max, mean, median, std, var; and the interval. */
export function statisticsTable({ name, metrics }: CellSummary): Table {
  const rows = [...metrics].map(([metric, d]) => [
    metric,
    ...[d.min, d.max, d.mean, d.median, d.std, d.var].map(short),
    `[${short(d.low)}, ${short(d.high)}]`,
  ]);
  return {
    title: name,
    columns: ["metric", "min", "max", "mean", "median", "std", "var", "95 % interval of the mean"],
    rows,
  };
}

/** All statistics of all cells, in long form, for spreadsheets. */
export function summaryCsv(summary: Summary): string {
  const lines = ["cell,metric,n,min,max,mean,median,std,var,low95,high95"];
  for (const { name, metrics } of summary.cells) {
    for (const [metric, d] of metrics) {
      const numbers = [d.n, d.min, d.max, d.mean, d.median, d.std, d.var, d.low, d.high];
      lines.push([`"${name.replaceAll('"', '""')}"`, metric, ...numbers].join(","));
    }
  }
  return `${lines.join("\n")}\n`;
}
