// What every step needs to know of a process: eight words, together in half a cache line.

export const HOT_WORDS = 8;
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
};

/** Why a process cannot take the common path. `policy` is for good; a crash leaves `slowed` as it is. */
export const FLAG = { down: 1, paused: 2, armed: 4, pending: 8, policy: 16, slowed: 32 };
