// The strip below the lanes: all rows there are, how dense they are, and which part of them the lanes show.
import type { Palette } from "../shell/palette.ts";
import type { RowBook } from "../watched/row-book.ts";
import { type Extent, type Pane, plotWidth } from "./pane.ts";
import type { Pen } from "./pen.ts";

/** Height of the strip, and of what is between it and the lanes, px. */
export const STRIP = 34;
const GAP = 6;
/** Width of a column, px. */
const BIN = 2;
/** The window is drawn so wide at least, px. */
const WINDOW_MIN = 4;

export class Strip {
  #counts = new Int32Array(0);
  #most = 0;
  /** What was counted last. */
  #counted = "";

  /** Draws it below a pane. `found` are times of matches, µs. */
  draw(
    pen: Pen,
    palette: Palette,
    book: RowBook,
    pane: Pane,
    extent: Extent,
    found: number[],
  ): void {
    const columns = Math.ceil(plotWidth(pane) / BIN);
    this.#count(book, extent, columns);
    const bottom = pane.height + STRIP - 1;
    const room = STRIP - GAP - 4;
    pen.fillStyle = palette.paper;
    pen.fillRect(0, pane.height, pane.width, STRIP);
    pen.fillStyle = palette.raised;
    pen.fillRect(pane.gutter, pane.height + GAP, plotWidth(pane), STRIP - GAP);
    pen.fillStyle = palette.faint;
    for (let column = 0; column < columns; column++) {
      const count = this.#counts[column]!;
      if (count === 0) continue;
      const height = Math.max(1, Math.round(room * Math.sqrt(count / this.#most)));
      pen.fillRect(pane.gutter + column * BIN, bottom - height, BIN, height);
    }
    pen.fillStyle = palette.warn;
    for (const time of found) {
      pen.fillRect(Math.round(xIn(pane, extent, time)), pane.height + GAP, 2, 6);
    }
    drawWindow(pen, palette, pane, extent);
  }

  #count(book: RowBook, extent: Extent, columns: number): void {
    const now = [book.end, book.shifts, book.first, extent.from, extent.to, columns].join();
    if (now === this.#counted) return;
    this.#counted = now;
    if (this.#counts.length < columns) this.#counts = new Int32Array(columns);
    else this.#counts.fill(0);
    const scale = columns / Math.max(1, extent.to - extent.from);
    this.#most = 1;
    for (let row = 0; row < book.count; row++) {
      const column = Math.min(columns - 1, Math.floor((book.time[row]! - extent.from) * scale));
      const count = ++this.#counts[column]!;
      if (count > this.#most) this.#most = count;
    }
  }
}

function drawWindow(pen: Pen, palette: Palette, pane: Pane, extent: Extent): void {
  const inside = (x: number): number => Math.min(Math.max(x, pane.gutter), pane.width - WINDOW_MIN);
  const left = inside(xIn(pane, extent, pane.from));
  const right = Math.max(inside(xIn(pane, extent, pane.to)), left + WINDOW_MIN);
  pen.fillStyle = palette.accent;
  pen.globalAlpha = 0.16;
  pen.fillRect(left, pane.height + GAP, right - left, STRIP - GAP);
  pen.globalAlpha = 1;
  pen.fillRect(left, pane.height + GAP, 1, STRIP - GAP);
  pen.fillRect(right - 1, pane.height + GAP, 1, STRIP - GAP);
}

const xIn = (pane: Pane, extent: Extent, time: number): number =>
  pane.gutter + ((time - extent.from) / Math.max(1, extent.to - extent.from)) * plotWidth(pane);

/** The time at a place of the strip. */
export const timeInStrip = (pane: Pane, extent: Extent, x: number): number =>
  extent.from + ((x - pane.gutter) / plotWidth(pane)) * (extent.to - extent.from);
