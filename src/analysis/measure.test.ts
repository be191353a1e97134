import { expect, test } from "vitest";
import { seconds } from "../core/micros.ts";
import { simulate } from "../runtimes/sim/simulate.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { Measurer } from "./measure.ts";
import { metricsOf } from "./metrics.ts";
import { SeriesSampler } from "./series.ts";

const rates = [6, 2, 1];
const trace = simulate(clocks, {
  params: { rates, internal: 0.3 },
  duration: seconds(120),
  strict: true,
});
const events = [...trace];
const end = trace.run.duration;

/** Clock of a process at an instant, from the events alone. */
function lamportAt(process: number, time: number): number {
  const before = events.filter((event) => event.process === process && event.timeMicros <= time);
  return before.at(-1)?.lamport ?? 0;
}

test("measures are those of the events", () => {
  const measures = trace.observe(new Measurer({ names: trace.names, rates, from: 0, to: end }));
  for (const [process, measured] of measures.processes.entries()) {
    const own = events.filter((event) => event.process === process);
    for (const kind of ["internal", "send", "receive", "arrive"]) {
      expect(measured.events[kind] ?? 0).toBe(own.filter((event) => event.kind === kind).length);
    }
    expect(measured.finalLamport).toBe(lamportAt(process, end));
    expect(measured.inbox.max).toBe(Math.max(...own.map(({ inbox }) => inbox)));
    expect(measured.inbox.final).toBe(own.at(-1)?.inbox);
    const ticked = own.filter(({ kind }) => !["arrive", "rate", "copy"].includes(kind));
    const jumps = ticked.flatMap(({ kind, lamport }, index) =>
      kind === "receive" ? [lamport - ticked[index - 1]!.lamport] : [],
    );
    expect(measured.jump.max).toBe(Math.max(...jumps));
  }
});

test("drift is the difference of the clocks, over all time", () => {
  const measures = trace.observe(new Measurer({ names: trace.names, rates, from: 0, to: end }));
  const pair = measures.drift.find(({ a, b }) => a === 0 && b === 2)!;
  const read = Array.from({ length: 12_000 }, (_, at) => (at + 0.5) * 10_000);
  const apart = read.map((time) => Math.abs(lamportAt(0, time) - lamportAt(2, time)));
  expect(pair.mean).toBeCloseTo(apart.reduce((sum, value) => sum + value, 0) / apart.length, 1);
  expect(pair.max).toBeGreaterThanOrEqual(Math.max(...apart));
  expect(pair.final).toBe(Math.abs(lamportAt(0, end) - lamportAt(2, end)));
});

test("beyond 30 processes each is compared with the fastest", () => {
  const many = simulate(clocks, { params: { machines: 40 }, duration: seconds(2) });
  const drawn = many.names.map((_, process) => (process === 7 ? 9 : 1));
  const to = many.run.duration;
  const measures = many.observe(new Measurer({ names: many.names, rates: drawn, from: 0, to }));
  expect(measures.drift).toHaveLength(39);
  expect(measures.drift.every(({ a }) => a === 7)).toBe(true);
});

test("a warm-up does not count", () => {
  const from = seconds(60);
  const measures = trace.observe(new Measurer({ names: trace.names, rates, from, to: end }));
  const counted = events.filter(({ kind, timeMicros }) => kind === "receive" && timeMicros >= from);
  const received = measures.processes.reduce((sum, { events: by }) => sum + (by.receive ?? 0), 0);
  expect(received).toBe(counted.length);
});

test("a line for a figure has the clock of each instant, and hides no peak of the inbox", () => {
  const { seconds: instants, lines } = trace.observe(new SeriesSampler([0, 2], end));
  for (const { process, lamport, inbox } of lines) {
    instants.forEach((instant, at) => {
      expect(lamport[at]).toBe(lamportAt(process, instant * 1e6));
    });
    const own = events.filter((event) => event.process === process);
    expect(Math.max(...inbox)).toBe(Math.max(...own.map((event) => event.inbox)));
  }
});

test("a run of very many processes has metrics", () => {
  const names = Array.from({ length: 150_000 }, (_, process) => `machine_${process + 1}`);
  const rates = names.map((_, process) => (process === 7 ? 6 : process === 9 ? 2 : 4));
  const metrics = metricsOf(new Measurer({ names, rates, from: 0, to: 1e6 }).end());
  expect([metrics["slowest.rate"], metrics["fastest.rate"]]).toEqual([2, 6]);
});
