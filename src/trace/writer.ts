// The recorder: rows go to a batch, a full batch goes to whoever observes, and is then used again,
// so that memory does not grow with the length of a run.
//
// Invariants:
// 1. Batches are handed over in order, and only when none of their rows is held or may yet be: a
//    row may be held until the next mark.
// 2. Erased rows are left out; sequence numbers are given after that, so they have no gaps.
import * as layout from "../core/batch.ts";
import { TraceBatch } from "../core/batch.ts";
import { assert, OrreryError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";

const { ROW, ROW_WORDS, SPAN_MAX } = layout;

/**
 * Batches start small, so that short runs stay small, and double up to this many rows: some 100 kB, which stay in
 * the cache, and details that are dropped before the collector has moved them.
 */
const ROWS_MIN = 256;
const ROWS_MAX = 4_096;
/** Tags of an erased row: incarnations do not reach it. */
const ERASED = -1;
/** Held batches beyond this (about 2 GB) mean that commits never become durable. */
const HELD_MAX = 16_384;

/** A batch, with the position of its row 0 and how many of its rows are held. */
type Open = { readonly batch: TraceBatch; readonly start: number; held: number; erased: number };

/** A `Recorder` that gathers rows in batches; runtimes/ports.ts says what each method is for. */
export class TraceWriter {
  readonly #sink: (batch: TraceBatch) => void;
  /** Batches not handed over yet, oldest first; the last one is being filled. */
  #open: Open[] = [];
  #spare: TraceBatch[] = [];
  #current: TraceBatch;
  #words: Int32Array;
  #row = 0;
  #capacity: number;
  #base = 0;
  #start = 0;
  #sequence = 0;
  #marked = 0;
  /** Where the spans that are held begin, in that order. */
  readonly #heldFrom = new Set<number>();

  /** `sink` is lent each batch in turn; it must copy what it wants to keep. */
  constructor(sink: (batch: TraceBatch) => void) {
    this.#sink = sink;
    this.#current = new TraceBatch(ROWS_MIN);
    this.#words = this.#current.words;
    this.#capacity = ROWS_MIN;
    this.#open.push({ batch: this.#current, start: 0, held: 0, erased: 0 });
  }

  get position(): number {
    return this.#start + this.#row;
  }

  mark(): number {
    this.#marked = this.#start + this.#row;
    return this.#marked;
  }

  record(
    time: number,
    kind: number,
    process: number,
    incarnation: number,
    lamport: number,
    inbox: number,
    peer: number,
    message: number,
    senderIncarnation: number,
  ): void {
    if (this.#row === this.#capacity || time - this.#base > SPAN_MAX) this.#turn(time);
    const words = this.#words;
    const at = this.#row++ * ROW_WORDS;
    words[at] = time - this.#base;
    words[at + ROW.process] = process;
    words[at + ROW.tags] = kind | (incarnation << 4) | (senderIncarnation << 18);
    words[at + ROW.lamport] = lamport;
    words[at + ROW.inbox] = inbox;
    words[at + ROW.peer] = peer;
    words[at + ROW.message] = message;
  }

  detail(value: Json): void {
    this.#current.detailRows.push(this.#row - 1);
    this.#current.details.push(value);
  }

  hold(from: number, to: number): void {
    if (from < to) this.#heldFrom.add(from);
    this.#within(from, to, (open, first, last) => {
      open.held += last - first;
    });
  }

  settle(from: number, to: number): void {
    if (from < to) this.#heldFrom.delete(from);
    this.#within(from, to, (open, first, last) => {
      open.held -= last - first;
    });
  }

  erase(from: number, to: number): void {
    if (from < to) this.#heldFrom.delete(from);
    this.#within(from, to, (open, first, last) => {
      open.held -= last - first;
      open.erased += last - first;
      for (let row = first; row < last; row++) {
        open.batch.words[row * ROW_WORDS + ROW.tags] = ERASED;
      }
    });
  }

  /** Hands over all rows before the first that is held, and no later one: for those who cannot wait for a batch. */
  flush(): void {
    this.#current.count = this.#row;
    this.mark();
    const [first] = this.#heldFrom;
    if (first === undefined) {
      if (this.#row > 0 || this.#open.length > 1) this.#turn(this.#base);
      return;
    }
    for (let oldest = this.#open[0]!; oldest.start < first; oldest = this.#open[0]!) {
      const rows = first - oldest.start;
      if (rows < oldest.batch.count) {
        this.#handPart(oldest, rows);
        return;
      }
      this.#open.shift();
      this.#hand(oldest);
    }
  }

  close(): void {
    assert(
      this.#open.every(({ held }) => held === 0),
      "rows that are held when the run ends were settled or erased",
    );
    this.mark();
    this.#turn(this.#base);
    this.#open = [];
  }

  /** Calls for each open batch that has rows of from … to − 1. */
  #within(from: number, to: number, act: (open: Open, first: number, last: number) => void): void {
    this.#current.count = this.#row;
    for (let index = this.#open.length - 1; index >= 0; index--) {
      const open = this.#open[index]!;
      const first = Math.max(from - open.start, 0);
      const last = Math.min(to - open.start, open.batch.count);
      if (first < last) act(open, first, last);
      if (open.start <= from) return;
    }
  }

  /** Puts a fresh batch in place of the current one, and hands over all that can be. */
  #turn(time: number): void {
    this.#current.count = this.#row;
    this.#start += this.#row;
    const wanted = Math.min(2 * this.#capacity, ROWS_MAX);
    for (let oldest = this.#open[0]; oldest !== undefined; oldest = this.#open[0]) {
      if (oldest.held > 0 || oldest.start + oldest.batch.count > this.#marked) break;
      this.#open.shift();
      this.#hand(oldest);
    }
    if (this.#open.length >= HELD_MAX) {
      throw new OrreryError("run/bound", "commits take so long that the trace cannot be held back");
    }
    let batch = this.#spare.pop();
    if (batch === undefined || batch.capacity < wanted) batch = new TraceBatch(wanted);
    batch.base = time;
    this.#current = batch;
    this.#words = batch.words;
    this.#capacity = batch.capacity;
    this.#base = time;
    this.#row = 0;
    this.#open.push({ batch, start: this.#start, held: 0, erased: 0 });
  }

  /** Hands over the first rows of a batch, which keeps the others. */
  #handPart(open: Open, rows: number): void {
    const { batch } = open;
    const part = new TraceBatch(rows);
    part.base = batch.base;
    part.count = rows;
    part.words.set(batch.words.subarray(0, rows * ROW_WORDS));
    batch.words.copyWithin(0, rows * ROW_WORDS, batch.count * ROW_WORDS);
    batch.count -= rows;
    const details = batch.detailRows.filter((row) => row < rows).length;
    part.detailRows.push(...batch.detailRows.splice(0, details));
    part.details.push(...batch.details.splice(0, details));
    batch.detailRows.forEach((row, index) => {
      batch.detailRows[index] = row - rows;
    });
    const erased = erasedIn(part);
    this.#open[0] = { ...open, start: open.start + rows, erased: open.erased - erased };
    if (batch === this.#current) {
      this.#row -= rows;
      this.#start += rows;
    }
    this.#give(part, erased);
  }

  #hand({ batch, erased }: Open): void {
    this.#give(batch, erased);
    batch.count = 0;
    batch.detailRows.length = 0;
    batch.details.length = 0;
    this.#spare.push(batch);
  }

  #give(batch: TraceBatch, erased: number): void {
    if (erased > 0) compact(batch);
    batch.first = this.#sequence;
    this.#sequence += batch.count;
    if (batch.count > 0) this.#sink(batch);
  }
}

function erasedIn(batch: TraceBatch): number {
  let erased = 0;
  for (let row = 0; row < batch.count; row++) {
    if (batch.words[row * ROW_WORDS + ROW.tags] === ERASED) erased++;
  }
  return erased;
}

/** Removes erased rows and their details. */
function compact(batch: TraceBatch): void {
  let kept = 0;
  let detail = 0;
  let keptDetails = 0;
  for (let row = 0; row < batch.count; row++) {
    const has = batch.detailRows[detail] === row;
    const at = row * ROW_WORDS;
    if (batch.words[at + ROW.tags] !== ERASED) {
      batch.words.copyWithin(kept * ROW_WORDS, at, at + ROW_WORDS);
      if (has) {
        batch.detailRows[keptDetails] = kept;
        batch.details[keptDetails++] = batch.details[detail]!;
      }
      kept++;
    }
    if (has) detail++;
  }
  batch.count = kept;
  batch.detailRows.length = keptDetails;
  batch.details.length = keptDetails;
}
