import type { TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";

/** A process over time, at the same instants as the others. */
export type Line = {
  readonly process: number;
  /** Clock at each instant. */
  readonly lamport: Float64Array;
  /** Longest inbox since the instant before. */
  readonly inbox: Float64Array;
};

export type Series = {
  /** Seconds since the run began. */
  readonly seconds: Float64Array;
  readonly lines: readonly Line[];
};

/** Instants a figure has room for. */
const POINTS = 600;

type Next = { at: number; lamport: number; inbox: number };

/** Clock and inbox of some processes over a run, at evenly spaced instants: what a figure can show. */
export class SeriesSampler implements Observer<Series> {
  readonly #end: number;
  /** By process: its line, and the next instant to fill with the clock and inbox that hold until then. */
  readonly #sampled: Map<number, { readonly line: Line; readonly next: Next }>;
  readonly #points: number;

  /** `points` + 1 instants from 0 to `end` (µs). */
  constructor(processes: readonly number[], end: number, points = POINTS) {
    this.#end = end;
    this.#points = points;
    const zeros = () => new Float64Array(points + 1);
    this.#sampled = new Map(
      processes.map((process) => [
        process,
        {
          line: { process, lamport: zeros(), inbox: zeros() },
          next: { at: 0, lamport: 0, inbox: 0 },
        },
      ]),
    );
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const sampled = this.#sampled.get(batch.process(row));
      if (sampled === undefined) continue;
      const { line, next } = sampled;
      this.#fill(line, next, batch.time(row));
      next.lamport = batch.lamport(row);
      next.inbox = batch.inbox(row);
      const at = Math.min(next.at, this.#points);
      line.inbox[at] = Math.max(line.inbox[at]!, next.inbox);
    }
  }

  end(): Series {
    const sampled = [...this.#sampled.values()];
    for (const { line, next } of sampled) this.#fill(line, next, Number.POSITIVE_INFINITY);
    return {
      seconds: Float64Array.from({ length: this.#points + 1 }, (_, at) => this.#instant(at) / 1e6),
      lines: sampled.map(({ line }) => line),
    };
  }

  #instant(at: number): number {
    return (this.#end * at) / this.#points;
  }

  /** Fills the instants before `time`. */
  #fill(line: Line, next: Next, time: number): void {
    while (next.at <= this.#points && this.#instant(next.at) < time) {
      line.lamport[next.at] = next.lamport;
      next.at++;
      if (next.at <= this.#points) line.inbox[next.at] = next.inbox;
    }
  }
}

/** At most `most` of them, evenly spread over the order in which they are given. */
export function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from(
    { length: most },
    (_, index) => items[Math.round((index * (items.length - 1)) / (most - 1))]!,
  );
}
