// What the parts of a run that are on one host did, over all their starts here: for who watches the host.
import type { WorkerStatus } from "../real/protocol.ts";

export type Tally = {
  readonly events: number;
  /** Ticks that were due and left out. */
  readonly skipped: number;
  /** Messages and timers that wait in inboxes now. */
  readonly waiting: number;
  readonly cpuMicros: number;
  readonly residentBytes: number;
  /** Of the parts' own connections to NATS. */
  readonly reconnects: number;
};

const NOTHING: Tally = {
  events: 0,
  skipped: 0,
  waiting: 0,
  cpuMicros: 0,
  residentBytes: 0,
  reconnects: 0,
};

export class Tallies {
  readonly #last = new Map<number, WorkerStatus>();
  #before = NOTHING;

  /** A part says how it is, in all that it did since it started. */
  take(index: number, status: WorkerStatus): void {
    this.#last.set(index, status);
  }

  /** A part ended: what it did still counts, what it held does not. */
  close(index: number): void {
    const last = this.#last.get(index);
    if (last === undefined) return;
    this.#before = { ...plus(this.#before, last), waiting: 0, residentBytes: 0 };
    this.#last.delete(index);
  }

  get sum(): Tally {
    return [...this.#last.values()].reduce(plus, this.#before);
  }
}

function plus(sum: Tally, { processes, ...status }: WorkerStatus): Tally {
  const over = (count: (process: (typeof processes)[number]) => number): number =>
    processes.reduce((total, each) => total + count(each), 0);
  return {
    events: sum.events + over(({ events }) => events),
    skipped: sum.skipped + over(({ skipped }) => skipped),
    waiting: sum.waiting + over(({ waiting }) => waiting),
    cpuMicros: sum.cpuMicros + status.cpuMicros,
    residentBytes: sum.residentBytes + status.residentBytes,
    reconnects: sum.reconnects + status.reconnects,
  };
}
