import fc from "fast-check";
import { expect, test } from "vitest";
import { PURPOSE, Streams } from "./random.ts";

const take = (streams: Streams, process: number, count: number): number[] =>
  Array.from({ length: count }, () => streams.next(process));

const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

test("adding processes changes nobody else's dice", () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 1, max: 20 }), (given, more) => {
      const few = new Streams(given, PURPOSE.dice, 3);
      const many = new Streams(given, PURPOSE.dice, 3 + more);
      for (let process = 0; process < 3; process++) {
        expect(take(many, process, 50)).toEqual(take(few, process, 50));
      }
    }),
  );
});

test("seed, process, incarnation and purpose each give another stream", () => {
  const streams = (given: number, purpose: 1 | 2): Streams => new Streams(given, purpose, 2);
  const later = streams(1, 1);
  later.restart(0, 2);
  const taken = [
    take(streams(1, 1), 0, 4),
    take(streams(2, 1), 0, 4),
    take(streams(1 + 2 ** 32, 1), 0, 4),
    take(streams(1, 2), 0, 4),
    take(streams(1, 1), 1, 4),
    take(later, 0, 4),
  ];
  expect(new Set(taken.map(String)).size).toBe(taken.length);
});

test("draws are spread evenly, and draws of neighbours are not correlated", () => {
  const streams = new Streams(5, PURPOSE.dice, 2);
  const count = 200_000;
  const bins = new Array<number>(16).fill(0);
  let product = 0;
  for (let draw = 0; draw < count; draw++) {
    const [a, b] = [streams.uniform(0), streams.uniform(1)];
    bins[Math.floor(16 * a)]!++;
    product += (a - 0.5) * (b - 0.5);
  }
  const chiSquare = bins.reduce((sum, bin) => sum + (bin - count / 16) ** 2 / (count / 16), 0);
  expect(chiSquare).toBeLessThan(37.7); // 0.1 % of 15 degrees of freedom
  expect(Math.abs((12 * product) / count)).toBeLessThan(4 / Math.sqrt(count));
});
