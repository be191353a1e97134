// What was found by hunting the hunter: each was wrong once.
import { expect, test } from "vitest";
import { checksOf, verify } from "../../src/checks/checks.ts";
import { causalDelivery } from "../../src/checks/delivery.ts";
import { always } from "../../src/checks/notes.ts";
import { parseFault } from "../../src/core/fault-notation.ts";
import { partsOf } from "../../src/core/faults.ts";
import { type Micros, ms, seconds } from "../../src/core/micros.ts";
import { newRun } from "../../src/core/new-run.ts";
import type { AnyProcess, ProcessId } from "../../src/core/process.ts";
import { drawFaults } from "../../src/core/profiles.ts";
import type { AnySystem, Member } from "../../src/core/system.ts";
import { spied } from "../../src/hunt/spy.ts";
import { LocalClocks } from "../../src/runtimes/driver/local-clocks.ts";
import { guarded } from "../../src/runtimes/guard.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";

const still: AnyProcess = {
  start: () => null,
  receive: (state) => state,
  timeout: (state) => state,
};
const system = (...members: readonly Partial<Member>[]): AnySystem => ({
  name: "made",
  parse: () => ({}),
  processes: () =>
    members.map((member, index) => ({ name: "abc"[index]!, process: still, ...member })),
});
const rate = (persecond: number) => ({ pace: { rate: persecond } });

test("a store that fails in the tick of a paced process takes down that process alone", () => {
  const process: AnyProcess = {
    ...still,
    idle: (state, context) => {
      context.put("k", context.now);
      return state;
    },
  };
  const trace = simulate(system({ process, ...rate(10) }, { process, ...rate(7) }), {
    duration: seconds(10),
    faults: [parseFault("store a 2s..3s full")],
  });
  const ticks = (of: number, from: number) =>
    [...trace].filter(({ process: who, kind, timeMicros }) => {
      return who === of && kind === "internal" && timeMicros > seconds(from);
    }).length;
  expect(ticks(1, 2)).toBe(56);
  expect(ticks(0, 3)).toBeGreaterThan(60);
});

test("however many faults delay a copy, none holds it back for longer than it lasts", () => {
  const process: AnyProcess = {
    ...still,
    start: (_stored, context) => {
      if (context.self === 0) context.setTimer("send", ms(100));
      return null;
    },
    timeout: (state, _timer, context) => {
      context.send(1 as ProcessId, "hello");
      context.setTimer("send", ms(100));
      return state;
    },
  };
  const faults = ["delay *|* 0s..5s 4s", "delay a|b 0s..5s 4s", "clog a>b 1s..5s"].map(parseFault);
  const trace = simulate(system({ process }, { process }), { duration: seconds(10), faults });
  const received = [...trace].filter(({ kind }) => kind === "receive");
  expect(received.length).toBe(99);
  const late = received.filter(({ timeMicros, message }) => {
    return timeMicros > seconds(5.011) && message!.number < 49;
  });
  expect(late).toEqual([]);
});

test("what a wipe took, a disk that loses its tail does not bring back", () => {
  const process: AnyProcess = {
    ...still,
    start: (stored, context) => {
      context.note("starts", { count: stored.get("n") ?? 0 });
      context.setTimer("t", ms(100));
      return (stored.get("n") as number | undefined) ?? 0;
    },
    timeout: (count: number, timer, context) => {
      context.put("n", count + 1);
      context.setTimer(timer, ms(100));
      return count + 1;
    },
  };
  const faults = ["wipe a 3s..4s", "crash a 4300ms..5s lost 8"].map(parseFault);
  const trace = simulate(system({ process }), { duration: seconds(6), faults });
  const starts = [...trace].flatMap(({ kind, detail }) => (kind === "internal" ? [detail] : []));
  expect(starts.map((detail) => JSON.stringify(detail))).toEqual(
    [0, 0, 0].map((count) => JSON.stringify({ name: "starts", fields: { count } })),
  );
  expect([...trace].some(({ detail }) => detail === "lost 2")).toBe(true);
});

test("a wiped process that another crash holds down has no clock to complain of", () => {
  const faults = ["wipe machine_1 1s..2s", "crash machine_1 1500ms..4s"].map(parseFault);
  const trace = simulate(clocks, { duration: seconds(6), faults });
  for (const { check, result } of verify(trace)) expect([check, result]).toEqual([check, "holds"]);
});

test("an adaptive rate is its own again when it is no longer slowed", () => {
  const pace = { rate: { kind: "adaptive", min: 1, max: 100, target: 1 } } as const;
  const talk: AnyProcess = {
    ...still,
    idle: (state, context) => {
      for (let copy = 0; copy < 5; copy++) context.send(0 as ProcessId, copy);
      return state;
    },
  };
  const run = (...faults: string[]) => {
    const made = system({ pace }, { process: talk, ...rate(100) });
    const trace = simulate(made, { duration: seconds(8), faults: faults.map(parseFault) });
    const rates = [...trace].filter(({ kind, process }) => kind === "rate" && process === 0);
    return rates.at(-1)!.detail;
  };
  expect(run()).toBe(100);
  expect(run("slow a 4s..4500ms 60")).toBe(100);
});

test("a system may be an object of a class, whose checks are inherited", () => {
  class Made {
    readonly name = "made";
    readonly survives = ["pause"] as const;
    parse(): object {
      return {};
    }
    processes(): Member[] {
      return [{ name: "a", process: still }];
    }
    checks() {
      return [always("own", `Of ${this.name}.`, () => ({}))];
    }
  }
  const made = new Made() as unknown as AnySystem;
  const run = newRun(made);
  for (const each of [guarded(made), spied(made).system]) {
    expect(checksOf(run, each).map(({ name }) => name)).toContain("own");
    const { faults } = drawFaults(each, { ...run, profile: "storm" });
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(["pause"]));
  }
});

test("a profile of which nothing is left is refused", () => {
  const frail = { ...clocks, survives: ["pause"] as const };
  const run = { ...newRun(clocks), profile: "partitioned" as const };
  expect(() => drawFaults(frail, run)).toThrow(/there is no fault that clocks survives/);
});

test("plans fit into runs of a microsecond and of a year", () => {
  for (const duration of [1, 1_000, 30_000, 3e13] as Micros[]) {
    for (let seed = 0; seed < 40; seed++) {
      const { faults } = drawFaults(clocks, {
        ...newRun(clocks),
        seed,
        duration,
        profile: "storm",
      });
      for (const { at, until } of faults.flatMap(partsOf)) {
        expect(at).toBeLessThanOrEqual(duration);
        if (until !== undefined) expect(until).toBeGreaterThan(at);
      }
    }
  }
  for (const { at, until } of partsOf(parseFault("swizzle a,b,c 10us..12us"))) {
    expect(until).toBeGreaterThan(at);
  }
});

test("no swing and drift together make a clock run backwards", () => {
  const own = new LocalClocks();
  const swing = { kind: "sine", amplitude: ms(150) as Micros, period: seconds(1) } as const;
  own.begin(0, swing, 0);
  own.begin(0, { kind: "drift", rate: 0.1 }, 1_000);
  own.begin(0, { ...swing, period: seconds(2) }, 2_000);
  let last = own.elapsed(0, 2_000);
  for (let now = 3_000; now < 5e6; now += 1_000) {
    expect(own.elapsed(0, now)).toBeGreaterThan(last);
    last = own.elapsed(0, now);
  }
});

test("causal delivery is judged in time linear in what is delivered", () => {
  const of = 60_000;
  const process: AnyProcess = {
    ...still,
    start: (_stored, context) => {
      for (let id = 0; id < of; id++) context.note("deliver", { id });
      return null;
    },
  };
  const trace = simulate(system({ process }), { duration: seconds(1) });
  expect(verify(trace, [causalDelivery()])[0]).toMatchObject({ result: "holds", examined: of });
});
