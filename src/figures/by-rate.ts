import * as Plot from "@observablehq/plot";
import { type FigureText, figure, HEAD, PANEL_HEAD } from "./plot.ts";
import { COLOURS, colourOf, escapeText, INK, RULE } from "./theme.ts";

/** A metric of machines of one rate: mean and 95 % interval of the mean. */
export type RatePoint = {
  readonly rate: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
};

export type RatePanel = { readonly title: string; readonly points: readonly RatePoint[] };

const COLUMNS = 3;
const WIDTH = 1140;
const CELL = { width: (WIDTH - 16) / COLUMNS, height: 200 };

/** Metrics of machines against their rate, and the mix of their events as the last panel. */
export function byRateFigure(
  text: FigureText,
  panels: readonly RatePanel[],
  kinds: readonly { readonly kind: string; readonly points: readonly RatePoint[] }[],
): string {
  const size = { width: CELL.width - 8, height: CELL.height - PANEL_HEAD };
  const margins = { marginLeft: 46, marginRight: 14, marginTop: 8, marginBottom: 24 };
  const x = { label: null, type: "band" as const, tickSize: 0 };
  const plots: { title: string; plot: Plot.PlotOptions }[] = panels.map(({ title, points }) => ({
    title,
    plot: {
      ...size,
      ...margins,
      x,
      y: { label: null, ticks: 4, zero: true },
      marks: [
        Plot.gridY({ stroke: RULE, strokeOpacity: 1, ticks: 4 }),
        Plot.ruleY([0], { stroke: INK, strokeOpacity: 0.4 }),
        Plot.ruleX(points, {
          x: "rate",
          y1: "low",
          y2: "high",
          stroke: COLOURS[0],
          strokeWidth: 5,
          strokeOpacity: 0.45,
        }),
        Plot.dot(points, { x: "rate", y: "mean", fill: COLOURS[0], r: 3.2 }),
      ],
    },
  }));
  const shares = kinds.flatMap(({ points }, index) => points.map((point) => ({ ...point, index })));
  plots.push({
    title: `events, %: ${kinds.map(({ kind }) => kind).join(", ")} (from below)`,
    plot: {
      ...size,
      ...margins,
      x,
      y: { label: null, ticks: 4, domain: [0, 100] },
      marks: [
        Plot.barY(shares, { x: "rate", y: "mean", fill: ({ index }) => colourOf(index), inset: 1 }),
      ],
    },
  });
  const height = HEAD + Math.ceil(plots.length / COLUMNS) * CELL.height + 28;
  return figure(
    { width: WIDTH, height },
    text,
    plots.map((panel, index) => ({
      ...panel,
      x: 8 + (index % COLUMNS) * CELL.width,
      y: HEAD + Math.floor(index / COLUMNS) * CELL.height,
    })),
    `<text x="24" y="${height - 10}">${escapeText("against the machine's own rate, ticks per second; bar: 95 % interval of the mean")}</text>`,
  );
}
