// What the rows of an experiment amount to: statistics of every metric in every cell, comparisons,
// and whether theory agrees.
import {
  comparePairs,
  type Description,
  describe,
  type PairedComparison,
  standardErrorsOff,
} from "../analysis/statistics.ts";
import type { Experiment, Row } from "../core/experiment.ts";

/** A metric that theory predicts, in one cell. */
export type Agreement = {
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
  /** Mean number of machines that are predicted to saturate, and within 5 % of it; absent without theory. */
  readonly saturated: number | undefined;
  readonly critical: number | undefined;
  /** Mean, and 5 % and 95 % quantiles, of the spread of clocks at each instant. */
  readonly spread: readonly {
    readonly low: number;
    readonly mean: number;
    readonly high: number;
  }[];
};

export type ComparisonResult = {
  readonly metric: string;
  readonly of: readonly [string, string];
  readonly result: PairedComparison;
};

/** A metric of all machines of one rate, in one cell. */
export type ByRate = { readonly rate: number; readonly described: Description };

/** Groups machines of all runs of a cell by their rate; their metrics are `<machine>.<metric>`. */
export function byRate(rows: readonly Row[], metric: string): ByRate[] {
  const groups = new Map<number, number[]>();
  for (const { metrics } of rows) {
    for (const [name, value] of Object.entries(metrics)) {
      if (!name.endsWith(`.${metric}`) || /^(slowest|fastest)\./.test(name)) continue;
      const rate = metrics[name.replace(/[^.]*$/, "rate")] ?? 0;
      groups.set(rate, [...(groups.get(rate) ?? []), value]);
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
/** Further off than this many standard errors, and than this share, is disagreement. */
const ERRORS_MAX = 3;
const SHARE_MAX = 0.05;

export function summarize(experiment: Experiment, rows: readonly Row[]): Summary {
  const byCell: Row[][] = experiment.cells.map(() => []);
  for (const row of rows) if (row.error === undefined) byCell[row.cell]!.push(row);
  const failed = new Map<string, Row[]>();
  for (const row of rows) {
    for (const check of row.failed) failed.set(check, [...(failed.get(check) ?? []), row]);
  }
  return {
    cells: experiment.cells.map(({ name }, cell) => summarizeCell(name, byCell[cell]!)),
    comparisons: experiment.compare.map(({ metric, of }) => {
      const [a, b] = of.map(
        (name) => byCell[experiment.cells.findIndex((cell) => cell.name === name)]!,
      );
      return { metric, of, result: comparePairs(...paired(metric, a!, b!)) };
    }),
    failed,
    broken: rows.filter(({ error }) => error !== undefined),
  };
}

function summarizeCell(name: string, rows: readonly Row[]): CellSummary {
  const names = Object.keys(rows[0]?.metrics ?? {});
  const values = (metric: string): number[] => rows.map(({ metrics }) => metrics[metric] ?? 0);
  const measured = names.filter((metric) => !metric.endsWith(PREDICTED));
  const meanOf = (metric: string): number | undefined =>
    names.includes(metric) ? describe(values(metric)).mean : undefined;
  return {
    name,
    runs: rows.length,
    metrics: new Map(measured.map((metric) => [metric, describe(values(metric))])),
    agreements: measured
      .filter((metric) => names.includes(`${metric}${PREDICTED}`))
      .map((metric) => agreement(metric, values(metric), values(`${metric}${PREDICTED}`))),
    saturated: meanOf(`saturated${PREDICTED}`),
    critical: meanOf(`critical${PREDICTED}`),
    spread: (rows[0]?.spread ?? []).map((_, at) => bandAt(rows, at)),
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
    agrees: near || Math.abs(errorsOff) <= ERRORS_MAX,
  };
}

function bandAt(rows: readonly Row[], at: number) {
  const sorted = rows.map(({ spread }) => spread[at]!).sort((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { low: quantile(0.05), mean, high: quantile(0.95) };
}

/** Values of a metric in two cells, for the seeds that both have. */
function paired(metric: string, a: readonly Row[], b: readonly Row[]): [number[], number[]] {
  const inB = new Map(b.map((row) => [row.seed, row]));
  const pairs = a.flatMap((row) => {
    const other = inB.get(row.seed);
    return other === undefined
      ? []
      : [[row.metrics[metric] ?? 0, other.metrics[metric] ?? 0] as const];
  });
  return [pairs.map(([value]) => value), pairs.map(([, value]) => value)];
}
