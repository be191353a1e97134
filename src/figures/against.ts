import * as Plot from "@observablehq/plot";
import type { Against } from "../core/figure.ts";
import { overTimeFigure } from "./over-time.ts";
import type { FigureText } from "./plot.ts";
import { COLOURS, INK } from "./theme.ts";

/** A line, and what was meant as a dashed one in steps. */
export function againstFigure(text: FigureText, { measured, meant, ...over }: Against): string {
  const steps = meant?.points ?? [];
  const values = [...measured.points, ...steps].map(([, value]) => value);
  const last = (points: Against["measured"]["points"]): number => points.at(-1)?.[1] ?? 0;
  const line = { x: "0", y: "1" };
  return overTimeFigure(text, {
    ...over,
    top: Math.max(...values),
    marks: [
      Plot.areaY(measured.points, { x: "0", y: "1", fill: COLOURS[0], fillOpacity: 0.1 }),
      Plot.line(measured.points, { ...line, stroke: COLOURS[0], strokeWidth: 1.8 }),
      Plot.line(steps, {
        ...line,
        stroke: INK,
        strokeWidth: 1.5,
        strokeDasharray: "6,4",
        curve: "step-after",
      }),
    ],
    labels: [
      { at: last(measured.points), text: measured.name, colour: COLOURS[0] },
      ...(meant === null ? [] : [{ at: last(steps), text: meant.name, colour: INK }]),
    ],
  });
}
