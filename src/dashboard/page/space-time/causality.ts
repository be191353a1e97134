// What could have caused an event, and what it may have caused, among the rows of a book. Rows stand in an order that
// extends happens-before, so one pass back finds the past and one on the future, without vector clocks.
import { NONE } from "../../../core/batch.ts";
import { KIND, OWN } from "../../../core/trace-event.ts";
import type { RowBook } from "../watched/row-book.ts";

/** How a row stands to the chosen one. */
export const CONCURRENT = 0;
export const BEFORE = 1;
export const AFTER = 2;
export const ITSELF = 3;

/** Past and future of a row. Only events of processes are counted: what befalls a message on its way is none. */
export type Reach = {
  readonly row: number;
  /** Of each row. Others than events of processes go with the lane they are in. */
  readonly side: Uint8Array;
  readonly before: number;
  readonly after: number;
  readonly concurrent: number;
  /** The first row of each; −1: there is none. */
  readonly firstBefore: number;
  readonly firstAfter: number;
  readonly firstConcurrent: number;
  /** Of each process: how many of its events came before. */
  readonly knows: Int32Array;
};

/** The send of the message that a row received, −1 if it is no receive or the send is not known. */
export function causeOf(book: RowBook, row: number): number {
  const sent = book.kind[row] === KIND.receive ? book.mate[row]! : NONE;
  return sent === NONE ? NONE : book.origin[sent]!;
}

/**
 * Past and future of a row. One that is no event of its process stands for the point where its lane has come to.
 * Time O(rows), memory a byte each; `side` of an earlier one can be used again.
 */
export function reachOf(book: RowBook, row: number, processes: number, used?: Reach): Reach {
  const room = used !== undefined && used.side.length >= book.count;
  const side = room ? used.side : new Uint8Array(Math.max(1024, 2 * book.count));
  side.fill(CONCURRENT, 0, book.count);
  markBefore(book, row, side, new Uint8Array(processes));
  markAfter(book, row, side, new Uint8Array(processes));
  side[row] = ITSELF;
  return { row, side, ...counted(book, row, side, processes) };
}

function markBefore(book: RowBook, row: number, side: Uint8Array, reached: Uint8Array): void {
  const { process } = book;
  side[row] = BEFORE;
  for (let at = row; at >= 0; at--) {
    if (side[at] === CONCURRENT && reached[process[at]!] === 0) continue;
    side[at] = BEFORE;
    reached[process[at]!] = 1;
    const cause = causeOf(book, at);
    if (cause !== NONE) side[cause] = BEFORE;
  }
}

function markAfter(book: RowBook, row: number, side: Uint8Array, reached: Uint8Array): void {
  const { process, count } = book;
  reached[process[row]!] = 1;
  side[row] = AFTER;
  for (let at = row + 1; at < count; at++) {
    const cause = causeOf(book, at);
    if (reached[process[at]!] === 0 && (cause === NONE || side[cause] !== AFTER)) continue;
    side[at] = AFTER;
    reached[process[at]!] = 1;
  }
}

function counted(book: RowBook, row: number, side: Uint8Array, processes: number) {
  const { kind, process, count } = book;
  const counts = [0, 0, 0];
  const first = [NONE, NONE, NONE];
  const knows = new Int32Array(processes);
  for (let at = 0; at < count; at++) {
    if (at === row || !OWN[kind[at]!]) continue;
    const of = side[at]!;
    if (counts[of]!++ === 0) first[of] = at;
    if (of === BEFORE) knows[process[at]!]!++;
  }
  return {
    ...{ before: counts[BEFORE]!, after: counts[AFTER]!, concurrent: counts[CONCURRENT]! },
    ...{ firstBefore: first[BEFORE]!, firstAfter: first[AFTER]! },
    ...{ firstConcurrent: first[CONCURRENT]!, knows },
  };
}
