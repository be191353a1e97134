// The figures of an experiment.

import { METRICS } from "../analysis/metrics.ts";
import type { Series } from "../analysis/series.ts";
import type { Cell, Experiment, Row } from "../core/experiment.ts";
import { spanText } from "../core/micros.ts";
import { bandsFigure } from "../figures/bands.ts";
import { byRateFigure, type RatePoint } from "../figures/by-rate.ts";
import { intervalsFigure } from "../figures/intervals.ts";
import { mapFigure } from "../figures/map.ts";
import { mixFigure } from "../figures/mix.ts";
import { multiplesFigure } from "../figures/multiples.ts";
import { plainText } from "./cells.ts";
import type { NamedSvg } from "./run-figures.ts";
import { byRate, type CellSummary, type Summary } from "./summary.ts";

/** One run of a cell, as curves. */
export type Curves = { readonly names: readonly string[]; readonly series: Series };

/** Runs the first seed of a cell once more, for its curves. */
export type Redraw = (system: string, cell: Cell) => Promise<Curves>;

/** Beyond this many cells a figure with a chart or line for each would be no help. */
const MULTIPLES_MAX = 12;
const ROWS_MAX = 48;
/** Machines whose curves a small chart can carry. */
const LINES_MAX = 6;

/** Metrics that a figure of intervals has room for. */
const INTERVALS_MAX = 4;
const KINDS = ["internal", "send", "receive"];

/** All that say something of this experiment. */
export async function experimentFigures(
  experiment: Experiment,
  summary: Summary,
  rows: readonly Row[],
  redraw: Redraw,
): Promise<NamedSvg[]> {
  const { cells, name, seeds, runtime } = experiment;
  const subtitle = `${name}; ${seeds.count} seeds, ${spanText(cells[0]!.run.duration, runtime)}`;
  const figures: NamedSvg[] = [];
  if (experiment.map !== null) figures.push(["map", stabilityMap(experiment, summary, subtitle)]);
  if (
    ofClocks(experiment) &&
    cells.length <= MULTIPLES_MAX &&
    summary.cells.some(({ runs }) => runs > 0)
  ) {
    figures.push(["runs", await multiples(experiment, rows, redraw)]);
    figures.push(["drift", driftBands(summary, experiment, subtitle)]);
  }
  experiment.cells.forEach((cell, index) => {
    if (cells.length > MULTIPLES_MAX || !hasDrawnRates(cell)) return;
    const own = rows.filter((row) => row.cell === index);
    figures.push([`by-rate-${index + 1}`, rates(cell, own, subtitle)]);
  });
  if (cells.length <= ROWS_MAX) {
    figures.push(["intervals", intervals(summary, experiment.show, subtitle)]);
    figures.push(["events", mix(summary, subtitle)]);
  }
  return figures;
}

/** Is it about clocks and inboxes? Where a system's own metrics are shown, theirs are beside the question. */
const ofClocks = ({ show }: Experiment): boolean =>
  show.some((metric) => metric.includes(".") || Object.hasOwn(METRICS, metric));

/** Are its rates drawn from a range, so that machines can be compared by rate? */
function hasDrawnRates({ run }: Cell): boolean {
  const { rates } = (run.params ?? {}) as {
    readonly rates?: { readonly min?: number; readonly kind?: string };
  };
  return rates?.min !== undefined && rates.kind === undefined;
}

/** The six figures by clock rate of seed 002. */
function rates(cell: Cell, rows: readonly Row[], subtitle: string): string {
  const points = (metric: string): RatePoint[] =>
    byRate(rows, metric).map(({ rate, described }) => ({ rate, ...described }));
  return byRateFigure(
    { title: `Machines by their rate: ${cell.name}`, subtitle },
    [
      { title: "drift: |L − L of the fastest|", points: points("behind") },
      { title: "drift over time: its slope, per second", points: points("behind_slope") },
      { title: "jump of L at a receive", points: points("jump_mean") },
      { title: "inbox length", points: points("inbox_mean") },
      { title: "inbox growth, per second", points: points("inbox_growth") },
    ],
    KINDS.map((kind) => ({ kind, points: points(kind) })),
  );
}

async function multiples(
  experiment: Experiment,
  rows: readonly Row[],
  redraw: Redraw,
): Promise<string> {
  const drawn: { cell: Cell; curves: Curves }[] = [];
  for (const [index, cell] of experiment.cells.entries()) {
    // The first seed, unless that run broke.
    const row = rows.find((each) => each.cell === index && each.error === undefined);
    if (row === undefined) continue;
    const run = { ...cell.run, seed: row.seed };
    drawn.push({ cell, curves: await redraw(experiment.system, { ...cell, run }) });
  }
  const widest = drawn.reduce((a, b) =>
    b.curves.series.lines.length > a.curves.series.lines.length ? b : a,
  );
  const lines = widest.curves.series.lines.slice(0, LINES_MAX);
  const names = lines.map(({ process }) => widest.curves.names[process]!);
  return multiplesFigure(
    {
      title: "One run of each cell: clocks and inboxes over time",
      subtitle: `${experiment.name}; seed ${experiment.seeds.first}`,
    },
    names,
    drawn.map(({ cell, curves }) => ({
      title: cell.name,
      seconds: curves.series.seconds,
      clocks: curves.series.lines.slice(0, LINES_MAX).map(({ lamport }) => lamport),
      inboxes: curves.series.lines.slice(0, LINES_MAX).map(({ inbox }) => inbox),
    })),
  );
}

function driftBands(summary: Summary, experiment: Experiment, subtitle: string): string {
  return bandsFigure(
    {
      title: "Drift over time: largest clock minus smallest",
      subtitle: `${subtitle}; line: mean, band: 5 to 95 % of runs, dashed: predicted slope; time in seconds`,
    },
    summary.cells.map((cell, index) => {
      const { duration } = experiment.cells[index]!.run;
      const last = Math.max(1, cell.spread.length - 1);
      const slope = predictedSlope(cell);
      return {
        title: cell.name,
        points: cell.spread.map((band, at) => ({ seconds: (duration / 1e6 / last) * at, ...band })),
        ...(slope === undefined ? {} : { predictedSlope: slope }),
      };
    }),
  );
}

/** How fast theory says the slowest clock falls behind the group. */
function predictedSlope({ agreements, saturated, metrics }: CellSummary): number | undefined {
  if (saturated === undefined) return undefined;
  if (saturated === 0) return 0;
  const clocks = agreements.filter(({ metric }) => metric.endsWith(".lamport_rate"));
  const group = metrics.get("fastest.rate")?.mean;
  if (clocks.length === 0 || group === undefined) return undefined;
  return group - Math.min(...clocks.map(({ predicted }) => predicted));
}

function intervals(summary: Summary, show: readonly string[], subtitle: string): string {
  return intervalsFigure(
    {
      title: "Every cell: mean, 95 % interval of the mean, and range over seeds",
      subtitle,
    },
    show.slice(0, INTERVALS_MAX).map((metric) => ({
      title: metric.replaceAll("_", " "),
      rows: summary.cells.flatMap(({ name, metrics }) => {
        const description = metrics.get(metric);
        return description === undefined ? [] : [{ cell: name, ...description }];
      }),
    })),
  );
}

function mix(summary: Summary, subtitle: string): string {
  return mixFigure(
    { title: "What events are made of", subtitle: `${subtitle}; mean shares over seeds` },
    KINDS,
    summary.cells.map(({ name, metrics }) => ({
      cell: name,
      shares: KINDS.map((kind) => metrics.get(`share_${kind}`)?.mean ?? 0),
    })),
  );
}

/** Beyond this growth of the slowest machine's inbox, messages a second, a cell counts as saturated. */
const GROWTH_MIN = 0.01;

function stabilityMap(experiment: Experiment, summary: Summary, subtitle: string): string {
  const { x, y, metric } = experiment.map!;
  const text = (cell: Cell, parameter: string): string => {
    const value = cell.coordinates[parameter]!;
    // Of numbers of a list, such as rates, the least decides.
    const numbers = Array.isArray(value) ? value.filter((each) => typeof each === "number") : [];
    return plainText(numbers.length > 0 ? Math.min(...numbers) : value);
  };
  return mapFigure(
    { title: "Where machines keep up, and where they saturate", subtitle },
    { x: label(x), y: label(y), value: metric.replaceAll("_", " ") },
    experiment.cells.map((cell, index) => {
      const found = summary.cells[index]!;
      return {
        x: text(cell, x),
        y: text(cell, y),
        value: found.metrics.get(metric)?.mean ?? Number.NaN,
        predicted: (found.saturated ?? 0) > 0,
        measured: (found.metrics.get("slowest.inbox_growth")?.low ?? 0) > GROWTH_MIN,
      };
    }),
  );
}

const label = (parameter: string): string =>
  parameter === "rates" ? "slow machine's rate, ticks/s" : parameter;
