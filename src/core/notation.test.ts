import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "./micros.ts";
import { formatDelay, parseDelay } from "./notation.ts";
import type { Delay } from "./run.ts";

const span = fc.integer({ min: 0, max: 10 ** 12 }).map(micros);
const delay: fc.Arbitrary<Delay> = fc.oneof(
  span.map((value) => ({ kind: "constant" as const, micros: value })),
  fc.tuple(span, span).map(([a, b]) => ({
    kind: "uniform" as const,
    min: micros(Math.min(a, b)),
    max: micros(Math.max(a, b)),
  })),
  fc.tuple(span, span).map(([a, b]) => ({
    kind: "exponential" as const,
    min: micros(Math.min(a, b)),
    mean: micros(Math.max(a, b)),
  })),
  fc
    .tuple(span, fc.integer({ min: 0, max: 1000 }))
    .map(([median, sigma]) => ({ kind: "lognormal" as const, median, sigma: sigma / 100 })),
);

test("a delay is read as it is written", () => {
  fc.assert(
    fc.property(delay, (given) => {
      expect(parseDelay(formatDelay(given))).toEqual(given);
    }),
  );
});

test.each([
  "",
  "fast",
  "5ms..1ms",
  "exponential 5ms 1ms",
  "lognormal 5ms 99",
  "1ms 2ms",
  "1ms..2ms..3ms",
])("%j is no delay", (text) => {
  expect(() => parseDelay(text)).toThrow(expect.objectContaining({ name: "OrreryError" }));
});
