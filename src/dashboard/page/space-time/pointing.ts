// Which event is meant: the one near a pointer, or the next one in a lane.
import { NONE } from "../../../core/batch.ts";
import { OWN } from "../../../core/trace-event.ts";
import type { RowBook } from "../watched/row-book.ts";
import { type Pane, scaleOf, timeAt, xOf, yOf } from "./pane.ts";

/** How near a pointer must come to an event, px. */
const NEAR = 12;
/** Rows that are looked at for one: in a crowd, any is near enough. */
const LOOKED_MAX = 20_000;

/** The event nearest to a point, −1 if none is near. Of those at one point a process's own come first. */
export function rowNear(book: RowBook, pane: Pane, x: number, y: number): number {
  if (x < pane.gutter || y < pane.head) return NONE;
  const time = timeAt(pane, x);
  const start = book.rowAt(time - NEAR / scaleOf(pane));
  const end = Math.min(book.rowAt(time + NEAR / scaleOf(pane)), start + LOOKED_MAX);
  let [best, least] = [NONE, NEAR];
  for (let row = start; row < end; row++) {
    const dy = Math.abs(yOf(pane, book.process[row]!) - y);
    if (dy > NEAR) continue;
    const away = Math.hypot(xOf(pane, book.time[row]!) - x, dy) + (OWN[book.kind[row]!] ? 0 : 1);
    if (away < least) [best, least] = [row, away];
  }
  return best;
}

/** The next event of the same process after a row (`by` 1) or before it (−1); −1: there is none. */
export function rowBeside(book: RowBook, row: number, by: 1 | -1): number {
  const of = book.process[row];
  for (let at = row + by; at >= 0 && at < book.count; at += by) {
    if (book.process[at] === of) return at;
  }
  return NONE;
}

/** The event of a process that is nearest to an instant, −1 if it has none. */
export function rowOfProcess(book: RowBook, process: number, time: number): number {
  const start = book.rowAt(time);
  let after = start;
  while (after < book.count && book.process[after] !== process) after++;
  let before = start - 1;
  while (before >= 0 && book.process[before] !== process) before--;
  if (after === book.count) return before;
  if (before < 0) return after;
  return book.time[after]! - time < time - book.time[before]! ? after : before;
}
