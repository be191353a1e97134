import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "../../core/micros.ts";
import type { ClockModel } from "../../core/run.ts";
import { LocalClocks } from "./local-clocks.ts";

const model: fc.Arbitrary<ClockModel> = fc.oneof(
  fc.integer({ min: -1e9, max: 1e9 }).map((shift) => ({ kind: "offset" as const, micros: shift })),
  fc.integer({ min: -1e9, max: 1e9 }).map((shift) => ({ kind: "step" as const, micros: shift })),
  fc.integer({ min: 1, max: 1_000 }).map((rate) => ({ kind: "drift" as const, rate: rate / 100 })),
  fc
    .integer({ min: 1_000, max: 1e8 })
    .chain((period) =>
      fc.tuple(fc.constant(period), fc.integer({ min: 0, max: Math.floor(0.15 * period) })),
    )
    .map(([period, amplitude]) => ({
      kind: "sine" as const,
      amplitude: micros(amplitude),
      period: micros(period),
    })),
);
/** Models that begin one after the other, each for a while; swings sum up to less than running backwards. */
const plan = fc.array(fc.tuple(model, fc.integer({ min: 1, max: 1e7 })), { maxLength: 4 });

test("elapsed time never stops nor jumps, whatever begins and ends", () => {
  fc.assert(
    fc.property(plan, (models) => {
      const clocks = new LocalClocks();
      let now = 0;
      for (const [each, length] of models) {
        const before = clocks.elapsed(0, now);
        clocks.begin(0, each, now);
        expect(clocks.elapsed(0, now)).toBeCloseTo(before, 3);
        let last = clocks.elapsed(0, now);
        for (let step = 1; step <= 10; step++) {
          const next = clocks.elapsed(0, now + (length * step) / 10);
          expect(next).toBeGreaterThan(last);
          last = next;
        }
        now += length;
        clocks.end(0, each, now);
        expect(clocks.elapsed(0, now)).toBeCloseTo(last, 3);
      }
    }),
  );
});

test("a timer goes off when as much has elapsed as it was set for, to the microsecond", () => {
  fc.assert(
    fc.property(plan, fc.integer({ min: 1, max: 1e8 }), (models, delay) => {
      const clocks = new LocalClocks();
      let now = 1_000;
      for (const [each, length] of models) clocks.begin(0, each, (now += length));
      const goal = clocks.elapsed(0, now) + delay;
      const due = clocks.when(0, now, goal);
      expect(due).toBeGreaterThanOrEqual(now);
      // A fast clock passes several of its own microseconds in one of ours.
      const rate = clocks.elapsed(0, due + 1) - clocks.elapsed(0, due - 1);
      expect(Math.abs(clocks.elapsed(0, due) - goal)).toBeLessThanOrEqual(Math.max(1, rate));
    }),
  );
});

test.each<[ClockModel, number, number]>([
  [{ kind: "offset", micros: -3e6 }, 7e6, 10e6],
  [{ kind: "step", micros: 3e6 }, 13e6, 13e6],
  [{ kind: "drift", rate: 1.5 }, 12.5e6, 12.5e6],
])("%j reads so in the middle, and so after its end", (clock, middle, after) => {
  const clocks = new LocalClocks();
  clocks.begin(0, clock, 5e6);
  expect(clocks.now(0, 10e6)).toBe(middle);
  if (clock.kind !== "step") clocks.end(0, clock, 10e6);
  expect(clocks.now(0, 10e6)).toBe(after);
  expect(clocks.now(1, 10e6)).toBe(10e6);
});

test("a clock that is set back before the beginning of the run reads 0", () => {
  const clocks = new LocalClocks();
  clocks.begin(0, { kind: "offset", micros: -5e6 }, 1e6);
  expect(clocks.now(0, 2e6)).toBe(0);
});
