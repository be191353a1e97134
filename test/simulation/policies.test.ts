import { expect, test } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { micros, seconds } from "../../src/core/micros.ts";
import type { Process, ProcessId } from "../../src/core/process.ts";
import type { Inbox, Pace, System } from "../../src/core/system.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import type { Trace } from "../../src/trace/trace.ts";

type Sent = readonly [number, number?];

/** A sender that sends at its start, in order, and a receiver at one tick a second. */
function taken(inbox: Inbox, sent: readonly Sent[], pace: Pace = { rate: 1 }) {
  const bodies: number[] = [];
  const sender: Process<null, number> = {
    start(_stored, context) {
      for (const [body, priority] of sent) context.send(1 as ProcessId, body, priority);
      return null;
    },
    receive: (state) => state,
    timeout: (state) => state,
  };
  const receiver: Process<null, number> = {
    start: () => null,
    receive(state, _from, body) {
      bodies.push(body);
      return state;
    },
    timeout: (state) => state,
    idle: (state) => state,
  };
  const system: System<null> = {
    name: "inboxes",
    parse: () => null,
    processes: () => [
      { name: "sender", process: sender },
      { name: "receiver", process: receiver, pace, inbox },
    ],
  };
  const trace = simulate(system, { duration: seconds(30), links: { order: "fifo" }, strict: true });
  return { bodies, trace };
}

const five: Sent[] = [[1], [2], [3], [4], [5]];
const dropped = (trace: Trace): number[] =>
  [...trace].filter(({ kind }) => kind === "drop").map(({ message }) => message!.number + 1);
const takenPerTick = (trace: Trace): number[] => {
  const counts = new Map<number, number>();
  for (const { kind, timeMicros } of trace) {
    if (kind === "receive") counts.set(timeMicros, (counts.get(timeMicros) ?? 0) + 1);
  }
  return [...counts.values()];
};

test("fifo takes the oldest, lifo the newest, priority the most urgent and then the oldest", () => {
  expect(taken({ order: "fifo" }, five).bodies).toEqual([1, 2, 3, 4, 5]);
  expect(taken({ order: "lifo" }, five).bodies).toEqual([5, 4, 3, 2, 1]);
  const ranked: Sent[] = [[1, 0], [2, 5], [3], [4, 5], [5, -1], [6, 9]];
  expect(taken({ order: "priority" }, ranked).bodies).toEqual([6, 2, 4, 1, 3, 5]);
});

test("a batch is taken at one tick, and no more", () => {
  const { bodies, trace } = taken({ batch: 2 }, five);
  expect(bodies).toEqual([1, 2, 3, 4, 5]);
  expect(takenPerTick(trace)).toEqual([2, 2, 1]);
});

test("a full inbox refuses the newest or drops the oldest, and traces it", () => {
  const refusing = taken({ capacity: 3 }, five);
  expect([refusing.bodies, dropped(refusing.trace)]).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  for (const order of ["fifo", "lifo", "priority"] as const) {
    const dropping = taken({ capacity: 3, overflow: "drop-oldest", order }, five);
    expect([...dropping.bodies].sort()).toEqual([3, 4, 5]);
    expect(dropped(dropping.trace)).toEqual([1, 2]);
  }
  for (const { trace } of [refusing, taken({ capacity: 2, overflow: "drop-oldest" }, five)]) {
    expect(verify(trace).every(({ result }) => result === "holds")).toBe(true);
    expect(Math.max(...[...trace].map(({ inbox }) => inbox))).toBeLessThanOrEqual(3);
  }
});

const orders = ["fifo", "lifo", "priority"] as const;
test.each(orders)("checks hold over seeds with %s inboxes of all kinds, and crashes", (order) => {
  for (let seed = 0; seed < 60; seed++) {
    const trace = simulate(clocks, {
      seed,
      params: {
        rates: [9, 2, 1],
        internal: 0.2,
        urgent: 0.3,
        inbox: {
          order,
          batch: 1 + (seed % 3),
          capacity: seed % 2 === 0 ? 4 : 0,
          overflow: seed % 4 === 0 ? "drop-oldest" : "refuse-newest",
        },
      },
      links: { loss: 0.05, duplicate: 0.1 },
      faults: [{ kind: "crash", process: "machine_3", at: seconds(9), until: seconds(12) }],
      duration: seconds(40),
      strict: true,
    });
    for (const { check, result } of verify(trace))
      expect([seed, check, result]).toEqual([seed, check, "holds"]);
    if (seed % 2 === 0)
      expect(Math.max(...[...trace].map(({ inbox }) => inbox))).toBeLessThanOrEqual(4);
  }
});

test("an adaptive rate rises until the inbox is near its target, within its bounds, each change traced", () => {
  const rates = (max: number) => {
    const trace = simulate(clocks, {
      params: {
        rates: { kind: "adaptive", min: 1, max, target: 1 },
        internal: 0.1,
        machines: 6,
        both: "all",
      },
      duration: seconds(120),
      strict: true,
    });
    const changes = [...trace].filter(({ kind }) => kind === "rate");
    for (const { detail } of changes) {
      expect(detail).toBeGreaterThanOrEqual(1);
      expect(detail).toBeLessThanOrEqual(max);
    }
    // Ticks follow the traced rates: between two changes of a machine they are evenly spaced.
    const own = [...trace].filter(({ process }) => process === 0);
    let [since, k, rate] = [0, 0, 0];
    for (const { kind, timeMicros, detail } of own) {
      if (kind === "rate") [since, k, rate] = [timeMicros, 0, detail as number];
      if (!["internal", "send", "receive"].includes(kind)) continue;
      k++;
      if (timeMicros > since)
        expect(timeMicros).toBe(since + Math.ceil(Number(((k * 1e6) / rate).toFixed(4))));
      else k--;
    }
    return changes.length;
  };
  expect(rates(40)).toBeGreaterThan(30);
});

test("a process without a policy behaves as one whose policy is the default", () => {
  const plain = taken({}, five);
  const said = taken({ order: "fifo", batch: 1 }, five);
  expect([...said.trace]).toEqual([...plain.trace]);
  expect(plain.trace.run.duration).toBe(micros(30e6));
});
