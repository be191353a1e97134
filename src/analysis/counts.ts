import { countIn } from "../core/counting.ts";

/** What a set of whole numbers amounts to. All are 0 if there are none. */
export type CountMeasures = {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  /** The least value that 95 % do not exceed. */
  readonly p95: number;
  readonly max: number;
};

/** How often each whole number occurred. Memory grows with the distinct numbers only. */
export class Counts {
  readonly #times = new Map<number, number>();

  add(value: number, times = 1): void {
    countIn(this.#times, value, times);
  }

  /** Adds all that another has counted. */
  merge(other: Counts): void {
    for (const [value, times] of other.#times) this.add(value, times);
  }

  /** Value and how often, by value. */
  entries(): readonly (readonly [number, number])[] {
    return [...this.#times].sort((a, b) => a[0] - b[0]);
  }

  measure(): CountMeasures {
    const entries = this.entries();
    let count = 0;
    let sum = 0;
    for (const [value, times] of entries) {
      count += times;
      sum += value * times;
    }
    if (count === 0) return { count: 0, mean: 0, median: 0, p95: 0, max: 0 };
    const quantile = (share: number): number => {
      let seen = 0;
      for (const [value, times] of entries) {
        seen += times;
        if (seen >= share * count) return value;
      }
      return 0;
    };
    return {
      count,
      mean: sum / count,
      median: quantile(0.5),
      p95: quantile(0.95),
      max: entries.at(-1)?.[0] ?? 0,
    };
  }
}
