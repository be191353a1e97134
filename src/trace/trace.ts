import { ROW_WORDS, TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";
import { assert } from "../core/errors.ts";
import type { Run } from "../core/run.ts";
import type { TraceEvent } from "../core/trace-event.ts";

/** A run recorded in memory: for tests, tools, and runs that fit. 28 bytes an event. */
export class Trace {
  readonly run: Run;
  /** Names of the processes, by id. */
  readonly names: readonly string[];
  readonly batches: readonly TraceBatch[];

  constructor(run: Run, names: readonly string[], batches: readonly TraceBatch[]) {
    this.run = run;
    this.names = names;
    this.batches = batches;
  }

  get length(): number {
    const last = this.batches.at(-1);
    return last === undefined ? 0 : last.first + last.count;
  }

  /** The event with that sequence number. Cost: a binary search over batches. */
  event(sequence: number): TraceEvent {
    let low = 0;
    let high = this.batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.batches[middle]!.first <= sequence) low = middle;
      else high = middle - 1;
    }
    const batch = this.batches[low];
    assert(batch !== undefined && sequence < batch.first + batch.count, "the trace has that event");
    return batch.event(sequence - batch.first);
  }

  *[Symbol.iterator](): Generator<TraceEvent> {
    for (const batch of this.batches) {
      for (let row = 0; row < batch.count; row++) yield batch.event(row);
    }
  }

  /** Shows the whole trace to an observer and returns what it found. */
  observe<Result>(observer: Observer<Result>): Result {
    for (const batch of this.batches) observer.see(batch);
    return observer.end();
  }
}

/** Keeps what it is shown: the sink of a recorder, or an observer of a file. */
export class Keeper implements Observer<readonly TraceBatch[]> {
  readonly #kept: TraceBatch[] = [];

  see(batch: TraceBatch): void {
    this.#kept.push(copyOf(batch));
  }

  end(): readonly TraceBatch[] {
    return this.#kept;
  }
}

/** A batch that is one's own. */
export function copyOf(batch: TraceBatch): TraceBatch {
  const copy = new TraceBatch(0);
  copy.words = batch.words.slice(0, batch.count * ROW_WORDS);
  copy.count = batch.count;
  copy.first = batch.first;
  copy.base = batch.base;
  for (const row of batch.detailRows) copy.detailRows.push(row);
  for (const detail of batch.details) copy.details.push(detail);
  return copy;
}
