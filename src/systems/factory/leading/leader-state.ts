// What a candidate knows: of lease and flow, of its members, and of what it is about to do.
import type { Member } from "./membership.ts";
import type { Outcome } from "./planner.ts";
import { type FlowValue, type LeaseValue, type Observed, unseen } from "./register.ts";
import type { Assessment } from "./risks.ts";

/** A swap that is not answered yet, as it is asked again. */
export type Swap = {
  readonly key: string;
  readonly revision: number;
  readonly value: LeaseValue | FlowValue;
};

export type Leader = {
  readonly role: "watching" | "claiming" | "leading";
  readonly lease: Observed<LeaseValue>;
  readonly flow: Observed<FlowValue>;
  /** Its own, once it claims. */
  readonly term: number;
  /** The greatest that anybody spoke of. */
  readonly termMax: number;
  /** Of the last flow that it published in its term: an answer about the present one may be old. */
  readonly sequence: number;
  readonly swap: Swap | null;
  readonly asked: number;
  readonly members: ReadonlyMap<number, Member>;
  /** For whom the present flow was made, and what it gives; null: not by this leader. */
  readonly planned: { readonly live: string; readonly perHour: number } | null;
  /** What is to be published when solving is over. */
  readonly solved: {
    readonly live: string;
    readonly outcome: Outcome;
    readonly since: number;
  } | null;
  /** What the loss of a stage would cost, as far as that was looked at. */
  readonly assessment: Assessment | null;
};

/** As it begins; `termMax` is all that it remembers. */
export const newLeader = (now: number, termMax: number): Leader => ({
  role: "watching",
  lease: unseen(now),
  flow: unseen(now),
  term: 0,
  termMax,
  sequence: 0,
  swap: null,
  asked: 0,
  members: new Map(),
  planned: null,
  solved: null,
  assessment: null,
});
