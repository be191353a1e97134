// A simulated run, executed as far as it was asked to go, with all that is told of it on the way.
import { messageOf } from "../core/errors.ts";
import type { Micros } from "../core/micros.ts";
import type { Run } from "../core/run.ts";
import { TraceWriter } from "../trace/writer.ts";
import { RowLog } from "./rows.ts";
import type { ViewState } from "./show.ts";
import type { Steppable } from "./sim-show.ts";
import { Standing } from "./standing.ts";

/** From that turn on all chance comes from another seed. */
export type Reseed = { readonly turn: number; readonly seed: number };

/** What it takes to execute a run. */
export type Executing = {
  readonly rates: readonly number[];
  readonly start: (run: Run, writer: TraceWriter) => Steppable;
  readonly view: (() => ViewState) | undefined;
};

export class Execution {
  readonly rows = new RowLog();
  readonly standing: Standing;
  readonly view: ViewState | undefined;
  /** What a handler threw, in words: the run goes no further. */
  failed: string | undefined;
  readonly running: Steppable;
  readonly #writer: TraceWriter;
  /** Those still to come, in order. */
  readonly #reseeds: Reseed[];

  /** @throws OrreryError if the run cannot start */
  constructor({ rates, start, view }: Executing, run: Run, reseeds: readonly Reseed[]) {
    this.standing = new Standing(rates);
    this.view = view?.();
    this.#reseeds = [...reseeds];
    this.#writer = new TraceWriter((batch) => {
      this.rows.add(batch);
      this.standing.see(batch);
      this.view?.see(batch);
    });
    this.running = start(run, this.#writer);
  }

  get now(): Micros {
    return this.running.now;
  }

  get turns(): number {
    return this.running.turns;
  }

  /** Goes on until an instant, or for so many turns; returns how many it did. */
  advance(until: Micros, turns: number): number {
    const before = this.turns;
    if (this.failed === undefined) {
      try {
        this.#goOn(until, before + turns);
      } catch (cause) {
        this.failed = messageOf(cause);
      }
      this.#writer.flush();
    }
    return this.turns - before;
  }

  stop(): void {
    this.running.stop();
  }

  #goOn(until: Micros, last: number): void {
    for (;;) {
      const [next] = this.#reseeds;
      if (next !== undefined && this.turns >= next.turn) {
        this.running.reseed(next.seed);
        this.#reseeds.shift();
        continue;
      }
      const goal = Math.min(last, next?.turn ?? last);
      this.running.goOn(until, goal - this.turns);
      if (this.turns < goal || goal === last) return;
    }
  }
}
