import fc from "fast-check";
import { mean, standardDeviation } from "simple-statistics";
import { expect, test } from "vitest";
import { Measurer } from "../../analysis/measure.ts";
import type { Json } from "../../core/json.ts";
import { micros, seconds } from "../../core/micros.ts";
import { newRun } from "../../core/new-run.ts";
import { sim } from "../../runtimes/sim/simulation.ts";
import { TraceWriter } from "../../trace/writer.ts";
import { clocks } from "./clocks.ts";
import { predictRun } from "./report.ts";

const clockRun = (params: Json, rates: readonly number[]) => {
  const prediction = predictRun(newRun(clocks, { params }), rates);
  if (typeof prediction === "string") throw new Error(prediction);
  return prediction;
};

/** To whom an idle tick of each face sends, said once more and plainly. */
function ways(self: number, machines: number, die: string, both: string): [number[], number][] {
  const next = (self + 1) % machines;
  const after = machines > 2 ? (self + 2) % machines : next;
  const all = Array.from({ length: machines }, (_, other) => other).filter(
    (other) => other !== self,
  );
  const two = both === "all" ? all : [...new Set([next, after])];
  if (die === "symmetric")
    return [
      [[next], 1],
      [[after], 1],
      [two, 1],
    ];
  return [
    [[next], 0.5],
    [[after], 0.5],
    [[after], 1],
    [two, 1],
  ];
}

test("the solution is idle where messages leave ticks over, and nowhere else", () => {
  const rate = fc.integer({ min: 1, max: 1000 }).map((tenths) => tenths / 10);
  const settings = fc.record({
    rates: fc.array(rate, { minLength: 2, maxLength: 12 }),
    internal: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    die: fc.constantFrom("symmetric", "asymmetric"),
    both: fc.constantFrom("neighbours", "all"),
  });
  fc.assert(
    fc.property(settings, ({ rates, internal, die, both }) => {
      const { machines } = clockRun({ rates, internal, die, both }, rates);
      const arrivals = new Array<number>(rates.length).fill(0);
      for (const [self, { idlePerSecond }] of machines.entries()) {
        for (const [targets, weight] of ways(self, rates.length, die, both)) {
          for (const target of targets) {
            arrivals[target]! += (idlePerSecond * weight * (1 - internal)) / 3;
          }
        }
      }
      for (const [machine, predicted] of machines.entries()) {
        const spare = rates[machine]! - arrivals[machine]!;
        expect(predicted.arrivalsPerSecond).toBeCloseTo(arrivals[machine]!, 6);
        const off = Math.abs(predicted.idlePerSecond - Math.max(0, spare));
        expect(off).toBeLessThan(1e-6 * rates[machine]!);
      }
    }),
  );
});

test("a thousand machines that send to all are solved too", () => {
  const rates = Array.from({ length: 1_000 }, (_, machine) => 1 + (machine % 6));
  const { machines } = clockRun({ rates, both: "all" }, rates);
  const total = machines.reduce((sum, { idlePerSecond }) => sum + idlePerSecond, 0);
  for (const [machine, { idlePerSecond, arrivalsPerSecond }] of machines.entries()) {
    expect(idlePerSecond).toBeCloseTo(Math.max(0, rates[machine]! - arrivalsPerSecond), 5);
    expect(arrivalsPerSecond).toBeGreaterThan(0.09 * (total - idlePerSecond));
  }
});

test.each([{ rates: "adaptive 1..6 2" }, { inbox: { batch: 2 } }, { inbox: { capacity: 5 } }])(
  "nothing is predicted for %j, and the reason is given",
  (params) => {
    expect(predictRun(newRun(clocks, { params }), [3, 3, 3])).toMatch(/traffic equations/);
  },
);

test("6, 1, 1 with internal 0.7: both slow machines saturate, at 0.2 messages a second", () => {
  const prediction = clockRun({ rates: [6, 1, 1] }, [6, 1, 1]);
  const [fast, ...slow] = prediction.machines;
  expect(fast).toMatchObject({ saturates: false, idlePerSecond: 6 });
  for (const machine of slow) {
    expect(machine.saturates).toBe(true);
    expect(machine.inboxGrowthPerSecond).toBeCloseTo(0.2, 9);
    expect(machine.lamportPerSecond).toBeCloseTo(5, 9);
    expect(machine.driftPerSecond).toBeCloseTo(1, 9);
  }
});

test("6, 6, 6: none saturates", () => {
  const prediction = clockRun({ rates: [6, 6, 6] }, [6, 6, 6]);
  expect(prediction.machines.map(({ saturates }) => saturates)).toEqual([false, false, false]);
});

/** Growth of each inbox and slope of each clock, from 100 s to 600 s. */
function measured(rates: number[], seed: number) {
  const run = newRun(clocks, { params: { rates }, seed, duration: seconds(600) });
  const names = rates.map(String);
  const measurer = new Measurer({ names, rates, from: micros(100e6), to: run.duration });
  const running = sim.start(clocks, run, new TraceWriter((batch) => measurer.see(batch)));
  running.to(run.duration);
  running.stop();
  return measurer.end();
}

const SEEDS = 100;
const within = (values: number[], predicted: number): number =>
  Math.abs(mean(values) - predicted) / (standardDeviation(values) / Math.sqrt(values.length));

test("over 100 seeds × 600 s after 100 s of warm-up, growth and slope agree within 3 standard errors", () => {
  const runs = Array.from({ length: SEEDS }, (_, seed) => measured([6, 1, 1], seed));
  for (const machine of [1, 2]) {
    const growth = runs.map(({ processes }) => processes[machine]!.inbox.growthPerSecond);
    const slope = runs.map(({ processes }) => processes[machine]!.lamportPerSecond);
    expect(within(growth, 0.2)).toBeLessThan(3);
    // The slope tends to V·r/λ, and its noise is the queue's: 2 % is what 500 s allow.
    expect(Math.abs(mean(slope) / 5 - 1)).toBeLessThan(0.02);
  }
  const fast = runs.map(({ processes }) => processes[0]!.inbox.growthPerSecond);
  expect(Math.abs(mean(fast))).toBeLessThan(0.01);
});

test("over 100 seeds of 6, 6, 6 no inbox grows", () => {
  const runs = Array.from({ length: SEEDS }, (_, seed) => measured([6, 6, 6], seed));
  for (const machine of [0, 1, 2]) {
    const growth = runs.map(({ processes }) => processes[machine]!.inbox.growthPerSecond);
    expect(Math.abs(mean(growth))).toBeLessThan(0.002);
    expect(Math.max(...runs.map(({ processes }) => processes[machine]!.inbox.mean))).toBeLessThan(
      2,
    );
  }
});
