import { describe, expect, test } from "vitest";
import type { Fields } from "../measured/material.ts";
import { JobLog } from "./job-log.ts";

const END = 1_000e6;
const SECOND = 1e6;

/** A log that has heard these, at seconds. */
function logOf(
  ...heard: readonly (readonly [at: number, what: string, fields?: Fields])[]
): JobLog {
  const log = new JobLog();
  for (const [at, what, fields] of heard) {
    const where = { at: at * SECOND, process: 0 };
    if (what === "crash" || what === "start") log.hear({ ...where, kind: what });
    else log.hear({ ...where, kind: "note", name: what, fields: fields! });
  }
  return log;
}

const job = (number: number): Fields => ({ job: number });
const made = (number: number): Fields => ({ job: number, good: 1, amount: 1 });
const is = (state: string): Fields => ({ is: state, of: [] });

/** Jobs of a second each, from the instant of their number on. */
const jobs = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index).flatMap((number) => [
    [number, "begins", job(number)] as const,
    [number, "stands", is("running")] as const,
    [number + 1, "makes", made(number)] as const,
  ]);

const labels = (log: JobLog) => log.gantt(END)!.lanes.map((lane) => lane.map(({ label }) => label));

describe("which jobs are shown", () => {
  test("the first sixty, if nothing crashed", () => {
    const log = logOf(...jobs(0, 200));
    expect(labels(log)[0]).toEqual(Array.from({ length: 60 }, (_, number) => String(number)));
    expect(log.gantt(END)).toMatchObject({ from: 0, to: 60 });
    expect(log.count).toBe(200);
  });

  test("thirty before the first crash, and thirty after it", () => {
    const log = logOf(...jobs(0, 100), [100, "crash"], ...jobs(110, 200), [200, "crash"]);
    const [shown] = labels(log);
    expect(shown!.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, at) => String(70 + at)));
    expect(shown!.slice(30)).toEqual(Array.from({ length: 30 }, (_, at) => String(110 + at)));
    expect(log.gantt(END)).toMatchObject({ from: 70, to: 140 });
  });

  test("of one that does not come back, a little of its absence", () => {
    const log = logOf(...jobs(0, 20), [20, "crash"]);
    expect(log.gantt(END)).toMatchObject({ from: 0, to: 28 });
  });

  test("none, if there are none", () => {
    expect(logOf([0, "stands", is("starved")], [5, "crash"]).gantt(END)).toBeUndefined();
  });
});

describe("what becomes of a job", () => {
  test("jobs at the same time are in different lanes, and the first free lane is taken", () => {
    const log = logOf(
      [0, "begins", job(1)],
      [1, "begins", job(2)],
      [3, "makes", made(1)],
      [3, "begins", job(3)],
      [4, "makes", made(2)],
      [5, "makes", { ...made(3), amount: 0 }],
    );
    expect(labels(log)).toEqual([["1", "3"], ["2"]]);
    expect(log.gantt(END)!.lanes[0]![1]!.ended).toBe("scrap");
  });

  test("cut off by a crash, it ends in the crash; if it resumes, it goes on", () => {
    const cut = (policy: string) =>
      logOf(
        [0, "begins", job(1)],
        [2, "crash"],
        [6, "start"],
        [6, "cut off", { job: 1, policy }],
        [6, "stands", is("running")],
        [7, "makes", made(1)],
      ).gantt(END)!.lanes[0]![0]!;
    expect(cut("restart")).toMatchObject({ from: 0, to: 2, ended: "cut", interrupted: [] });
    expect(cut("resume")).toMatchObject({ from: 0, to: 7, ended: "good", interrupted: [2] });
  });

  test("cut off by a breakdown, it ends then", () => {
    const log = logOf([0, "begins", job(1)], [2, "cut off", { job: 1, policy: "scrap" }]);
    expect(log.gantt(END)!.lanes[0]![0]).toMatchObject({ to: 2, ended: "cut" });
  });

  test("of which a stage without a store knows nothing, it ended in the crash", () => {
    const log = logOf(
      [0, "begins", job(1)],
      [2, "crash"],
      [6, "start"],
      [6, "stands", is("starved")],
      [8, "begins", job(1)],
      [9, "makes", made(1)],
    );
    expect(log.gantt(END)!.lanes[0]).toMatchObject([
      { from: 0, to: 2, ended: "cut" },
      { from: 8, to: 9, ended: "good" },
    ]);
  });
});

test("a stage that stands and stands again, and begins nothing, is followed up to a bound", () => {
  const turns = Array.from({ length: 2_000 }, (_, index) => {
    return [index + 1, "stands", is(index % 2 === 0 ? "starved" : "blocked")] as const;
  });
  const before = logOf([0, "begins", job(1)], [1, "makes", made(1)], ...turns, [2_001, "crash"]);
  const { band, from, to } = before.gantt(3_000e6)!;
  expect(band.length).toBeLessThanOrEqual(480);
  expect(band[0]!.from).toBeGreaterThan(1_000);
  expect(from).toBe(band[0]!.from);
  expect(to).toBeGreaterThan(2_001);
  const calm = logOf([0, "begins", job(1)], ...turns).gantt(3_000e6)!;
  expect(calm.to).toBe(480);
});
