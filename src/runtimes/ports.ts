// The world as a driver sees it. A runtime is a choice of these four.
import type { Change } from "../core/audit.ts";
import type { Json } from "../core/json.ts";
import type { Micros } from "../core/micros.ts";
import type { Fault, Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";

export type { Change } from "../core/audit.ts";

/** Time, and being called back: the runtime gives the slot to the driver at the instant that it says. */
export interface Clock {
  at(slot: number): void;
}

/**
 * Takes one copy of a message now, by value, to lose, delay or double it on the way.
 * `number` is the sender's message number in that incarnation.
 */
export interface Transport {
  send(
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: Json,
  ): void;
}

/** Stable storage of all processes of a driver. */
export interface Store {
  /** Names this store; new when it was wiped. */
  idOf(process: number): string;
  /** All that was put and not removed: a map of the caller's own. */
  load(process: number): ReadonlyMap<string, Json>;
  /** Does the commit that `process` now asks for fail? It is lost then, and the process goes down. */
  fails(process: number): boolean;
  /** µs from a commit of `process` to its durability; 0: it is durable at once. */
  latency(process: number): number;
  /** Makes the changes durable, all or none. */
  apply(process: number, changes: readonly Change[]): void;
  /** Loses all, and gets a new id. */
  wipe(process: number): void;
  /** Loses the last so many commits that were durable, as far as it remembers them; returns how many. */
  loseTail(process: number, commits: number): number;
}

/**
 * Where events go, as rows. `record` returns nothing and allocates nothing. Rows of a step whose
 * commit is pending are held: they may yet be erased by a crash.
 */
export interface Recorder {
  /** How many rows were recorded: the position of the next one. */
  readonly position: number;
  /** A step begins: rows from here on (the position, which it returns) may yet be held. */
  mark(): number;
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
  ): void;
  /** Attaches a detail to the last row. */
  detail(value: Json): void;
  /** Rows from … to − 1 wait for a commit. */
  hold(from: number, to: number): void;
  /** Their commit is durable. */
  settle(from: number, to: number): void;
  /** Their commit was lost: they never happened. */
  erase(from: number, to: number): void;
  /** No more rows will come. */
  close(): void;
}

/** A run under way. */
export interface Running {
  /** The instant reached. */
  readonly now: Micros;
  /** Goes on until that instant, but not beyond the run's duration. Real runtimes resolve then. */
  to(instant: Micros): void | Promise<void>;
  /** Adds a fault to the plan, at the instant reached or later; it is traced like the others. */
  inject(fault: Fault): void;
  /** Ends the run where it is and closes the recorder. */
  stop(): void | Promise<void>;
}

/** One way to run any system. */
export interface Runtime {
  readonly name: "sim" | "tcp" | "nats";
  /** Starts a run. Without a recorder nothing is traced. */
  start(system: AnySystem, run: Run, recorder: Recorder | null): Running;
}
