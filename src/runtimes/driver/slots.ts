// Everything that is pending is a slot: a tick to come, a message from its send to its receive, a
// timer, a commit, a planned fault. Fields lie side by side in one array, and a slot is on one
// linked list at a time (a bucket of the queue, an inbox, or the free list), so that nothing is
// allocated per event and arriving is relinking (KERNEL: docs/decisions/0003).
//
// Invariants:
// 1. A slot is owned by exactly one of: the queue, an inbox, the free list.
// 2. `body[slot]` is undefined for free slots, so that no message outlives its receive.

import * as layout from "./layout.ts";

const { NIL, SLOT, SLOT_KIND, SLOT_WORDS } = layout;

export class Slots {
  /** SLOT_WORDS words a slot. Replaced when it grows: do not keep across an allocation. */
  words: Int32Array;
  /** Instant at which the slot is due. */
  time: Float64Array;
  /** A message's body, a timer's name. */
  readonly body: unknown[] = [];
  /** Slots that are killed and not yet freed. */
  dead = 0;
  #used = 0;
  #free = NIL;

  constructor(capacity: number) {
    this.words = new Int32Array(capacity * SLOT_WORDS);
    this.time = new Float64Array(capacity);
  }

  /** A slot for `process` of that kind; its other fields are what they were. */
  take(process: number, kind: number): number {
    let slot = this.#free;
    if (slot === NIL) {
      slot = this.#used++;
      if (slot === this.time.length) this.#grow();
      this.body.push(undefined);
    } else {
      this.#free = this.words[slot * SLOT_WORDS]!;
    }
    this.words[slot * SLOT_WORDS + SLOT.to] = process * 8 + kind;
    return slot;
  }

  /** A slot with a copy of a message for process `to`. */
  takeMessage(
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: unknown,
  ): number {
    const slot = this.take(to, SLOT_KIND.message);
    const words = this.words;
    const word = slot * SLOT_WORDS;
    words[word + SLOT.from] = from;
    words[word + SLOT.stamp] = stamp;
    words[word + SLOT.number] = number;
    words[word + SLOT.incarnation] = incarnation;
    words[word + SLOT.priority] = priority;
    this.body[slot] = body;
    return slot;
  }

  free(slot: number): void {
    if (this.kind(slot) === SLOT_KIND.dead) this.dead--;
    this.body[slot] = undefined;
    this.words[slot * SLOT_WORDS] = this.#free;
    this.#free = slot;
  }

  /** The slots that hold a message: on its way, or in an inbox. */
  *messages(): Iterable<number> {
    for (let slot = 0; slot < this.#used; slot++) {
      if (this.kind(slot) === SLOT_KIND.message && this.body[slot] !== undefined) yield slot;
    }
  }

  next(slot: number): number {
    return this.words[slot * SLOT_WORDS]!;
  }

  link(slot: number, next: number): void {
    this.words[slot * SLOT_WORDS] = next;
  }

  process(slot: number): number {
    return this.words[slot * SLOT_WORDS + SLOT.to]! >> 3;
  }

  kind(slot: number): number {
    return this.words[slot * SLOT_WORDS + SLOT.to]! & 7;
  }

  kill(slot: number): void {
    const at = slot * SLOT_WORDS + SLOT.to;
    this.words[at] = (this.words[at]! & ~7) | SLOT_KIND.dead;
    this.dead++;
  }

  #grow(): void {
    const words = new Int32Array(2 * this.words.length);
    const time = new Float64Array(2 * this.time.length);
    words.set(this.words);
    time.set(this.time);
    this.words = words;
    this.time = time;
  }
}
