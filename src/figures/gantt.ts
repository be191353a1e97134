import * as Plot from "@observablehq/plot";
import type { Gantt, GanttBar, JobEnd } from "../core/figure.ts";
import { legend } from "./legend.ts";
import { type FigureText, figure, HEAD, PANEL_HEAD, TIME_AXIS } from "./plot.ts";
import { ALARM, FAINT, INK, PAPER, RULE, TONES, textWidth } from "./theme.ts";

const WIDTH = 1080;
const MARGINS = { marginTop: 6, marginRight: 28, marginBottom: 42, marginLeft: 84 };
const LANE = 24;
const BAND = 26;
const LEGEND = 30;
const SMALL = 10;
/** Half of a cross. */
const CROSS = 4;
/** Nothing thinner can be seen, px. */
const SEEN = 0.5;

/** What bars look like, by how they ended. */
const LOOKS: { readonly [ended in JobEnd]: { readonly fill: string; readonly stroke: string } } = {
  good: { fill: TONES.work, stroke: PAPER },
  scrap: { fill: PAPER, stroke: FAINT },
  cut: { fill: "#f3c9bd", stroke: ALARM },
  open: { fill: TONES.work, stroke: PAPER },
};

type Bar = GanttBar & { readonly lane: number; readonly x1: number; readonly x2: number };

/** Bars in lanes, with their names where they fit; below them a band of states, on the same scale. */
export function ganttFigure(text: FigureText, gantt: Gantt): string {
  const { from, to, lanes, parts } = gantt;
  const inner = WIDTH - 16 - MARGINS.marginLeft - MARGINS.marginRight;
  const bars = lanes.flatMap((lane, index) =>
    lane.map(
      (bar): Bar => ({
        ...bar,
        lane: index,
        x1: Math.max(bar.from, from),
        x2: Math.min(bar.to, to),
      }),
    ),
  );
  const chart = lanes.length * LANE + BAND + 8;
  const height = chart + MARGINS.marginTop + MARGINS.marginBottom;
  const scale = inner / (to - from);
  const drawn = merged(gantt, scale);
  const used = parts.filter((_, index) => drawn.some(({ part }) => part === index));
  const plot: Plot.PlotOptions = {
    width: WIDTH - 16,
    height,
    ...MARGINS,
    x: { ...TIME_AXIS, domain: [from, to] },
    y: { axis: null, type: "linear", domain: [chart, 0] },
    marks: [
      Plot.gridX({ stroke: RULE, strokeOpacity: 0.8 }),
      ...barMarks(bars, scale),
      ...bandMarks(gantt, drawn, lanes.length * LANE + 8),
    ],
  };
  const key = `${legend(used)}${looksKey(bars)}`;
  return figure(
    { width: WIDTH, height: HEAD + LEGEND + height + 4 },
    text,
    [{ x: 8, y: HEAD + LEGEND - PANEL_HEAD, title: "", plot }],
    key,
  );
}

/** `scale`: px a second. */
function barMarks(bars: readonly Bar[], scale: number): Plot.Markish[] {
  const middle = ({ lane }: Bar): number => (lane + 0.5) * LANE;
  const widest = Math.max(...bars.map(({ label }) => textWidth(label, SMALL)));
  const roomy = bars.filter(({ x1, x2, ended }) => {
    const cross = ended === "cut" ? 2 * CROSS : 0;
    return (x2 - x1) * scale >= widest + cross + 3;
  });
  // Numbers here and there say less than none.
  const named = roomy.length >= bars.length / 2 ? roomy : [];
  const cut = bars.filter(({ ended, to, x2 }) => ended === "cut" && to === x2);
  const interrupted = bars.flatMap((bar) =>
    bar.interrupted
      .filter((at) => at >= bar.x1 && at <= bar.x2)
      .map((at) => ({ at, y: middle(bar) })),
  );
  const cross = { symbol: "times", stroke: ALARM, strokeWidth: 2.2, r: CROSS } as const;
  return [
    Plot.rect(bars, {
      x1: "x1",
      x2: "x2",
      y1: ({ lane }: Bar) => lane * LANE + 3,
      y2: ({ lane }: Bar) => (lane + 1) * LANE - 3,
      fill: ({ ended }: Bar) => LOOKS[ended].fill,
      stroke: ({ ended }: Bar) => LOOKS[ended].stroke,
      strokeWidth: 1,
      rx: 2,
    }),
    Plot.text(named, {
      x: ({ x1, x2 }: Bar) => (x1 + x2) / 2,
      y: middle,
      text: "label",
      fontSize: SMALL,
      fill: INK,
    }),
    Plot.dot(cut, { x: "x2", y: middle, ...cross }),
    Plot.dot(interrupted, { x: "at", y: "y", ...cross }),
  ];
}

type Band = Gantt["band"];

/** What is inside and can be seen, without seams. */
function merged({ from, to, band }: Gantt, scale: number): Band {
  const shown: { from: number; to: number; part: number }[] = [];
  for (const span of band) {
    const piece = { ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) };
    if ((piece.to - piece.from) * scale < SEEN) continue;
    const last = shown.at(-1);
    if (last !== undefined) last.to = piece.from;
    if (last?.part === piece.part) last.to = piece.to;
    else shown.push(piece);
  }
  return shown;
}

function bandMarks({ from, parts, lanes }: Gantt, band: Band, top: number): Plot.Markish[] {
  const names = [
    { name: "jobs", y: (lanes.length * LANE) / 2 },
    { name: "state", y: top + (BAND - 8) / 2 },
  ];
  return [
    Plot.rect(band, {
      x1: "from",
      x2: "to",
      y1: () => top,
      y2: () => top + BAND - 8,
      fill: ({ part }) => TONES[parts[part]!.tone],
    }),
    Plot.text(names, {
      x: () => from,
      y: "y",
      text: "name",
      textAnchor: "end",
      dx: -10,
      fontWeight: 600,
    }),
  ];
}

/** What is said beside the legend of states, of what there is. */
function looksKey(bars: readonly Bar[]): string {
  const has = (ended: JobEnd): boolean => bars.some((bar) => bar.ended === ended);
  const said = [
    ...(has("scrap") ? ["hollow: gave only scrap"] : []),
    ...(has("cut") || bars.some(({ interrupted }) => interrupted.length > 0)
      ? [`<tspan fill="${ALARM}" font-weight="600">×</tspan> cut off`]
      : []),
  ];
  if (said.length === 0) return "";
  return `<text x="${WIDTH - 28}" y="${HEAD + 10}" text-anchor="end" fill="${FAINT}">${said.join("; ")}</text>`;
}
