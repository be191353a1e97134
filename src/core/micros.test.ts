import fc from "fast-check";
import { expect, test } from "vitest";
import { formatMicros, MICROS_MAX, micros, ms, parseMicros, seconds } from "./micros.ts";

test("a span is read with its unit", () => {
  expect(parseMicros("60s")).toBe(seconds(60));
  expect(parseMicros("1.5ms")).toBe(ms(1.5));
  expect(parseMicros("2h")).toBe(7_200_000_000);
  expect(parseMicros("0")).toBe(0);
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MICROS_MAX }), (span) => {
      expect(parseMicros(formatMicros(micros(span)))).toBe(span);
    }),
  );
});

test.each(["60", "-5s", "fast", "", "1e99h", "5 parsecs", "NaNs", "1..2s"])(
  "%j is no span",
  (text) => {
    expect(() => parseMicros(text)).toThrow(expect.objectContaining({ code: "config/time" }));
  },
);
