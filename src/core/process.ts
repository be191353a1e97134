// What a process is, and what it may learn and ask for.
import type { Json } from "./json.ts";
import type { Micros } from "./micros.ts";

/** Dense: 0, 1, 2, … Names are for people, at the edges (docs/decisions/0002). */
export type ProcessId = number & { readonly brand: "ProcessId" };

/**
 * A process: an automaton that turns events into its next state and effects. Handlers are pure:
 * they return the next state and record effects on the context; nothing has happened yet when they
 * return. What is handed to the context must not be changed afterwards; a strict run sees to it. A process that needs no state returns what it was given.
 */
export interface Process<State, Message extends Json> {
  /** The first event of each incarnation. `stored` is what survived: all that was put and not removed. */
  start(stored: ReadonlyMap<string, Json>, context: Context<Message>): State;
  receive(state: State, from: ProcessId, message: Message, context: Context<Message>): State;
  timeout(state: State, timer: string, context: Context<Message>): State;
  /** A tick of a paced process that found its inbox empty. Without it, such a tick does nothing. */
  idle?(state: State, context: Context<Message>): State;
}

/** All that a process may learn or ask for. Calls are recorded; the driver acts after the step. */
export interface Context<Message extends Json> {
  readonly self: ProcessId;
  /** Rises at each start, from 1; with `storeId`, new when the store was wiped, it makes ids that never repeat. */
  readonly incarnation: number;
  readonly storeId: string;
  /** Time since the run began, as this process sees it. */
  readonly now: Micros;
  /** Uniform in [0, 1), from this process's own seeded stream. */
  random(): number;
  /**
   * One send event. Over fair-loss links: may be lost, delayed, duplicated, reordered; never forged.
   * `priority` (an integer, −2³¹ … 2³¹ − 1, default 0) counts for inboxes whose order is priority.
   */
  send(to: ProcessId | readonly ProcessId[], message: Message, priority?: number): void;
  /** Arms `timer`, replacing it if armed. Delays below 1 µs count as 1 µs, beyond 100 years as that. */
  setTimer(timer: string, delay: Micros): void;
  cancelTimer(timer: string): void;
  /** What survives a crash. The puts of a step are one commit, durable before its sends leave. */
  put(key: string, value: Json): void;
  remove(key: string): void;
  /** History: same commit, but not handed back to `start`. */
  append(log: string, value: Json): void;
  /** An internal event. */
  note(name: string, fields: { readonly [name: string]: Json }): void;
}

/**
 * Any process, whatever its state and messages. The driver treats both as opaque; `any` is what
 * makes a `Process<MyState, MyMessage>` assignable without a cast at every use.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyProcess = Process<any, any>;
