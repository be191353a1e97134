// What events and messages are drawn on: lanes with their names, the axis, and what lasts.
import type { Palette } from "../shell/palette.ts";
import type { Span } from "../watched/spans.ts";
import { AXIS, drawAiling, drawStruck, drawTracks } from "./faults.ts";
import {
  laneCount,
  laneStep,
  lanesShown,
  laneY,
  type Pane,
  plotHeight,
  plotWidth,
  processesPerLane,
  scaleOf,
  scrollShares,
  xOf,
} from "./pane.ts";
import {
  BASELINE,
  fitText,
  LETTER,
  LETTER_STRONG,
  type Pen,
  SMALL,
  STRONG,
  segment,
  textWidth,
} from "./pen.ts";
import type { Scene } from "./scene.ts";
import { ticksOf } from "./ticks.ts";

/** Fewer px of a lane have no room for its name. */
const NAME_ROOM = 11;
/** More processes may share lanes. */
const SHARED = 24;

/** Grid, lanes, what lasts in them, and the present; within the lanes' own area. */
export function drawGround(pen: Pen, scene: Scene): void {
  const { palette, pane, now } = scene;
  drawGrid(pen, palette, pane);
  drawStruck(pen, scene);
  drawAiling(pen, scene);
  drawLanes(pen, scene);
  const present = xOf(pane, now);
  if (present > pane.width) return;
  // What has not happened yet.
  pen.fillStyle = palette.raised;
  const left = Math.max(present, pane.gutter);
  pen.fillRect(left, pane.head, pane.width - left, pane.height - pane.head);
}

function drawGrid(pen: Pen, palette: Palette, pane: Pane): void {
  pen.fillStyle = palette.rule;
  pen.globalAlpha = 0.7;
  for (const { at } of ticksOf(pane.from, pane.to, scaleOf(pane))) {
    pen.fillRect(Math.round(xOf(pane, at)), pane.head, 1, pane.height - pane.head);
  }
  pen.globalAlpha = 1;
}

/** A line for each lane, broken where its process is down. */
function drawLanes(pen: Pen, { palette, book, pane, now }: Scene): void {
  const [first, last] = lanesShown(pane);
  const end = Math.min(pane.width, xOf(pane, now));
  pen.fillStyle = palette.faint;
  pen.globalAlpha = 0.55;
  for (let lane = first; lane <= last; lane++) {
    pen.fillRect(pane.gutter, Math.round(laneY(pane, lane)), Math.max(0, end - pane.gutter), 1);
  }
  pen.globalAlpha = 1;
  const each = processesPerLane(pane);
  for (const span of book.spans.all) {
    const lane = Math.floor(span.process / each);
    if (span.kind === "fault" || lane < first || lane > last) continue;
    const from = Math.max(pane.gutter, xOf(pane, span.from));
    const to = Math.min(end, xOf(pane, span.to));
    if (to <= from) continue;
    if (each === 1) drawBreak(pen, palette, pane, span, from, to);
    else drawDent(pen, palette, laneY(pane, lane) + laneStep(pane) * 0.4, span, from, to);
  }
}

/** Of several processes in one lane, one is down or paused. */
function drawDent(
  pen: Pen,
  palette: Palette,
  y: number,
  { kind }: Span,
  from: number,
  to: number,
): void {
  pen.fillStyle = kind === "down" ? palette.alarm : palette.warn;
  pen.globalAlpha = 0.5;
  pen.fillRect(from, y, to - from, 2);
  pen.globalAlpha = 1;
}

function drawBreak(
  pen: Pen,
  palette: Palette,
  pane: Pane,
  { kind, process }: Span,
  from: number,
  to: number,
): void {
  const colour = kind === "down" ? palette.alarm : palette.warn;
  const y = laneY(pane, process);
  const half = Math.min(laneStep(pane) * 0.3, 14);
  pen.fillStyle = palette.paper;
  pen.fillRect(from, y - half, to - from, 2 * half);
  pen.fillStyle = colour;
  pen.globalAlpha = 0.13;
  pen.fillRect(from, y - half, to - from, 2 * half);
  pen.globalAlpha = 1;
  if (kind === "paused") {
    pen.strokeStyle = colour;
    pen.lineWidth = 1;
    pen.setLineDash([2, 4]);
    pen.beginPath();
    segment(pen, from, Math.round(y) + 0.5, to, Math.round(y) + 0.5);
    pen.stroke();
    pen.setLineDash([]);
  }
  const word = kind === "down" ? "down" : "paused";
  if (half < 7 || to - from < textWidth(word) + 40) return;
  pen.font = SMALL;
  pen.textAlign = "center";
  pen.fillText(word, (from + to) / 2, y + BASELINE);
  pen.textAlign = "left";
}

/** Room for the names, px: a share of the width at most. */
export function gutterFor(names: readonly string[], width: number): number {
  const longest = names.reduce((most, { length }) => Math.max(most, length), 0);
  // Lanes of several processes have the name of the first, and where they end.
  const wanted = longest + (names.length > SHARED ? String(names.length).length + 1 : 0);
  return Math.round(Math.min(Math.max(wanted * LETTER_STRONG + 24, 60), width * 0.26, 220));
}

/** Names at the left, over whatever has run under them. Where an event is chosen, colours say how others stand to it. */
export function drawNames(pen: Pen, { palette, names, pane, reach }: Scene): void {
  pen.fillStyle = palette.paper;
  pen.fillRect(0, 0, pane.gutter, pane.height);
  pen.fillStyle = palette.rule;
  pen.fillRect(pane.gutter - 1, 0, 1, pane.height);
  const each = processesPerLane(pane);
  const letter = each === 1 ? LETTER_STRONG : LETTER;
  pen.font = each === 1 ? STRONG : SMALL;
  pen.textAlign = "right";
  const [first, last] = lanesShown(pane);
  const step = laneStep(pane);
  const every = Math.max(1, Math.ceil(NAME_ROOM / step));
  for (let lane = first; lane <= last && lane < laneCount(pane); lane++) {
    const y = laneY(pane, lane) + BASELINE;
    if (lane % every !== 0 || y - BASELINE < pane.head + 4) continue;
    const text = laneName(names, lane, each);
    pen.fillStyle = reach === null ? palette.series[lane % palette.series.length]! : palette.ink;
    pen.fillText(fitText(text, pane.gutter - 14, letter), pane.gutter - 9, y);
  }
  pen.textAlign = "left";
  drawThumb(pen, palette, pane);
}

/** Which of the lanes are shown, if not all. */
function drawThumb(pen: Pen, palette: Palette, pane: Pane): void {
  const [from, to] = scrollShares(pane);
  if (to - from >= 1) return;
  const height = plotHeight(pane);
  pen.fillStyle = palette.rule;
  pen.fillRect(0, pane.head, 4, height);
  pen.fillStyle = palette.faint;
  pen.fillRect(0, pane.head + from * height, 4, Math.max(12, (to - from) * height));
}

/** The name of a process, or of the first and last of several. */
function laneName(names: readonly string[], lane: number, each: number): string {
  const first = names[lane * each] ?? "";
  if (each === 1) return first;
  const last = names[Math.min((lane + 1) * each, names.length) - 1] ?? "";
  return first === last ? first : `${first}…${endOf(last)}`;
}

/** The number at the end of a name, if it has one, so that two names fit in the room of one. */
const endOf = (name: string): string => /\d+$/.exec(name)?.[0] ?? name;

/** The axis and the tracks of faults, above the lanes. */
export function drawHead(pen: Pen, scene: Scene): void {
  const { palette, pane } = scene;
  pen.fillStyle = palette.paper;
  pen.fillRect(pane.gutter, 0, plotWidth(pane), pane.head);
  pen.font = SMALL;
  pen.textAlign = "center";
  for (const { at, label } of ticksOf(pane.from, pane.to, scaleOf(pane))) {
    const x = xOf(pane, at);
    const half = textWidth(label) / 2;
    pen.fillStyle = palette.rule;
    pen.fillRect(Math.round(x), AXIS - 6, 1, 6);
    if (x - half < pane.gutter || x + half > pane.width) continue;
    pen.fillStyle = palette.faint;
    pen.fillText(label, x, AXIS - 11);
  }
  pen.textAlign = "left";
  drawTracks(pen, scene);
  pen.fillStyle = palette.rule;
  pen.fillRect(0, pane.head - 1, pane.width, 1);
}
