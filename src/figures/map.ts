import * as Plot from "@observablehq/plot";
import { type FigureText, figure, HEAD, PANEL_HEAD } from "./plot.ts";
import { ALARM, INK, PAPER } from "./theme.ts";

/** A metric over two parameters. */
export type MapCell = {
  readonly x: string;
  readonly y: string;
  readonly value: number;
  /** Does theory say that some machine saturates here? */
  readonly predicted: boolean;
  /** Do the runs say so? */
  readonly measured: boolean;
};

const CELL = { width: 76, height: 34 };
const MARGINS = { marginLeft: 84, marginBottom: 46, marginRight: 24, marginTop: 8 };

/**
 * A table of coloured cells, with the border between what saturates and what keeps up: solid as
 * predicted, dashed as measured.
 */
export function mapFigure(
  text: FigureText,
  labels: { readonly x: string; readonly y: string; readonly value: string },
  cells: readonly MapCell[],
): string {
  const xs = [...new Set(cells.map(({ x }) => x))];
  const ys = [...new Set(cells.map(({ y }) => y))];
  const inner = { width: xs.length * CELL.width, height: ys.length * CELL.height };
  const width = Math.max(640, inner.width + MARGINS.marginLeft + MARGINS.marginRight + 16);
  const height = inner.height + MARGINS.marginTop + MARGINS.marginBottom;
  const most = Math.max(...cells.map(({ value }) => (Number.isNaN(value) ? 0 : value)), 1e-9);
  const dark = ({ value }: MapCell): boolean => value > 0.55 * most;
  const panel = {
    x: 8,
    y: HEAD,
    title: `${labels.value}; ${labels.y} against ${labels.x}`,
    plot: {
      width: inner.width + MARGINS.marginLeft + MARGINS.marginRight,
      height,
      ...MARGINS,
      padding: 0,
      x: {
        type: "band" as const,
        domain: xs,
        label: labels.x,
        labelArrow: "none" as const,
        tickSize: 0,
      },
      y: { type: "band" as const, domain: ys, label: null, tickSize: 0 },
      color: { type: "linear" as const, scheme: "blues" as const, domain: [0, most] },
      marks: [
        Plot.cell(cells, { x: "x", y: "y", fill: "value", inset: 0.5 }),
        Plot.text(cells, {
          x: "x",
          y: "y",
          text: ({ value }) => label(value),
          fill: (cell) => (dark(cell) ? PAPER : INK),
        }),
      ],
    },
  };
  const origin = { x: 8 + MARGINS.marginLeft, y: HEAD + PANEL_HEAD + MARGINS.marginTop };
  const at = (x: number, y: number): MapCell | undefined =>
    cells.find((cell) => cell.x === xs[x] && cell.y === ys[y]);
  const lines = [
    borders(
      xs.length,
      ys.length,
      (x, y) => at(x, y)?.predicted === true,
      origin,
      `stroke="${INK}" stroke-width="2.5"`,
    ),
    borders(
      xs.length,
      ys.length,
      (x, y) => at(x, y)?.measured === true,
      origin,
      `stroke="${ALARM}" stroke-width="2.5" stroke-dasharray="6,5"`,
    ),
  ];
  const key = `<text x="24" y="${HEAD + PANEL_HEAD + height + 16}">border of saturation: <tspan font-weight="600">solid</tspan> predicted, <tspan font-weight="600" fill="${ALARM}">dashed</tspan> measured</text>`;
  return figure(
    { width, height: HEAD + PANEL_HEAD + height + 32 },
    text,
    [panel],
    `${lines.join("")}${key}`,
  );
}

/** A value that is nearly 0 is 0; one that is not there is a dash. */
function label(value: number): string {
  if (Number.isNaN(value)) return "–";
  return Math.abs(value) < 0.005 ? "0" : value.toPrecision(2);
}

/** Lines between cells of which one is in and the other out. */
function borders(
  columns: number,
  rows: number,
  inside: (x: number, y: number) => boolean,
  origin: { readonly x: number; readonly y: number },
  style: string,
): string {
  const line = (x1: number, y1: number, x2: number, y2: number): string => {
    const [ax, ay] = [origin.x + x1 * CELL.width, origin.y + y1 * CELL.height];
    const [bx, by] = [origin.x + x2 * CELL.width, origin.y + y2 * CELL.height];
    return `<line x1="${ax}" y1="${ay}" x2="${bx}" y2="${by}" ${style}/>`;
  };
  const drawn: string[] = [];
  for (let x = 0; x < columns; x++) {
    for (let y = 0; y < rows; y++) {
      if (x > 0 && inside(x, y) !== inside(x - 1, y)) drawn.push(line(x, y, x, y + 1));
      if (y > 0 && inside(x, y) !== inside(x, y - 1)) drawn.push(line(x, y, x + 1, y));
    }
  }
  return drawn.join("");
}
