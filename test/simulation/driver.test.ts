import { expect, test } from "vitest";
import { micros, ms, seconds } from "../../src/core/micros.ts";
import { newRun } from "../../src/core/new-run.ts";
import type { Process, ProcessId } from "../../src/core/process.ts";
import type { Member, System } from "../../src/core/system.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { sim } from "../../src/runtimes/sim/simulation.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { TraceWriter } from "../../src/trace/writer.ts";

const system = (...members: Member[]): System<null> => ({
  name: "test",
  parse: () => null,
  processes: () => members,
});

// biome-ignore lint/suspicious/noExplicitAny: a fixture for any process
const process = (handlers: Partial<Process<any, any>>): Process<any, any> => ({
  start: () => null,
  receive: (state) => state,
  timeout: (state) => state,
  ...handlers,
});

const kindsOf = (trace: Trace, who: number): string[] =>
  [...trace].filter(({ process }) => process === who).map(({ kind }) => kind);

test("a machine with rate r has taken floor(r·t) ticks at any t", () => {
  const rates = [1, 2.5, 6, 1 / 3, 0.7, 1000];
  const idler = process({ idle: (state) => state });
  const members = rates.map((rate, index) => ({
    name: `m${index}`,
    process: idler,
    pace: { rate },
  }));
  for (const duration of [1, 999_999, 1_000_000, 1_000_001, 2_857_143, 30_000_000]) {
    const trace = simulate(system(...members), { duration: micros(duration), strict: true });
    const exact = [1, 2.5, 6, 0, 0.7, 1000].map((rate) =>
      Math.floor((rate * duration) / 1e6 + 1e-9),
    );
    exact[3] = Math.floor(duration / 3e6);
    const taken = rates.map(
      (_, who) => kindsOf(trace, who).filter((kind) => kind === "internal").length,
    );
    expect(taken).toEqual(exact);
  }
});

test("a paced process takes one event a tick, oldest first, and idles only on an empty inbox", () => {
  const burst = process({
    start(_stored, context) {
      for (let round = 0; round < 4; round++) context.send(1 as ProcessId, round);
      return null;
    },
  });
  const taken: number[] = [];
  const slow = process({
    receive(state, _from, message) {
      taken.push(message as number);
      return state;
    },
    idle: (state) => state,
  });
  const trace = simulate(
    system({ name: "burst", process: burst }, { name: "slow", process: slow, pace: { rate: 1 } }),
    { duration: seconds(6), links: { order: "fifo" }, strict: true },
  );
  const steps = kindsOf(trace, 1).filter((kind) => kind === "receive" || kind === "internal");
  expect(steps).toEqual(["receive", "receive", "receive", "receive", "internal", "internal"]);
  expect(taken).toEqual([0, 1, 2, 3]);
});

test("L rises by one at each note and each send call, of one stamp for all its copies", () => {
  const talker = process({
    start(_stored, context) {
      context.note("a", {});
      context.send([1 as ProcessId, 2 as ProcessId], "x");
      context.send(1 as ProcessId, "y");
      context.note("b", { done: true });
      return null;
    },
  });
  const quiet = process({});
  const trace = simulate(
    system(
      { name: "talker", process: talker },
      { name: "one", process: quiet },
      { name: "two", process: quiet },
    ),
    { duration: seconds(1), links: { order: "fifo" }, strict: true },
  );
  const own = [...trace].filter(({ process: who }) => who === 0);
  expect(own.map(({ kind, lamport }) => [kind, lamport])).toEqual([
    ["start", 0],
    ["internal", 1],
    ["send", 2],
    ["copy", 2],
    ["send", 3],
    ["internal", 4],
  ]);
  const receives = [...trace].filter(({ kind }) => kind === "receive");
  expect(receives.map(({ lamport }) => lamport).sort()).toEqual([3, 3, 4]);
});

test("timers: replaced when set again, silent when cancelled, also while they wait in an inbox", () => {
  const timed = process({
    start(_stored, context) {
      context.setTimer("twice", ms(5));
      context.setTimer("twice", ms(30));
      context.setTimer("never", ms(20));
      context.setTimer("canceller", ms(1_100));
      context.setTimer("waits", ms(1_200));
      return null;
    },
    timeout(state, timer, context) {
      if (timer === "twice") context.cancelTimer("never");
      if (timer === "canceller") context.cancelTimer("waits");
      return state;
    },
    idle: (state) => state,
  });
  const names = (rate?: number): unknown[] => {
    const pace = rate === undefined ? {} : { pace: { rate } };
    const trace = simulate(system({ name: "timed", process: timed, ...pace }), {
      duration: seconds(9),
    });
    return [...trace].filter(({ kind }) => kind === "timeout").map(({ detail }) => detail);
  };
  expect(names()).toEqual(["never", "twice", "canceller"]);
  expect(names(1)).toEqual(["never", "twice", "canceller"]);
  expect(names(0.5)).toEqual(["never", "twice", "canceller"]);
});

test("a pause keeps inbox and timers, and skips ticks", () => {
  const beat = process({
    start(_stored, context) {
      context.setTimer("beat", ms(300));
      return null;
    },
    timeout(state, _timer, context) {
      context.setTimer("beat", ms(300));
      return state;
    },
    idle: (state) => state,
  });
  const trace = simulate(system({ name: "beat", process: beat, pace: { rate: 10 } }), {
    duration: seconds(2),
    faults: [{ kind: "pause", process: "beat", at: ms(250), until: ms(1_050) }],
    strict: true,
  });
  const steps = [...trace].filter(({ kind }) => kind === "internal" || kind === "timeout");
  expect(steps.filter(({ timeMicros }) => timeMicros > 250_000 && timeMicros < 1_050_000)).toEqual(
    [],
  );
  expect(steps.find(({ timeMicros }) => timeMicros > 1_050_000)?.kind).toBe("timeout");
  expect(steps.at(-1)?.timeMicros).toBe(2_000_000);
});

test("a message that is changed after it was sent, or a state, is caught in strict runs", () => {
  const meddler = process({
    start(_stored, context) {
      const state = { count: 0 };
      context.setTimer("beat", ms(1));
      return state;
    },
    timeout(state) {
      state.count++;
      return state;
    },
  });
  const meddling = system({ name: "meddler", process: meddler });
  expect(() => simulate(meddling, { strict: true })).toThrow(
    expect.objectContaining({ code: "process/threw", message: expect.stringContaining("meddler") }),
  );
});

test("a message to nobody is the process's bug, and says where and when", () => {
  const lost = process({
    idle(state, context) {
      context.send(7 as ProcessId, "?");
      return state;
    },
  });
  const run = () => simulate(system({ name: "lost", process: lost, pace: { rate: 2 } }));
  expect(run).toThrow(/lost failed at 0.5 s: .*process 7/);
});

test("a run that goes on in slices, or is stopped, is the same run", () => {
  const chatty = process({
    idle(state, context) {
      if (context.random() < 0.5) context.send(0 as ProcessId, context.now);
      return state;
    },
  });
  const talk = system({ name: "chatty", process: chatty, pace: { rate: 50 } });
  const run = newRun(talk, { duration: seconds(5), strict: true });
  const rows = (slice: number): string[] => {
    const seen: string[] = [];
    const writer = new TraceWriter((batch) => {
      for (let row = 0; row < batch.count; row++) seen.push(JSON.stringify(batch.event(row)));
    });
    const running = sim.start(talk, run, writer);
    for (let now = slice; now < run.duration; now += slice) running.to(micros(now));
    running.to(run.duration);
    running.stop();
    return seen;
  };
  expect(rows(1_234)).toEqual(rows(10_000_000));
});

test.each([
  [[], "no process"],
  [["a", "a"], "two processes"],
  [["../a"], "cannot name"],
])("members named %j are refused", (names, complaint) => {
  const members = names.map((name) => ({ name, process: process({}) }));
  expect(() => simulate(system(...members))).toThrow(complaint);
});
