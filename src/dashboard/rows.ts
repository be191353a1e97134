// The rows of a run, kept for pages that join later, or go back. Only the last of many are kept.
import { ROW_WORDS, TraceBatch } from "../core/batch.ts";

/** Rows that are kept, at least; 28 bytes each, and their details. */
export const KEPT_MIN = 200_000;
/** Batches of a row log are filled up to this: many small ones would cost more than their rows. */
const BATCH_ROWS = 1_024;

/** Rows of a run up to the present moment. */
export interface Rows {
  /** Sequence number after the last row. */
  readonly end: number;
  /** The rows that are kept from a sequence number on, in order, without gaps. */
  from(sequence: number): readonly TraceBatch[];
}

export class RowLog implements Rows {
  #batches: TraceBatch[] = [];
  #kept = 0;
  readonly #keptMin: number;

  constructor(keptMin = KEPT_MIN) {
    this.#keptMin = keptMin;
  }

  get end(): number {
    const last = this.#batches.at(-1);
    return last === undefined ? 0 : last.first + last.count;
  }

  /** Takes over a copy of lent rows. */
  add(batch: TraceBatch): void {
    const last = this.#batches.at(-1);
    if (last !== undefined && last.count + batch.count <= BATCH_ROWS && last.base === batch.base) {
      this.#batches[this.#batches.length - 1] = joined(last, batch);
    } else this.#batches.push(part(batch, 0, batch.count));
    this.#kept += batch.count;
    for (let oldest = this.#batches[0]!; this.#kept - oldest.count >= this.#keptMin; ) {
      this.#kept -= oldest.count;
      this.#batches.shift();
      oldest = this.#batches[0]!;
    }
  }

  from(sequence: number): readonly TraceBatch[] {
    return this.between(sequence, this.end);
  }

  /** Of the rows that are kept, those of sequence numbers from … to − 1. */
  between(from: number, to: number): readonly TraceBatch[] {
    const batches: TraceBatch[] = [];
    const first = this.#find((batch) => batch.first + batch.count > from);
    for (let index = first; index < this.#batches.length; index++) {
      const batch = this.#batches[index]!;
      const rows = Math.min(to - batch.first, batch.count);
      const skipped = Math.max(0, from - batch.first);
      if (rows <= skipped) break;
      const whole = skipped === 0 && rows === batch.count;
      batches.push(whole ? batch : part(batch, skipped, rows));
    }
    return batches;
  }

  /** Sequence number of the first row that is later than an instant; the end, if none is. */
  after(time: number): number {
    const batch = this.#batches[this.#find((each) => each.time(each.count - 1) > time)];
    if (batch === undefined) return this.end;
    let row = 0;
    while (batch.time(row) <= time) row++;
    return batch.first + row;
  }

  /** When the row of that sequence number was; it must be kept. */
  time(sequence: number): number {
    const batch = this.#batches[this.#find((each) => each.first + each.count > sequence)]!;
    return batch.time(sequence - batch.first);
  }

  /** Index of the first batch for which that is true, as it is for all behind it. */
  #find(isThere: (batch: TraceBatch) => boolean): number {
    let [low, high] = [0, this.#batches.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isThere(this.#batches[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Where a run was taken back: rows from there on never happened. */
export class Cuts {
  /** How often so far. */
  count = 0;
  /** Number and first row of each cut but those that a later one reaches below; both ascend. */
  readonly #cuts: { readonly number: number; readonly at: number }[] = [];

  add(at: number): void {
    while ((this.#cuts.at(-1)?.at ?? -1) >= at) this.#cuts.pop();
    this.#cuts.push({ number: ++this.count, at });
  }

  /** Of the rows there were after so many cuts, the first that is no more; undefined if all still are. */
  since(count: number): number | undefined {
    return this.#cuts.find(({ number }) => number > count)?.at;
  }
}

function joined(a: TraceBatch, b: TraceBatch): TraceBatch {
  const both = new TraceBatch(a.count + b.count);
  both.words.set(a.words.subarray(0, a.count * ROW_WORDS));
  both.words.set(b.words.subarray(0, b.count * ROW_WORDS), a.count * ROW_WORDS);
  both.first = a.first;
  both.count = a.count + b.count;
  both.base = a.base;
  both.detailRows.push(...a.detailRows, ...b.detailRows.map((row) => row + a.count));
  both.details.push(...a.details, ...b.details);
  return both;
}

/** Rows from … to − 1 of a batch, as one of their own. */
function part(batch: TraceBatch, from: number, to: number): TraceBatch {
  const copy = new TraceBatch(0);
  copy.words = batch.words.slice(from * ROW_WORDS, to * ROW_WORDS);
  copy.first = batch.first + from;
  copy.count = to - from;
  copy.base = batch.base;
  batch.detailRows.forEach((row, index) => {
    if (row < from || row >= to) return;
    copy.detailRows.push(row - from);
    copy.details.push(batch.details[index]!);
  });
  return copy;
}
