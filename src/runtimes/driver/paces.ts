// Ticks: tick k of a process with rate r comes at ceil(k·10⁶/r) µs after its start, for every k,
// without error that adds up and without a division per tick.
//
// The rate is taken as the fraction a/b that its number stands for (1/3 for 0.333…), so that
// k·10⁶·b/a is exact in integers. From one tick to the next the instant moves by
// floor(P/a) or one more, P = 10⁶·b, as the remainder `rest` = instant·a − k·P (0 ≤ rest < a) tells.

/** Words of a pace: whole µs a tick, P mod a, a, rest. Together in one cache line. */
const PACE_WORDS = 4;

/** Ticks per second that can be asked for. */
export const RATE_MIN = 1e-6;
export const RATE_MAX = 1e6;

/** Denominators stay below this, so that 10⁶ times one is an exact integer. */
const DENOMINATOR_MAX = 4e9;

/**
 * The simplest fraction that rounds to `value`: the first convergent of its continued fraction that
 * equals it as a float64. `value` in RATE_MIN … RATE_MAX.
 */
export function fraction(value: number): {
  readonly numerator: number;
  readonly denominator: number;
} {
  let [before, numerator] = [1, Math.floor(value)];
  let [beneath, denominator] = [0, 1];
  let rest = value - numerator;
  while (numerator / denominator !== value && rest > 0) {
    const inverse = 1 / rest;
    const digit = Math.floor(inverse);
    if (digit * denominator + beneath > DENOMINATOR_MAX) break;
    [before, numerator] = [numerator, digit * numerator + before];
    [beneath, denominator] = [denominator, digit * denominator + beneath];
    rest = inverse - digit;
  }
  return { numerator, denominator };
}

/** The paces of processes 0 … count − 1. */
export class Paces {
  readonly #words: Float64Array;

  constructor(count: number) {
    this.#words = new Float64Array(PACE_WORDS * count);
  }

  /** Sets a rate; ticks are counted anew from now on. */
  set(process: number, rate: number): void {
    const { numerator, denominator } = fraction(rate);
    const period = 1e6 * denominator;
    this.#words.set(
      [Math.floor(period / numerator), period % numerator, numerator, 0],
      PACE_WORDS * process,
    );
  }

  /** µs from the last tick (or from `set`) to the next one, which then counts as the last. */
  advance(process: number): number {
    const words = this.#words;
    const at = PACE_WORDS * process;
    const span = words[at]!;
    const rest = words[at + 3]! - words[at + 1]!;
    if (rest >= 0) {
      words[at + 3] = rest;
      return span;
    }
    words[at + 3] = rest + words[at + 2]!;
    return span + 1;
  }
}
