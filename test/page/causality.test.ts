import { describe, expect, test } from "vitest";
import { NONE } from "../../src/core/batch.ts";
import { OWN } from "../../src/core/trace-event.ts";
import {
  AFTER,
  BEFORE,
  CONCURRENT,
  ITSELF,
  type Reach,
  reachOf,
} from "../../src/dashboard/page/space-time/causality.ts";
import {
  bentCut,
  crossingOf,
  movedCut,
  straightCut,
} from "../../src/dashboard/page/space-time/cut.ts";
import { HappensBefore } from "../../src/trace/happens-before.ts";
import { bookOf, bookOfRows, type Row, SYSTEMS, troubled } from "./fixture.ts";

describe.each(SYSTEMS.map((system) => [system.name, system] as const))("of %s", (_, system) => {
  test("past, future and what is concurrent are what vector clocks say", () => {
    let used: Reach | undefined;
    const seen = [0, 0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const trace = troubled(system, seed);
      const book = bookOf(trace);
      const order = new HappensBefore(trace);
      const own = (row: number): boolean => OWN[book.kind[row]!]!;
      for (let row = seed; row < book.count; row += 19) {
        if (!own(row)) continue;
        used = reachOf(book, row, trace.names.length, used);
        const counts = [0, 0, 0];
        const knows = trace.names.map(() => 0);
        const wrong: number[] = [];
        for (let other = 0; other < book.count; other++) {
          if (!own(other) || other === row) continue;
          const later = order.before(row, other) ? AFTER : CONCURRENT;
          const side = order.before(other, row) ? BEFORE : later;
          if (used.side[other] !== side) wrong.push(other);
          counts[side]!++;
          seen[side]!++;
          if (side === BEFORE) knows[book.process[other]!]!++;
        }
        expect(wrong).toEqual([]);
        expect(used.side[row]).toBe(ITSELF);
        expect(counts).toEqual([used.concurrent, used.before, used.after]);
        expect([...used.knows]).toEqual(knows);
      }
    }
    for (const count of seen) expect(count).toBeGreaterThan(200);
  });

  test("a cut at one instant is consistent, and what crosses it is found by looking at all messages", () => {
    const trace = troubled(system, 3);
    const book = bookOf(trace);
    let flying = 0;
    for (let at = 0; at <= trace.run.duration; at += 250_000) {
      const crossing = crossingOf(book, straightCut(trace.names.length, at));
      expect(crossing.violations).toBe(0);
      const sends = [...trace].filter(({ kind }) => kind === "send" || kind === "copy");
      const inFlight = sends.filter(({ sequence, timeMicros }) => {
        const end = book.mate[sequence]!;
        return timeMicros <= at && (end === NONE || book.time[end]! > at);
      });
      expect(crossing.inFlight).toBe(inFlight.length);
      flying += inFlight.length;
    }
    expect(flying).toBeGreaterThan(0);
  });
});

const MESSAGE = { number: 0, sender: 1 } as const;
const rows: Row[] = [
  { kind: "start", process: 0, time: 0 },
  { kind: "start", process: 1, time: 0 },
  { kind: "send", process: 0, peer: 1, time: 10, ...MESSAGE },
  { kind: "receive", process: 1, peer: 0, time: 20, ...MESSAGE },
  { kind: "send", process: 1, peer: 0, time: 30, number: 0, sender: 1 },
];

test("a cut bent so that a message is in it before it was sent says which", () => {
  const book = bookOfRows(rows);
  const straight = straightCut(2, 15);
  expect(crossingOf(book, straight)).toMatchObject({ inFlight: 1, violations: 0 });
  const bent = bentCut(straightCut(2, 25), 0, 5);
  expect([...bent]).toEqual([5, 25]);
  expect(crossingOf(book, bent)).toMatchObject({ inFlight: 0, violations: 1, firstViolation: 3 });
  expect(crossingOf(book, movedCut(bent, 5)).violations).toBe(0);
  expect(crossingOf(book, straightCut(2, 40))).toMatchObject({ inFlight: 1, violations: 0 });
});

test("buffers that were used before are clean", () => {
  const book = bookOfRows(rows);
  const first = crossingOf(book, straightCut(2, 15));
  const again = crossingOf(book, straightCut(2, 5), first);
  expect(again.rows).toBe(first.rows);
  expect([...again.rows.subarray(0, book.count)]).toEqual([0, 0, 0, 0, 0]);
});
