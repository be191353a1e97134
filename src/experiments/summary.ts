// What the rows of an experiment amount to: statistics of every metric in every cell, comparisons,
// and whether theory agrees.
import {
  comparePairs,
  type Description,
  describe,
  type PairedComparison,
  standardErrorsOff,
  threeErrors,
} from "../analysis/statistics.ts";
import { pushIn } from "../core/counting.ts";
import type { Experiment, Row } from "../core/experiment.ts";

/** A metric that theory predicts, in one cell. */
type Agreement = {
  readonly metric: string;
  readonly measured: Description;
  /** Mean over the seeds: where rates are drawn, each seed has its own prediction. */
  readonly predicted: number;
  /** By how many standard errors the mean of (measured − predicted) is off 0. */
  readonly errorsOff: number;
  readonly agrees: boolean;
};

export type CellSummary = {
  readonly name: string;
  readonly runs: number;
  readonly metrics: ReadonlyMap<string, Description>;
  readonly agreements: readonly Agreement[];
  /** Share of the runs in which some machine is predicted to saturate, or is within 5 % of it; absent without theory. */
  readonly saturated: number | undefined;
  readonly critical: number | undefined;
  /** Mean, and 5 % and 95 % quantiles, of the spread of clocks at each instant. */
  readonly spread: Band;
};

/** A quantity at evenly spaced instants: mean, and 5 % and 95 % quantiles, over runs. */
export type Band = readonly {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
}[];

export type ComparisonResult = {
  readonly metric: string;
  readonly of: readonly [string, string];
  /** Undefined if fewer than two seeds have the metric in both: one says nothing of others. */
  readonly result: PairedComparison | undefined;
};

/** A metric of all machines of one rate, in one cell. */
type ByRate = { readonly rate: number; readonly described: Description };

/** Groups machines of all runs of a cell by their rate; their metrics are `<machine>.<metric>`. */
export function byRate(rows: readonly Row[], metric: string): ByRate[] {
  const machines = Object.keys(rows[0]?.metrics ?? {})
    .filter((name) => name.endsWith(`.${metric}`) && !/^(slowest|fastest)\./.test(name))
    .map((name) => name.slice(0, -metric.length - 1));
  const groups = new Map<number, number[]>();
  for (const { metrics } of rows) {
    for (const machine of machines) {
      const rate = metrics[`${machine}.rate`] ?? 0;
      pushIn(groups, rate, metrics[`${machine}.${metric}`] ?? 0);
    }
  }
  return [...groups]
    .sort((a, b) => a[0] - b[0])
    .map(([rate, values]) => ({ rate, described: describe(values) }));
}

export type Summary = {
  readonly cells: readonly CellSummary[];
  readonly comparisons: readonly ComparisonResult[];
  /** Runs in which a check did not hold, by check. */
  readonly failed: ReadonlyMap<string, readonly Row[]>;
  /** Runs that threw. */
  readonly broken: readonly Row[];
};

const PREDICTED = "_predicted";
/** Further off than this share, and than three standard errors, is disagreement. */
const SHARE_MAX = 0.05;

export function summarize(
  experiment: Experiment,
  rows: readonly Row[],
  bands: readonly Band[],
): Summary {
  const byCell = cellRows(experiment, rows);
  const failed = new Map<string, Row[]>();
  for (const row of rows) for (const check of row.failed) pushIn(failed, check, row);
  return {
    cells: experiment.cells.map(({ name }, cell) =>
      summarizeCell(name, byCell[cell]!, bands[cell]!),
    ),
    comparisons: experiment.compare.map(({ metric, of }) => {
      const [a, b] = of.map(
        (name) => byCell[experiment.cells.findIndex((cell) => cell.name === name)]!,
      );
      const pairs = paired(metric, a!, b!);
      return { metric, of, result: pairs[0].length > 1 ? comparePairs(...pairs) : undefined };
    }),
    failed,
    broken: rows.filter(({ error }) => error !== undefined),
  };
}

/** The spread of clocks over time in each cell, from the curves of its runs. */
export function bandsOf(experiment: Experiment, rows: readonly Row[]): readonly Band[] {
  return cellRows(experiment, rows).map((own) =>
    (own[0]?.spread ?? []).map((_, at) => bandAt(own, at)),
  );
}

/** The runs of each cell that did not break. */
function cellRows(experiment: Experiment, rows: readonly Row[]): Row[][] {
  const byCell: Row[][] = experiment.cells.map(() => []);
  for (const row of rows) if (row.error === undefined) byCell[row.cell]!.push(row);
  return byCell;
}

function summarizeCell(name: string, rows: readonly Row[], spread: Band): CellSummary {
  const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))];
  // Where rates are drawn, theory speaks of a metric in some runs and not in others.
  const having = (metric: string): readonly Row[] =>
    rows.filter(({ metrics }) => metric in metrics);
  const values = (metric: string, of: readonly Row[]): number[] =>
    of.map(({ metrics }) => metrics[metric]!);
  const measured = names.filter((metric) => !metric.endsWith(PREDICTED));
  const shareOf = (metric: string): number | undefined =>
    names.includes(metric)
      ? rows.filter(({ metrics }) => metrics[metric]! > 0).length / rows.length
      : undefined;
  return {
    name,
    runs: rows.length,
    metrics: new Map(measured.map((metric) => [metric, describe(values(metric, having(metric)))])),
    agreements: measured
      .filter((metric) => having(`${metric}${PREDICTED}`).length > 1)
      .map((metric) => {
        const both = having(`${metric}${PREDICTED}`);
        return agreement(metric, values(metric, both), values(`${metric}${PREDICTED}`, both));
      }),
    saturated: shareOf(`saturated${PREDICTED}`),
    critical: shareOf(`critical${PREDICTED}`),
    spread,
  };
}

function agreement(metric: string, measured: number[], predicted: number[]): Agreement {
  const off = describe(measured.map((value, index) => value - predicted[index]!));
  const described = describe(measured);
  const expected = describe(predicted).mean;
  const errorsOff = standardErrorsOff(off, 0);
  const near = Math.abs(off.mean) <= SHARE_MAX * Math.abs(expected);
  return {
    metric,
    measured: described,
    predicted: expected,
    errorsOff,
    agrees: near || Math.abs(errorsOff) <= threeErrors(measured.length),
  };
}

function bandAt(rows: readonly Row[], at: number) {
  const sorted = Float64Array.from(rows, ({ spread }) => spread[at]!).sort();
  const quantile = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { low: quantile(0.05), mean, high: quantile(0.95) };
}

/** Values of a metric in two cells, for the seeds that both have. */
function paired(metric: string, a: readonly Row[], b: readonly Row[]): [number[], number[]] {
  const inB = new Map(b.map((row) => [row.seed, row]));
  const pairs = a.flatMap((row) => {
    const other = inB.get(row.seed);
    const [value, against] = [row.metrics[metric], other?.metrics[metric]];
    return value === undefined || against === undefined ? [] : [[value, against] as const];
  });
  return [pairs.map(([value]) => value), pairs.map(([, value]) => value)];
}
