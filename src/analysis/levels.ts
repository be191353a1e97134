/** What a level that changes in steps amounts to over time. Exact: nothing is sampled. */
export type LevelMeasures = {
  /** Time-weighted mean. */
  readonly mean: number;
  readonly max: number;
  readonly final: number;
  /** Share of the time above 0. */
  readonly aboveZero: number;
  /** Least-squares line through the level as a function of time. */
  readonly slopePerSecond: number;
  /** (last − first) / time. */
  readonly growthPerSecond: number;
};

/**
 * Levels 0 … count − 1, each a step function of time, measured from `from` on (µs). Memory 64 bytes
 * a level. The integrals of v and t·v over a piece on which v is constant are exact, so mean and
 * slope are those of the continuous function.
 */
export class Levels {
  readonly #from: number;
  readonly #value: Float64Array;
  readonly #since: Float64Array;
  readonly #first: Float64Array;
  readonly #sum: Float64Array;
  readonly #moment: Float64Array;
  readonly #max: Float64Array;
  readonly #above: Float64Array;

  constructor(count: number, from: number) {
    this.#from = from;
    this.#value = new Float64Array(count);
    this.#since = new Float64Array(count).fill(from);
    this.#first = new Float64Array(count);
    this.#sum = new Float64Array(count);
    this.#moment = new Float64Array(count);
    this.#max = new Float64Array(count);
    this.#above = new Float64Array(count);
  }

  value(level: number): number {
    return this.#value[level]!;
  }

  /** The level has this value from `time` (µs) on. Times of one level must not fall. */
  set(level: number, time: number, value: number): void {
    if (time > this.#from) {
      this.#flow(level, time);
      if (value > this.#max[level]!) this.#max[level] = value;
    } else {
      this.#first[level] = value;
      this.#max[level] = value;
    }
    this.#value[level] = value;
  }

  /** All measures, up to instant `end`. */
  measure(level: number, end: number): LevelMeasures {
    this.#flow(level, end);
    const span = (end - this.#from) / 1e6;
    const value = this.#value[level]!;
    if (!(span > 0)) {
      return {
        mean: value,
        max: value,
        final: value,
        aboveZero: 0,
        slopePerSecond: 0,
        growthPerSecond: 0,
      };
    }
    const mean = this.#sum[level]! / span;
    return {
      mean,
      max: this.#max[level]!,
      final: value,
      aboveZero: this.#above[level]! / span,
      slopePerSecond: (this.#moment[level]! - (span / 2) * this.#sum[level]!) / (span ** 3 / 12),
      growthPerSecond: (value - this.#first[level]!) / span,
    };
  }

  /** Adds the piece from the last change to `time`, in seconds since `from`. */
  #flow(level: number, time: number): void {
    const since = this.#since[level]!;
    if (time <= since) return;
    const a = (since - this.#from) / 1e6;
    const b = (time - this.#from) / 1e6;
    const value = this.#value[level]!;
    this.#sum[level]! += value * (b - a);
    this.#moment[level]! += (value * (b * b - a * a)) / 2;
    if (value > 0) this.#above[level]! += b - a;
    this.#since[level] = time;
  }
}
