// A run on real processes that is watched. Its events are read from the records that the processes keep anyway, so
// that nothing is asked of them, and no page slows a run. All records are merged as they will be when the run is over,
// with a short lag: who is busy writes a little later what he did.
import { messageOf, OrreryError } from "../core/errors.ts";
import { parseFault } from "../core/fault-notation.ts";
import type { Json } from "../core/json.ts";
import type { Fault } from "../core/run.ts";
import { Merger, type RecordSource } from "../trace/merge.ts";
import { TraceWriter } from "../trace/writer.ts";
import { lookFromRows } from "./look.ts";
import type { Act, Frame, Health, Look, ShowInfo } from "./protocol.ts";
import { Cuts, RowLog } from "./rows.ts";
import type { Show, ViewState } from "./show.ts";
import { Standing } from "./standing.ts";

/** The records of a run under way. */
export type Tails = {
  readonly sources: readonly RecordSource[];
  /**
   * Reads what was written since, and lets rows come up to an instant, or up to the one that it returns.
   * Undefined: rows that may have come are no more.
   */
  read(until: number): number | undefined;
  close(): void;
};

/** A run on real processes, as far as a show deals with it. */
export type LiveRun = {
  /** µs since it began. */
  readonly now: number;
  inject(fault: Fault): void;
  relieve(process: number): void;
  health(): Health;
  /** The line that repeats in `sim` what it was until now. */
  repeat(): string;
  tails(): Tails;
  /** What a process has stored, if that can be seen now. */
  stored(process: number): ReadonlyMap<string, Json> | undefined;
  readonly audit: (() => Json) | undefined;
};

export type RealShowOptions = {
  readonly info: ShowInfo;
  readonly run: LiveRun;
  readonly view: (() => ViewState) | undefined;
};

/** How often records are looked at, ms. */
const PERIOD = 100;
/** What is shown is this old, µs: longer than a worker takes to write down what it did. */
const LAG = 300_000;
/** And where records are brought from other hosts. */
const REMOTE_LAG = 1_500_000;
/** A receive waits this long for its send, which is written before it can be received, µs. */
const PATIENCE = 2_000_000;
/** Rows that are merged before others may have the thread. */
const SLICE = 5_000;
/** So many times in a row records may turn out to have changed before they are given up. */
const TRIES_MAX = 5;
/** How it fares, and how to repeat it, is reckoned anew after so many ms. */
const FACTS_AGE = 500;
const NO_HEALTH: Health = { late: 0, skipped: 0, reconnects: 0, refusals: 0 };
/** So long a look at records may take, ms. */
const LOOK_MAX = 30;

export class RealShow implements Show {
  readonly info: ShowInfo;
  readonly cuts = new Cuts();
  rows!: RowLog;
  readonly #options: RealShowOptions;
  readonly #timer: NodeJS.Timeout;
  #tails!: Tails;
  #merger!: Merger;
  #writer!: TraceWriter;
  #standing!: Standing;
  #view: ViewState | undefined;
  #reached = 0;
  #tries = 0;
  #ended = false;
  #says: string | null = null;
  #facts = { health: NO_HEALTH, repeat: "", at: Number.NEGATIVE_INFINITY };

  constructor(options: RealShowOptions) {
    this.info = options.info;
    this.#options = options;
    this.#begin();
    this.#timer = setInterval(() => this.#goOn(), PERIOD);
  }

  frame(): Frame {
    const { health, repeat } = this.#presentFacts();
    return {
      kind: "frame",
      show: this.info.id,
      now: this.#reached,
      playing: !this.#ended,
      speed: 1,
      ended: this.#ended,
      rows: this.rows.end,
      cuts: this.cuts.count,
      standings: this.#standing.standings,
      messages: this.#standing.messages,
      health,
      view: this.#view?.state() ?? null,
      repeat,
      says: this.#says,
    };
  }

  act(act: Act): Json {
    const { run } = this.#options;
    if (act.do === "fault" && !this.#ended) {
      run.inject(parseFault(act.text));
      return null;
    }
    if (act.do === "recover" && !this.#ended && act.process < this.info.names.length) {
      run.relieve(act.process);
      return null;
    }
    if (act.do === "audit" && run.audit !== undefined) return run.audit();
    const when = this.#ended ? "a run that is over" : "a run on real processes";
    throw new OrreryError("config/value", `${when} cannot ${act.do}`);
  }

  look(process: number): Look {
    const stored = this.#options.run.stored(process);
    return lookFromRows(this.rows.from(0), process, stored, this.#standing.standings);
  }

  lot(lot: string): Json {
    return this.#view?.lot?.(lot) ?? null;
  }

  /** The run is over, and nobody writes any more: what is left is shown. `says`: why, if it was not its time. */
  async end(says: string | null = null): Promise<void> {
    clearInterval(this.#timer);
    if (this.#ended) return;
    this.#says ??= says;
    while (this.#read(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#writer.flush();
    this.#reached = this.#options.run.now;
    this.#ended = true;
    this.#tails.close();
  }

  close(): void {
    clearInterval(this.#timer);
    if (!this.#ended) this.#tails.close();
    this.#ended = true;
  }

  #begin(): void {
    const { info, run, view } = this.#options;
    const rows = new RowLog();
    const standing = new Standing(info.rates);
    const state = view?.();
    this.rows = rows;
    this.#standing = standing;
    this.#view = state;
    this.#writer = new TraceWriter((batch) => {
      rows.add(batch);
      standing.see(batch);
      state?.see(batch);
    });
    this.#tails = run.tails();
    this.#merger = new Merger(this.#tails.sources, info.names.length, this.#writer);
  }

  #goOn(): void {
    const lag = this.info.runtime === "nats" ? REMOTE_LAG : LAG;
    const until = this.#options.run.now - lag;
    if (until <= 0) return;
    const patience = performance.now() + LOOK_MAX;
    while (this.#read(until, until - PATIENCE)) if (performance.now() > patience) break;
    this.#writer.flush();
  }

  /** Takes a slice of the rows up to an instant; false if that were all. */
  #read(until: number, overdue: number): boolean {
    try {
      const reached = this.#tails.read(until);
      if (reached === undefined)
        return this.#again("what was recorded has changed again and again");
      const more = this.#merger.advance(SLICE, reached < until ? reached - PATIENCE : overdue);
      this.#tries = 0;
      if (!more && reached < Number.POSITIVE_INFINITY)
        this.#reached = Math.max(this.#reached, reached);
      return more || reached < until;
    } catch (cause) {
      return this.#again(messageOf(cause));
    }
  }

  /**
   * A worker that was killed had recorded what it could not finish: the next start of it has cut that off. All is read
   * again, without.
   */
  #again(says: string): boolean {
    this.#tails.close();
    this.cuts.add(0);
    this.#begin();
    if (++this.#tries < TRIES_MAX) return true;
    this.#says = `its records cannot be read: ${says}`;
    clearInterval(this.#timer);
    return false;
  }

  #presentFacts() {
    const now = performance.now();
    if (now - this.#facts.at > FACTS_AGE) {
      const { run } = this.#options;
      this.#facts = { health: run.health(), repeat: run.repeat(), at: now };
    }
    return this.#facts;
  }
}
