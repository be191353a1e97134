import fc from "fast-check";
import { expect, test } from "vitest";
import { agreementOf, smirnovDistance } from "./agreement.ts";

/** As the definition says it: the largest difference over all values. */
function byDefinition(a: readonly number[], b: readonly number[]): number {
  const share = (values: readonly number[], x: number): number =>
    values.filter((value) => value <= x).length / values.length;
  return Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))));
}

const sample = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 });

test("the distance is that of the definition, with ties and unequal sizes", () => {
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      expect(smirnovDistance(a, b)).toBeCloseTo(byDefinition(a, b), 12);
      expect(smirnovDistance(a, a)).toBe(0);
    }),
  );
});

const bounds = { distance: 0.2, means: 0.02 };
const even = Array.from({ length: 100 }, (_, at) => 50 + at / 10);

test.each([
  ["the same", even, true],
  ["shifted by 1 %", even.map((value) => value * 1.01), true],
  ["shifted by 3 %", even.map((value) => value * 1.03), false],
  ["of the same mean, but wider", even.map((value) => 55 + 5 * (value - 55)), false],
] as const)("a sample that is %s: equivalent %s", (_, other, equivalent) => {
  expect(agreementOf("m", even, other, bounds).equivalent).toBe(equivalent);
});

test("two samples of nothing but zeros are equivalent", () => {
  const { shift, distance, equivalent } = agreementOf("m", [0, 0], [0, 0, 0], bounds);
  expect([shift, distance, equivalent]).toEqual([0, 0, true]);
});
