// Faults that hold for a while: in their words above the lanes, and where they strike, between the lanes or on one.
import type { Palette } from "../shell/palette.ts";
import type { Span } from "../watched/spans.ts";
import { laneStep, lanesShown, laneY, processesPerLane, xOf } from "./pane.ts";
import { BASELINE, fitText, type Pen, SMALL } from "./pen.ts";
import type { Scene } from "./scene.ts";

/** Height of the axis, and of a track of faults, px. */
export const AXIS = 26;
const TRACK = 18;
/** Tracks that are drawn: the last one is for all that hold while those above it are taken. */
const TRACKS_MAX = 4;
/** How far below its lane the line of a fault is, px, at most. */
const AILING = 12;
/** Faults of one process, by the first of their words; all others strike links. */
const OF_PROCESS = new Set(["clock", "store", "slow", "crash", "wipe", "power", "pause"]);

const strikesLinks = ({ kind, says }: Span): boolean =>
  kind === "fault" && !OF_PROCESS.has(says.split(" ", 1)[0]!);

/** Room above the lanes for so many tracks of faults. */
export const headFor = (tracks: number): number => AXIS + TRACK * Math.min(tracks, TRACKS_MAX);

/** While links are struck all lanes are tinted, once; each fault's beginning and end is a line. */
export function drawStruck(pen: Pen, { palette, book, pane, now }: Scene): void {
  const height = pane.height - pane.head;
  pen.fillStyle = palette.alarm;
  let tinted = pane.gutter;
  for (const span of book.spans.all) {
    if (!strikesLinks(span)) continue;
    const [from, to] = [xOf(pane, span.from), xOf(pane, Math.min(span.to, now))];
    if (to < pane.gutter || from > pane.width) continue;
    const [left, right] = [Math.max(from, tinted), Math.min(to, pane.width)];
    pen.globalAlpha = 0.06;
    if (right > left) pen.fillRect(left, pane.head, right - left, height);
    tinted = Math.max(tinted, right);
    pen.globalAlpha = 0.4;
    pen.fillRect(Math.round(from), pane.head, 1, height);
    if (span.to <= now) pen.fillRect(Math.round(to), pane.head, 1, height);
  }
  pen.globalAlpha = 1;
}

/** A fault of a process is a line below its lane. */
export function drawAiling(pen: Pen, { palette, book, pane, now }: Scene): void {
  if (processesPerLane(pane) > 1) return;
  const [first, last] = lanesShown(pane);
  pen.fillStyle = palette.warn;
  pen.globalAlpha = 0.5;
  const below = Math.min(laneStep(pane) * 0.42, AILING);
  for (const span of book.spans.all) {
    const { kind, process } = span;
    if (kind !== "fault" || strikesLinks(span) || process < first || process > last) continue;
    const from = Math.max(pane.gutter, xOf(pane, span.from));
    const to = Math.min(pane.width, xOf(pane, Math.min(span.to, now)));
    if (to <= from) continue;
    pen.fillRect(from, Math.round(laneY(pane, process) + below), to - from, 2);
  }
  pen.globalAlpha = 1;
}

/** The tracks above the lanes: each fault as long as it holds, in its words. */
export function drawTracks(pen: Pen, { palette, book, pane, now }: Scene): void {
  const shared = book.spans.tracks > TRACKS_MAX ? TRACKS_MAX - 1 : TRACKS_MAX;
  let more = 0;
  pen.font = SMALL;
  for (const span of book.spans.all) {
    if (span.kind !== "fault") continue;
    const from = Math.max(pane.gutter, xOf(pane, span.from));
    const to = Math.min(pane.width, xOf(pane, Math.min(span.to, now)));
    if (to <= from) continue;
    const own = span.track < shared;
    if (!own) more++;
    const y = AXIS + TRACK * (own ? span.track : shared);
    // Several of them on each other: the more there are, the darker it is.
    drawBar(pen, palette, from, to, y, own ? 1 : 0.3);
    if (own) pen.fillText(fitText(span.says, to - from - 10), from + 5, y + 12);
  }
  if (more === 0) return;
  const words = `${more} more at the same time`;
  pen.fillStyle = palette.alarm;
  pen.fillText(words, pane.gutter + 5, AXIS + TRACK * shared + 8 + BASELINE);
}

function drawBar(
  pen: Pen,
  palette: Palette,
  from: number,
  to: number,
  y: number,
  strength: number,
): void {
  const width = Math.max(2, to - from);
  pen.globalAlpha = strength;
  pen.fillStyle = palette.paper;
  pen.fillRect(from, y, width, TRACK - 2);
  pen.fillStyle = palette.alarm;
  pen.globalAlpha = 0.16 * strength;
  pen.fillRect(from, y, width, TRACK - 2);
  pen.globalAlpha = 1;
}
