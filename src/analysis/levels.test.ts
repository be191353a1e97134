import fc from "fast-check";
import { linearRegression, mean } from "simple-statistics";
import { expect, test } from "vitest";
import { Counts } from "./counts.ts";
import { Levels } from "./levels.ts";

const change = fc.record({
  after: fc.integer({ min: 0, max: 90 }),
  value: fc.integer({ min: 0, max: 9 }),
});

test("mean, slope, maximum and time above 0 are those of the level read every millisecond", () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 30 }),
      fc.integer({ min: 0, max: 200 }),
      (changes, from) => {
        const levels = new Levels(1, from * 1_000);
        const end =
          Math.max(
            from + 50,
            changes.reduce((sum, { after }) => sum + after, 0),
          ) + 10;
        const read = new Array<number>(end).fill(0);
        let [now, peak, first] = [0, 0, 0];
        for (const { after, value } of changes) {
          now += after;
          levels.set(0, now * 1_000, value);
          read.fill(value, now);
          if (now <= from) peak = first = value;
          else peak = Math.max(peak, value);
        }
        const counted = read.slice(from);
        const measured = levels.measure(0, end * 1_000);
        expect(measured.mean).toBeCloseTo(mean(counted), 9);
        expect(measured.max).toBe(peak);
        expect(measured.final).toBe(read.at(-1));
        expect(measured.aboveZero).toBeCloseTo(
          counted.filter((v) => v > 0).length / counted.length,
          9,
        );
        expect(measured.growthPerSecond).toBeCloseTo(
          (read.at(-1)! - first) / (counted.length / 1e3),
          9,
        );
        // A sum over milliseconds approaches the integral: the two slopes differ by O(1/n²).
        const points = counted.map((value, index) => [(index + 0.5) / 1e3, value]);
        const { m } = linearRegression(points);
        const scale = 1 + Math.abs(m);
        expect(Math.abs(measured.slopePerSecond - m) / scale).toBeLessThan(2 / counted.length);
      },
    ),
  );
});

test("quantiles of counts are those of the sorted numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1 }), (values) => {
      const counts = new Counts();
      for (const value of values) counts.add(value);
      const sorted = [...values].sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
      const measured = counts.measure();
      expect(measured).toMatchObject({
        count: values.length,
        median: at(0.5),
        p95: at(0.95),
        max: at(1),
      });
      expect(measured.mean).toBeCloseTo(mean(values), 9);
    }),
  );
});
