// Events: a mark each where there is room, else a tick, else columns as high as there are events.
import type { Json } from "../../../core/json.ts";
import { KIND } from "../../../core/trace-event.ts";
import type { Palette } from "../shell/palette.ts";
import type { RowBook } from "../watched/row-book.ts";
import { AFTER, BEFORE, CONCURRENT, ITSELF, type Reach } from "./causality.ts";
import { BIN, type Gathered, SIDES } from "./level.ts";
import { laneStep, laneY, type Pane, xOf, yOf } from "./pane.ts";
import { cross, haloText, type Pen, SMALL, STRONG, textWidth } from "./pen.ts";
import type { Scene } from "./scene.ts";

/** Radius of a send or receive, px. */
const RADIUS = 4;
const TURN = 2 * Math.PI;
/** Longer notes are cut. */
const NOTE_MAX = 28;
/** Lower lanes have no room for the names of notes. */
const NOTE_ROOM = 32;

/** What happens to a process from outside, drawn above all others and named. */
const STRIKES: readonly number[] = [
  ...[KIND.crash, KIND.recover, KIND.pause, KIND.resume],
  ...[KIND.rate, KIND.fault, KIND.skip],
];
const isStrike = (kind: number): boolean => STRIKES.includes(kind);

/** Colours of marks: of processes in turn, or, where an event is chosen, of how they stand to it. */
function coloursOf(palette: Palette, reach: Reach | null): readonly string[] {
  if (reach === null) return palette.series;
  const colours: string[] = [];
  colours[CONCURRENT] = palette.faint;
  colours[BEFORE] = palette.series[0]!;
  colours[AFTER] = palette.series[1]!;
  colours[ITSELF] = palette.ink;
  return colours;
}

const colourOf = (book: RowBook, row: number, colours: number, reach: Reach | null): number =>
  reach === null ? book.process[row]! % colours : reach.side[row]!;

/** Draws the events that were gathered. */
export function drawEvents(pen: Pen, scene: Scene, gathered: Gathered): void {
  const { palette, book, pane, reach } = scene;
  if (gathered.level === "density") drawDensity(pen, scene, gathered);
  else {
    const colours = coloursOf(palette, reach);
    colours.forEach((colour, index) => {
      pen.fillStyle = colour;
      pen.strokeStyle = colour;
      pen.globalAlpha = reach !== null && index === CONCURRENT ? 0.45 : 1;
      for (let at = 0; at < gathered.count; at++) {
        const row = gathered.rows[at]!;
        if (colourOf(book, row, colours.length, reach) !== index) continue;
        const x = xOf(pane, book.time[row]!);
        const y = yOf(pane, book.process[row]!);
        if (gathered.level === "ticks") drawTick(pen, pane, book.kind[row]!, x, y);
        else drawMark(pen, palette, colour, book.kind[row]!, x, y);
      }
    });
    pen.globalAlpha = 1;
  }
  if (gathered.level !== "density") drawStrikes(pen, scene, gathered);
}

function drawTick(pen: Pen, pane: Pane, kind: number, x: number, y: number): void {
  const message = kind === KIND.send || kind === KIND.receive;
  const half = Math.min(message ? 6 : 3, laneStep(pane) * 0.4);
  pen.fillRect(Math.round(x) - 1, Math.round(y - half), message ? 2 : 1, Math.round(2 * half));
}

function drawMark(
  pen: Pen,
  palette: Palette,
  colour: string,
  kind: number,
  x: number,
  y: number,
): void {
  switch (kind) {
    case KIND.send:
      dot(pen, x, y, RADIUS);
      break;
    case KIND.copy:
      dot(pen, x, y, RADIUS - 1.5);
      break;
    case KIND.receive:
      // A ring as two discs: a stroke costs many times more.
      dot(pen, x, y, RADIUS + 0.5);
      pen.fillStyle = palette.paper;
      dot(pen, x, y, RADIUS - 1.5);
      pen.fillStyle = colour;
      break;
    case KIND.internal:
      dot(pen, x, y, 2);
      break;
    case KIND.timeout:
      diamond(pen, x, y, RADIUS);
      break;
    case KIND.start:
      pen.fillRect(x - 1, y - 9, 2, 18);
      break;
    case KIND.arrive:
      pen.fillRect(x - 0.5, y - 9, 1, 4);
      break;
    case KIND.store:
      pen.fillRect(x - 1.5, y + 6, 3, 3);
      break;
    default:
  }
}

/** Crashes and the like, each with its word if that does not cover the one before. */
function drawStrikes(pen: Pen, { palette, book, pane }: Scene, gathered: Gathered): void {
  pen.font = STRONG;
  pen.textAlign = "center";
  let last = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < gathered.count; at++) {
    const row = gathered.rows[at]!;
    const kind = book.kind[row]!;
    if (!isStrike(kind)) continue;
    const x = xOf(pane, book.time[row]!);
    const y = yOf(pane, book.process[row]!);
    const word = strikeWord(kind, book.detail(row));
    pen.fillStyle = strikeColour(palette, kind);
    pen.strokeStyle = pen.fillStyle;
    drawStrike(pen, kind, x, y);
    const width = textWidth(word) + 12;
    if (gathered.level !== "marks" || word === "" || x - last < width) continue;
    haloText(pen, palette, word, x, y - 11);
    last = x;
  }
  pen.textAlign = "left";
}

function strikeColour(palette: Palette, kind: number): string {
  if (kind === KIND.crash || kind === KIND.fault) return palette.alarm;
  return kind === KIND.recover || kind === KIND.resume ? palette.good : palette.warn;
}

/** The word at a mark; of a fault that lasts, the strip above the lanes has more of them. */
function strikeWord(kind: number, detail: Json | undefined): string {
  if (kind === KIND.crash) return "crash";
  if (kind === KIND.recover) return "recover";
  if (kind === KIND.pause) return "pause";
  if (kind === KIND.resume) return "resume";
  if (kind === KIND.rate) return `${String(detail)}/s`;
  return kind === KIND.fault && typeof detail === "string" ? detail : "";
}

function drawStrike(pen: Pen, kind: number, x: number, y: number): void {
  if (kind === KIND.crash) {
    pen.lineWidth = 2.5;
    pen.beginPath();
    cross(pen, x, y, 5);
    pen.stroke();
  } else if (kind === KIND.pause) {
    pen.fillRect(x - 4, y - 6, 3, 12);
    pen.fillRect(x + 1, y - 6, 3, 12);
  } else if (kind === KIND.resume) {
    pen.beginPath();
    pen.moveTo(x - 3, y - 6);
    pen.lineTo(x + 6, y);
    pen.lineTo(x - 3, y + 6);
    pen.closePath();
    pen.fill();
  } else diamond(pen, x, y, kind === KIND.recover ? 6 : 3.5);
}

/** Columns on each lane, as high as the root of how many events there are, so that single ones show beside crowds. */
function drawDensity(pen: Pen, { palette, pane, reach }: Scene, gathered: Gathered): void {
  const colours = coloursOf(palette, reach);
  const half = laneStep(pane) * 0.42;
  for (let lane = gathered.firstLane; lane <= gathered.lastLane; lane++) {
    const y = laneY(pane, lane);
    for (let side = 0; side < SIDES; side++) {
      pen.fillStyle = reach === null ? colours[lane % colours.length]! : colours[side]!;
      pen.globalAlpha = side === CONCURRENT ? 0.35 : 0.9;
      drawColumns(pen, pane, gathered, gathered.place(side, lane), y, half);
    }
  }
  pen.globalAlpha = 1;
}

/** Neighbours of one height are one rectangle. */
function drawColumns(
  pen: Pen,
  pane: Pane,
  gathered: Gathered,
  place: number,
  y: number,
  half: number,
): void {
  const { density, columns, most } = gathered;
  let [begun, height] = [0, 0];
  for (let column = 0; column <= columns; column++) {
    const number = column === columns ? 0 : density[place + column]!;
    const own = number === 0 ? 0 : Math.max(1, Math.round(half * Math.sqrt(number / most)));
    if (own === height) continue;
    if (height > 0) {
      const x = pane.gutter + begun * BIN;
      pen.fillRect(x, Math.round(y) - height, (column - begun) * BIN, 2 * height);
    }
    [begun, height] = [column, own];
  }
}

/** Names of notes above their events, where there is room. */
export function drawNotes(
  pen: Pen,
  { palette, book, pane }: Scene,
  gathered: Gathered,
  free: (x: number, y: number, width: number) => boolean,
): void {
  if (laneStep(pane) < NOTE_ROOM) return;
  pen.font = SMALL;
  pen.textAlign = "center";
  pen.fillStyle = palette.faint;
  for (let at = 0; at < gathered.count; at++) {
    const row = gathered.rows[at]!;
    if (book.kind[row] !== KIND.internal) continue;
    const name = noteName(book.detail(row)).slice(0, NOTE_MAX);
    const x = xOf(pane, book.time[row]!);
    const y = yOf(pane, book.process[row]!) - 12;
    if (name !== "" && free(x, y, textWidth(name))) haloText(pen, palette, name, x, y + 3);
  }
  pen.textAlign = "left";
}

function noteName(detail: Json | undefined): string {
  if (typeof detail !== "object" || detail === null || Array.isArray(detail)) return "";
  const { name } = detail as { readonly name?: Json };
  return typeof name === "string" ? name : "";
}

/** Rings around events that a search found. */
export function drawRings(
  pen: Pen,
  colour: string,
  { book, pane }: Scene,
  rows: readonly number[],
  radius: number,
): void {
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  for (const row of rows) {
    pen.beginPath();
    pen.arc(xOf(pane, book.time[row]!), yOf(pane, book.process[row]!), radius, 0, TURN);
    pen.stroke();
  }
}

function dot(pen: Pen, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, TURN);
  pen.fill();
}

function diamond(pen: Pen, x: number, y: number, half: number): void {
  pen.beginPath();
  pen.moveTo(x, y - half);
  pen.lineTo(x + half, y);
  pen.lineTo(x, y + half);
  pen.lineTo(x - half, y);
  pen.closePath();
  pen.fill();
}
