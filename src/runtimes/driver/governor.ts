import type { AdaptiveRate } from "../../core/system.ts";

/** How often a rate is reconsidered, µs. */
const PERIOD = 1_000_000;
/** A message too many raises the rate by this share; one too few lowers it by as much. */
const GAIN = 0.1;
/** Nothing is gained by a jump of more than this share at once. */
const STEP_MAX = 0.5;

/**
 * Holds the inbox of a process near a target by moving its rate between bounds: once a second, at a
 * tick, by 10 % for each waiting message above or below the target, at most by half.
 */
export class Governor {
  readonly #bounds: AdaptiveRate;
  #rate: number;
  #since: number;

  constructor(bounds: AdaptiveRate, now: number) {
    this.#bounds = bounds;
    this.#rate = initialRate(bounds);
    this.#since = now;
  }

  /** The new rate, in thousandths of a tick per second; or undefined if it stays. */
  adapt(now: number, waiting: number): number | undefined {
    if (now - this.#since < PERIOD) return undefined;
    this.#since = now;
    const { min, max, target } = this.#bounds;
    const wanted = Math.min(Math.max(GAIN * (waiting - target), -STEP_MAX), STEP_MAX);
    const moved = Math.min(Math.max(this.#rate * (1 + wanted), min), max);
    const rate = Math.round(moved * 1_000) / 1_000;
    if (rate === this.#rate) return undefined;
    this.#rate = rate;
    return rate;
  }
}

/** Where an adaptive rate begins: half way between its bounds. */
export const initialRate = ({ min, max }: AdaptiveRate): number => (min + max) / 2;
