// How the diagram keeps up with a run that goes on.
import type { RowBook } from "../watched/row-book.ts";
import { type Extent, type Pane, SPAN_EMPTY, spanOf } from "./pane.ts";
import { roundUp } from "./ticks.ts";

/** This share of what is shown is beyond the present. */
const AHEAD = 0.04;
/** How much of the way to where it should be the pane moves each frame. */
const EASE = 0.3;
/** So many rows are shown at least. */
const ROWS_MIN = 40;

/** How much time is shown until somebody zooms, µs: what passes in a while at that speed, and never nothing. */
export function restingSpan(book: RowBook, now: number, speed: number): number {
  const passes = SPAN_EMPTY * speed;
  if (book.count < ROWS_MIN) return passes;
  return Math.max(passes, roundUp(now - book.time[book.count - ROWS_MIN]!));
}

/**
 * A pane one frame nearer to the end of what there is, showing so much time. Far off, when the span is another, or
 * where nothing is to glide (`still`), it is there at once.
 */
export function approached(pane: Pane, extent: Extent, span: number, still: boolean): Pane {
  const wanted = Math.max(extent.from - 0.02 * span, extent.to - (1 - AHEAD) * span);
  const away = Math.abs(wanted - pane.from);
  const jumps = still || span !== spanOf(pane) || away < span / 4_000 || away > span / 2;
  const from = jumps ? wanted : pane.from + EASE * (wanted - pane.from);
  return { ...pane, from, to: from + span };
}
