// Messages: arrows from their sends to where they were received, or lost. When there are too many, a sample.
import { NONE } from "../../../core/batch.ts";
import type { Json } from "../../../core/json.ts";
import { KIND } from "../../../core/trace-event.ts";
import type { RowBook } from "../watched/row-book.ts";
import { AFTER, BEFORE, CONCURRENT, ITSELF } from "./causality.ts";
import { IN_FLIGHT, WRONG } from "./cut.ts";
import { type Gathered, isSampled } from "./level.ts";
import { type Pane, processesPerLane, xOf, yOf } from "./pane.ts";
import { cross, haloText, type Pen, SMALL, segment, textWidth } from "./pen.ts";
import type { Emphasis, Scene } from "./scene.ts";

/** How many arrows are drawn, at most, where events are marks and where they are many. */
const ARROWS_MAX = 900;
const ARROWS_OF_MANY = 350;
/** Up to so many have heads, and up to so many labels. */
const HEADS_MAX = 500;
const LABELS_MAX = 160;
/** How far from its event's middle an arrow begins and ends, px. */
const INSET = 5;
const HEAD = 7;
/** How far a message that was lost on its way, or is still on it, is drawn: px to the right, and share of the way. */
const LOST_RIGHT = 10;
const STUB_RIGHT = 22;
const STUB = 0.4;

/** How an arrow is drawn, by what it is. */
const STYLE = { plain: 0, dim: 1, before: 2, after: 3, marked: 4, wrong: 5 } as const;
const STYLES = 6;
/** Arrows that stand out are thinned by themselves. */
const REST = 0;
const STANDING = 1;
const standingOf = (style: number): 0 | 1 => (style > STYLE.dim ? STANDING : REST);

/** Which arrows a frame has: rows of tails and heads. */
export class Arrows {
  readonly tails = new Int32Array(2 * ARROWS_MAX + 2);
  /** −1: under way. */
  readonly heads = new Int32Array(2 * ARROWS_MAX + 2);
  readonly styles = new Uint8Array(2 * ARROWS_MAX + 2);
  count = 0;
  /** All there are in the pane. */
  all = 0;
  /** One in how many is drawn: of those that do not stand out, and of those that do. */
  readonly oneIn: [rest: number, standing: number] = [1, 1];
  readonly #counts: [rest: number, standing: number] = [0, 0];

  /** Chooses the arrows of a pane. Time O(rows in the pane's time), and unless they are many, O(rows before). */
  choose(book: RowBook, pane: Pane, gathered: Gathered, emphasis: Emphasis): void {
    const most = gathered.level === "marks" ? ARROWS_MAX : ARROWS_OF_MANY;
    this.all = 0;
    this.count = 0;
    for (const of of [REST, STANDING]) {
      this.#counts[of] = 0;
      this.oneIn[of] = 1;
    }
    this.#each(book, pane, gathered, (tail, head) => {
      this.all++;
      const style = styleOf(book, tail, head, emphasis);
      const of = standingOf(style);
      if (!isSampled(book.first + tail, this.oneIn[of])) return;
      this.tails[this.count] = tail;
      this.heads[this.count] = head;
      this.styles[this.count++] = style;
      if (++this.#counts[of] > most) this.#thin(book.first, of, most);
    });
  }

  /** Halves a sample until it is small enough. */
  #thin(first: number, of: 0 | 1, most: number): void {
    const { tails, heads, styles, oneIn } = this;
    while (this.#counts[of] > most) {
      oneIn[of] *= 2;
      let kept = 0;
      for (let index = 0; index < this.count; index++) {
        const thinned = standingOf(styles[index]!) === of;
        if (thinned && !isSampled(first + tails[index]!, oneIn[of])) {
          this.#counts[of]--;
          continue;
        }
        tails[kept] = tails[index]!;
        heads[kept] = heads[index]!;
        styles[kept++] = styles[index]!;
      }
      this.count = kept;
    }
  }

  /** All messages of which something can be seen. */
  #each(
    book: RowBook,
    pane: Pane,
    { from, to, level, firstLane, lastLane }: Gathered,
    take: (tail: number, head: number) => void,
  ): void {
    const { kind, mate, process, peer } = book;
    const each = processesPerLane(pane);
    const seen = (tail: number, head: number): void => {
      const own = Math.floor(process[tail]! / each);
      const other = Math.floor(peer[tail]! / each);
      // Among the processes of one lane there is no way to be seen.
      if (own === other && process[tail] !== peer[tail]) return;
      if (Math.max(own, other) >= firstLane && Math.min(own, other) <= lastLane) take(tail, head);
    };
    // Sends before the pane's time whose messages end after it, or in a crash. Among many they would not be told apart.
    for (let row = 0; level !== "density" && row < from; row++) {
      const end = mate[row]!;
      if (end < from) continue;
      if (end >= to || kind[end] === KIND.crash) seen(row, end);
    }
    for (let row = from; row < to; row++) {
      const other = mate[row]!;
      const of = kind[row]!;
      if (of === KIND.receive || of === KIND.drop) {
        if (other !== NONE) seen(other, row);
      } else if (of === KIND.send || of === KIND.copy) {
        if (other === NONE || other >= to || kind[other] === KIND.crash) seen(row, other);
      }
    }
  }
}

function styleOf(book: RowBook, tail: number, head: number, emphasis: Emphasis): number {
  const { reach, crossing } = emphasis;
  if (crossing !== null && head !== NONE && crossing.rows[head] === WRONG) return STYLE.wrong;
  if (crossing !== null && crossing.rows[tail] === IN_FLIGHT) return STYLE.marked;
  if (reach === null) return STYLE.plain;
  const { side } = reach;
  const sent = side[book.origin[tail]!]!;
  const got = head === NONE || book.kind[head] !== KIND.receive ? CONCURRENT : side[head]!;
  if (got === BEFORE || (got === ITSELF && sent === BEFORE)) return STYLE.before;
  if (got === AFTER && (sent === AFTER || sent === ITSELF)) return STYLE.after;
  return STYLE.dim;
}

/** Draws the arrows that were chosen, each style at once. */
export function drawArrows(pen: Pen, scene: Scene, arrows: Arrows): void {
  const { palette } = scene;
  const alpha = arrows.oneIn[REST] > 1 ? 0.35 : 0.6;
  const looks = [
    { colour: palette.ink, alpha, width: 1 },
    { colour: palette.faint, alpha: 0.22, width: 1 },
    { colour: palette.series[0]!, alpha: 0.9, width: 1.5 },
    { colour: palette.series[1]!, alpha: 0.9, width: 1.5 },
    { colour: palette.accent, alpha: 1, width: 2 },
    { colour: palette.alarm, alpha: 1, width: 2.5 },
  ];
  for (let style = 0; style < STYLES; style++) {
    const look = looks[style]!;
    pen.strokeStyle = look.colour;
    pen.fillStyle = look.colour;
    pen.globalAlpha = look.alpha;
    pen.lineWidth = look.width;
    const heads = style > STYLE.dim || arrows.count <= HEADS_MAX;
    drawReceived(pen, scene, arrows, style, heads);
    pen.setLineDash([4, 3]);
    if (style === STYLE.plain) pen.strokeStyle = palette.alarm;
    drawEnded(pen, scene, arrows, style);
    if (style === STYLE.plain) pen.strokeStyle = palette.faint;
    drawUnderWay(pen, scene, arrows, style);
    pen.setLineDash([]);
  }
  pen.globalAlpha = 1;
}

function drawReceived(pen: Pen, scene: Scene, arrows: Arrows, style: number, heads: boolean): void {
  const received = (index: number): boolean =>
    arrows.styles[index] === style && scene.book.kind[arrows.heads[index]!] === KIND.receive;
  pen.beginPath();
  for (let index = 0; index < arrows.count; index++) {
    if (received(index)) shaft(pen, scene, arrows.tails[index]!, arrows.heads[index]!);
  }
  pen.stroke();
  if (!heads) return;
  pen.beginPath();
  for (let index = 0; index < arrows.count; index++) {
    if (received(index)) point(pen, scene, arrows.tails[index]!, arrows.heads[index]!);
  }
  pen.fill();
}

/** From one lane to another; a message to itself makes a bow. */
function shaft(pen: Pen, { book, pane }: Scene, tail: number, head: number): void {
  const [x1, x2] = [xOf(pane, book.time[tail]!), xOf(pane, book.time[head]!)];
  const [y1, y2] = [yOf(pane, book.process[tail]!), yOf(pane, book.process[head]!)];
  if (y1 !== y2) {
    const share = INSET / Math.max(Math.hypot(x2 - x1, y2 - y1), 2 * INSET);
    const [dx, dy] = [(x2 - x1) * share, (y2 - y1) * share];
    segment(pen, x1 + dx, y1 + dy, x2 - dx, y2 - dy);
    return;
  }
  const height = Math.min(14, pane.laneHeight * 0.35);
  pen.moveTo(x1, y1 - INSET);
  pen.lineTo(x1 + (x2 - x1) * 0.2, y1 - height);
  pen.lineTo(x1 + (x2 - x1) * 0.8, y1 - height);
  pen.lineTo(x2, y2 - INSET);
}

function point(pen: Pen, { book, pane }: Scene, tail: number, head: number): void {
  const [x1, x2] = [xOf(pane, book.time[tail]!), xOf(pane, book.time[head]!)];
  const [y1, y2] = [yOf(pane, book.process[tail]!), yOf(pane, book.process[head]!)];
  const angle = y1 === y2 ? Math.PI / 3 : Math.atan2(y2 - y1, x2 - x1);
  const [tipX, tipY] = [x2 - INSET * Math.cos(angle), y2 - INSET * Math.sin(angle)];
  pen.moveTo(tipX, tipY);
  pen.lineTo(tipX - HEAD * Math.cos(angle - 0.4), tipY - HEAD * Math.sin(angle - 0.4));
  pen.lineTo(tipX - HEAD * Math.cos(angle + 0.4), tipY - HEAD * Math.sin(angle + 0.4));
  pen.closePath();
}

/** Those that were lost, and crosses where. */
function drawEnded(pen: Pen, scene: Scene, arrows: Arrows, style: number): void {
  pen.beginPath();
  eachEnded(scene, arrows, style, (x1, y1, x2, y2) => segment(pen, x1, y1, x2, y2));
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  eachEnded(scene, arrows, style, (_x, _y, x, y) => cross(pen, x, y, 4));
  pen.stroke();
  pen.setLineDash([4, 3]);
}

/** A message that was lost at once was on its way; any other where it would have arrived, or waited. */
function eachEnded(
  { book: { time, process, kind, peer }, pane }: Scene,
  arrows: Arrows,
  style: number,
  draw: (x1: number, y1: number, x2: number, y2: number) => void,
): void {
  for (let index = 0; index < arrows.count; index++) {
    const tail = arrows.tails[index]!;
    const head = arrows.heads[index]!;
    if (arrows.styles[index] !== style || head === NONE || kind[head] === KIND.receive) continue;
    const x = xOf(pane, time[tail]!);
    const y = yOf(pane, process[tail]!);
    const end = yOf(pane, peer[tail]!);
    if (time[head] === time[tail]) draw(x, y, x + LOST_RIGHT, y + (end - y) * STUB);
    else draw(x, y, xOf(pane, time[head]!), end);
  }
}

function drawUnderWay(pen: Pen, { book, pane, now }: Scene, arrows: Arrows, style: number): void {
  pen.beginPath();
  for (let index = 0; index < arrows.count; index++) {
    const tail = arrows.tails[index]!;
    if (arrows.styles[index] !== style || arrows.heads[index] !== NONE) continue;
    const [x, y] = [xOf(pane, book.time[tail]!), yOf(pane, book.process[tail]!)];
    const end = Math.max(x, Math.min(x + STUB_RIGHT, xOf(pane, now)));
    segment(pen, x, y, end, y + (yOf(pane, book.peer[tail]!) - y) * STUB);
  }
  pen.stroke();
}

/** What messages are called, beside the arrows that have room for it. */
export function drawLabels(
  pen: Pen,
  { palette, book, pane }: Scene,
  arrows: Arrows,
  free: (x: number, y: number, width: number) => boolean,
): void {
  if (arrows.count > LABELS_MAX) return;
  pen.font = SMALL;
  pen.textAlign = "center";
  for (let index = 0; index < arrows.count; index++) {
    const [tail, head] = [arrows.tails[index]!, arrows.heads[index]!];
    const label = labelOf(book.detail(book.origin[tail]!));
    if (label === "" || head === NONE || book.kind[head] !== KIND.receive) continue;
    const x = (xOf(pane, book.time[tail]!) + xOf(pane, book.time[head]!)) / 2;
    const y = (yOf(pane, book.process[tail]!) + yOf(pane, book.process[head]!)) / 2;
    if (!free(x, y, textWidth(label))) continue;
    pen.fillStyle = arrows.styles[index] === STYLE.dim ? palette.faint : palette.ink;
    haloText(pen, palette, label, x, y + 4);
  }
  pen.textAlign = "left";
}

const labelOf = (detail: Json | undefined): string => (typeof detail === "string" ? detail : "");
