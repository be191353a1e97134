// What connects the workers of a run: sockets on tcp, subjects on nats. A worker is named; a frame to it leaves at the
// next flush, and arrives or does not (fair loss).
import type { AnyProcess } from "../../../core/process.ts";
import type { WorkerOrder } from "../protocol.ts";

/** Where on its host a worker can be found, if it must be found. */
export type Address = { readonly name: string; readonly port: number };

/** Why a frame cannot be sent. */
export type Unsent = "not connected" | "link full";

export type WireEvents = {
  /** The payload of a frame: a view, gone after this call. */
  readonly message: (peer: string, payload: Buffer) => void;
  /** One more of the others is there. */
  readonly linked: () => void;
  /** For the first refusal of each reason. */
  readonly refused: (reason: string, remote: string) => void;
  /** What a user may want to know. */
  readonly says: (line: string) => void;
  /** It can never work. */
  readonly failed: (cause: unknown) => void;
};

export interface Wire {
  /** Can be reached from now on; where, if others must be told: a port, or 0. */
  listen(): Promise<number>;
  introduce(address: Address): void;
  /** Names of those that are not there yet. */
  readonly missing: readonly string[];
  /** Says why not, if it cannot be sent. */
  send(worker: string, frame: Buffer): Unsent | undefined;
  flush(): void;
  /** More waits here than should: others are made to wait, or what they send is lost. */
  hold(held: boolean): void;
  /** Counts a message that its sender may not send, or that is none. */
  refuseMessage(peer: string): void;
  close(): void;
  /** Parts of a run may start anew on another host, as long as they have stored nothing. */
  readonly roams?: boolean;
  /** What answers in a keeper's place, and rings its timers. */
  keeper?(ring: (timer: string) => void): AnyProcess;
  /** How often it broke and came back, and how often each reason led to a refusal. */
  readonly reconnects: number;
  readonly refusals: { readonly [reason: string]: number };
}

/** Makes the wire of a worker; `names` are those of all workers. */
export type NewWire = (order: WorkerOrder, names: readonly string[], events: WireEvents) => Wire;
