// How closely the events in a pane are drawn: each by its own mark, each as a tick, or how many there are where. Buffers
// are kept from one frame to the next, so that a frame allocates nothing for an event.
import type { RowBook } from "../watched/row-book.ts";
import { BEFORE, type Reach } from "./causality.ts";
import { lanesShown, type Pane, plotWidth, processesPerLane, scaleOf, timeAt } from "./pane.ts";

export type Level = "marks" | "ticks" | "density";

/** As many are drawn one by one. */
const MARKS_MAX = 1_500;
const TICKS_MAX = 8_000;
/** Room that each needs in its lane, px. */
const MARK_ROOM = 7;
const TICK_ROOM = 2;
/** How far a mark reaches beyond its instant, px. */
const REACH = 10;
/** Width of a column of the density, px. */
export const BIN = 2;
/** Kinds of row that have columns of their own: as in `Reach.side`. */
export const SIDES = 4;

export class Gathered {
  level: Level = "marks";
  /** Rows whose time is in the pane: from … to − 1. */
  from = 0;
  to = 0;
  /** Those of them whose lanes can be seen; listed unless the level is density. */
  readonly rows = new Int32Array(TICKS_MAX);
  count = 0;
  /** Lanes that can be seen. */
  firstLane = 0;
  lastLane = 0;
  /** Of each side, lane and column: how many events. */
  density = new Int32Array(0);
  columns = 0;
  /** The most in one column. */
  most = 0;

  /** Looks at a pane. Time O(rows in the pane's time). */
  see(book: RowBook, pane: Pane, reach: Reach | null): void {
    this.from = book.rowAt(timeAt(pane, pane.gutter - REACH));
    this.to = book.rowAt(timeAt(pane, pane.width + REACH));
    [this.firstLane, this.lastLane] = lanesShown(pane);
    this.#list(book, pane);
    const lanes = this.lastLane - this.firstLane + 1;
    const room = (plotWidth(pane) * lanes) / Math.max(1, this.count);
    const alone = processesPerLane(pane) === 1;
    if (alone && this.count <= MARKS_MAX && room >= MARK_ROOM) this.level = "marks";
    else if (this.count <= TICKS_MAX && room >= TICK_ROOM) this.level = "ticks";
    else this.level = "density";
    if (this.level === "density") this.#fill(book, pane, reach);
  }

  /** Place in `density` of the first column. */
  place(side: number, lane: number): number {
    const lanes = this.lastLane - this.firstLane + 1;
    return (side * lanes + lane - this.firstLane) * this.columns;
  }

  #list(book: RowBook, pane: Pane): void {
    const { process } = book;
    const { rows, from, to } = this;
    const each = processesPerLane(pane);
    const [low, high] = [this.firstLane * each, (this.lastLane + 1) * each];
    let count = 0;
    for (let row = from; row < to; row++) {
      const of = process[row]!;
      if (of < low || of >= high) continue;
      if (count < TICKS_MAX) rows[count] = row;
      count++;
    }
    this.count = count;
  }

  #fill(book: RowBook, pane: Pane, reach: Reach | null): void {
    const { time, process } = book;
    const { firstLane, lastLane, from, to } = this;
    const lanes = lastLane - firstLane + 1;
    const columns = Math.ceil(plotWidth(pane) / BIN);
    const size = SIDES * lanes * columns;
    if (this.density.length < size) this.density = new Int32Array(size);
    else this.density.fill(0, 0, size);
    this.columns = columns;
    const { density } = this;
    const each = processesPerLane(pane);
    const scale = scaleOf(pane) / BIN;
    let most = 0;
    for (let row = from; row < to; row++) {
      const lane = Math.floor(process[row]! / each);
      const column = Math.floor((time[row]! - pane.from) * scale);
      if (lane < firstLane || lane > lastLane || column < 0 || column >= columns) continue;
      const side = reach === null ? BEFORE : reach.side[row]!;
      const number = ++density[(side * lanes + lane - firstLane) * columns + column]!;
      if (number > most) most = number;
    }
    this.most = most;
  }
}

/** Is the one with that sequence number in a sample of one in so many? Samples are nested, so zooming only adds. */
export const isSampled = (sequence: number, oneIn: number): boolean =>
  // Multiplied by the golden ratio, so that no rhythm of the rows shows.
  (Math.imul(sequence, 0x9e3779b1) >>> 8) % oneIn === 0;
