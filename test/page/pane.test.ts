import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { approached, restingSpan } from "../../src/dashboard/page/space-time/follow.ts";
import {
  fitted,
  LANE_MIN,
  laidOut,
  laneAt,
  laneCount,
  laneStep,
  lanesShown,
  lanesZoomed,
  moved,
  type Pane,
  panned,
  processesPerLane,
  resized,
  revealed,
  scrolled,
  spanOf,
  timeAt,
  xOf,
  yOf,
  zoomed,
} from "../../src/dashboard/page/space-time/pane.ts";
import {
  instantText,
  lengthText,
  roundUp,
  stepOf,
  ticksOf,
} from "../../src/dashboard/page/space-time/ticks.ts";
import { RowBook } from "../../src/dashboard/page/watched/row-book.ts";
import { bookOfRows, PANE } from "./fixture.ts";

const EXTENT = { from: 0, to: 60e6 };
const x = fc.double({ min: PANE.gutter, max: PANE.width, noNaN: true });
const panes = fc
  .record({
    from: fc.double({ min: -1e6, max: 50e6, noNaN: true }),
    span: fc.double({ min: 20, max: 60e6, noNaN: true }),
    processes: fc.integer({ min: 1, max: 1_000 }),
    laneHeight: fc.double({ min: 0.4, max: 150, noNaN: true }),
  })
  .map(
    ({ from, span, processes, laneHeight }): Pane =>
      lanesZoomed({ ...PANE, from, to: from + span, processes, laneHeight }, 200, 1),
  );

describe("time", () => {
  test("an x is that of its time", () => {
    fc.assert(
      fc.property(panes, x, (pane, at) => {
        expect(xOf(pane, timeAt(pane, at))).toBeCloseTo(at, 3);
      }),
    );
  });

  test("zooming keeps what is under the pointer, unless that leads beyond the run", () => {
    const factor = fc.double({ min: 0.1, max: 1, noNaN: true });
    fc.assert(
      fc.property(panes, x, factor, (pane, at, by) => {
        fc.pre(timeAt(pane, at) > 0 && timeAt(pane, at) < EXTENT.to && spanOf(pane) * by > 20);
        const near = zoomed(pane, at, by, EXTENT);
        expect(spanOf(near) / spanOf(pane)).toBeCloseTo(by, 6);
        expect(Math.abs(xOf(near, timeAt(pane, at)) - at)).toBeLessThan(pane.width * 0.75);
        fc.pre(near.from > 0 && near.to < EXTENT.to);
        expect(xOf(near, timeAt(pane, at))).toBeCloseTo(at, 2);
      }),
    );
  });

  test("panning there and back is no movement, and never leaves the run", () => {
    const dx = fc.integer({ min: -3_000, max: 3_000 });
    fc.assert(
      fc.property(panes, dx, (pane, by) => {
        const there = panned(pane, by, 0, EXTENT);
        expect(spanOf(there)).toBeCloseTo(spanOf(pane), 3);
        expect(there.to).toBeGreaterThan(EXTENT.from);
        expect(there.from).toBeLessThan(EXTENT.to);
      }),
    );
    const pane = moved(PANE, 20e6, EXTENT);
    const back = panned(panned(pane, 100, 0, EXTENT), -100, 0, EXTENT);
    expect(back.from).toBeCloseTo(pane.from, 3);
  });

  test("all of a run is shown by fitting it", () => {
    fc.assert(
      fc.property(panes, (pane) => {
        const all = fitted(pane, EXTENT);
        expect(all.from).toBeLessThan(EXTENT.from);
        expect(all.to).toBeGreaterThan(EXTENT.to);
        expect(lanesShown(all)).toEqual([0, laneCount(all) - 1]);
      }),
    );
  });
});

describe("following", () => {
  const steps = (pane: Pane, still: boolean): number => {
    let [now, count] = [pane, 0];
    for (let next = approached(now, EXTENT, 10e6, still); next.from !== now.from; count++) {
      now = next;
      next = approached(now, EXTENT, 10e6, still);
    }
    expect(spanOf(now)).toBeCloseTo(10e6, 3);
    expect(now.to).toBeGreaterThan(EXTENT.to);
    expect(now.to - EXTENT.to).toBeLessThan(1e6);
    return count;
  };

  test("it glides to the present and is then still; or is there at once", () => {
    const near = { ...PANE, from: 49e6, to: 59e6 };
    expect(steps(near, false)).toBeGreaterThan(5);
    expect(steps(near, false)).toBeLessThan(60);
    expect(steps(near, true)).toBe(1);
    expect(steps({ ...PANE, from: 0, to: 10e6 }, false)).toBe(1);
  });

  test("as much is shown as passes in ten seconds, and more where little happens", () => {
    const beat = (each: number): RowBook =>
      bookOfRows(
        Array.from({ length: 100 }, (_, at) => ({ kind: "internal", process: 0, time: at * each })),
      );
    expect(restingSpan(beat(1e5), 99e5, 1)).toBe(10e6);
    expect(restingSpan(beat(1e5), 99e5, 60)).toBe(600e6);
    expect(restingSpan(beat(4e6), 396e6, 1)).toBe(200e6);
    expect(restingSpan(new RowBook(), 0, 1)).toBe(10e6);
  });
});

describe("lanes", () => {
  test("a process is in the lane at its height, and lanes are never too low to be told apart", () => {
    fc.assert(
      fc.property(panes, fc.double({ min: 0, max: 1, noNaN: true }), (pane, share) => {
        const process = Math.floor(share * (pane.processes - 1));
        const y = yOf(pane, process);
        if (y > pane.head && y < pane.height) {
          expect(laneAt(pane, y)).toBe(Math.floor(process / processesPerLane(pane)));
        }
        expect(laneStep(pane)).toBeGreaterThanOrEqual(LANE_MIN / 2);
        expect(laneCount(pane) * processesPerLane(pane)).toBeGreaterThanOrEqual(pane.processes);
      }),
    );
  });

  test("making lanes higher keeps what is under the pointer", () => {
    const pane = laidOut({ ...PANE, processes: 1_000 });
    const scrolledPane = scrolled(pane, 3_000);
    const y = 200;
    const under = (one: Pane): number => (y - one.head + one.scroll) / one.laneHeight;
    const higher = lanesZoomed(scrolledPane, y, 2);
    expect(under(higher)).toBeCloseTo(under(scrolledPane), 6);
    expect(higher.arranged).toBe(false);
  });

  test("a pane that was arranged is arranged again when its size changes, others stay", () => {
    expect(resized(laidOut(PANE), 1_000, 226).laneHeight).toBe(50);
    const wanted = lanesZoomed(PANE, 100, 2);
    expect(resized(wanted, 1_000, 226).laneHeight).toBe(wanted.laneHeight);
  });

  test("whatever is gone to is shown", () => {
    fc.assert(
      fc.property(panes, fc.nat({ max: 60e6 }), fc.nat(), (pane, time, number) => {
        const process = number % pane.processes;
        const there = revealed(pane, time, process, EXTENT);
        expect(xOf(there, time)).toBeGreaterThanOrEqual(there.gutter);
        expect(xOf(there, time)).toBeLessThanOrEqual(there.width);
        expect(yOf(there, process)).toBeGreaterThan(there.head);
        expect(yOf(there, process)).toBeLessThan(there.height);
      }),
    );
  });
});

describe("ticks", () => {
  test("stand within what is shown, at a distance, each with a label of its own", () => {
    fc.assert(
      fc.property(panes, (pane) => {
        const scale = (pane.width - pane.gutter) / spanOf(pane);
        const ticks = ticksOf(pane.from, pane.to, scale);
        for (const { at } of ticks) {
          expect(at).toBeGreaterThanOrEqual(Math.max(0, pane.from - 1e-9));
          expect(at).toBeLessThanOrEqual(pane.to);
        }
        expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
        expect(stepOf(scale) * scale).toBeGreaterThanOrEqual(72);
        expect(ticks.length).toBeLessThanOrEqual(14);
      }),
    );
  });

  test.each([
    [
      3.2e6,
      3.6e6,
      0.002,
      ["3.20 s", "3.25 s", "3.30 s", "3.35 s", "3.40 s", "3.45 s", "3.50 s", "3.55 s", "3.60 s"],
    ],
    [0, 4e6, 1e-4, ["0 s", "1 s", "2 s", "3 s", "4 s"]],
    [0, 600e6, 5e-7, ["0 min", "5 min", "10 min"]],
    [3_600e6, 12_000e6, 2e-8, ["1 h", "2 h", "3 h"]],
    [3_500e6, 6_000e6, 6e-8, ["1 h", "1 h 30 min"]],
  ])("from %d to %d µs", (from, to, scale, labels) => {
    expect(ticksOf(from, to, scale).map(({ label }) => label)).toEqual(labels);
  });

  test("instants and lengths are written as precisely as they are", () => {
    expect([0, 1_500_000, 1_500_001].map(instantText)).toEqual([
      "0.000 s",
      "1.500 s",
      "1.500001 s",
    ]);
    expect([7, 1_250, 333_333, 2_500_000, 600e6].map(lengthText)).toEqual([
      ...["7 µs", "1.25 ms", "333 ms", "2.5 s", "10 min"],
    ]);
    expect([1, 3, 40, 51, 1_000].map(roundUp)).toEqual([1, 5, 50, 100, 1_000]);
  });
});
