import * as Plot from "@observablehq/plot";
import { type FigureText, figure, HEAD, PANEL_HEAD, type Panel } from "./plot.ts";
import { colourOf, escapeText, RULE, wholeTicks } from "./theme.ts";

/** One run as a pair of small charts. */
export type Multiple = {
  readonly title: string;
  readonly seconds: ArrayLike<number>;
  readonly clocks: readonly ArrayLike<number>[];
  readonly inboxes: readonly ArrayLike<number>[];
};

const COLUMNS = 3;
const WIDTH = 1140;
const CELL = { width: (WIDTH - 16) / COLUMNS, height: 172 };
const LEGEND = 22;
const TICKS = 4;

/** Many runs in one picture: for each, clocks on the left and inboxes on the right. */
export function multiplesFigure(
  text: FigureText,
  names: readonly string[],
  multiples: readonly Multiple[],
): string {
  const rows = Math.ceil(multiples.length / COLUMNS);
  const height = HEAD + LEGEND + rows * CELL.height + 30;
  const panels = multiples.flatMap(({ title, seconds, clocks, inboxes }, index): Panel[] => {
    const x = 8 + (index % COLUMNS) * CELL.width;
    const y = HEAD + LEGEND + Math.floor(index / COLUMNS) * CELL.height;
    const half = CELL.width / 2;
    return [
      { x, y, title, plot: small(seconds, clocks, "linear") },
      { x: x + half, y, title: "", plot: small(seconds, inboxes, "step-after") },
    ];
  });
  return figure({ width: WIDTH, height }, text, panels, legend(names, height));
}

function small(
  seconds: ArrayLike<number>,
  lines: readonly ArrayLike<number>[],
  curve: "linear" | "step-after",
): Plot.PlotOptions {
  const most = Math.max(1, ...lines.map((line) => Math.max(...Array.from(line))));
  const ticks = wholeTicks(most, TICKS);
  return {
    width: CELL.width / 2 - 6,
    height: CELL.height - PANEL_HEAD - 4,
    marginLeft: 38,
    marginRight: 12,
    marginTop: 6,
    marginBottom: 20,
    x: { label: null, ticks: 3, domain: [0, seconds[seconds.length - 1]!] },
    y: { label: null, ticks, tickFormat: "~s", domain: [0, most] },
    marks: [
      Plot.gridY(ticks, { stroke: RULE, strokeOpacity: 1 }),
      ...lines.map((line, index) =>
        Plot.line(
          Array.from(line, (value, at) => [seconds[at]!, value]),
          {
            x: "0",
            y: "1",
            stroke: colourOf(index),
            strokeWidth: 1.2,
            curve,
          },
        ),
      ),
    ],
  };
}

/** Which colour is whose, above the charts; what the axes are, below. */
function legend(names: readonly string[], height: number): string {
  const spacing = 110;
  const entries = names.map((name, index) => {
    const x = 24 + index * spacing;
    const line = `<line x1="${x}" x2="${x + 18}" y1="${HEAD + 4}" y2="${HEAD + 4}" stroke="${colourOf(index)}" stroke-width="2.5"/>`;
    return `${line}<text x="${x + 24}" y="${HEAD + 8}">${escapeText(name)}</text>`;
  });
  const axes =
    "left of each pair: Lamport clock; right: inbox length; both against time in seconds";
  return `${entries.join("")}<text x="24" y="${height - 10}">${axes}</text>`;
}
