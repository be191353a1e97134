import * as Plot from "@observablehq/plot";
import { type FigureText, figure, HEAD, PANEL_HEAD } from "./plot.ts";
import { COLOURS, escapeText, INK, RULE, roomFor } from "./theme.ts";

/** A metric in every cell: mean, 95 % interval of the mean, smallest and largest. */
export type IntervalPanel = {
  readonly title: string;
  readonly rows: readonly {
    readonly cell: string;
    readonly mean: number;
    readonly low: number;
    readonly high: number;
    readonly min: number;
    readonly max: number;
  }[];
};

const WIDTH = 1140;
const ROW = 20;
const AXIS = 38;

/** Metrics side by side, a line for each cell: dot and bar are mean and interval, the thin line the range. */
export function intervalsFigure(text: FigureText, panels: readonly IntervalPanel[]): string {
  const cells = panels[0]?.rows.map(({ cell }) => cell) ?? [];
  const height = cells.length * ROW + AXIS;
  const names = roomFor(cells);
  const width = (WIDTH - names - 16) / Math.max(1, panels.length);
  return figure(
    { width: WIDTH, height: HEAD + PANEL_HEAD + height + 12 },
    text,
    panels.map(({ title, rows }, index) => ({
      x: index === 0 ? 8 : 8 + names + index * width,
      y: HEAD,
      title: index === 0 ? "" : title,
      plot: {
        width: index === 0 ? width + names : width,
        height,
        marginLeft: index === 0 ? names : 10,
        marginRight: 14,
        marginTop: 4,
        marginBottom: 30,
        x: { label: null, ticks: 4, tickFormat: "~s", zero: true },
        y: {
          type: "band",
          domain: cells,
          label: null,
          axis: index === 0 ? "left" : null,
          tickSize: 0,
        },
        marks: [
          Plot.gridX({ stroke: RULE, strokeOpacity: 1, ticks: 4 }),
          Plot.ruleY(rows, { y: "cell", x1: "min", x2: "max", stroke: INK, strokeOpacity: 0.35 }),
          Plot.ruleY(rows, {
            y: "cell",
            x1: "low",
            x2: "high",
            stroke: COLOURS[0],
            strokeWidth: 5,
            strokeOpacity: 0.5,
          }),
          Plot.dot(rows, { y: "cell", x: "mean", fill: COLOURS[0], r: 3.2 }),
        ],
      },
    })),
    panels.length === 0
      ? ""
      : `<text x="${names + 8}" y="${HEAD + 15}" font-weight="600">${escapeText(panels[0]!.title)}</text>`,
  );
}
