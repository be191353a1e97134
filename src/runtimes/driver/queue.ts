// The event queue: pops slots in the order (time, order pushed), exactly.
//
// What is due next lies in the run, an array sorted by time: a pop is an increment, and a push there an insertion from
// its end. The rest lies in a radix wheel of wheels: five levels, one for each digit of the instant (from the lowest: 7,
// 15, 11, 11, 11 bits). A slot lies on the level of the highest digit in which its instant differs from the wheel's, in
// that digit's bucket, a FIFO list. When the run is empty, the next bucket becomes the run if sorting it is cheap, and
// is spread over the levels below if not. While all slots are few, all are in the run. So ordering costs a few
// comparisons among neighbours, there is no width to tune, and far instants cost no more than near ones. After: Ahuja,
// Mehlhorn, Orlin, Tarjan 1990 (radix heaps); Varghese, Lauck 1987 (hierarchical wheels).
//
// Invariants:
// 1. Whatever is in the wheel is due at `#base + #horizon` or later, and whatever is due before that is in the run.
// 2. Buckets are spread, and become the run, in the order pushed; a slot goes straight to a lower level, or to the run,
//    only after the bucket above it was spread. So equal instants keep the order pushed.
// 3. A bit is set exactly for each bucket that is not empty.
import { assert } from "../../core/errors.ts";
import * as layout from "./layout.ts";
import type { Slots } from "./slots.ts";

const { NIL, SLOT, SLOT_KIND, SLOT_WORDS } = layout;

/** So many slots are kept in the run alone. */
const FEW_MAX = 24;
/** Room in the run at first: so much more than few that it is seldom moved. */
const RUN_MIN = 256;
/** The wheel is left again only well below FEW_MAX, so that they do not alternate. */
const FEW_AGAIN = 8;
/** A bucket in which slots must pass so many others each, on average, is spread rather than sorted by insertion. */
const PASSED_MAX = 24;

/** A slot that must pass more than these in the run has the run spread: then no other one passes any. */
const PASSED_AT_ONCE = 256;

/** Fewer killed slots are not worth sweeping out. */
export const SWEEP_MIN = 65_536;

/** Bits of each digit, from the lowest. */
const FINE = 7;
const COARSE = 15;
const DIGIT = 11;
/** Buckets of all levels stand side by side: those of the coarse level, the fine one, and the three above. */
const FINE_AT = 1 << COARSE;
const HIGH_AT = FINE_AT + 1_024;
const BUCKETS = HIGH_AT + (3 << DIGIT);
/** Instants are split in a low part, of the fine and the coarse digit, and a high part. */
const LOW = 2 ** (FINE + COARSE);

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

export class EventQueue {
  length = 0;
  /** Of the last slot popped, its instant and what it is for (`SLOT.to`, as it was when it was queued). */
  now = 0;
  to = 0;
  readonly #slots: Slots;
  /** The run, from `#first` to `#end` − 1: slots with what they are for (their `to`), and their instants. */
  #run = new Int32Array(2 * RUN_MIN);
  #times = new Float64Array(RUN_MIN);
  #first = 0;
  #end = 0;
  /** All slots are in the run. */
  #few = true;
  /** The wheel's instant is `#base + #low`, its high and its low part. */
  #base = 0;
  #low = 0;
  #horizon = 0;
  /** Slots in the fine level. */
  #fines = 0;
  /** The wheel: each bucket's first and last slot. Made when needed, as small runs never do. */
  #heads = new Int32Array(0);
  #tails = new Int32Array(0);
  #bits = new Int32Array(0);
  /** A bit for each word of `#bits` that is not zero. */
  #sums = new Int32Array(0);

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** Queues a slot for its instant, an integer not before the last one popped. Amortised O(1). */
  push(slot: number): void {
    this.length++;
    if (this.#few) {
      this.#insert(slot);
      if (this.length > FEW_MAX) this.#spill();
    } else if (this.#slots.time[slot]! - this.#base < this.#horizon) {
      this.#insert(slot);
    } else {
      this.#place(slot);
    }
  }

  /** Queues a slot for that instant. */
  pushAt(slot: number, time: number): void {
    this.#slots.time[slot] = time;
    this.push(slot);
  }

  /** Takes the next slot if it is due at `until` or before; otherwise NIL. */
  pop(until: number): number {
    if (this.#first === this.#end && !this.#refill(until)) return NIL;
    const at = this.#first;
    const instant = this.#times[at]!;
    if (instant > until) return NIL;
    this.#first = at + 1;
    this.length--;
    this.now = instant;
    this.to = this.#run[2 * at + 1]!;
    return this.#run[2 * at]!;
  }

  /** An instant before which nothing is due: that of the next slot, or a little earlier. */
  next(): number {
    if (this.#first < this.#end) return this.#times[this.#first]!;
    if (this.length === 0) return Number.POSITIVE_INFINITY;
    const fine = this.#find(FINE_AT, HIGH_AT);
    if (fine >= 0) return this.#base + ((this.#low & (-1 << FINE)) | (fine - FINE_AT));
    const coarse = this.#find((this.#low >>> FINE) + 1, FINE_AT);
    return coarse >= 0 ? this.#base + (coarse << FINE) : this.#begins(this.#above());
  }

  /** Frees the slots that were killed while queued, if they are half of all. Cost: then a visit to each slot. */
  sweep(): void {
    const slots = this.#slots;
    if (this.#few || slots.dead <= this.length / 2) return;
    let bucket = this.#find(0, BUCKETS);
    for (; bucket >= 0; bucket = this.#find(bucket + 1, BUCKETS)) {
      for (const slot of this.#emptied(bucket)) {
        if (slots.kind(slot) !== SLOT_KIND.dead) this.#add(slot, bucket);
        else {
          slots.free(slot);
          this.length--;
          if (bucket >= FINE_AT && bucket < HIGH_AT) this.#fines--;
        }
      }
    }
  }

  /** Puts a slot in the run, behind those of its instant. */
  #insert(slot: number): void {
    if (this.#end === this.#times.length) this.#makeRoom();
    const run = this.#run;
    const times = this.#times;
    const first = this.#first;
    const time = this.#slots.time[slot]!;
    let at = this.#end++;
    for (; at > first && times[at - 1]! > time; at--) {
      times[at] = times[at - 1]!;
      run[2 * at] = run[2 * at - 2]!;
      run[2 * at + 1] = run[2 * at - 1]!;
    }
    times[at] = time;
    run[2 * at] = slot;
    run[2 * at + 1] = this.#slots.words[slot * SLOT_WORDS + SLOT.to]!;
    if (this.#end - at > PASSED_AT_ONCE) this.#loosen();
  }

  /** Of the run, a bucket of the coarse level, all that is due after its first instant goes to the fine level. */
  #loosen(): void {
    const first = this.#times[this.#first]!;
    const end = this.#end;
    this.#end = this.#first;
    while (this.#end < end && this.#times[this.#end] === first) this.#end++;
    this.#horizon = first + 1 - this.#base;
    for (let at = this.#end; at < end; at++) this.#place(this.#run[2 * at]!);
  }

  /** Moves the run to the beginning of its arrays, or to longer ones. */
  #makeRoom(): void {
    const run = this.#run;
    const times = this.#times;
    if (2 * (this.#end - this.#first) > times.length) {
      this.#times = new Float64Array(2 * times.length);
      this.#run = new Int32Array(2 * run.length);
      this.#times.set(times);
      this.#run.set(run);
      return;
    }
    times.copyWithin(0, this.#first, this.#end);
    run.copyWithin(0, 2 * this.#first, 2 * this.#end);
    this.#end -= this.#first;
    this.#first = 0;
  }

  /** Puts a slot in its bucket. */
  #place(slot: number): void {
    const ahead = this.#slots.time[slot]! - this.#base;
    if (ahead >= LOW) {
      this.#add(slot, this.#highBucket(slot));
      return;
    }
    const low = ahead | 0;
    if ((low ^ this.#low) >= 1 << FINE) this.#add(slot, low >>> FINE);
    else {
      this.#fines++;
      this.#add(slot, FINE_AT + (low & ((1 << FINE) - 1)));
    }
  }

  #highBucket(slot: number): number {
    const high = Math.floor(this.#slots.time[slot]! / LOW);
    const differs = high ^ (this.#base / LOW);
    const level = differs < 1 << DIGIT ? 0 : differs < 1 << (2 * DIGIT) ? 1 : 2;
    return HIGH_AT + (level << DIGIT) + digitOf(high, level);
  }

  #add(slot: number, bucket: number): void {
    const { words } = this.#slots;
    words[slot * SLOT_WORDS] = NIL;
    const word = bucket >> 5;
    const bit = 1 << (bucket & 31);
    if ((this.#bits[word]! & bit) === 0) {
      this.#bits[word]! |= bit;
      this.#sums[word >> 5]! |= 1 << (word & 31);
      this.#heads[bucket] = slot;
    } else {
      words[this.#tails[bucket]! * SLOT_WORDS] = slot;
    }
    this.#tails[bucket] = slot;
  }

  /** Empties a bucket; returns its first slot. */
  #take(bucket: number): number {
    const word = bucket >> 5;
    if ((this.#bits[word]! &= ~(1 << (bucket & 31))) === 0) {
      this.#sums[word >> 5]! &= ~(1 << (word & 31));
    }
    return this.#heads[bucket]!;
  }

  /** Empties a bucket, and gives its slots, in order; each may be linked elsewhere then. */
  *#emptied(bucket: number): Iterable<number> {
    for (let slot = this.#take(bucket), next = slot; slot !== NIL; slot = next) {
      next = this.#slots.next(slot);
      yield slot;
    }
  }

  /** The first bucket in `from` … `end` − 1 that is not empty; or NIL. */
  #find(from: number, end: number): number {
    if (from >= end) return NIL;
    const bits = this.#bits;
    let word = from >> 5;
    let found = bits[word]! & (-1 << (from & 31));
    if (found === 0) {
      const sums = this.#sums;
      let sum = word >> 5;
      // Shifting twice clears all words up to this one, also when it is the 32nd.
      let words = sums[sum]! & ((-1 << (word & 31)) << 1);
      while (words === 0) {
        if (++sum >= end >> 10) return NIL;
        words = sums[sum]!;
      }
      word = (sum << 5) + lowestBit(words);
      found = bits[word]!;
    }
    return (word << 5) + lowestBit(found);
  }

  /** Fills the run, which is empty, with what is due next, if that may be due at `until` or before. */
  #refill(until: number): boolean {
    this.#first = 0;
    this.#end = 0;
    if (this.length < FEW_AGAIN) return this.#gather();
    for (;;) {
      if (this.#fines > 0) {
        const fine = this.#find(FINE_AT, HIGH_AT);
        const low = (this.#low & (-1 << FINE)) | (fine - FINE_AT);
        if (this.#base + low > until) return false;
        this.#low = low;
        this.#horizon = low + 1;
        this.#sort(fine);
        this.#fines -= this.#end;
        return true;
      }
      const coarse = this.#find((this.#low >>> FINE) + 1, FINE_AT);
      if (coarse < 0) {
        if (!this.#descend(until)) return false;
        continue;
      }
      const low = coarse << FINE;
      if (this.#base + low > until) return false;
      this.#low = low;
      this.#horizon = low + (1 << FINE);
      if (this.#sort(coarse)) return true;
      this.#horizon = low;
    }
  }

  /** Empties a bucket into the run; or, if they are too much out of order, over the fine level. */
  #sort(bucket: number): boolean {
    const { words, time } = this.#slots;
    const head = this.#take(bucket);
    let run = this.#run;
    let times = this.#times;
    let end = 0;
    let passed = 0;
    for (let slot = head; slot !== NIL; slot = words[slot * SLOT_WORDS]!) {
      const instant = time[slot]!;
      let at = end++;
      for (; at > 0 && times[at - 1]! > instant; at--, passed++) {
        times[at] = times[at - 1]!;
        run[2 * at] = run[2 * at - 2]!;
        run[2 * at + 1] = run[2 * at - 1]!;
      }
      times[at] = instant;
      run[2 * at] = slot;
      run[2 * at + 1] = words[slot * SLOT_WORDS + SLOT.to]!;
      if (passed > PASSED_MAX * end) {
        this.#spread(head);
        return false;
      }
      if (end < times.length) continue;
      this.#end = end;
      this.#makeRoom();
      run = this.#run;
      times = this.#times;
    }
    this.#end = end;
    return true;
  }

  #spread(head: number): void {
    for (let slot = head, next = slot; slot !== NIL; slot = next) {
      next = this.#slots.next(slot);
      this.#place(slot);
    }
  }

  /** Spreads the next bucket above the coarse level, if it begins at `until` or before. */
  #descend(until: number): boolean {
    const bucket = this.#above();
    const begins = this.#begins(bucket);
    if (begins > until) return false;
    this.#base = begins;
    this.#low = 0;
    this.#horizon = 0;
    this.#spread(this.#take(bucket));
    return true;
  }

  /** The next bucket above the coarse level that is not empty; there is one. */
  #above(): number {
    const high = this.#base / LOW;
    for (let level = 0; level < 3; level++) {
      const at = HIGH_AT + (level << DIGIT);
      const bucket = this.#find(at + digitOf(high, level) + 1, at + (1 << DIGIT));
      if (bucket >= 0) return bucket;
    }
    assert(false, "the wheel holds as many slots as it counts");
  }

  /** The first instant of a bucket above the coarse level: digits above stay, those below are zero. */
  #begins(bucket: number): number {
    const level = (bucket - HIGH_AT) >> DIGIT;
    const digit = (bucket - HIGH_AT) & ((1 << DIGIT) - 1);
    const span = 2 ** (DIGIT * level);
    const above = span * 2 ** DIGIT;
    return (Math.floor(this.#base / LOW / above) * above + digit * span) * LOW;
  }

  /** All slots to the wheel. */
  #spill(): void {
    if (this.#tails.length === 0) {
      this.#heads = new Int32Array(BUCKETS);
      this.#tails = new Int32Array(BUCKETS);
      this.#bits = new Int32Array(BUCKETS >> 5);
      this.#sums = new Int32Array(BUCKETS >> 10);
    }
    this.#few = false;
    // Not at the first of the few, if they are far: whatever is pushed next may be due long before.
    const instant = Math.min(this.now, this.#times[this.#first]!);
    const low = instant % LOW;
    this.#base = instant - low;
    this.#low = low;
    this.#horizon = low;
    for (let at = this.#first; at < this.#end; at++) this.#place(this.#run[2 * at]!);
    this.#first = 0;
    this.#end = 0;
  }

  /** All slots to the run, which is empty. Returns whether there are any. */
  #gather(): boolean {
    if (this.#few) return false;
    for (let bucket = this.#find(0, BUCKETS); bucket >= 0; bucket = this.#find(bucket, BUCKETS)) {
      for (const slot of this.#emptied(bucket)) this.#insert(slot);
    }
    this.#fines = 0;
    this.#few = true;
    return this.length > 0;
  }
}

/** The digit of a high part on one of the three upper levels. */
const digitOf = (high: number, level: number): number =>
  (high >>> (DIGIT * level)) & ((1 << DIGIT) - 1);
