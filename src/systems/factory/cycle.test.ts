import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Streams } from "../../core/random.ts";
import { type Cycle, cycleOf, drawCycle, drawExponential, drawGood, meanOf } from "./cycle.ts";

const DRAWS = 20_000;

const diceOf = (seed: number): (() => number) => {
  const streams = new Streams(seed, 0, 1);
  return () => streams.uniform(0);
};

function statistics(draws: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
  const squares = draws.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (draws.length - 1) / draws.length) };
}

const CYCLES: readonly Cycle[] = [
  { kind: "constant", micros: 5e6 },
  { kind: "uniform", min: 2e6, max: 5e6 },
  { kind: "triangular", min: 1e6, mode: 2e6, max: 6e6 },
  { kind: "triangular", min: 1e6, mode: 1e6, max: 3e6 },
  { kind: "triangular", min: 1e6, mode: 3e6, max: 3e6 },
  { kind: "exponential", mean: 4e6 },
  { kind: "lognormal", median: 3e6, sigma: 0.5 },
];

test.each(CYCLES)("draws of $kind have the mean that is said of them", (cycle) => {
  const dice = diceOf(1);
  const { mean, error } = statistics(Array.from({ length: DRAWS }, () => drawCycle(cycle, dice)));
  expect(Math.abs(mean - meanOf(cycle))).toBeLessThanOrEqual(3 * error + 0.5);
});

test("uniform and triangular draws stay within their bounds, and reach near both", () => {
  for (const cycle of CYCLES) {
    if (cycle.kind !== "uniform" && cycle.kind !== "triangular") continue;
    const { min, max } = cycle;
    const at = (share: number): number => drawCycle(cycle, () => share);
    expect([at(0), at(1)]).toEqual([min, max]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        expect(at(share)).toBeGreaterThanOrEqual(min);
        expect(at(share)).toBeLessThanOrEqual(max);
        expect(at(share)).toBeLessThanOrEqual(at(Math.min(1, share + 0.01)));
      }),
    );
  }
});

test("half of the draws of a triangular distribution are on either side of its median", () => {
  const cycle = { kind: "triangular", min: 0, mode: 3, max: 4 } as const;
  const wide = { ...cycle, mode: 3e6, max: 4e6 };
  // Below the mode the distribution function is x² ÷ (span · (mode − min)).
  expect(drawCycle(wide, () => 0.5)).toBe(Math.round(Math.sqrt(0.5 * 4e6 * 3e6)));
});

test("no draw is shorter than a microsecond, and all are whole", () => {
  const spans = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(spans, fc.double({ min: 0, max: 0.999, noNaN: true }), (span, share) => {
      for (const cycle of [
        { kind: "exponential", mean: span },
        { kind: "uniform", min: 0, max: span },
        { kind: "lognormal", median: span, sigma: 3 },
      ] as const) {
        const drawn = drawCycle(cycle, () => share);
        expect(drawn).toBeGreaterThanOrEqual(1);
        expect(Number.isInteger(drawn)).toBe(true);
      }
    }),
  );
});

test("times of the file are divided by the scale; a spread is not", () => {
  expect(cycleOf("10min", 600)).toEqual({ kind: "constant", micros: 1e6 });
  expect(cycleOf({ dist: "lognormal", median: "60s", sigma: 0.4 }, 60)).toEqual({
    ...{ kind: "lognormal", median: 1e6, sigma: 0.4 },
  });
  const given = { dist: "triangular", min: "1s", mode: "2s", max: "3s" } as const;
  expect(meanOf(cycleOf(given, 10))).toBeCloseTo(0.2e6, 6);
});

test("exponential draws pass their mean with probability 1/e", () => {
  const dice = diceOf(2);
  const above = Array.from({ length: DRAWS }, () => drawExponential(1, dice) > 1).filter(Boolean);
  const share = Math.exp(-1);
  const error = Math.sqrt((share * (1 - share)) / DRAWS);
  expect(Math.abs(above.length / DRAWS - share)).toBeLessThan(3 * error);
});

describe("of the starts of a job", () => {
  test("all are good at yield 1, without a draw", () => {
    const never = (): number => expect.unreachable();
    expect([drawGood(7, 1, never), drawGood(1e6, 1, never)]).toEqual([7, 1e6]);
  });

  test.each([1, 40, 1_000, 1_001, 50_000])("as many of %d are good as the yield says", (starts) => {
    const dice = diceOf(starts);
    const count = starts > 1_000 ? 2_000 : 4_000;
    const draws = Array.from({ length: count }, () => drawGood(starts, 0.9, dice));
    const { mean, error } = statistics(draws);
    expect(Math.abs(mean - 0.9 * starts)).toBeLessThan(3 * error + 1e-9);
    // Its spread is a binomial one, drawn one by one or not.
    const deviation = error * Math.sqrt(count);
    expect(deviation / Math.sqrt(starts * 0.09)).toBeCloseTo(1, 1);
  });

  test("never less than none or more than all are good", () => {
    const settings = fc.record({
      starts: fc.integer({ min: 1, max: 5_000 }),
      share: fc.double({ min: 0.001, max: 1, noNaN: true }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(settings, ({ starts, share, seed }) => {
        const good = drawGood(starts, share, diceOf(seed));
        expect(Number.isInteger(good) && good >= 0 && good <= starts).toBe(true);
      }),
    );
  });
});
