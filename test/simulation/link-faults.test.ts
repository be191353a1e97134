// Faults of links in virtual time: each strikes what it names, while it holds, and leaves the dice alone.
import { expect, test } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { parseFault } from "../../src/core/fault-notation.ts";
import { seconds } from "../../src/core/micros.ts";
import type { TraceEvent } from "../../src/core/trace-event.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";

const settings = {
  seed: 3,
  duration: seconds(10),
  params: { rates: [50, 50, 50], internal: 0.2 },
  strict: true,
} as const;

const run = (...faults: string[]) =>
  simulate(clocks, { ...settings, faults: faults.map(parseFault) });
const within = ({ timeMicros }: TraceEvent, from: number, to: number): boolean =>
  timeMicros >= seconds(from) && timeMicros < seconds(to);
const events = (trace: Iterable<TraceEvent>, kind: string): TraceEvent[] =>
  [...trace].filter((event) => event.kind === kind);

test.each([
  [
    "partition machine_1|* 4s..6s",
    [
      [0, 1],
      [0, 2],
      [1, 0],
      [2, 0],
    ],
  ],
  ["partition machine_1>machine_2 4s..6s", [[0, 1]]],
  [
    "loss machine_2,machine_3>machine_1 4s..6s 1",
    [
      [1, 0],
      [2, 0],
    ],
  ],
  [
    "loss *|* 4s..6s 1",
    [
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 2],
      [2, 0],
      [2, 1],
    ],
  ],
] as const)("%s loses all that is sent there then, and nothing else", (fault, links) => {
  const trace = run(fault);
  const cut = new Set(links.map(String));
  const isCut = (event: TraceEvent): boolean =>
    cut.has(String([event.process, event.peer])) && within(event, 4, 6);
  const sent = [...events(trace, "send"), ...events(trace, "copy")].filter(isCut);
  const drops = events(trace, "drop");
  expect(sent.length).toBeGreaterThan(20);
  expect(drops).toHaveLength(sent.length);
  for (const drop of drops)
    expect(isCut({ ...drop, process: drop.peer!, peer: drop.process })).toBe(true);
  expect(events(trace, "fault").map(({ detail }) => detail)).toEqual([
    { begin: fault },
    { end: fault },
  ]);
  expect(verify(trace).every(({ result }) => result === "holds")).toBe(true);
});

test("a delay is added to what the link takes, a duplicate is made of every message", () => {
  // It does not outlast its end, so it is looked at until 200 ms before that.
  const slow = run("delay machine_1>machine_2 4s..6200ms 200ms");
  const spans = new Map<boolean, number[]>([
    [true, []],
    [false, []],
  ]);
  const sends = [...events(slow, "send"), ...events(slow, "copy")];
  for (const sent of sends.filter(({ process, peer }) => process === 0 && peer === 1)) {
    const arrived = events(slow, "arrive").find(
      ({ process, message }) =>
        process === 1 && message?.process === 0 && message.number === sent.message?.number,
    );
    if (arrived === undefined || within(sent, 6, 6.2)) continue;
    spans.get(within(sent, 4, 6))!.push(arrived.timeMicros - sent.timeMicros);
  }
  expect(Math.min(...spans.get(true)!)).toBeGreaterThan(200_000);
  expect(Math.max(...spans.get(false)!)).toBeLessThan(11_000);
  const doubled = run("duplicate *|* 4s..6s 1");
  const copies = events(doubled, "copy").filter(({ detail }) => detail === "duplicate");
  const meant = [...events(doubled, "send"), ...events(doubled, "copy")].filter(
    (event) => event.detail !== "duplicate" && within(event, 4, 6),
  );
  expect(copies).toHaveLength(meant.length);
  expect(verify(doubled).every(({ result }) => result === "holds")).toBe(true);
});

test("until it begins, a run with a fault is the run without it; and it repeats", () => {
  const before = (trace: Iterable<TraceEvent>): TraceEvent[] =>
    [...trace].filter((event) => within(event, 0, 4));
  const fault = "loss machine_1|machine_2 4s..6s 0.5";
  expect(before(run(fault))).toEqual(before(run()));
  expect([...run(fault)]).toEqual([...run(fault)]);
});

test("faults that overlap each hold for as long as they last", () => {
  const trace = run("partition machine_1|machine_2 2s..6s", "partition machine_1|machine_2 4s..8s");
  const through = events(trace, "arrive").filter(
    (event) => event.process + event.peer! === 1 && within(event, 2.1, 8),
  );
  expect(through).toEqual([]);
  expect(
    events(trace, "arrive").some(
      (event) => event.process + event.peer! === 1 && within(event, 8, 10),
    ),
  ).toBe(true);
});
