// What the plant's keeper keeps: who leads, and the flow. And how a process deals with it.
import type { KeeperReply } from "../../../core/keeper.ts";

/** Units an hour of the run from one stage to another. */
export type PlannedArc = readonly [from: number, to: number, rate: number];

/** Who leads, in which term; `beat` rises while he does. */
export type LeaseValue = {
  readonly holder: number;
  readonly term: number;
  readonly beat: number;
  readonly nonce: string;
};

/** The flow of a leader's term: with sequence 0 he claims it, and leaves it as it was. */
export type FlowValue = {
  readonly term: number;
  readonly sequence: number;
  readonly leader: number;
  /** Null: there is no plan yet. */
  readonly arcs: readonly PlannedArc[] | null;
  readonly nonce: string;
};

export const LEASE = "lease";
export const FLOW = "flow";

/** What a key held, and since when that is known, by the local clock. */
export type Observed<Value> = {
  readonly revision: number;
  readonly value: Value | null;
  readonly since: number;
  /** When the keeper said so last. */
  readonly told: number;
};

export const unseen = (now: number): Observed<never> => ({
  revision: 0,
  value: null,
  since: now,
  told: now,
});

/**
 * What an answer says of its key. Since when that has been so stays, if it is nothing new, and the keeper was
 * not silent for longer than `patience` in between: then nobody could have changed it.
 */
export function observed<Value extends { readonly nonce: string }>(
  before: Observed<Value>,
  { revision, value }: KeeperReply,
  now: number,
  patience: number,
): Observed<Value> {
  const known = value as Value | null;
  // Revisions begin anew when a keeper has lost its store.
  const same = revision === before.revision && known?.nonce === before.value?.nonce;
  const since = same && now - before.told <= patience ? before.since : now;
  return { revision, value: known, since, told: now };
}

/** Was it this swap that was done? Its writer knows his value by its nonce, however the answer is called. */
export const isOwn = ({ value }: KeeperReply, nonce: string): boolean =>
  (value as { readonly nonce?: string } | null)?.nonce === nonce;

/** Are two plans the same, arc by arc and to the last digit? */
export const isSame = (
  one: readonly PlannedArc[] | null | undefined,
  other: readonly PlannedArc[] | null | undefined,
): boolean =>
  one === other ||
  (one != null &&
    other != null &&
    one.length === other.length &&
    one.every((arc, index) => arc.every((part, at) => part === other[index]![at])));

/** How many arcs are in one of two plans alone. */
export function changedArcs(before: readonly PlannedArc[], after: readonly PlannedArc[]): number {
  const named = (arcs: readonly PlannedArc[]): Set<string> =>
    new Set(arcs.map(([from, to]) => `${from}>${to}`));
  const [old, now] = [named(before), named(after)];
  let count = 0;
  for (const arc of old) if (!now.has(arc)) count++;
  for (const arc of now) if (!old.has(arc)) count++;
  return count;
}
