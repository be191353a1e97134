import * as Plot from "@observablehq/plot";
import type { Levels } from "../core/figure.ts";
import { overTimeFigure } from "./over-time.ts";
import type { FigureText } from "./plot.ts";
import { colourOf, INK } from "./theme.ts";

type Rise = { readonly from: number; readonly to: number };

/** Layers on top of each other, and a line over all of them. */
export function levelsFigure(text: FigureText, { seconds, layers, ...over }: Levels): string {
  const below = seconds.map(() => 0);
  const drawn = layers.map(({ name, values }, index) => {
    const points = seconds.map((at, i) => {
      const from = below[i]!;
      below[i] = from + values[i]!;
      return { at, from, to: below[i]! };
    });
    return { name, points, colour: colourOf(index) };
  });
  const all = seconds.map((at, i) => [at, below[i]!]);
  return overTimeFigure(text, {
    ...over,
    top: below.reduce((most, value) => Math.max(most, value), 0),
    marks: [
      ...drawn.map(({ points, colour }) =>
        Plot.areaY(points, {
          x: "at",
          y1: "from",
          y2: "to",
          fill: colour,
          fillOpacity: 0.72,
          curve: "step-after",
        }),
      ),
      Plot.line(all, { x: "0", y: "1", stroke: INK, strokeWidth: 1, curve: "step-after" }),
    ],
    labels: drawn.filter(isThere).map(({ name, points, colour }) => {
      const { from, to } = points.at(-1) ?? { from: 0, to: 0 };
      return { at: (from + to) / 2, text: name, colour };
    }),
  });
}

const isThere = ({ points }: { readonly points: readonly Rise[] }): boolean =>
  points.some(({ from, to }) => to > from);
