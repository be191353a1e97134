import * as Plot from "@observablehq/plot";
import { type FigureText, figure, HEAD, PANEL_HEAD } from "./plot.ts";
import { ALARM, COLOURS, RULE } from "./theme.ts";

/** A quantity over time in many runs. */
export type Band = {
  readonly title: string;
  readonly points: readonly {
    readonly seconds: number;
    readonly low: number;
    readonly mean: number;
    readonly high: number;
  }[];
  /** Slope of a line that theory draws through the origin; none where it says nothing. */
  readonly predictedSlope?: number;
};

const COLUMNS = 3;
const WIDTH = 1140;
const CELL = { width: (WIDTH - 16) / COLUMNS, height: 190 };

/** Small charts with mean and a 5 to 95 % band over runs, on one scale, and predicted slopes dashed. */
export function bandsFigure(text: FigureText, bands: readonly Band[]): string {
  const rows = Math.ceil(bands.length / COLUMNS);
  const most = Math.max(1, ...bands.flatMap(({ points }) => points.map(({ high }) => high)));
  return figure(
    { width: WIDTH, height: HEAD + rows * CELL.height + 12 },
    text,
    bands.map(({ title, points, predictedSlope }, index) => ({
      x: 8 + (index % COLUMNS) * CELL.width,
      y: HEAD + Math.floor(index / COLUMNS) * CELL.height,
      title,
      plot: {
        width: CELL.width - 8,
        height: CELL.height - PANEL_HEAD,
        marginLeft: 44,
        marginRight: 14,
        marginTop: 6,
        marginBottom: 22,
        clip: true,
        x: { label: null, ticks: 4 },
        y: { label: null, ticks: 4, tickFormat: "~s", domain: [0, most] },
        marks: [
          Plot.gridY({ stroke: RULE, strokeOpacity: 1, ticks: 4 }),
          Plot.areaY(points, {
            x: "seconds",
            y1: "low",
            y2: "high",
            fill: COLOURS[0],
            fillOpacity: 0.2,
          }),
          Plot.line(points, { x: "seconds", y: "mean", stroke: COLOURS[0], strokeWidth: 1.8 }),
          ...(predictedSlope === undefined
            ? []
            : [
                Plot.line(points, {
                  x: "seconds",
                  y: ({ seconds }: { seconds: number }) => Math.min(most, seconds * predictedSlope),
                  stroke: ALARM,
                  strokeWidth: 1.4,
                  strokeDasharray: "5,4",
                }),
              ]),
        ],
      },
    })),
  );
}
