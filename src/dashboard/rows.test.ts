import fc from "fast-check";
import { expect, test } from "vitest";
import { NONE, type TraceBatch } from "../core/batch.ts";
import { KIND } from "../core/trace-event.ts";
import { linesOf } from "../trace/record.ts";
import { TraceWriter } from "../trace/writer.ts";
import { Cuts, RowLog } from "./rows.ts";

/** Logs rows that come in batches of these sizes; each has its number as its clock, some have a detail. */
function logged(sizes: readonly number[], keptMin?: number) {
  const log = new RowLog(keptMin);
  const all: string[] = [];
  const writer = new TraceWriter((batch) => {
    log.add(batch);
    all.push(...textsOf([batch]));
  });
  let number = 0;
  for (const size of sizes) {
    for (let row = 0; row < size; row++) {
      writer.record(10 * Math.floor(number / 3), KIND.internal, 0, 1, number, 0, NONE, NONE, 0);
      if (number % 4 === 0) writer.detail({ number });
      number++;
    }
    writer.flush();
  }
  return { log, all };
}

const textsOf = (batches: readonly TraceBatch[]): string[] =>
  batches.flatMap((batch) => linesOf(batch).trim().split("\n"));

const sizes = fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: 12 });

test("rows come back as they were, from and to any sequence number, however they came", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), (given, one, other) => {
      const { log, all } = logged(given);
      expect(log.end).toBe(all.length);
      const [from, to] = [one % (all.length + 2), other % (all.length + 2)].sort((a, b) => a - b);
      expect(log.between(from!, from!)).toEqual([]);
      const batches = log.between(from!, to!);
      expect(textsOf(batches)).toEqual(all.slice(from, to));
      let next = from;
      for (const { first, count } of batches) {
        expect(first).toBe(next);
        next = first + count;
      }
    }),
    { numRuns: 40 },
  );
});

test("of many rows the last are kept, and no fewer than asked for", () => {
  fc.assert(
    fc.property(sizes, (given) => {
      const { log, all } = logged(given, 700);
      const kept = textsOf(log.from(0));
      expect(kept).toEqual(all.slice(-kept.length));
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(700, all.length));
      // What is dropped is dropped in batches.
      expect(kept.length).toBeLessThan(700 + 1_500);
    }),
    { numRuns: 40 },
  );
});

test("an instant parts the rows up to it from those after it", () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: -5, max: 9_000 }), (given, time) => {
      const { log, all } = logged(given);
      const after = log.after(time);
      if (after > 0) expect(log.time(after - 1)).toBeLessThanOrEqual(time);
      if (after < all.length) expect(log.time(after)).toBeGreaterThan(time);
    }),
    { numRuns: 40 },
  );
});

test("who knows some cuts is told the first row that is no more, whatever came in between", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 30 }), fc.nat(30), (cuts, known) => {
      const all = new Cuts();
      for (const at of cuts) all.add(at);
      const missed = cuts.slice(known);
      expect(all.since(known)).toBe(missed.length === 0 ? undefined : Math.min(...missed));
    }),
  );
});
