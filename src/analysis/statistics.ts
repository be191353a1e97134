// Samples described, with intervals. Means have Student's t interval: with 30 seeds and more it has its
// coverage for all metrics here (statistics.test.ts), where a percentile bootstrap falls short.
import jstat from "jstat";
import { max, mean, median, min, sampleStandardDeviation } from "simple-statistics";

/** A sample, and a 95 % interval of its mean (Student's t). With one value the interval is that value. */
export type Description = {
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  readonly std: number;
  readonly var: number;
  readonly low: number;
  readonly high: number;
};

const CONFIDENCE = 0.95;
/** The normal distribution's share below +3 standard deviations. */
const THREE_SIGMA = 0.998650102;

/** Half the width of a mean's t interval. `n` at least 2. Source: Student 1908. */
const halfWidth = (std: number, n: number): number =>
  (jstat.studentt.inv(0.5 + CONFIDENCE / 2, n - 1) * std) / Math.sqrt(n);

/** Describes a sample of at least one value. */
export function describe(values: readonly number[]): Description {
  const sample = [...values];
  const n = sample.length;
  const centre = mean(sample);
  const std = n > 1 ? sampleStandardDeviation(sample) : 0;
  const half = n > 1 ? halfWidth(std, n) : 0;
  return {
    n,
    min: min(sample),
    max: max(sample),
    mean: centre,
    median: median(sample),
    std,
    var: std * std,
    low: centre - half,
    high: centre + half,
  };
}

/** b − a, pair by pair. */
export type PairedComparison = Description & {
  /** Share of the pairs in which b is larger. */
  readonly larger: number;
  /** Cohen's d of the differences: their mean in standard deviations. 0 if they do not vary. */
  readonly effect: number;
};

/**
 * Compares two samples of the same seeds: common random numbers make the differences vary less than
 * the samples do. The samples are of one length, at least 1.
 */
export function comparePairs(a: readonly number[], b: readonly number[]): PairedComparison {
  const differences = a.map((value, index) => b[index]! - value);
  const described = describe(differences);
  return {
    ...described,
    larger: differences.filter((difference) => difference > 0).length / differences.length,
    effect: described.std === 0 ? 0 : described.mean / described.std,
  };
}

/** By how many standard errors a sample's mean is off a predicted value; 0 if neither varies nor is off. */
export function standardErrorsOff(sample: Description, predicted: number): number {
  const error = sample.std / Math.sqrt(sample.n);
  const off = sample.mean - predicted;
  if (error > 0) return off / error;
  return Math.abs(off) < 1e-9 ? 0 : Math.sign(off) * Number.POSITIVE_INFINITY;
}

/** As many standard errors of `n` values, at least 2, as are exceeded as rarely as three of many. */
export const threeErrors = (n: number): number => jstat.studentt.inv(THREE_SIGMA, n - 1);
