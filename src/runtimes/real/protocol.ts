// What the supervisor and its workers tell each other, over the channel of child processes.
import type { ErrorCode } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Fault, Run } from "../../core/run.ts";
import type { Held, ProcessStroke } from "../strokes.ts";
import type { Address } from "./wire/wire.ts";

/** All that a worker must know before it can listen. */
export type WorkerOrder = {
  /** A system's name, or the path of its module. */
  readonly system: string;
  readonly run: Run;
  /** The processes of each worker. */
  readonly workers: readonly (readonly number[])[];
  /** Which of them this is, and which start of it. */
  readonly index: number;
  readonly boot: number;
  /** Where stores and records are. */
  readonly folder: string;
  readonly cluster: string;
  readonly secret: string;
  /** What its wire must know, where that is more than the above. */
  readonly wire?: Json;
  /** Of each of its processes: earlier starts of it, elsewhere, got at least so far. */
  readonly floors?: readonly Floor[];
};

/** Where a process stood when it was last heard of. */
export type Floor = { readonly incarnation: number; readonly lamport: number };

export type ToWorker =
  | { readonly kind: "order"; readonly order: WorkerOrder }
  /** Where peers are: all at first, one that came back later. */
  | { readonly kind: "peers"; readonly addresses: readonly Address[] }
  /** Instant 0 of the run, in µs of the host's monotonic clock, and as Unix time. Wiped: first its stores are lost. */
  | {
      readonly kind: "go";
      readonly epoch: number;
      readonly unixEpoch: number;
      readonly wiped: boolean;
    }
  | { readonly kind: "stroke"; readonly stroke: ProcessStroke; readonly held: Held }
  | { readonly kind: "fault"; readonly fault: Fault }
  /** The worker's stores are known to be here, as it asked. */
  | { readonly kind: "bound" }
  | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "connected" }
  | { readonly kind: "status"; readonly status: WorkerStatus }
  /** Something is to be stored for the first time: may it be, here? */
  | { readonly kind: "binding" }
  /** The worker ends, as its store failed. */
  | { readonly kind: "storeFailed" }
  /** A pause was traced: the worker may now be stopped in earnest. */
  | { readonly kind: "paused"; readonly process: number }
  /** Somebody was refused, for the first time for that reason. */
  | { readonly kind: "refused"; readonly reason: string; readonly remote: string }
  /** What a user may want to know. */
  | { readonly kind: "says"; readonly line: string }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: "stopped"; readonly status: WorkerStatus };

/** How a process is, for whoever watches. */
export type ProcessStatus = {
  readonly process: number;
  readonly incarnation: number;
  readonly lamport: number;
  readonly waiting: number;
  readonly events: number;
  /** Copies of messages that it sent; messages that it received. */
  readonly sent: number;
  readonly received: number;
  readonly ticks: number;
  readonly skipped: number;
  /** µs from its start to its last tick. */
  readonly ticking: number;
  /** µs at which it noted that it leads; −1 if it does not. */
  readonly led: number;
  readonly state: "up" | "down" | "paused";
};

export type WorkerStatus = {
  readonly processes: readonly ProcessStatus[];
  /** Lateness of the ticks since the last status, µs. */
  readonly late: readonly (readonly [process: number, late: readonly number[]])[];
  readonly cpuMicros: number;
  readonly residentBytes: number;
  readonly reconnects: number;
  /** Copies that were lost, of messages from its processes or to them; each is seen by one worker. */
  readonly dropped: number;
  readonly refusals: { readonly [reason: string]: number };
};
