// Faults of processes, clocks and stores in virtual time: each does what it says, while it holds.
import { describe, expect, test } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { FAULT_EXAMPLES } from "../../src/core/fault-examples.ts";
import { formatFault, parseFault } from "../../src/core/fault-notation.ts";
import { calmFrom } from "../../src/core/faults.ts";
import type { Json } from "../../src/core/json.ts";
import { ms, seconds } from "../../src/core/micros.ts";
import { newRun } from "../../src/core/new-run.ts";
import type { Process, ProcessId } from "../../src/core/process.ts";
import { drawFaults, PROFILE_NAMES } from "../../src/core/profiles.ts";
import type { System } from "../../src/core/system.ts";
import type { TraceEvent } from "../../src/core/trace-event.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";

/** Every 100 ms of its own time it counts, stores the count, notes what it knows, and tells the other. */
const counter: Process<{ readonly count: number; readonly began: boolean }, number> = {
  start(stored, context) {
    const count = (stored.get("count") as number | undefined) ?? 0;
    const { incarnation, storeId } = context;
    context.note("starts", { count, incarnation, storeId });
    if (context.self === 0) context.note("leads", { term: incarnation });
    context.setTimer("count", ms(100));
    return { count, began: true };
  },
  receive(state, from, message, context) {
    context.note("hears", { from, message });
    return state;
  },
  timeout(state, _timer, context) {
    const count = state.count + 1;
    context.put("count", count);
    context.note("counts", { count, now: context.now });
    context.send((1 - context.self) as ProcessId, count);
    context.setTimer("count", ms(100));
    return { ...state, count };
  },
};

const pair: System<Record<string, never>> = {
  name: "pair",
  parse: () => ({}),
  processes: () => ["a", "b"].map((name) => ({ name, process: counter })),
};

const run = (...faults: string[]) =>
  simulate(pair, { seed: 5, duration: seconds(10), strict: true, faults: faults.map(parseFault) });

type Line = { readonly at: number; readonly [field: string]: Json };
type Noted = { readonly name: string; readonly fields: { readonly [name: string]: Json } };
const notes = (trace: Iterable<TraceEvent>, process: number, name: string) =>
  [...trace]
    .filter((event) => event.process === process && event.kind === "internal")
    .map((event) => ({ ...event, noted: event.detail as Noted }))
    .filter(({ noted }) => noted.name === name)
    .map(({ timeMicros, noted }): Line => ({ at: timeMicros / 1e6, ...noted.fields }));
const between =
  (from: number, to: number) =>
  ({ at }: { at: number }) =>
    at >= from && at < to;
const holds = (trace: ReturnType<typeof run>): void => {
  for (const { check, result } of verify(trace)) expect([check, result]).toEqual([check, "holds"]);
};

test("a wiped process knows nothing, is born again under another store, and its clock begins at 0", () => {
  const trace = run("crash b 2s..3s", "wipe b 5s..6s");
  expect(notes(trace, 1, "starts")).toEqual([
    { at: 0, count: 0, incarnation: 1, storeId: "5-1" },
    { at: 3, count: 19, incarnation: 2, storeId: "5-1" },
    { at: 6, count: 0, incarnation: 1, storeId: "5-1-1" },
  ]);
  const third = [...trace].find(({ process, kind, incarnation }) => {
    return process === 1 && kind === "start" && incarnation === 3;
  });
  expect(third?.lamport).toBe(0);
  holds(trace);
});

test("power goes for all at one instant; a lying disk loses what it had confirmed", () => {
  const trace = run("power a,b 2s..3s lost 4");
  const crashes = [...trace].filter(({ kind }) => kind === "crash");
  expect(crashes.map(({ timeMicros }) => timeMicros)).toEqual([2e6, 2e6]);
  expect(notes(trace, 0, "starts").map(({ count }) => count)).toEqual([0, 15]);
  expect(notes(run("power a,b 2s..3s"), 0, "starts").map(({ count }) => count)).toEqual([0, 19]);
});

test("a slowed process takes so many steps a second, and then all that has waited", () => {
  // Ten timers and ten messages a second come, and five are taken.
  const trace = run("slow a 2s..6s 5");
  const steps = [...trace].filter(
    ({ process, kind, timeMicros }) =>
      process === 0 && (kind === "receive" || kind === "timeout") && timeMicros < 6e6,
  );
  expect(steps.filter(({ timeMicros }) => timeMicros > 2e6)).toHaveLength(19);
  const heard = notes(trace, 0, "hears").map(({ message }) => message as number);
  expect(new Set(heard).size).toBe(heard.length);
  expect(Math.max(...heard)).toBeGreaterThan(97);
  holds(trace);
});

test("a slowed machine ticks at that rate, and at its own again from the end on", () => {
  const trace = simulate(clocks, {
    duration: seconds(10),
    params: { rates: [50, 50, 50] },
    faults: [parseFault("slow machine_1 2s..6s 2"), parseFault("slow machine_1 4s..5s 1")],
  });
  const ticks = (from: number, to: number): number =>
    [...trace].filter(
      ({ process, kind, timeMicros }) =>
        process === 0 &&
        timeMicros > from * 1e6 &&
        timeMicros <= to * 1e6 &&
        ["internal", "send", "receive"].includes(kind),
    ).length;
  // Ticks are counted anew at each change, and a change comes before the tick of that instant.
  expect([ticks(0, 2), ticks(2, 4), ticks(4, 5), ticks(5, 6)]).toEqual([99, 3, 0, 1]);
  expect(ticks(6, 10)).toBe(200);
});

describe("local clocks", () => {
  const nows = (trace: Iterable<TraceEvent>) =>
    notes(trace, 0, "counts").map(({ at, now }) => ({ at, now: (now as number) / 1e6 }));

  test("an offset shows while it holds and moves no timer; a step stays", () => {
    for (const { at, now } of nows(run("clock a 2s..4s offset -1s"))) {
      expect(now - at).toBeCloseTo(at >= 2 && at < 4 ? -1 : 0, 6);
      expect((at * 10) % 1).toBeCloseTo(0, 6);
    }
    for (const { at, now } of nows(run("clock a 2s step 3s"))) {
      expect(now - at).toBeCloseTo(at >= 2 ? 3 : 0, 6);
    }
  });

  test("a clock that runs at half the rate has timers that take twice as long", () => {
    const counts = nows(run("clock a 2s..4s drift 0.5"));
    expect(counts.filter(between(2.05, 4.05)).map(({ at }) => at.toFixed(2))).toEqual([
      "2.20",
      "2.40",
      "2.60",
      "2.80",
      "3.00",
      "3.20",
      "3.40",
      "3.60",
      "3.80",
      "4.00",
    ]);
    expect(counts.at(-1)!.now).toBeCloseTo(counts.at(-1)!.at - 1, 5);
  });

  test("a clock that swings takes its timers with it, and is right again on average", () => {
    const counts = nows(run("clock a 2s..6s sine 100ms 1s")).filter(between(2.05, 6));
    const off = counts.map(({ at, now }) => now - at);
    expect(Math.max(...off)).toBeGreaterThan(0.09);
    expect(Math.min(...off)).toBeLessThan(-0.09);
    expect(counts.length).toBeGreaterThan(37);
  });

  test("a member's own clock is wrong from the start", () => {
    const wrong: System<Record<string, never>> = {
      ...pair,
      processes: () => [
        { name: "a", process: counter, clock: [{ kind: "drift", rate: 2 }] },
        { name: "b", process: counter },
      ],
    };
    const trace = simulate(wrong, { duration: seconds(10) });
    expect(notes(trace, 0, "counts")).toHaveLength(200);
    expect(notes(trace, 1, "counts")).toHaveLength(100);
  });
});

describe("stores", () => {
  test("a slow one delays what rests on it, and not for longer than that", () => {
    const trace = run("store a 2s..4s slow 300ms");
    const sent = [...trace].filter(({ process, kind }) => process === 0 && kind === "send");
    const heard = notes(trace, 1, "hears");
    for (const { message, at } of heard.filter(({ message: each }) => (each as number) <= 36)) {
      const late = (message as number) >= 20 ? 0.3 : 0;
      expect(at - (message as number) / 10 - late).toBeLessThan(0.011);
    }
    expect(heard).toHaveLength(sent.length - 1);
    holds(trace);
  });

  test("one that is full takes its process down at every write; it is started again each second", () => {
    const trace = run("store a 2s..4s full");
    expect(notes(trace, 0, "starts").map(({ at, count }) => [at, count])).toEqual([
      [0, 0],
      [3, 19],
      [4.1, 19],
    ]);
    expect(notes(trace, 0, "counts").filter(between(2, 4))).toEqual([]);
    holds(trace);
  });

  test("one that fails now and then fails as often as it is said", () => {
    const trace = simulate(pair, {
      duration: seconds(200),
      faults: [parseFault("store a 0s..200s failing 0.2")],
    });
    const failed = [...trace].filter(({ detail }) => detail === "store failed").length;
    const tried = failed + notes(trace, 0, "counts").length;
    expect(failed / tried).toBeGreaterThan(0.13);
    expect(failed / tried).toBeLessThan(0.27);
    holds(trace);
  });
});

describe("links", () => {
  test("what is sent on a clogged link comes when that ends, and in the order of chance", () => {
    const heard = notes(run("clog a>b 2s..4s"), 1, "hears");
    expect(heard.filter(between(2.02, 4))).toEqual([]);
    expect(heard.filter(between(4, 4.011)).map(({ message }) => message)).toHaveLength(21);
    expect(heard).toHaveLength(99);
  });

  test("a swizzle clogs one after the other", () => {
    const trace = run("swizzle a,b 2s..6s");
    const words = [...trace].filter(({ kind }) => kind === "fault").map(({ detail }) => detail);
    expect(words).toEqual([
      { begin: "clog a|* 2s..5s" },
      { begin: "clog b|* 3s..6s" },
      { end: "clog a|* 2s..5s" },
      { end: "clog b|* 3s..6s" },
    ]);
  });

  test("some messages overtake others, unless links keep the order", () => {
    const faults = [parseFault("reorder *|* 0s..10s 0.5 500ms")];
    const order = (kind: "any" | "fifo"): number[] => {
      const links = { order: kind };
      const trace = simulate(pair, { duration: seconds(10), faults, links });
      return notes(trace, 1, "hears").map(({ message }) => message as number);
    };
    const sorted = (numbers: number[]): number[] => [...numbers].sort((a, b) => a - b);
    expect(order("any")).not.toEqual(sorted(order("any")));
    expect(order("fifo")).toEqual(sorted(order("fifo")));
  });

  test("what is corrupted does not arrive", () => {
    const trace = run("corrupt a>b 2s..4s 1");
    expect(notes(trace, 1, "hears").filter(between(2.02, 4))).toEqual([]);
    const reasons = [...trace].filter(({ kind }) => kind === "drop").map(({ detail }) => detail);
    expect(reasons).toEqual(new Array(20).fill("corrupt"));
  });
});

test("a fault of whoever leads strikes who said so last, and nobody if nobody leads", () => {
  const trace = run("crash @leader 2s..3s", "pause @leader 2500ms..2700ms");
  const struck = [...trace].filter(({ kind }) => kind === "crash" || kind === "pause");
  expect(struck.map(({ process, kind }) => [process, kind])).toEqual([[0, "crash"]]);
  expect([...trace].some(({ detail }) => JSON.stringify(detail)?.includes("spared"))).toBe(true);
});

test.each(FAULT_EXAMPLES)("until it begins, a run with %s is the run without it", (text) => {
  const fault = parseFault(
    text
      .replaceAll("machine_1", "a")
      .replaceAll("machine_2", "b")
      .replaceAll(",machine_3", "")
      .replace("10s", "4s")
      .replace("5s..8s", "4s..8s"),
  );
  const before = (trace: Iterable<TraceEvent>): TraceEvent[] =>
    [...trace].filter(({ timeMicros }) => timeMicros < 4e6);
  const struck = run(formatFault(fault).replace(/\.\.(20|60)s/, "..8s"));
  expect(before(struck)).toEqual(before(run()));
  holds(struck);
});

describe("profiles", () => {
  const plan = (profile: (typeof PROFILE_NAMES)[number], seed: number) =>
    drawFaults(clocks, newRun(clocks, { profile, seed, duration: seconds(30) }));

  test("a plan is drawn from its seed alone, can be read, and leaves calm at the end", () => {
    for (const profile of PROFILE_NAMES) {
      for (let seed = 1; seed <= 50; seed++) {
        const { faults, ...rest } = plan(profile, seed);
        expect(plan(profile, seed).faults).toEqual(faults);
        expect(rest.profile).toBeUndefined();
        expect(calmFrom({ faults })).toBeLessThanOrEqual(18e6);
        for (const fault of faults) expect(parseFault(formatFault(fault))).toEqual(fault);
        if (profile === "calm") expect(faults).toEqual([]);
        else expect(faults.length).toBeGreaterThan(0);
      }
    }
  });

  test("swarms: every kind is left out of some plans, and rates differ by orders of magnitude", () => {
    const plans = Array.from({ length: 200 }, (_, seed) => plan("storm", seed).faults);
    const kinds = new Set(plans.flat().map(({ kind }) => kind));
    expect(kinds.size).toBeGreaterThanOrEqual(12);
    for (const kind of kinds) {
      const having = plans.filter((faults) => faults.some((fault) => fault.kind === kind)).length;
      expect(having).toBeGreaterThan(40);
      expect(having).toBeLessThan(180);
    }
    const losses = plans
      .flat()
      .flatMap((fault) => (fault.kind === "loss" ? [fault.probability] : []));
    expect(Math.max(...losses) / Math.min(...losses)).toBeGreaterThan(20);
  });

  test("only what the system claims to survive is drawn", () => {
    const frail = { ...clocks, survives: ["pause"] as const };
    for (let seed = 1; seed <= 30; seed++) {
      const { faults } = drawFaults(frail, { ...newRun(clocks), seed, profile: "storm" });
      expect(faults.every(({ kind }) => kind === "pause")).toBe(true);
    }
    const kinds = Array.from({ length: 50 }, (_, seed) => plan("crashy", seed).faults).flat();
    expect(kinds.some(({ kind }) => kind === "wipe")).toBe(false);
  });

  test.each(PROFILE_NAMES)("under %s clocks keep all their claims, twice the same", (profile) => {
    for (let seed = 1; seed <= 25; seed++) {
      const settings = { seed, profile, duration: seconds(30), strict: true } as const;
      const trace = simulate(clocks, settings);
      holds(trace);
      expect([...simulate(clocks, settings)]).toEqual([...trace]);
    }
  });
});
