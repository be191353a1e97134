import fc from "fast-check";
import { expect, test } from "vitest";
import { offsetsOf, type Timings } from "./skew.ts";

/** Hosts with clocks that are `skew` µs ahead, all talking to the next and the one before. */
function talking(skew: readonly number[], delays: readonly number[]): Timings[] {
  const sent = skew.map(() => new Map<string, number>());
  const heard = skew.map(() => new Map<string, number>());
  delays.forEach((delay, number) => {
    const from = number % skew.length;
    const hop = Math.floor(number / skew.length) % 2 === 0 ? 1 : skew.length - 1;
    const to = (from + hop) % skew.length;
    const time = 1e15 + number * 10_000;
    sent[from]!.set(`m${number}`, time + skew[from]!);
    heard[to]!.set(`m${number}`, time + delay + skew[to]!);
  });
  return skew.map((_, host) => ({ sent: sent[host]!, heard: heard[host]! }));
}

const delay = fc.integer({ min: 100, max: 5_000 });

test("offsets of clocks are found within the shortest delay", () => {
  const skews = fc.array(fc.integer({ min: -4e9, max: 4e9 }), { minLength: 3, maxLength: 5 });
  fc.assert(
    fc.property(skews, fc.array(delay, { minLength: 200, maxLength: 200 }), (skew, delays) => {
      const found = offsetsOf(talking(skew, delays));
      for (const [host, offset] of found.entries()) {
        const real = skew[host]! - skew[0]!;
        // Small ones are left alone, and those beside them with them.
        expect(Math.abs(offset - real)).toBeLessThan(32_000);
      }
    }),
  );
});

test("clocks that agree are left as they are, and so are those that nobody heard", () => {
  const delays = Array.from({ length: 100 }, (_, at) => 200 + at);
  expect(offsetsOf(talking([0, 0, 0], delays))).toEqual([0, 0, 0]);
  const silent: Timings = { sent: new Map(), heard: new Map() };
  const [a, b, c, d] = offsetsOf([...talking([0, 9e6, 0], delays), silent]);
  expect([a, Math.round(b! / 1e3), c, d]).toEqual([0, 9_000, 0, 0]);
});
