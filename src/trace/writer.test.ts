import fc from "fast-check";
import { expect, test } from "vitest";
import { NONE } from "../core/batch.ts";
import { KIND } from "../core/trace-event.ts";
import { Keeper, Trace } from "./trace.ts";
import { TraceWriter } from "./writer.ts";

const run = {} as Trace["run"];

/** Events are told apart by their clock, details by the same number. */
const write = (writer: TraceWriter, time: number, label: number): void => {
  writer.record(time, KIND.internal, 0, 1, label, 0, NONE, NONE, 0);
  if (label % 3 === 0) writer.detail(label);
};

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ rows: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 2, arbitrary: fc.record({ held: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 2, arbitrary: fc.record({ settle: fc.constant(true), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ erase: fc.constant(true), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ gap: fc.integer({ min: 0, max: 2 ** 34 }) }) },
  { weight: 2, arbitrary: fc.constant({ flush: true }) },
);

test("rows come out in order, without those that were erased, whatever was held and flushed when", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const keeper = new Keeper();
      const writer = new TraceWriter((batch) => keeper.see(batch));
      const held: [number, number][] = [];
      const expected: [number, number, boolean][] = [];
      const gone = new Set<number>();
      let time = 0;
      let label = 0;
      const rows = (count: number): void => {
        for (let row = 0; row < count; row++) {
          time += row % 7;
          expected.push([time, label, label % 3 === 0]);
          write(writer, time, label++);
        }
      };
      for (const act of actions) {
        if ("rows" in act) {
          rows(act.rows);
          writer.mark();
        } else if ("held" in act) {
          const from = writer.mark();
          rows(act.held);
          writer.hold(from, writer.position);
          writer.mark();
          held.push([from, writer.position]);
        } else if ("gap" in act) time += act.gap;
        else if ("flush" in act) {
          writer.flush();
          // All that is before what is held has come out, and nothing else.
          const first = Math.min(writer.position, ...held.map(([from]) => from));
          const out = keeper.end().reduce((sum, { count }) => sum + count, 0);
          expect(out).toBe(first - [...gone].filter((row) => row < first).length);
        } else {
          const [span] = held.splice(act.which % Math.max(1, held.length), 1);
          if (span === undefined) continue;
          if ("settle" in act) writer.settle(...span);
          else {
            writer.erase(...span);
            for (let row = span[0]; row < span[1]; row++) gone.add(row);
          }
        }
      }
      for (const [from, to] of held) writer.settle(from, to);
      writer.close();
      const trace = new Trace(run, ["p"], keeper.end());
      const seen = [...trace].map(({ timeMicros, lamport, detail }) => [
        timeMicros,
        lamport,
        detail === lamport,
      ]);
      expect(seen).toEqual(expected.filter((_, row) => !gone.has(row)));
      expect([...trace].map(({ sequence }) => sequence)).toEqual(seen.map((_, index) => index));
    }),
    { numRuns: 300 },
  );
});

test("a batch is used again, so memory does not grow with the run", () => {
  const used = new Set<unknown>();
  const writer = new TraceWriter((batch) => used.add(batch.words.buffer));
  for (let label = 0; label < 2_000_000; label++) {
    writer.mark();
    writer.record(label, 1, 0, 1, label, 0, NONE, NONE, 0);
  }
  writer.close();
  expect(used.size).toBeLessThan(13);
});
