// A piece of a trace: rows of seven 32-bit words, 28 bytes an event, side by side in one array, as
// a row is written at once and then read at once.
import type { Json } from "./json.ts";
import { EVENT_KINDS, KIND, type TraceEvent } from "./trace-event.ts";

export const ROW_WORDS = 7;
/** Where each field stands in a row. `TAGS` packs kind (4 bits), incarnation and sender's incarnation (14 each). */
export const ROW = { time: 0, process: 1, tags: 2, lamport: 3, inbox: 4, peer: 5, message: 6 };

const INCARNATION_MASK = 2 ** 14 - 1;
/** The highest incarnation a row can name; a tag of ones alone is left for rows that are erased. */
export const INCARNATION_MAX = INCARNATION_MASK - 1;
/** The longest span of a batch: times are kept as unsigned 32-bit offsets from `base`. */
export const SPAN_MAX = 2 ** 32 - 1;
/** Peer or message number of an event that has none. */
export const NONE = -1;

/**
 * Rows `0 … count − 1` of a run; row i is event `first + i`. Lent to observers while it is read,
 * then refilled: copy what must be kept. Accessors take a row and cost a load or two.
 */
export class TraceBatch {
  /** Sequence number of row 0. */
  first = 0;
  count = 0;
  /** Instant from which row times are counted, µs. */
  base = 0;
  words: Int32Array;
  /** Rows that have a detail, ascending, and beside them the details. */
  readonly detailRows: number[] = [];
  readonly details: Json[] = [];

  constructor(capacity: number) {
    this.words = new Int32Array(capacity * ROW_WORDS);
  }

  get capacity(): number {
    return this.words.length / ROW_WORDS;
  }

  /** µs since the run began. */
  time(row: number): number {
    return this.base + (this.words[row * ROW_WORDS]! >>> 0);
  }

  process(row: number): number {
    return this.words[row * ROW_WORDS + ROW.process]!;
  }

  /** The kind's number: compare it with `KIND.send` and so on. */
  kind(row: number): number {
    return this.words[row * ROW_WORDS + ROW.tags]! & 15;
  }

  incarnation(row: number): number {
    return (this.words[row * ROW_WORDS + ROW.tags]! >>> 4) & INCARNATION_MASK;
  }

  lamport(row: number): number {
    return this.words[row * ROW_WORDS + ROW.lamport]!;
  }

  inbox(row: number): number {
    return this.words[row * ROW_WORDS + ROW.inbox]!;
  }

  /** The other process, or −1. */
  peer(row: number): number {
    return this.words[row * ROW_WORDS + ROW.peer]!;
  }

  /** The sender's message number, or −1. */
  message(row: number): number {
    return this.words[row * ROW_WORDS + ROW.message]!;
  }

  /** Incarnation in which the message was sent. */
  senderIncarnation(row: number): number {
    return this.words[row * ROW_WORDS + ROW.tags]! >>> 18;
  }

  /** The process that sent the message of this row. */
  sender(row: number): number {
    const kind = this.kind(row);
    return kind === KIND.send || kind === KIND.copy ? this.process(row) : this.peer(row);
  }

  /** The process to which the message of this row was sent. */
  receiver(row: number): number {
    const kind = this.kind(row);
    return kind === KIND.send || kind === KIND.copy ? this.peer(row) : this.process(row);
  }

  /** The row's detail, or undefined. Cost: a binary search. */
  detail(row: number): Json | undefined {
    let low = 0;
    let high = this.detailRows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.detailRows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    return this.detailRows[low] === row ? this.details[low] : undefined;
  }

  /** Calls for each row, in order, with its detail or undefined. Cost of all details together: one pass. */
  each(see: (row: number, detail: Json | undefined) => void): void {
    let next = 0;
    for (let row = 0; row < this.count; row++) {
      see(row, this.detailRows[next] === row ? this.details[next++] : undefined);
    }
  }

  /** The row as an object. */
  event(row: number): TraceEvent {
    const peer = this.peer(row);
    const number = this.message(row);
    const detail = this.detail(row);
    return {
      sequence: this.first + row,
      timeMicros: this.time(row),
      process: this.process(row),
      incarnation: this.incarnation(row),
      kind: EVENT_KINDS[this.kind(row)]!.name,
      lamport: this.lamport(row),
      inbox: this.inbox(row),
      ...(peer === NONE ? {} : { peer }),
      ...(number === NONE
        ? {}
        : {
            message: {
              process: this.sender(row),
              incarnation: this.senderIncarnation(row),
              number,
            },
          }),
      ...(detail === undefined ? {} : { detail }),
    };
  }
}
