// What a stranger's first hour with the program found, so that it does not come back.
import { describe, expect, test } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { parseFault } from "../../src/core/fault-notation.ts";
import { type Micros, ms, seconds } from "../../src/core/micros.ts";
import { newRun } from "../../src/core/new-run.ts";
import type { Context, Process, ProcessId } from "../../src/core/process.ts";
import type { System } from "../../src/core/system.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { sim } from "../../src/runtimes/sim/simulation.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { predictRun } from "../../src/systems/clocks/report.ts";

// biome-ignore lint/suspicious/noExplicitAny: fixtures that break the rules on purpose
type Any = any;

const system = (handlers: Partial<Process<Any, Any>>, count = 1): System<null> => {
  const process = {
    start: () => null,
    receive: (s: Any) => s,
    timeout: (s: Any) => s,
    ...handlers,
  };
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  return {
    name: "stranger",
    parse: () => null,
    processes: () => names.map((name) => ({ name, process })),
  };
};

test("a note is of its moment, whatever becomes of what was noted", () => {
  const counting = system({
    start(_stored, context) {
      context.setTimer("again", ms(1));
      return { n: 0 };
    },
    timeout(state, timer, context) {
      state.n++;
      context.note("state", state);
      if (state.n < 5) context.setTimer(timer, ms(1));
      return state;
    },
  });
  const noted = [...simulate(counting)].flatMap(({ kind, detail }) =>
    kind === "internal" ? [(detail as { fields: { n: number } }).fields.n] : [],
  );
  expect(noted).toEqual([1, 2, 3, 4, 5]);
});

describe("a strict run catches", () => {
  const starting = (start: (context: Context<Any>) => void) => () =>
    simulate(system({ start: (_stored, context) => start(context) }, 4), { strict: true });

  test("a message, or a list of receivers, that is used again within the step", () => {
    const reused = starting((context) => {
      const message = { to: 0 };
      for (const to of [1, 2]) context.send(to as ProcessId, Object.assign(message, { to }));
    });
    expect(reused).toThrow(/p0 failed at 0 s: .*read only/);
    const list = starting((context) => {
      const to = [0 as ProcessId];
      for (const next of [1, 2]) {
        to[0] = next as ProcessId;
        context.send(to, "x");
      }
    });
    expect(list).toThrow(/p0 failed at 0 s: .*read only/);
  });

  test.each([
    [new Map(), "a Map"],
    [{ at: new Date(0) }, "at is a Date"],
    [[Number.NaN], "0 is NaN"],
    [{ deep: { gone: undefined } }, "gone is undefined"],
  ])("what JSON cannot carry: %#", (message, complaint) => {
    expect(starting((context) => context.send(1 as ProcessId, message))).toThrow(complaint);
  });
});

test("an async handler is refused, and so is an effect after its step", () => {
  const promising = system({ start: (() => Promise.resolve(null)) as Any });
  expect(() => simulate(promising)).toThrow(/handlers cannot be async/);
  let kept: Context<Any> | undefined;
  simulate(
    system({
      start(_stored, context) {
        kept = context;
        return null;
      },
    }),
  );
  expect(() => kept!.note("late", {})).toThrow(/after its step/);
});

describe("faults that overlap hold together", () => {
  const upAt = (faults: readonly string[], instants: readonly number[]): boolean[] => {
    const trace = simulate(clocks, {
      params: { rates: [10, 10, 10] },
      faults: faults.map(parseFault),
      duration: seconds(50),
      strict: true,
    });
    const steps = [...trace].filter(
      ({ process, kind }) => process === 1 && ["internal", "send", "receive"].includes(kind),
    );
    return instants.map((instant) =>
      steps.some(({ timeMicros }) => Math.abs(timeMicros - instant * 1e6) < 200_000),
    );
  };

  test.each([
    [
      ["crash machine_2 10s..20s", "crash machine_2 15s..40s"],
      [30, 45],
      [false, true],
    ],
    [
      ["pause machine_2 5s..30s", "pause machine_2 10s..15s"],
      [20, 35],
      [false, true],
    ],
    [
      ["crash machine_2 10s", "crash machine_2 5s..12s"],
      [8, 20, 45],
      [false, false, false],
    ],
    [
      ["pause machine_2 5s..30s", "crash machine_2 10s..12s"],
      [20, 35],
      [false, true],
    ],
  ])("%j", (faults, instants, up) => {
    expect(upAt(faults, instants)).toEqual(up);
  });
});

test("every copy is lost on its own: with loss 1 nothing arrives, doubled or not", () => {
  const trace = simulate(clocks, { links: { loss: 1, duplicate: 1 }, strict: true });
  expect([...trace].filter(({ kind }) => kind === "receive")).toEqual([]);
  const half = newRun(clocks, { params: { rates: [6, 6, 6] }, links: { loss: 0.5, duplicate: 1 } });
  const plain = newRun(clocks, { params: { rates: [6, 6, 6] } });
  expect(predictRun(half, [6, 6, 6])).toMatchObject({
    machines: (predictRun(plain, [6, 6, 6]) as Any).machines.map(({ arrivalsPerSecond }: Any) => ({
      arrivalsPerSecond,
    })),
  });
});

test("timers may be as far as numbers go", () => {
  for (const far of [Number.MAX_SAFE_INTEGER, 1e18, Number.MAX_VALUE]) {
    const waiting = system(
      {
        start(_stored, context) {
          context.setTimer("never", far as Micros);
          for (let burst = 0; burst < 40; burst++) context.send(1 as ProcessId, burst);
          return null;
        },
      },
      2,
    );
    const trace = simulate(waiting, { duration: seconds(1), strict: true });
    expect([...trace].filter(({ kind }) => kind === "receive")).toHaveLength(80);
    expect(verify(trace).every(({ result }) => result === "holds")).toBe(true);
  }
});

test("cancelled timers are swept out, and those that are armed keep their order", () => {
  const fired: string[] = [];
  const restless = system({
    start(_stored, context) {
      context.setTimer("beat", ms(1));
      for (let late = 0; late < 40; late++) context.setTimer(`late ${late}`, seconds(300 + late));
      return null;
    },
    timeout(state, timer, context) {
      if (timer !== "beat") fired.push(timer);
      context.setTimer("suspect", seconds(86_400));
      if (timer === "beat") context.setTimer("beat", ms(1));
      return state;
    },
  });
  const run = newRun(restless, { duration: seconds(400) });
  const running = sim.start(restless, run, null);
  running.to(run.duration);
  expect(running.pending).toBeLessThan(150_000);
  expect(fired).toEqual(Array.from({ length: 40 }, (_, late) => `late ${late}`));
});

test("what start is given is its own", () => {
  const seen: unknown[] = [];
  const greedy = system(
    {
      start(stored, context) {
        seen.push(stored.size);
        (stored as Map<string, unknown>).set("mine", 1);
        context.put("kept", 1);
        return null;
      },
    },
    3,
  );
  simulate(greedy);
  expect(seen).toEqual([0, 0, 0]);
});

test("errors in a system's own code are said to be its own", () => {
  const throwing = {
    ...system({}),
    parse: () => {
      throw new Error("no such size");
    },
  };
  expect(() => newRun(throwing)).toThrow(expect.objectContaining({ code: "config/system-file" }));
  const unnamed = { ...system({}), name: "../../escaped" };
  expect(() => simulate(unnamed)).toThrow(expect.objectContaining({ code: "config/system-file" }));
});
