// What the page gathers of a run as its rows and frames come.
import { expect, test } from "vitest";
import { TraceBatch } from "../../../core/batch.ts";
import { type EventKind, KIND } from "../../../core/trace-event.ts";
import type { Frame } from "../../protocol.ts";
import { Activity, perSecond } from "./activity.ts";
import { History } from "./history.ts";
import { Incidents } from "./incidents.ts";
import { PlayClock } from "./play-clock.ts";
import { Ticks, ticksPerTurn } from "./ticks.ts";
import { Traffic } from "./traffic.ts";

type Row = {
  readonly at: number;
  readonly kind: EventKind;
  readonly process?: number;
  readonly lamport?: number;
  readonly inbox?: number;
  readonly peer?: number;
  readonly detail?: string | { readonly [act: string]: string };
};

/** Rows from that sequence number on. */
function batchOf(first: number, rows: readonly Row[]): TraceBatch {
  const batch = new TraceBatch(rows.length);
  batch.first = first;
  batch.count = rows.length;
  rows.forEach(({ at, kind, process = 0, lamport = 0, inbox = 0, peer = -1, detail }, row) => {
    batch.words.set([at, process, KIND[kind], lamport, inbox, peer, -1], 7 * row);
    if (detail === undefined) return;
    batch.detailRows.push(row);
    batch.details.push(detail);
  });
  return batch;
}

function frameOf(now: number, rows: number, change: Partial<Frame> = {}, lamport = [0, 0]): Frame {
  const zero = lamport.map(() => 0);
  return {
    ...{ kind: "frame", show: "one", now, rows, playing: true, speed: 1, ended: false },
    standings: {
      ...{ lamport, waiting: zero, state: zero, incarnation: zero, events: lamport },
      ...{ rate: zero, last: zero, lastAt: zero },
    },
    messages: { sent: 0, received: 0, lost: 0 },
    ...{ health: null, view: null, repeat: "", cuts: 0, says: null },
    ...change,
  };
}

test("a line has the values that clocks had, also from before the page was there", () => {
  const history = new History(2);
  history.take(
    batchOf(0, [
      { at: 0, kind: "start" },
      { at: 500_000, kind: "internal", lamport: 1, inbox: 3 },
      { at: 1_000_000, kind: "internal", process: 1, lamport: 7 },
    ]),
  );
  history.see(frameOf(2_000_000, 3, {}, [1, 7]));
  expect(history.seconds).toEqual([0, 0.5, 1, 2]);
  expect(history.lamport).toEqual([
    [0, 1, 1, 1],
    [0, 0, 7, 7],
  ]);
  expect(history.waiting[0]).toEqual([0, 3, 3, 0]);
  expect(history.lamports.high).toEqual([0, 1, 7, 7]);
});

test("a line holds its value up to the row that changes it", () => {
  const history = new History(1);
  history.take(
    batchOf(0, [
      { at: 0, kind: "start" },
      { at: 10, kind: "internal", lamport: 5 },
      { at: 9_000_000, kind: "internal", lamport: 6 },
    ]),
  );
  expect(history.seconds).toEqual([0, 0.00001, 9]);
  expect(history.lamport[0]).toEqual([0, 5, 6]);
});

test("a run that goes back takes its lines back, and they go on from there", () => {
  const history = new History(2);
  for (const second of [1, 2, 3, 4]) history.see(frameOf(second * 1e6, second, {}, [second, 0]));
  history.see(frameOf(2_000_000, 2, {}, [2, 0]));
  expect(history.seconds.at(-1)).toBe(2);
  history.see(frameOf(5_000_000, 3, {}, [9, 0]));
  expect(history.lamport[0]!.at(-1)).toBe(9);
  expect(Math.max(...history.rows)).toBe(3);
});

test("what befalls a process from outside says nothing of its clock, and a crash empties its inbox", () => {
  const history = new History(1);
  history.take(
    batchOf(0, [
      { at: 0, kind: "internal", lamport: 4, inbox: 2 },
      { at: 100_000, kind: "fault", lamport: 99, inbox: 99 },
      { at: 200_000, kind: "crash" },
    ]),
  );
  expect(history.lamport[0]).toEqual([4, 4, 4]);
  expect(history.waiting[0]).toEqual([2, 2, 0]);
});

test("however long a run is, its lines stay short, and span all of it", () => {
  const history = new History(1);
  for (let now = 0; now < 20_000; now++) history.see(frameOf(now * 1e5, now, {}, [now]));
  expect(history.seconds.length).toBeLessThan(1_300);
  expect(history.seconds[0]).toBe(0);
  expect(history.seconds.at(-1)).toBe(1_999.9);
});

test("crashes, pauses and faults last from one row to another", () => {
  const incidents = new Incidents();
  const slow = "slow a 1s..2s 5";
  incidents.take(
    batchOf(0, [
      { at: 1, kind: "crash" },
      { at: 2, kind: "pause", process: 1 },
      { at: 3, kind: "fault", detail: { begin: slow } },
      { at: 4, kind: "recover" },
      { at: 5, kind: "fault", detail: { end: slow } },
      { at: 6, kind: "fault", process: 1, detail: "store failed" },
      { at: 7, kind: "fault", detail: { begin: "clock a 1s step 3s" } },
    ]),
  );
  const told = incidents.troubles(["a", "b"]).map(({ says, from, to }) => [says, from, to]);
  expect(told).toEqual([
    ["crash a", 1, 4],
    ["pause b", 2, null],
    [slow, 3, 5],
    ["b: store failed", 6, 6],
    ["clock a 1s step 3s", 7, 7],
  ]);
});

test("what a run that went back has not come to yet did not happen, and comes once when it does", () => {
  const incidents = new Incidents();
  const rows: readonly Row[] = [
    { at: 1, kind: "crash" },
    { at: 2, kind: "recover" },
  ];
  incidents.take(batchOf(0, rows));
  incidents.cut(1);
  expect(incidents.troubles(["a"])[0]!.to).toBeNull();
  incidents.take(batchOf(0, rows));
  expect(incidents.troubles(["a"])).toMatchObject([{ from: 1, to: 2 }]);
});

test("time goes on between frames, and never leaps while it plays", () => {
  const clock = new PlayClock();
  clock.see(frameOf(1_000_000, 0), 0);
  expect(clock.at(20)).toBeCloseTo(1_020_000);
  const before = clock.at(50);
  clock.see(frameOf(1_080_000, 0), 50);
  expect(clock.at(50)).toBeCloseTo(before);
  expect(clock.at(250)).toBeGreaterThan(1_250_000);
  clock.see(frameOf(9_000_000, 0, { playing: false }), 100);
  expect(clock.at(110)).toBe(9_000_000);
});

test("a hand is at the top when its process ticks, and stands while it is down", () => {
  const ticks = new Ticks(1);
  expect(ticks.at(0, 4, 500_000, true)).toBe(2);
  ticks.take(
    batchOf(0, [
      { at: 600_000, kind: "rate" },
      { at: 850_000, kind: "crash" },
    ]),
  );
  expect(ticks.at(0, 4, 850_000, true)).toBe(1);
  expect(ticks.at(0, 4, 5_000_000, false)).toBe(1);
});

test.each([
  [0.5, 1],
  [6, 10],
  [3, 5],
  [1_000, 2_000],
  [Number.NaN, 1],
])("what makes %d ticks a second turns once in %d", (fastest, ticks) => {
  expect(ticksPerTurn(fastest)).toBe(ticks);
});

test("messages glow from who sent to who gets them, and fade", () => {
  const traffic = new Traffic(2);
  traffic.take(batchOf(0, [{ at: 0, kind: "send", process: 0, peer: 1 }]));
  traffic.take(batchOf(1, [{ at: 0, kind: "drop", process: 0, peer: 1 }]));
  expect([...traffic.sent]).toEqual([0, 1, 0, 0]);
  expect([...traffic.lost]).toEqual([0, 0, 1, 0]);
  traffic.fade(0);
  expect(traffic.fade(100)).toBe(true);
  expect(traffic.sent[1]).toBeGreaterThan(0.3);
  expect(traffic.fade(5_000)).toBe(false);
});

test("events a second are those of the last frames, and stay while a run stands", () => {
  const activity = new Activity();
  activity.see(frameOf(0, 0, {}, [0, 0]));
  activity.see(frameOf(500_000, 30, {}, [10, 20]));
  activity.see(frameOf(500_000, 30, { playing: false }, [10, 20]));
  expect(activity.perSecond).toBe(60);
  expect(activity.of(1)).toBe(40);
});

test("events that fall together on a second are counted together in it", () => {
  const seconds = [0, 0.5, 1, 1.01, 2, 2.5];
  const rows = [1, 5, 6, 15, 16, 40];
  expect(perSecond(seconds, rows)).toEqual([
    [0, 1, 2.5],
    [5, 10, 10],
  ]);
  expect(perSecond([], [])).toEqual([[0], [null]]);
});
