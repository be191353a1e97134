import fc from "fast-check";
import { expect, test } from "vitest";
import { fraction, Paces } from "./paces.ts";

/** Instants of the first ticks of a process that starts at 0. */
function ticks(rate: number, count: number): number[] {
  const paces = new Paces(1);
  paces.set(0, rate);
  let instant = 0;
  return Array.from({ length: count }, () => (instant += paces.advance(0)));
}

test("after t µs a machine with rate a/b has taken floor(a·t / (b·10⁶)) ticks", () => {
  const numerator = fc.integer({ min: 1, max: 100_000 });
  const denominator = fc.integer({ min: 1, max: 1000 });
  fc.assert(
    fc.property(numerator, denominator, fc.integer({ min: 1, max: 300 }), (a, b, count) => {
      ticks(a / b, count).forEach((instant, index) => {
        const k = BigInt(index + 1);
        const taken = (t: number): bigint => (BigInt(a) * BigInt(t)) / (BigInt(b) * 1_000_000n);
        expect(taken(instant)).toBeGreaterThanOrEqual(k);
        expect(taken(instant - 1)).toBeLessThan(k);
      });
    }),
  );
});

test("error does not add up: a day of 7/s, and ten days of 1/3 of a tick a second", () => {
  const paces = new Paces(2);
  paces.set(0, 7);
  paces.set(1, 1 / 3);
  let [sevenths, thirds] = [0, 0];
  for (let tick = 0; tick < 7 * 86_400; tick++) sevenths += paces.advance(0);
  for (let tick = 0; tick < 288_000; tick++) thirds += paces.advance(1);
  expect(sevenths).toBe(86_400_000_000);
  expect(thirds).toBe(864_000_000_000);
});

test("a rate is the simplest fraction that its number stands for", () => {
  expect(fraction(6)).toEqual({ numerator: 6, denominator: 1 });
  expect(fraction(2.5)).toEqual({ numerator: 5, denominator: 2 });
  expect(fraction(1 / 3)).toEqual({ numerator: 1, denominator: 3 });
  expect(fraction(0.1)).toEqual({ numerator: 1, denominator: 10 });
  const parts = [fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: 1, max: 30_000 })] as const;
  fc.assert(
    fc.property(...parts, (a, b) => {
      const { numerator, denominator } = fraction(a / b);
      expect(numerator * b).toBe(a * denominator);
    }),
  );
});
