import fc from "fast-check";
import { expect, test } from "vitest";
import { atMost, Pieces } from "./pieces.ts";

test("a run of any length has at most a thousand pieces, and every instant of it is in one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 50 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (end, share) => {
        const { span, count } = new Pieces(end);
        expect(count).toBeLessThanOrEqual(1_000);
        const time = Math.floor(share * end);
        const piece = new Pieces(end).at(time);
        expect(piece).toBeLessThan(count);
        if (piece < count - 1) expect((piece + 1) * span).toBeGreaterThan(time);
        expect(piece * span).toBeLessThanOrEqual(time + 1e-9 * time);
      },
    ),
  );
});

test("a round span of a sixtieth of a run or more is a whole number of pieces", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 2 ** 50 }),
      fc.integer({ min: 6, max: 60 }),
      (end, part) => {
        const pieces = atMost(end / part) / new Pieces(end).span;
        expect(Math.abs(pieces - Math.round(pieces))).toBeLessThan(1e-9);
      },
    ),
  );
});
