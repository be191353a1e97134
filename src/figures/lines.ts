import * as Plot from "@observablehq/plot";
import { endLabels } from "./labels.ts";
import { type FigureText, figure, HEAD, PANEL_HEAD, type Panel, TIME_AXIS } from "./plot.ts";
import { colourOf, RULE, wholeTicks } from "./theme.ts";

/** A line: values at the figure's instants, and the name that stands at its end. */
export type NamedLine = { readonly name: string; readonly values: ArrayLike<number> };

/** One chart of the pair. */
export type LinesPanel = {
  readonly title: string;
  readonly lines: readonly NamedLine[];
  /** A level that falls at once (an inbox) is drawn in steps. */
  readonly stepped: boolean;
};

const WIDTH = 1080;
const HEIGHT = 400;
const PANEL_WIDTH = WIDTH / 2;
const MARGINS = { marginTop: 8, marginRight: 96, marginBottom: 40, marginLeft: 56 };
const LABEL_ROOM = 14;
const HEADROOM = 1.04;
const TICKS_MAX = 8;

/** Two charts over the same seconds, side by side: the pair "L against time, inbox against time". */
export function linesFigure(
  text: FigureText,
  seconds: ArrayLike<number>,
  pair: readonly [LinesPanel, LinesPanel],
): string {
  const panels = pair.map(
    (panel, index): Panel => ({
      x: index * PANEL_WIDTH + 8,
      y: HEAD,
      title: panel.title,
      plot: linesPlot(seconds, panel),
    }),
  );
  return figure({ width: WIDTH, height: HEIGHT }, text, panels);
}

function linesPlot(seconds: ArrayLike<number>, { lines, stepped }: LinesPanel): Plot.PlotOptions {
  const width = PANEL_WIDTH - 16;
  const height = HEIGHT - HEAD - PANEL_HEAD - 8;
  const top = HEADROOM * Math.max(1, ...lines.map(({ values }) => maxOf(values)));
  const ticks = wholeTicks(top, TICKS_MAX);
  const last = seconds.length - 1;
  const inner = height - MARGINS.marginTop - MARGINS.marginBottom;
  const labels = lines.map(({ name, values }, index) => ({
    text: name,
    colour: colourOf(index),
    at: values[last]!,
  }));
  const end = seconds[last]!;
  return {
    width,
    height,
    ...MARGINS,
    x: { ...TIME_AXIS, domain: [0, end] },
    y: { label: null, domain: [0, top], ticks, tickFormat: "~s" },
    marks: [
      Plot.gridY(ticks, { stroke: RULE, strokeOpacity: 1 }),
      Plot.ruleY([0]),
      ...lines.map(({ values }, index) =>
        Plot.line(
          Array.from({ length: seconds.length }, (_, at) => [seconds[at], values[at]]),
          {
            x: "0",
            y: "1",
            stroke: colourOf(index),
            strokeWidth: stepped ? 1.1 : 1.7,
            curve: stepped ? "step-after" : "linear",
          },
        ),
      ),
      ...endLabels(labels, { end, top, height: inner, room: LABEL_ROOM }),
    ],
  };
}

const maxOf = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at]!);
  return most;
};
