// Numbers places for ids of four integers, as a Map would if it had such keys: without a text or an object an id.
//
// Invariants:
// 1. `#index` holds each id's place + 1 where linear probing from its hash finds it, with no gap on the way.
// 2. At most half of `#index` is used, so that ways are short.

/** Integers of an id. */
const WORDS = 4;
const NONE = -1;

/** A hash of four integers (the multipliers are MurmurHash3's). */
function hashOf(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(d, 0x85ebca6b), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13) ^ c, 0x85ebca6b);
  return hash ^ (hash >>> 16);
}

/** Places are dense and used again: 0, 1, 2, …; what belongs to an id lies in arrays of the owner's. */
export class IdTable {
  #index = new Int32Array(64);
  #ids = new Int32Array(32 * WORDS);
  readonly #free: number[] = [];
  #used = 0;

  /** Places given so far, those that are free again included. */
  get places(): number {
    return this.#used;
  }

  /** The place of an id, or −1. O(1). */
  find(a: number, b: number, c: number, d: number): number {
    const at = this.#seek(a, b, c, d);
    return this.#index[at]! - 1;
  }

  /** The place of an id that has one, or a new one. Amortised O(1). */
  place(a: number, b: number, c: number, d: number): number {
    const at = this.#seek(a, b, c, d);
    if (this.#index[at] !== 0) return this.#index[at]! - 1;
    const place = this.#free.pop() ?? this.#used++;
    if ((place + 1) * WORDS > this.#ids.length) this.#grow();
    const ids = this.#ids;
    ids[place * WORDS] = a;
    ids[place * WORDS + 1] = b;
    ids[place * WORDS + 2] = c;
    ids[place * WORDS + 3] = d;
    this.#index[this.#seek(a, b, c, d)] = place + 1;
    return place;
  }

  /** An integer of the id at a place: 0 … 3. */
  part(place: number, which: number): number {
    return this.#ids[place * WORDS + which]!;
  }

  /** Frees the place of an id. */
  remove(place: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let gap = this.#slotOf(place);
    index[gap] = 0;
    // Whoever would no longer be found beyond the gap moves into it, and leaves one.
    for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#home(index[at]! - 1) & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      index[gap] = index[at]!;
      index[at] = 0;
      gap = at;
    }
    this.#free.push(place);
  }

  /** Where in the index an id is, or would be. */
  #seek(a: number, b: number, c: number, d: number): number {
    const index = this.#index;
    const ids = this.#ids;
    const mask = index.length - 1;
    let at = hashOf(a, b, c, d) & mask;
    for (let place = index[at]! - 1; place !== NONE; place = index[at]! - 1) {
      const id = place * WORDS;
      if (ids[id] === a && ids[id + 1] === b && ids[id + 2] === c && ids[id + 3] === d) break;
      at = (at + 1) & mask;
    }
    return at;
  }

  #slotOf(place: number): number {
    const id = place * WORDS;
    return this.#seek(this.#ids[id]!, this.#ids[id + 1]!, this.#ids[id + 2]!, this.#ids[id + 3]!);
  }

  #home(place: number): number {
    const id = place * WORDS;
    return hashOf(this.#ids[id]!, this.#ids[id + 1]!, this.#ids[id + 2]!, this.#ids[id + 3]!);
  }

  /** Twice the room; all but the last place, which has no id yet, stand in the index. */
  #grow(): void {
    const ids = this.#ids;
    const places = ids.length / WORDS;
    this.#ids = new Int32Array(2 * ids.length);
    this.#ids.set(ids);
    this.#index = new Int32Array(2 * this.#index.length);
    for (let place = 0; place < places; place++) this.#index[this.#slotOf(place)] = place + 1;
  }
}
