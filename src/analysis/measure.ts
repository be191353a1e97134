// A run measured: clocks, inboxes and events of each process, and the drift between them. For any
// system; what the figures mean is the system's to say.
import type { TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";
import * as events from "../core/trace-event.ts";
import { type CountMeasures, Counts } from "./counts.ts";
import { Drift, type PairDrift } from "./drift.ts";
import { type LevelMeasures, Levels } from "./levels.ts";

const { EVENT_KINDS, KIND, OWN } = events;
/** Kinds of event; a number of its own, as it is used at every event. */
const KINDS = EVENT_KINDS.length;

export type ProcessMeasures = {
  readonly name: string;
  /** Ticks per second; absent if unpaced. */
  readonly rate?: number;
  /** Events by kind, those that occurred. */
  readonly events: { readonly [kind: string]: number };
  readonly finalLamport: number;
  /** Least-squares slope of L against time, per second. */
  readonly lamportPerSecond: number;
  /** By how much L rose at receives; 1 is no jump. */
  readonly jump: CountMeasures;
  readonly inbox: LevelMeasures;
};

export type Measures = {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly processes: readonly ProcessMeasures[];
  readonly drift: readonly PairDrift[];
  /** How often L rose by how much at a receive, over all processes. */
  readonly jumps: readonly (readonly [number, number])[];
};

/** What to measure: processes by name, and the span of model time (µs) that counts. */
export type Measuring = {
  readonly names: readonly string[];
  /** Ticks per second of each process, 0 if unpaced. */
  readonly rates: readonly number[];
  /** Warm-up: what is before does not count. */
  readonly from: number;
  readonly to: number;
};

/** Measures a trace in one pass. Memory: some 300 bytes a process. */
export class Measurer implements Observer<Measures> {
  readonly #what: Measuring;
  readonly #inbox: Levels;
  readonly #lamport: Levels;
  readonly #drift: Drift;
  readonly #jumps: Counts[];
  readonly #events: Float64Array;

  constructor(what: Measuring) {
    const count = what.names.length;
    this.#what = what;
    this.#inbox = new Levels(count, what.from);
    this.#lamport = new Levels(count, what.from);
    this.#drift = new Drift(count, fastest(what.rates), what.from);
    this.#jumps = what.names.map(() => new Counts());
    this.#events = new Float64Array(count * KINDS);
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const process = batch.process(row);
      const kind = batch.kind(row);
      const time = batch.time(row);
      const counts = time >= this.#what.from;
      if (counts) this.#events[process * KINDS + kind]!++;
      this.#inbox.set(process, time, batch.inbox(row));
      if (OWN[kind] !== true) continue;
      const lamport = batch.lamport(row);
      if (counts && kind === KIND.receive) {
        this.#jumps[process]!.add(lamport - this.#lamport.value(process));
      }
      this.#lamport.set(process, time, lamport);
      this.#drift.set(process, time, lamport);
    }
  }

  end(): Measures {
    const { names, from, to } = this.#what;
    const jumps = new Counts();
    for (const counts of this.#jumps) jumps.merge(counts);
    return {
      fromMicros: from,
      toMicros: to,
      processes: names.map((name, process) => this.#process(name, process)),
      drift: this.#drift.measure(to),
      jumps: jumps.entries(),
    };
  }

  #process(name: string, process: number): ProcessMeasures {
    const lamport = this.#lamport.measure(process, this.#what.to);
    const events: { [kind: string]: number } = {};
    EVENT_KINDS.forEach((kind, number) => {
      const count = this.#events[process * KINDS + number]!;
      if (count > 0) events[kind.name] = count;
    });
    const rate = this.#what.rates[process] ?? 0;
    return {
      name,
      ...(rate > 0 ? { rate } : {}),
      events,
      finalLamport: lamport.final,
      lamportPerSecond: lamport.slopePerSecond,
      jump: this.#jumps[process]!.measure(),
      inbox: this.#inbox.measure(process, this.#what.to),
    };
  }
}

/** The first of the fastest: with it others are compared when there are too many pairs to measure them all. */
export const fastest = (rates: readonly number[]): number =>
  rates.reduce((best, rate, process) => (rate > rates[best]! ? process : best), 0);
