// Verdicts from stable stores alone: they are what survives, so they are what must be right.
import type { Json } from "./json.ts";

/** A change to a process's stable store. */
export type Change =
  | { readonly kind: "put"; readonly key: string; readonly value: Json }
  | { readonly kind: "remove"; readonly key: string }
  | { readonly kind: "append"; readonly log: string; readonly value: Json };

/** What is wrong with the stores, and which invariant says so. */
export type Violation = {
  readonly invariant: string;
  readonly says: string;
  /** In whose store it came to light. */
  readonly process: number;
};

/** A message under way, as far as a runtime can see it. */
export type InFlight = { readonly from: number; readonly to: number; readonly body: Json };

/** Follows the stores of a run, and says what is wrong with them. Cost of a commit: its changes. */
export interface Auditor {
  /** A store begins empty, under this id: at the start of a run, and when it was wiped. */
  opened(process: number, id: string): void;
  /** A commit became durable. */
  commit(process: number, changes: readonly Change[]): void;
  /** These messages are under way: they may say only what their senders' stores hold. */
  underway(messages: Iterable<InFlight>): void;
  /** All that was wrong so far, in the order in which it was found. */
  readonly found: readonly Violation[];
}
