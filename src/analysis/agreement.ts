// Do two samples come from one distribution, as far as a bound says that matters?
import { type Description, describe } from "./statistics.ts";

/** What is stated before anything is run. */
type AgreementBounds = {
  /** Of the Kolmogorov–Smirnov distance. */
  readonly distance: number;
  /** Of the difference of means, as a share of the larger. */
  readonly means: number;
};

/** One metric in two samples. */
export type MetricAgreement = {
  readonly metric: string;
  readonly a: Description;
  readonly b: Description;
  /** Two-sample Kolmogorov–Smirnov distance: 0 … 1. */
  readonly distance: number;
  /** (mean of b − mean of a) / the larger of both in size; 0 if both are 0. */
  readonly shift: number;
  readonly equivalent: boolean;
};

/**
 * The largest difference between the empirical distribution functions of two samples, neither empty.
 * O(n log n). Source: Smirnov 1948.
 */
export function smirnovDistance(a: readonly number[], b: readonly number[]): number {
  const [first, second] = [[...a].sort((x, y) => x - y), [...b].sort((x, y) => x - y)];
  let [i, j, most] = [0, 0, 0];
  while (i < first.length && j < second.length) {
    const value = Math.min(first[i]!, second[j]!);
    while (i < first.length && first[i]! <= value) i++;
    while (j < second.length && second[j]! <= value) j++;
    most = Math.max(most, Math.abs(i / first.length - j / second.length));
  }
  return most;
}

/** Compares a metric in two samples, neither empty. */
export function agreementOf(
  metric: string,
  a: readonly number[],
  b: readonly number[],
  bounds: AgreementBounds,
): MetricAgreement {
  const [ofA, ofB] = [describe(a), describe(b)];
  const size = Math.max(Math.abs(ofA.mean), Math.abs(ofB.mean));
  const shift = size === 0 ? 0 : (ofB.mean - ofA.mean) / size;
  const distance = smirnovDistance(a, b);
  const equivalent = distance <= bounds.distance && Math.abs(shift) <= bounds.means;
  return { metric, a: ofA, b: ofB, distance, shift, equivalent };
}
