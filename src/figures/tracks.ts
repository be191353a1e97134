// What lasted while something was measured, in rows of bars with names: who led, who was down. Names never
// cover each other; where they would, the bars stand alone.
import * as Plot from "@observablehq/plot";
import type { LabelledSpan, Tone, Track } from "../core/figure.ts";
import { inkOn, TONES, textWidth } from "./theme.ts";

/** Rows that one track may take, so that its names fit. */
const ROWS_MAX = 4;
/** Of more spans than this it is said how many there are. */
const COUNTED_MAX = 9;
/** No bar is narrower, px. */
const BAR_MIN = 2;
const GAP = 5;
const SIZE = 11;
/** Height of a row, and of a bar in it, px. */
export const ROW = 18;
const BAR = 12;

/** A bar and where its name is: in it, behind it, before it, or nowhere. */
type Placed = LabelledSpan & {
  readonly row: number;
  readonly tone: Tone;
  readonly place: "in" | "behind" | "before" | "none";
};

export type TrackLayout = {
  readonly rows: number;
  readonly bars: readonly Placed[];
  /** The name of each track, and the middle of its rows. */
  readonly names: readonly { readonly name: string; readonly row: number }[];
  /** When something began that has its name here, and went wrong. */
  readonly alarms: readonly number[];
};

/** How many there are is hard to see where many lie on each other. */
export const trackName = ({ name, spans }: Track): string =>
  spans.length > COUNTED_MAX ? `${name} (${spans.length})` : name;

/** Places tracks below each other; `width` px are `end` seconds. */
export function layOutTracks(tracks: readonly Track[], end: number, width: number): TrackLayout {
  const bars: Placed[] = [];
  const names: { name: string; row: number }[] = [];
  const alarms: number[] = [];
  let rows = 0;
  for (const track of tracks) {
    const { tone, spans } = track;
    const packed = pack(spans, width / end, width);
    const taken = packed === undefined ? 1 : 1 + Math.max(0, ...packed.map(({ row }) => row));
    const drawn = packed ?? spans.map((span) => ({ ...span, row: 0, place: "none" as const }));
    for (const bar of drawn) bars.push({ ...bar, row: rows + bar.row, tone });
    if (packed !== undefined && tone === "absent") alarms.push(...spans.map(({ from }) => from));
    names.push({ name: trackName(track), row: rows + (taken - 1) / 2 });
    rows += taken;
  }
  return { rows, bars, names, alarms };
}

/** Each with its name, in as few rows as can be; undefined if there are too many. */
function pack(
  spans: readonly LabelledSpan[],
  scale: number,
  width: number,
): Omit<Placed, "tone">[] | undefined {
  const ends: number[] = [];
  const packed: Omit<Placed, "tone">[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const { place, left, right } = placed(span, scale, width);
    const free = ends.findIndex((end) => end + GAP <= left);
    const row = free < 0 ? ends.length : free;
    if (row >= ROWS_MAX) return undefined;
    ends[row] = right;
    packed.push({ ...span, row, place });
  }
  return packed;
}

function placed({ from, to, label }: LabelledSpan, scale: number, width: number) {
  const left = from * scale;
  const right = Math.max(left + BAR_MIN, to * scale);
  const room = textWidth(label, SIZE) + 2 * GAP;
  if (right - left >= room) return { place: "in", left, right } as const;
  if (right + room <= width) return { place: "behind", left, right: right + room } as const;
  return { place: "before", left: left - room, right } as const;
}

/** The marks of a chart whose y is the row of the layout. */
export function trackMarks(
  { bars, names }: TrackLayout,
  end: number,
  width: number,
): Plot.Markish[] {
  const least = (BAR_MIN * end) / width;
  const label = { y: "row", text: "label", fontSize: SIZE } as const;
  const only = (place: Placed["place"]) => bars.filter((bar) => bar.place === place);
  return [
    Plot.rect(bars, {
      x1: "from",
      x2: ({ from, to }: Placed) => Math.min(Math.max(to, from + least), Math.max(end, from)),
      y1: ({ row }: Placed) => row - BAR / ROW / 2,
      y2: ({ row }: Placed) => row + BAR / ROW / 2,
      fill: ({ tone }: Placed) => TONES[tone],
      fillOpacity: ({ place }: Placed) => (place === "none" ? 0.55 : 1),
      rx: 2,
    }),
    Plot.text(only("in"), {
      ...label,
      x: "from",
      dx: GAP,
      textAnchor: "start",
      fill: ({ tone }: Placed) => inkOn(tone),
    }),
    Plot.text(only("behind"), { ...label, x: "to", dx: GAP, textAnchor: "start" }),
    Plot.text(only("before"), { ...label, x: "from", dx: -GAP, textAnchor: "end" }),
    Plot.text(names, {
      x: () => 0,
      y: "row",
      text: "name",
      dx: -10,
      textAnchor: "end",
      fontWeight: 600,
    }),
  ];
}
