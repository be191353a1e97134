// What part of a run the diagram shows, and where: which time is at which pixel, which process in which lane. A pane is
// a value; each movement makes another.

export type Pane = {
  /** Times at the left and right edge of the lanes, µs. */
  readonly from: number;
  readonly to: number;
  /** Of the whole drawing, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Room for names at the left, and above the lanes for the axis and for faults. */
  readonly gutter: number;
  readonly head: number;
  readonly processes: number;
  /** Pixels for each process; below `LANE_MIN` several share a lane. */
  readonly laneHeight: number;
  /** Are lanes as high as there is room for, or as somebody wanted them? */
  readonly arranged: boolean;
  /** Pixels of lanes above the top. */
  readonly scroll: number;
};

/** Times there are to look at, µs. */
export type Extent = { readonly from: number; readonly to: number };

/** A lane is at least so high, so that its events can be told from those of the next. */
export const LANE_MIN = 12;
/** Lanes that are laid out by themselves are within these. */
const LANE_SMALL = 18;
const LANE_LARGE = 150;
const LANE_MAX = 400;
/** The shortest span, µs, and the shortest that an empty run is given. */
const SPAN_MIN = 20;
export const SPAN_EMPTY = 10e6;
/** How far beyond the ends of time one may look, as a share of what is shown. */
const BEYOND = 0.5;

export const plotWidth = (pane: Pane): number => Math.max(1, pane.width - pane.gutter);
export const plotHeight = (pane: Pane): number => Math.max(1, pane.height - pane.head);
export const spanOf = (pane: Pane): number => pane.to - pane.from;
/** Pixels for each µs. */
export const scaleOf = (pane: Pane): number => plotWidth(pane) / spanOf(pane);

export const xOf = (pane: Pane, time: number): number =>
  pane.gutter + (time - pane.from) * scaleOf(pane);

export const timeAt = (pane: Pane, x: number): number =>
  pane.from + (x - pane.gutter) / scaleOf(pane);

/** How many processes may share a lane. */
const SHARES = [0, 1, 2, 3, 4].flatMap((power) => [1, 2, 5].map((times) => times * 10 ** power));

/** How many processes share a lane: 1, 2 or 5 times a power of ten. */
export function processesPerLane({ laneHeight }: Pane): number {
  for (const share of SHARES) if (share * laneHeight >= LANE_MIN) return share;
  return SHARES.at(-1)!;
}

export const laneCount = (pane: Pane): number => Math.ceil(pane.processes / processesPerLane(pane));

/** Height of a lane as it is drawn: the last of those that are shared may have fewer processes, and is as high. */
export const laneStep = (pane: Pane): number => contentHeight(pane) / laneCount(pane);

export const laneOf = (pane: Pane, process: number): number =>
  Math.floor(process / processesPerLane(pane));

/** The middle of a lane. */
export const laneY = (pane: Pane, lane: number): number =>
  pane.head - pane.scroll + (lane + 0.5) * laneStep(pane);

export const yOf = (pane: Pane, process: number): number => laneY(pane, laneOf(pane, process));

/** The lane at a height, of those there are. */
export function laneAt(pane: Pane, y: number): number {
  const lane = Math.floor((y - pane.head + pane.scroll) / laneStep(pane));
  return Math.min(Math.max(lane, 0), laneCount(pane) - 1);
}

/** First and last lane of which something can be seen. */
export function lanesShown(pane: Pane): readonly [first: number, last: number] {
  return [laneAt(pane, pane.head), laneAt(pane, pane.height - 1)];
}

/** Height that all lanes would like to have. */
export const wantedHeight = (processes: number): number => processes * LANE_LARGE;

/** With all lanes, or as many as fit. */
export function laidOut(pane: Pane): Pane {
  const fitting = plotHeight(pane) / Math.max(1, pane.processes);
  const laneHeight = Math.min(Math.max(fitting, LANE_SMALL), LANE_LARGE);
  return scrolled({ ...pane, laneHeight, arranged: true }, 0);
}

export function resized(pane: Pane, width: number, height: number): Pane {
  const sized = { ...pane, width, height };
  return pane.arranged ? laidOut(sized) : scrolled(sized, 0);
}

/** Moves what is shown by pixels: to the right and down. */
export function panned(pane: Pane, dx: number, dy: number, extent: Extent): Pane {
  return scrolled(moved(pane, pane.from - dx / scaleOf(pane), extent), -dy);
}

/** Shows as much time, from another instant on. */
export function moved(pane: Pane, from: number, extent: Extent): Pane {
  const span = spanOf(pane);
  const least = extent.from - span * BEYOND;
  const most = Math.max(least, extent.to - span * (1 - BEYOND));
  const start = Math.min(Math.max(from, least), most);
  return { ...pane, from: start, to: start + span };
}

/** Shows `factor` times as much time; what is at x stays there. */
export function zoomed(pane: Pane, x: number, factor: number, extent: Extent): Pane {
  const most = Math.max(SPAN_EMPTY, (extent.to - extent.from) * 1.5);
  const span = Math.min(Math.max(spanOf(pane) * factor, SPAN_MIN), most);
  const share = (x - pane.gutter) / plotWidth(pane);
  const from = timeAt(pane, x) - share * span;
  return moved({ ...pane, from, to: from + span }, from, extent);
}

/** Lanes `factor` times as high; what is at y stays there. */
export function lanesZoomed(pane: Pane, y: number, factor: number): Pane {
  const least = Math.min(plotHeight(pane) / Math.max(1, pane.processes), LANE_LARGE);
  const laneHeight = Math.min(Math.max(pane.laneHeight * factor, least), LANE_MAX);
  const above = ((y - pane.head + pane.scroll) / pane.laneHeight) * laneHeight;
  return scrolled({ ...pane, laneHeight, arranged: false, scroll: above - (y - pane.head) }, 0);
}

/** All time, with a little air at both ends, and all lanes, of several processes each if there are many. */
export function fitted(pane: Pane, extent: Extent): Pane {
  const span = Math.max(extent.to - extent.from, SPAN_MIN);
  const air = span * 0.02;
  return lanesZoomed({ ...pane, from: extent.from - air, to: extent.to + air }, pane.head, 0);
}

/** Moves the lanes up by pixels, as far as there are any. */
export function scrolled(pane: Pane, by: number): Pane {
  const most = Math.max(0, contentHeight(pane) - plotHeight(pane));
  return { ...pane, scroll: Math.min(Math.max(pane.scroll + by, 0), most) };
}

/** With an instant and a process in it: moved only if they are not. */
export function revealed(pane: Pane, time: number, process: number, extent: Extent): Pane {
  const margin = 0.06 * spanOf(pane);
  const within = time >= pane.from + margin && time <= pane.to - margin;
  const across = within ? pane : moved(pane, time - spanOf(pane) / 2, extent);
  const y = yOf(across, process);
  const half = laneStep(across) / 2;
  if (y - half < across.head) return scrolled(across, y - half - across.head);
  if (y + half > across.height) return scrolled(across, y + half - across.height);
  return across;
}

/** Where of all lanes those shown are: shares from 0 to 1. */
export function scrollShares(pane: Pane): readonly [from: number, to: number] {
  const all = Math.max(contentHeight(pane), plotHeight(pane));
  return [pane.scroll / all, (pane.scroll + plotHeight(pane)) / all];
}

const contentHeight = (pane: Pane): number => pane.processes * pane.laneHeight;
