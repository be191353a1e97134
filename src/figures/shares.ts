import * as Plot from "@observablehq/plot";
import { type FigureText, figure, HEAD, PANEL_HEAD } from "./plot.ts";
import { ALARM, colourOf, FAINT, RULE } from "./theme.ts";

/** Shares (0 … 1) at instants, each with its 95 % interval. */
export type ShareLine = {
  readonly name: string;
  readonly points: readonly {
    readonly seconds: number;
    readonly share: number;
    readonly low: number;
    readonly high: number;
  }[];
};

/** A moment worth a word. */
export type Moment = { readonly seconds: number; readonly label: string };

const WIDTH = 1080;
const HEIGHT = 400;

/** Shares against time, with marks where they jump. */
export function sharesFigure(
  text: FigureText,
  lines: readonly ShareLine[],
  moments: readonly Moment[],
): string {
  const plot: Plot.PlotOptions = {
    width: WIDTH - 16,
    height: HEIGHT - HEAD - 8,
    marginLeft: 60,
    marginRight: 200,
    marginTop: 26,
    marginBottom: 40,
    x: { label: "re-seeded from this moment, seconds", labelArrow: "none", labelAnchor: "center" },
    y: { label: null, domain: [0, 1], tickFormat: "%", ticks: 5 },
    marks: [
      Plot.gridY({ stroke: RULE, strokeOpacity: 1, ticks: 5 }),
      Plot.ruleX(moments, { x: "seconds", stroke: ALARM, strokeDasharray: "4,3" }),
      Plot.text(moments, {
        x: "seconds",
        text: "label",
        frameAnchor: "top",
        dy: -16,
        fill: ALARM,
        fontSize: 11,
      }),
      ...lines.flatMap(({ name, points }, index) => [
        Plot.areaY(points, {
          x: "seconds",
          y1: "low",
          y2: "high",
          fill: colourOf(index),
          fillOpacity: 0.15,
        }),
        Plot.line(points, {
          x: "seconds",
          y: "share",
          stroke: colourOf(index),
          strokeWidth: 1.8,
          strokeDasharray: index === 0 ? "" : "6,4",
        }),
        Plot.dot(points, { x: "seconds", y: "share", fill: colourOf(index), r: 2.5 }),
        Plot.text(points.slice(-1), {
          x: "seconds",
          y: "share",
          text: () => name,
          textAnchor: "start",
          dx: 8,
          dy: 16 * index,
          fill: colourOf(index),
          fontWeight: 600,
        }),
      ]),
      Plot.ruleY([0], { stroke: FAINT }),
    ],
  };
  return figure({ width: WIDTH, height: HEIGHT }, text, [
    { x: 8, y: HEAD - PANEL_HEAD, title: "", plot },
  ]);
}
