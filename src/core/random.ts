// Chance. Every process has its own stream for each purpose, keyed by (seed, process, incarnation,
// purpose), so that adding a process changes nobody else's dice.
//
// Generator: sfc32 of Chris Doty-Humphrey (PractRand 0.92): 96 bits of state and a 32-bit counter,
// which makes every period at least 2^32. The three state words come from three independent hash
// chains over the key, so that streams of different keys differ in all 96 bits.

/** What a stream is drawn for. Numbers, not names: they are hashed into the key. Link faults have one a kind. */
export const PURPOSE = {
  dice: 1,
  link: 2,
  pace: 3,
  fault: 4,
  store: 5,
  storeFault: 6,
  plan: 7,
  linkFault: 8,
  randomPlant: 100,
  engineeringChange: 101,
} as const;

const CHAINS = [0x243f6a88, 0x85a308d3, 0x13198a2e] as const; // the first digits of π
const WARM_UP_ROUNDS = 12;
/** Stands for an incarnation in the keys of streams that were re-seeded: none is that high. */
const RESEEDED = 2 ** 30;

/** One round of a 32-bit hash chain (the multipliers are MurmurHash3's). */
function mix(hash: number, word: number): number {
  let h = Math.imul(hash ^ word, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Words of a stream. */
const STREAM_WORDS = 4;

/** Where streams are kept: that of process p from `words[p × stride + at]` on. */
type Place = { readonly words: Int32Array; readonly stride: number; readonly at: number };

/**
 * The streams of one purpose for processes 0 … count − 1, 16 bytes each, in an array of their own or in `place`.
 * `seed` is an integer, 0 … 2^53 − 1. A draw costs a few nanoseconds and allocates nothing.
 */
export class Streams {
  readonly #words: Int32Array;
  readonly #stride: number;
  readonly #at: number;
  readonly #count: number;
  #seed: number;
  readonly #purpose: number;

  constructor(seed: number, purpose: number, count: number, place?: Place) {
    this.#words = place?.words ?? new Int32Array(STREAM_WORDS * count);
    this.#stride = place?.stride ?? STREAM_WORDS;
    this.#at = place?.at ?? 0;
    this.#count = count;
    this.#seed = seed;
    this.#purpose = purpose;
    for (let process = 0; process < count; process++) this.restart(process, 1);
  }

  /** Puts a process's stream at the beginning of the one for that incarnation. */
  restart(process: number, incarnation: number): void {
    const words = this.#words;
    const at = this.#stride * process + this.#at;
    for (let chain = 0; chain < 3; chain++) {
      let hash = mix(CHAINS[chain]!, this.#seed | 0);
      hash = mix(hash, Math.floor(this.#seed / 0x1_0000_0000) | 0);
      hash = mix(hash, process);
      hash = mix(hash, incarnation);
      words[at + chain] = mix(hash, this.#purpose);
    }
    words[at + 3] = 1;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.next(process);
  }

  /**
   * All processes draw from the streams of another seed from now on. They are others than those
   * with which a run of that seed begins.
   */
  reseed(seed: number): void {
    this.#seed = seed;
    for (let process = 0; process < this.#count; process++) {
      this.restart(process, RESEEDED);
    }
  }

  /** The next 32 bits, as a signed integer. */
  next(process: number): number {
    const words = this.#words;
    const at = this.#stride * process + this.#at;
    const a = words[at]!;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const counter = words[at + 3]!;
    const sum = (a + b + counter) | 0;
    words[at + 3] = counter + 1;
    words[at] = b ^ (b >>> 9);
    words[at + 1] = (c + (c << 3)) | 0;
    words[at + 2] = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum;
  }

  /** Uniform in [0, 1), in steps of 2^−32. */
  uniform(process: number): number {
    return (this.next(process) >>> 0) / 0x1_0000_0000;
  }
}
