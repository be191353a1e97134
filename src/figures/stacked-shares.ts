import * as Plot from "@observablehq/plot";
import type { Part, Shares, Tone } from "../core/figure.ts";
import { legend } from "./legend.ts";
import { type FigureText, figure, HEAD, PANEL_HEAD, type Panel } from "./plot.ts";
import { FAINT, inkOn, TONES, textWidth } from "./theme.ts";

type Row = Shares["rows"][number];

const WIDTH = 1080;
const ROW = 19;
const AXIS = 24;
const LEGEND = 30;
/** More rows than this stand in two columns. */
const COLUMN_MAX = 30;
const SIZE = 12;
const SMALL = 10;
/** A share is written in its bar if there is so much room, px. */
const ROOM = 26;
/** Room for notes is at most so wide, px. */
const NOTE_MAX = 170;

/** A bar for each row, made of its shares; below each other, in one column or two. */
export function stackedSharesFigure(text: FigureText, { parts, rows }: Shares): string {
  const columns = rows.length > COLUMN_MAX ? 2 : 1;
  const length = Math.ceil(rows.length / columns);
  const width = (WIDTH - 16) / columns;
  const panels = Array.from({ length: columns }, (_, index): Panel => {
    const own = rows.slice(index * length, (index + 1) * length);
    const plot = column(parts, own, rows, width);
    return { x: 8 + index * width, y: HEAD + LEGEND - PANEL_HEAD, title: "", plot };
  });
  const height = HEAD + LEGEND + length * ROW + AXIS + 8;
  return figure({ width: WIDTH, height }, text, panels, legend(parts));
}

/** `rows` are those of this column, `all` of all: names have the same room in each. */
function column(
  parts: readonly Part[],
  rows: readonly Row[],
  all: readonly Row[],
  width: number,
): Plot.PlotOptions {
  const widest = (texts: readonly string[], size: number): number =>
    Math.max(0, ...texts.map((each) => textWidth(each, size)));
  const notes = widest(
    all.map(({ note }) => note),
    SMALL + 1,
  );
  const margins = {
    marginTop: 2,
    marginBottom: AXIS,
    marginLeft:
      widest(
        all.map(({ name }) => name),
        SIZE,
      ) + 26,
    marginRight: Math.min(NOTE_MAX, notes) + 18,
  };
  const inner = width - margins.marginLeft - margins.marginRight;
  const shares = rows.flatMap(({ name, shares }) => {
    let before = 0;
    return parts.map(({ tone }, index) => {
      const from = before;
      before += shares[index]!;
      return { name, tone, from, to: before };
    });
  });
  const roomy = shares.filter(({ from, to }) => (to - from) * inner >= ROOM);
  return {
    width,
    height: rows.length * ROW + margins.marginTop + AXIS,
    ...margins,
    x: { label: null, domain: [0, 1], tickFormat: "%", ticks: 5 },
    y: {
      type: "band",
      domain: rows.map(({ name }) => name),
      label: null,
      tickSize: 0,
      padding: 0.16,
      round: false,
    },
    marks: [
      Plot.barX(shares, {
        y: "name",
        x1: "from",
        x2: "to",
        fill: ({ tone }) => TONES[tone as Tone],
      }),
      Plot.text(roomy, {
        y: "name",
        x: ({ from, to }) => (from + to) / 2,
        text: ({ from, to }) => (100 * (to - from)).toFixed(0),
        fontSize: SMALL,
        fill: ({ tone }) => inkOn(tone as Tone),
      }),
      Plot.text(rows, {
        y: "name",
        x: () => 1,
        text: "note",
        fontSize: SMALL + 1,
        fill: FAINT,
        textAnchor: "start",
        dx: 8,
      }),
    ],
  };
}
