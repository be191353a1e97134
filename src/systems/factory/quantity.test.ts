import fc from "fast-check";
import { expect, test } from "vitest";
import { amount, formatAmount, UNITS_MAX, units } from "./quantity.ts";

const total = (amounts: readonly number[]): number => amounts.reduce((sum, each) => sum + each, 0);

test("an amount is a whole number of millionths, the nearest one", () => {
  expect([amount(8), amount(0.3), amount(1e-6), amount(4e-7)]).toEqual([8e6, 3e5, 1, 0]);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (given) => {
      expect(Number.isInteger(amount(given))).toBe(true);
      expect(Math.abs(units(amount(given)) - given)).toBeLessThanOrEqual(0.5e-6 + 1e-9);
    }),
  );
});

test("ten times 0.1 is 1, in whatever order it is added", () => {
  const tenths = Array.from({ length: 10 }, () => amount(0.1));
  expect(total(tenths)).toBe(amount(1));
  const some = fc.array(fc.integer({ min: 0, max: 1e12 }), { maxLength: 50 });
  fc.assert(
    fc.property(some, (all) => {
      expect(total(all)).toBe(total(all.toReversed()));
    }),
  );
});

test("the largest amounts can be added and taken apart exactly", () => {
  const large = amount(UNITS_MAX);
  expect(Number.isSafeInteger(8 * large)).toBe(true);
  expect(total([large, amount(1e-6)]) - large).toBe(1);
});

test("pieces have no unit, and all else its own", () => {
  expect([formatAmount(8e6), formatAmount(3e5, "kg"), formatAmount(1, "m")]).toEqual([
    ...["8", "0.3 kg", "0.000001 m"],
  ]);
});
