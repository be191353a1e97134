import * as Plot from "@observablehq/plot";
import { type FigureText, figure, HEAD, PANEL_HEAD, TIME_AXIS } from "./plot.ts";
import { ALARM, colourOf, FAINT, INK, PAPER, RULE, textWidth } from "./theme.ts";

/** An event as a dot on its process's line. */
export type SpaceTimeEvent = {
  readonly seconds: number;
  readonly process: string;
  readonly kind: string;
  readonly label: string;
};

/** A message. Without `received` it was lost on the way (`lost`) or is still under way. */
export type SpaceTimeArrow = {
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly received?: number;
  readonly lost: boolean;
};

/** Something that lasts: at a process (it is down, say), or in the network, which is drawn on top. */
export type SpaceTimeBar = {
  readonly from: number;
  readonly to: number;
  readonly process?: string;
  readonly label: string;
};

export type SpaceTime = {
  readonly from: number;
  readonly to: number;
  /** From top to bottom. */
  readonly processes: readonly string[];
  readonly events: readonly SpaceTimeEvent[];
  readonly arrows: readonly SpaceTimeArrow[];
  readonly bars?: readonly SpaceTimeBar[];
  /** Instead of a scale of seconds: where, and what is written there. */
  readonly ticks?: readonly { readonly at: number; readonly label: string }[];
  /** What the numbers at events are. */
  readonly labels?: string;
};

const WIDTH = 1080;
const LANE = 96;
const MARGINS = { marginTop: 34, marginRight: 28, marginBottom: 44, marginLeft: 104 };
/** How far a lost or pending message is drawn, as a share of the way. */
const STUB = 0.35;

const keyOf = ({ labels = "Lamport clock after the event" }: SpaceTime): string =>
  ["● send", "○ receive", "• internal or timeout", `number: ${labels}`].join("\u2003\u2003");

/** Height of a bar on top, as a share of a lane. */
const ROW = 0.3;

/** A space-time diagram (Lamport 1978, figure 1): a line for each process, time to the right, messages as arrows. */
export function spaceTimeFigure(text: FigureText, what: SpaceTime): string {
  const rows = (what.bars ?? []).filter(({ process }) => process === undefined).length;
  const top = 0.5 + ROW * rows;
  const height =
    MARGINS.marginTop + MARGINS.marginBottom + LANE * (what.processes.length + ROW * rows);
  const pad = 0.01 * spanOf(what);
  const lane = new Map(what.processes.map((name, index) => [name, index]));
  const at = (name: string): number => lane.get(name)!;
  const plot: Plot.PlotOptions = {
    width: WIDTH - 16,
    height,
    ...MARGINS,
    x: {
      ...TIME_AXIS,
      domain: [what.from - pad, what.to + pad],
      ...(what.ticks === undefined ? {} : { axis: null }),
    },
    y: { axis: null, domain: [what.processes.length - 0.5, -top] },
    marks: [
      ...scaleMarks(what),
      ...barMarks(what, at),
      Plot.ruleY(what.processes, { y: at, stroke: FAINT, strokeWidth: 1 }),
      Plot.text(what.processes, {
        x: () => what.from - pad,
        y: at,
        text: (name) => name,
        textAnchor: "end",
        dx: -10,
        fontWeight: 600,
        fill: (name) => colourOf(at(name)),
      }),
      ...arrowMarks(what, at),
      ...eventMarks(what, at),
      Plot.text([keyOf(what)], {
        frameAnchor: "top-left",
        dy: -26,
        dx: -MARGINS.marginLeft + 16,
        fill: FAINT,
        lineWidth: 100,
      }),
    ],
  };
  const size = { width: WIDTH, height: HEAD + height + 8 };
  return figure(size, text, [{ x: 8, y: HEAD - PANEL_HEAD, title: "", plot }]);
}

/** The grid, and where a scale of seconds would mislead, the times of single moments. */
function scaleMarks({ ticks }: SpaceTime): Plot.Markish[] {
  if (ticks === undefined) return [Plot.gridX({ stroke: RULE, strokeOpacity: 0.7 })];
  return [
    Plot.ruleX(ticks, { x: "at", stroke: RULE, strokeOpacity: 0.7 }),
    Plot.text(ticks, {
      x: "at",
      text: "label",
      frameAnchor: "bottom",
      dy: 22,
      fontSize: 10,
      fill: FAINT,
    }),
  ];
}

/** What lasts: along the lanes of processes, and above them what is between them. */
function barMarks({ bars = [] }: SpaceTime, at: LaneOf): Plot.Markish[] {
  const own = bars.flatMap((bar) =>
    bar.process === undefined ? [] : [{ ...bar, y: at(bar.process) }],
  );
  const above = bars
    .filter(({ process }) => process === undefined)
    .map((bar, index) => ({ ...bar, y: -0.5 - ROW * (index + 0.5) }));
  const tall = (half: number) => ({
    x1: "from",
    x2: "to",
    y1: ({ y }: { y: number }) => y - half,
    y2: ({ y }: { y: number }) => y + half,
    fill: ALARM,
    fillOpacity: 0.14,
  });
  const words = { x: "from", text: "label", textAnchor: "start", dx: 4, fontSize: 10 } as const;
  return [
    Plot.rect(own, tall(0.16)),
    Plot.text(own, { ...words, y: ({ y }: { y: number }) => y + 0.26, fill: ALARM }),
    Plot.rect(above, tall(ROW / 2 - 0.03)),
    Plot.text(above, { ...words, y: "y", fill: ALARM }),
  ];
}

type LaneOf = (name: string) => number;

const spanOf = (what: SpaceTime): number => Math.max(what.to - what.from, 1e-6);

function arrowMarks(what: SpaceTime, at: LaneOf): Plot.Markish[] {
  const drawn = what.arrows.map((arrow) => shaft(arrow, at, what.to, spanOf(what)));
  const ends = { x1: "x1", y1: "y1", x2: "x2", y2: "y2", inset: 5, headLength: 7 };
  const whole = drawn.filter(({ cut }) => !cut);
  const cut = drawn.filter((arrow) => arrow.cut);
  const lost = drawn.filter((arrow) => arrow.lost);
  return [
    Plot.arrow(whole, { ...ends, strokeWidth: 1.2, stroke: INK, strokeOpacity: 0.75 }),
    Plot.arrow(cut, { ...ends, strokeWidth: 1.2, stroke: FAINT, strokeDasharray: "3,3" }),
    Plot.dot(lost, { x: "x2", y: "y2", symbol: "times", stroke: ALARM, strokeWidth: 2, r: 4 }),
  ];
}

const FAULTS = new Set(["crash", "recover", "pause", "resume"]);

function eventMarks(what: SpaceTime, at: LaneOf): Plot.Markish[] {
  const dots = what.events.map((event) => ({ ...event, y: at(event.process) }));
  const colour = (event: { readonly process: string }): string => colourOf(at(event.process));
  const place = { x: "seconds", y: "y" };
  const small = dots.filter(({ kind }) => kind === "internal" || kind === "timeout");
  const sends = dots.filter(({ kind }) => kind === "send");
  const receives = dots.filter(({ kind }) => kind === "receive");
  const faults = dots.filter(({ kind }) => FAULTS.has(kind));
  const stamped = legible(
    dots.filter(({ kind }) => !FAULTS.has(kind)),
    spanOf(what),
  );
  const above = { dy: -12, fontSize: LABEL_SIZE, stroke: PAPER, strokeWidth: 3 };
  const below = { dy: 16, fontSize: 10, fontWeight: 600 };
  return [
    Plot.dot(small, { ...place, r: 2.2, fill: colour }),
    Plot.dot(sends, { ...place, r: 4.2, fill: colour }),
    Plot.dot(receives, { ...place, r: 4.2, fill: PAPER, stroke: colour, strokeWidth: 1.8 }),
    Plot.text(stamped, { ...place, ...above, text: "label", fill: colour }),
    Plot.dot(faults, { ...place, symbol: "diamond2", r: 6, fill: ALARM }),
    Plot.text(faults, { ...place, ...below, text: "kind", fill: ALARM }),
  ];
}

/** A label needs at least this share of the window's width. */
const LABEL_SHARE = 0.018;
const LABEL_SIZE = 10;

/** Those whose labels do not cover each other; sends and receives before the others. */
function legible<E extends SpaceTimeEvent>(events: readonly E[], span: number): E[] {
  const kept: E[] = [];
  const longest = Math.max(0, ...events.map(({ label }) => textWidth(label, LABEL_SIZE)));
  const room =
    span * Math.max(LABEL_SHARE, longest / (WIDTH - 16 - MARGINS.marginLeft - MARGINS.marginRight));
  const free = (event: E): boolean =>
    kept.every(
      ({ process, seconds }) =>
        process !== event.process || Math.abs(seconds - event.seconds) >= room,
    );
  const message = ({ kind }: E): boolean => kind === "send" || kind === "receive";
  for (const event of events.filter(message)) if (free(event)) kept.push(event);
  for (const event of events.filter((each) => !message(each))) if (free(event)) kept.push(event);
  return kept;
}

/** Where an arrow is drawn; one that does not end in the window is cut short. */
function shaft(
  arrow: SpaceTimeArrow,
  at: LaneOf,
  end: number,
  span: number,
): { x1: number; y1: number; x2: number; y2: number; lost: boolean; cut: boolean } {
  const [y1, y2] = [at(arrow.from), at(arrow.to)];
  const start = { x1: arrow.sent, y1, lost: arrow.lost };
  if (arrow.received !== undefined) return { ...start, x2: arrow.received, y2, cut: false };
  const x2 = arrow.lost ? arrow.sent + span * 0.01 : Math.min(arrow.sent + span * 0.02, end);
  return { ...start, x2, y2: y1 + (y2 - y1) * STUB, cut: true };
}
