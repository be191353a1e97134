// How what the driver touches at every event lies in memory. Fields stand side by side in one Int32Array, so that a step
// touches few cache lines and nothing is allocated.
//
// Those who are on the hot path take these as constants of their own:
//
//   import * as layout from "./layout.ts";
//   const { HOT, HOT_WORDS } = layout;
//
// V8 folds a module's own constants into its code; an imported one it loads, checks and multiplies by at every use,
// which made every event a tenth slower (docs/decisions/0023).

/** What every step needs to know of a process: sixteen words, a cache line. */
export const HOT_WORDS = 16;
export const HOT = {
  /** First and last slot of the inbox, a linked list. */
  head: 0,
  tail: 1,
  /** Events waiting in it that are alive. */
  waiting: 2,
  lamport: 3,
  incarnation: 4,
  /** Messages sent in this incarnation. */
  sent: 5,
  flags: 6,
  /** Slot of the next tick. */
  tick: 7,
  /** Four words of each stream that is drawn from at most events. */
  dice: 8,
  link: 12,
};

/** Why a process cannot take the common path. `policy` is for good; a crash leaves `slowed` as it is. */
export const FLAG = { down: 1, paused: 2, armed: 4, pending: 8, policy: 16, slowed: 32 };

/** Words a slot takes, and where each field stands. `TO` packs (process × 8 + kind). */
export const SLOT_WORDS = 8;
export const SLOT = { next: 0, to: 1, from: 2, stamp: 3, number: 4, incarnation: 5, priority: 6 };

/** What a slot is. `dead`: cancelled while queued; whoever meets it frees it. */
export const SLOT_KIND = { tick: 0, message: 1, timer: 2, commit: 3, fault: 4, dead: 5 };

/** No slot. */
export const NIL = -1;
