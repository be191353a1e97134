// A cut through a run: of each process all events up to some instant. It is consistent if no message was received in
// it that was sent after it (Chandy, Lamport 1985); what was sent in it and received after is in flight.
import { NONE } from "../../../core/batch.ts";
import { KIND } from "../../../core/trace-event.ts";
import type { RowBook } from "../watched/row-book.ts";
import { causeOf } from "./causality.ts";

/** Of each process the last instant that is in the cut, µs. */
export type Cut = Float64Array;

/** How a row stands to a cut: it is a send whose message is in flight, or a receive of what was sent after it. */
export const IN_FLIGHT = 1;
export const WRONG = 2;

export type Crossing = {
  /** Of each row; 0: neither. */
  readonly rows: Uint8Array;
  /** Copies of messages that were sent in the cut, and not received, lost or forgotten in it. */
  readonly inFlight: number;
  /** Receives that make it inconsistent; and the first of them, −1 if there is none. */
  readonly violations: number;
  readonly firstViolation: number;
};

/** The cut at one instant of global time: always consistent. */
export const straightCut = (processes: number, at: number): Cut =>
  new Float64Array(processes).fill(at);

/** The same cut, but for one process. */
export function bentCut(cut: Cut, process: number, at: number): Cut {
  const bent = cut.slice();
  bent[process] = at;
  return bent;
}

/** The same cut, later by so many µs. */
export const movedCut = (cut: Cut, by: number): Cut => cut.map((at) => at + by);

/** What crosses a cut. Time O(rows), memory a byte each; `rows` of an earlier one can be used again. */
export function crossingOf(book: RowBook, cut: Cut, used?: Crossing): Crossing {
  const { kind, mate, count } = book;
  const room = used !== undefined && used.rows.length >= count;
  const rows = room ? used.rows.fill(0, 0, count) : new Uint8Array(Math.max(1024, 2 * count));
  let [inFlight, violations, firstViolation] = [0, 0, NONE];
  for (let row = 0; row < count; row++) {
    if (!isIn(book, cut, row)) continue;
    if (kind[row] === KIND.receive) {
      const cause = causeOf(book, row);
      if (cause === NONE || isIn(book, cut, cause)) continue;
      rows[row] = WRONG;
      if (violations++ === 0) firstViolation = row;
    } else if (book.isSend(row)) {
      const end = mate[row]!;
      if (end !== NONE && isIn(book, cut, end)) continue;
      rows[row] = IN_FLIGHT;
      inFlight++;
    }
  }
  return { rows, inFlight, violations, firstViolation };
}

const isIn = (book: RowBook, cut: Cut, row: number): boolean =>
  book.time[row]! <= cut[book.process[row]!]!;
