import { expect, test } from "vitest";
import { PURPOSE, Streams } from "../core/random.ts";
import { comparePairs, describe, standardErrorsOff } from "./statistics.ts";

// Student's sleep data (1908): extra hours with two drugs, ten patients. R's t.test(paired = TRUE) gives a mean
// difference of 1.58 with the interval 0.7001142 … 2.4598858.
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

test("Student's sleep data have Student's interval", () => {
  const { mean, low, high, effect, larger, n } = comparePairs(FIRST, SECOND);
  expect(mean).toBeCloseTo(1.58, 10);
  expect(low).toBeCloseTo(0.7001142, 6);
  expect(high).toBeCloseTo(2.4598858, 6);
  expect(effect).toBeCloseTo(4.0621 / Math.sqrt(10), 3); // t = 4.0621
  expect([larger, n]).toEqual([0.9, 10]);
});

test("a sample has the values a textbook gives it", () => {
  const described = describe([2, 4, 4, 4, 5, 5, 7, 9]);
  expect(described).toMatchObject({ n: 8, min: 2, max: 9, mean: 5, median: 4.5 });
  expect(described.var).toBeCloseTo(32 / 7, 12);
  expect(described.std).toBeCloseTo(Math.sqrt(32 / 7), 12);
});

test("one value, or many that are equal, have an interval of no width", () => {
  expect(describe([3])).toMatchObject({ mean: 3, low: 3, high: 3, std: 0 });
  expect(describe([3, 3, 3])).toMatchObject({ mean: 3, low: 3, high: 3 });
  expect(standardErrorsOff(describe([3, 3, 3]), 3)).toBe(0);
  expect(standardErrorsOff(describe([3, 3, 3]), 2)).toBe(Number.POSITIVE_INFINITY);
});

/** How often the 95 % interval covers the true mean, over 4,000 samples. */
function coverage(n: number, draw: (uniform: () => number) => number, truth: number): number {
  const streams = new Streams(11, PURPOSE.dice, 1);
  const uniform = () => 1 - streams.uniform(0);
  let covered = 0;
  for (let sample = 0; sample < 4_000; sample++) {
    const { low, high } = describe(Array.from({ length: n }, () => draw(uniform)));
    if (low <= truth && truth <= high) covered++;
  }
  return covered / 4_000;
}

const normal = (uniform: () => number): number =>
  Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

// The standard error of a coverage near 0.95 over 4,000 samples is 0.0034.
test("the interval covers the mean of normal samples 95 times in 100, from three values on", () => {
  for (const n of [3, 10, 30]) expect(Math.abs(coverage(n, normal, 0) - 0.95)).toBeLessThan(0.012);
});

test("with 30 seeds it nearly does for counts and for skewed metrics too", () => {
  const count = (uniform: () => number): number => {
    let heads = 0;
    for (let toss = 0; toss < 60; toss++) if (uniform() < 0.2) heads++;
    return heads;
  };
  expect(Math.abs(coverage(30, count, 12) - 0.95)).toBeLessThan(0.015);
  const exponential = (uniform: () => number): number => -Math.log(uniform());
  expect(coverage(30, exponential, 1)).toBeGreaterThan(0.92);
});
