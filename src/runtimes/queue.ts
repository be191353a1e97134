// The event queue: pops slots in the order (time, order pushed), exactly.
//
// Up to FEW_MAX slots lie in one sorted array, latest first, so that a pop is a decrement. More go
// to a radix wheel of wheels: five levels of 2,048 buckets, one for each 11-bit digit of the
// instant. A slot lies on the level of the highest digit in which its instant differs from the
// current one, in that digit's bucket. Level 0 buckets hold one instant each; when level 0 is
// empty, the next bucket of the lowest level that has one is spread over the levels below. No
// comparison, no width to tune, and far instants cost no more than near ones. After: Ahuja,
// Mehlhorn, Orlin, Tarjan 1990 (radix heaps); Varghese, Lauck 1987 (hierarchical wheels).
//
// Invariants:
// 1. No queued instant is before the current one (`now`).
// 2. Buckets are FIFO lists and are spread in order, so equal instants keep the order pushed: a slot
//    goes straight to a lower level only after the bucket above it was spread.
// 3. A bit is set exactly for each bucket that is not empty.
import { assert } from "../core/errors.ts";
import { NIL, SLOT_KIND, type Slots } from "./slots.ts";

const FEW_MAX = 24;
/** The wheel is left for the sorted array only well below FEW_MAX, so that they do not alternate. */
const FEW_AGAIN = 8;

/** Fewer killed slots are not worth sweeping out. */
const SWEEP_MIN = 65_536;

const DIGIT = 11;
const BUCKETS = 1 << DIGIT;
const LEVELS = 5;
const WORDS = BUCKETS / 32;
/** Instants are split in a low part of two digits and a high part of three. */
const LOW = 2 ** (2 * DIGIT);

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

export class EventQueue {
  /** The last instant popped. */
  now = 0;
  length = 0;
  readonly #slots: Slots;
  #few = true;
  readonly #sorted = new Int32Array(FEW_MAX + 1);
  readonly #times = new Float64Array(FEW_MAX + 1);
  #high = 0;
  #low = 0;
  /** The wheel's buckets; without length until it is needed, as small runs never do. */
  #heads = new Int32Array(0);
  #tails = new Int32Array(0);
  #bits = new Int32Array(0);
  /** A bit for each word of `#bits` that is not zero; two words a level. */
  #sums = new Int32Array(0);

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** Queues a slot for instant `time`, an integer not before `now`. Amortised O(1). */
  push(slot: number, time: number): void {
    this.#slots.time[slot] = time;
    this.length++;
    if (!this.#few) {
      this.#place(slot, time);
      return;
    }
    const sorted = this.#sorted;
    const times = this.#times;
    let at = this.length - 1;
    while (at > 0 && times[at - 1]! <= time) {
      sorted[at] = sorted[at - 1]!;
      times[at] = times[at - 1]!;
      at--;
    }
    sorted[at] = slot;
    times[at] = time;
    if (this.length > FEW_MAX) this.#spill();
  }

  /** Takes the next slot if it is due at `until` or before, and moves `now` to it; otherwise −1. */
  pop(until: number): number {
    if (this.#few) {
      const last = this.length - 1;
      if (last < 0 || this.#times[last]! > until) return NIL;
      this.now = this.#times[last]!;
      this.length = last;
      return this.#sorted[last]!;
    }
    if (this.length < FEW_AGAIN) {
      this.#gather();
      return this.pop(until);
    }
    return this.#take(until);
  }

  /** An instant before which nothing is due: that of the next slot, or a little earlier. */
  next(): number {
    if (this.#few)
      return this.length === 0 ? Number.POSITIVE_INFINITY : this.#times[this.length - 1]!;
    const bucket = this.#find(0, this.#low & (BUCKETS - 1));
    if (bucket >= 0) return this.#slots.time[this.#heads[bucket]!]!;
    return this.#begins(this.#above());
  }

  /**
   * Frees the slots that were killed while queued, once they are many, and half of all. Cost: then a
   * visit to each bucket and slot.
   */
  sweep(): void {
    const { dead } = this.#slots;
    if (this.#few || dead <= SWEEP_MIN || dead <= this.length / 2) return;
    for (let bucket = 0; bucket < this.#heads.length; bucket++) {
      if (this.#heads[bucket] === NIL) continue;
      let slot = this.#heads[bucket]!;
      let last = NIL;
      while (slot !== NIL) {
        const next = this.#slots.next(slot);
        if (this.#slots.kind(slot) === SLOT_KIND.dead) {
          this.#slots.free(slot);
          this.length--;
        } else {
          if (last === NIL) this.#heads[bucket] = slot;
          else this.#slots.link(last, slot);
          last = slot;
        }
        slot = next;
      }
      if (last === NIL) {
        this.#heads[bucket] = NIL;
        this.#clear(bucket);
      } else {
        this.#slots.link(last, NIL);
        this.#tails[bucket] = last;
      }
    }
  }

  /** Pops from the wheel. */
  #take(until: number): number {
    let bucket = this.#find(0, this.#low & (BUCKETS - 1));
    while (bucket < 0) {
      if (!this.#advance(until)) return NIL;
      bucket = this.#find(0, this.#low & (BUCKETS - 1));
    }
    const slot = this.#heads[bucket]!;
    const time = this.#slots.time[slot]!;
    if (time > until) return NIL;
    const next = this.#slots.next(slot);
    this.#heads[bucket] = next;
    if (next === NIL) this.#clear(bucket);
    this.#low = (this.#low & -BUCKETS) | bucket;
    this.now = time;
    this.length--;
    return slot;
  }

  #place(slot: number, time: number): void {
    const high = Math.floor(time / LOW);
    const low = time - high * LOW;
    let bucket: number;
    if (high === this.#high) {
      bucket = (low ^ this.#low) < BUCKETS ? low & (BUCKETS - 1) : BUCKETS + (low >>> DIGIT);
    } else {
      const differs = high ^ this.#high;
      const level = differs < BUCKETS ? 2 : differs < LOW ? 3 : 4;
      bucket = level * BUCKETS + ((high >>> (DIGIT * (level - 2))) & (BUCKETS - 1));
    }
    this.#slots.link(slot, NIL);
    if (this.#heads[bucket] === NIL) {
      this.#heads[bucket] = slot;
      const word = bucket >> 5;
      this.#bits[word]! |= 1 << (bucket & 31);
      this.#sums[word >> 5]! |= 1 << (word & 31);
    } else {
      this.#slots.link(this.#tails[bucket]!, slot);
    }
    this.#tails[bucket] = slot;
  }

  /** The first bucket of `level` that is not empty, from digit `from` on; or −1. */
  #find(level: number, from: number): number {
    if (from >= BUCKETS) return NIL;
    let word = level * WORDS + (from >> 5);
    let bits = this.#bits[word]! & (-1 << (from & 31));
    if (bits === 0) {
      const last = 2 * level + 1;
      let sum = word >> 5;
      // Shifting twice clears all words up to this one, also when it is the 32nd.
      let words = this.#sums[sum]! & ((-1 << (word & 31)) << 1);
      if (words === 0) {
        if (sum === last) return NIL;
        words = this.#sums[++sum]!;
        if (words === 0) return NIL;
      }
      word = (sum << 5) + lowestBit(words);
      bits = this.#bits[word]!;
    }
    return (word << 5) + lowestBit(bits);
  }

  #clear(bucket: number): void {
    const word = bucket >> 5;
    if ((this.#bits[word]! &= ~(1 << (bucket & 31))) === 0) {
      this.#sums[word >> 5]! &= ~(1 << (word & 31));
    }
  }

  /** Spreads the next bucket above level 0, unless it begins after `until`. */
  #advance(until: number): boolean {
    const bucket = this.#above();
    if (bucket < 0) return false;
    const begins = this.#begins(bucket);
    if (begins > until) return false;
    this.#high = Math.floor(begins / LOW);
    this.#low = begins - this.#high * LOW;
    this.#spread(bucket);
    return true;
  }

  /** The next bucket above level 0 that is not empty; or −1. */
  #above(): number {
    for (let level = 1; level < LEVELS; level++) {
      const part = level < 2 ? this.#low >>> DIGIT : this.#high >>> (DIGIT * (level - 2));
      const bucket = this.#find(level, (part & (BUCKETS - 1)) + 1);
      if (bucket >= 0) return bucket;
    }
    return NIL;
  }

  /** The first instant of a bucket above level 0; of none, never. */
  #begins(bucket: number): number {
    if (bucket < 0) return Number.POSITIVE_INFINITY;
    const level = Math.floor(bucket / BUCKETS);
    const digit = bucket & (BUCKETS - 1);
    if (level === 1) return this.#high * LOW + (digit << DIGIT);
    // Digits above this one stay, this one is the bucket's, those below are zero.
    const shift = DIGIT * (level - 2);
    const span = 2 ** (shift + DIGIT);
    return (Math.floor(this.#high / span) * span + digit * 2 ** shift) * LOW;
  }

  #spread(bucket: number): void {
    let slot = this.#heads[bucket]!;
    this.#heads[bucket] = NIL;
    this.#clear(bucket);
    while (slot !== NIL) {
      const next = this.#slots.next(slot);
      this.#place(slot, this.#slots.time[slot]!);
      slot = next;
    }
  }

  #build(): void {
    this.#heads = new Int32Array(LEVELS * BUCKETS).fill(NIL);
    this.#tails = new Int32Array(LEVELS * BUCKETS);
    this.#bits = new Int32Array(LEVELS * WORDS);
    this.#sums = new Int32Array(2 * LEVELS);
  }

  /** From the sorted array to the wheel. */
  #spill(): void {
    if (this.#heads.length === 0) this.#build();
    this.#few = false;
    this.#high = Math.floor(this.now / LOW);
    this.#low = this.now - this.#high * LOW;
    for (let at = this.length - 1; at >= 0; at--) this.#place(this.#sorted[at]!, this.#times[at]!);
  }

  /** From the wheel to the sorted array: soonest last. */
  #gather(): void {
    const now = this.now;
    const count = this.length;
    for (let at = count - 1; at >= 0; at--) {
      const slot = this.#take(Number.POSITIVE_INFINITY);
      assert(slot !== NIL, "the wheel holds as many slots as it counts");
      this.#sorted[at] = slot;
      this.#times[at] = this.#slots.time[slot]!;
    }
    this.now = now;
    this.length = count;
    this.#few = true;
  }
}
