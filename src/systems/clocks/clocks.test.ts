import { expect, test } from "vitest";
import { seconds } from "../../core/micros.ts";
import { newRun } from "../../core/new-run.ts";
import { simulate } from "../../runtimes/sim/simulate.ts";
import { sim } from "../../runtimes/sim/simulation.ts";
import { clocks } from "./clocks.ts";

test("a fourth machine changes neither rates nor dice of the first three", () => {
  for (let seed = 0; seed < 100; seed++) {
    const of = (machines: number) => {
      const params = { machines, internal: 1 };
      return sim.start(clocks, newRun(clocks, { params, seed }), null).rates;
    };
    expect(of(4).slice(0, 3)).toEqual(of(3));
  }
  // Without deliveries what a machine does at its n-th tick is its n-th roll, whoever else there is.
  const actions = (machines: number): string[] =>
    [
      ...simulate(clocks, {
        params: { machines, rates: 6 },
        links: { loss: 1 },
        duration: seconds(30),
      }),
    ]
      .filter(({ process, kind }) => process < 3 && (kind === "send" || kind === "internal"))
      .map(({ process, kind, timeMicros }) => `${timeMicros} ${process} ${kind}`);
  expect(actions(4)).toEqual(actions(3));
});

test("an idle machine does what the die says, in the shares it says", () => {
  const shares = { internal: 0, next: 0, after: 0, both: 0 };
  const trace = simulate(clocks, {
    params: { rates: [1000, 1000, 1000, 1000], internal: 0.4 },
    links: { loss: 1 },
    duration: seconds(50),
    strict: true,
  });
  const events = [...trace];
  for (const [at, { kind, process, peer }] of events.entries()) {
    if (kind === "internal") shares.internal++;
    if (kind !== "send") continue;
    if (events[at + 1]?.kind === "copy" || events[at + 2]?.kind === "copy") shares.both++;
    else if (peer === (process + 1) % 4) shares.next++;
    else shares.after++;
  }
  const ticks = Object.values(shares).reduce((sum, count) => sum + count, 0);
  expect(ticks).toBe(4 * 50_000);
  expect(shares.internal / ticks).toBeCloseTo(0.4, 2);
  for (const way of ["next", "after", "both"] as const)
    expect(shares[way] / ticks).toBeCloseTo(0.2, 2);
});

test("one machine, or two, run too", () => {
  for (const machines of [1, 2]) {
    const trace = simulate(clocks, { params: { machines, internal: 0 }, strict: true });
    const sends = [...trace].filter(({ kind }) => kind === "send");
    expect(sends.length > 0).toBe(machines === 2);
    expect(sends.every(({ peer, process }) => peer === 1 - process)).toBe(true);
  }
});
