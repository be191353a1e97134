import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "./micros.ts";
import { formatDelay, formatFault, parseDelay, parseFault } from "./notation.ts";
import type { Delay, Fault } from "./run.ts";

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

const faults: Fault[] = [
  { kind: "crash", process: "machine_2", at: micros(1) },
  { kind: "crash", process: "a", at: micros(5), until: micros(7_000_000) },
  { kind: "crash", process: "a", at: micros(5), until: micros(9), point: "between-copies" },
  { kind: "pause", process: "a", at: micros(0), until: micros(9) },
  { kind: "partition", from: ["a"], to: ["b", "c"], at: micros(0), until: micros(9) },
  { kind: "loss", from: ["a"], to: ["*"], oneWay: true, at: micros(0), probability: 0.25 },
  { kind: "duplicate", from: ["*"], to: ["*"], at: micros(0), probability: 1 },
  {
    kind: "delay",
    from: ["a"],
    to: ["b"],
    at: micros(1),
    delay: { kind: "exponential", min: micros(5), mean: micros(7) },
  },
];

test.each(faults)("a fault is read as it is written: %j", (fault) => {
  expect(parseFault(formatFault(fault))).toEqual(fault);
});

test.each([
  ["kill a 1s", /none of crash, pause, partition/],
  ["partition a 1s", /between whom/],
  ["partition a|b 1s..2s 5", /too much/],
  ["loss a|b 1s..2s", /how likely/],
  ["loss a b 0.5 1s..2s", /between whom/],
  ["loss a|b 1s..2s 1.5", /not a probability/],
  ["delay a|b 1s..2s", /how much/],
  ["crash a", /say to whom/],
  ["crash a 5s..1s", /ends before/],
  ["crash a 1s..2s sideways", /none of before-commit/],
  ["pause a 1s..2s before-commit", /no point/],
  ["crash a 1s after-commit now", /too much/],
])("%j is no fault", (text, complaint) => {
  expect(() => parseFault(text)).toThrow(complaint);
});

test.each(["", "fast", "5ms..1ms", "exponential 5ms 1ms", "lognormal 5ms 99", "1ms 2ms"])(
  "%j is no delay",
  (text) => {
    expect(() => parseDelay(text)).toThrow(expect.objectContaining({ name: "OrreryError" }));
  },
);
