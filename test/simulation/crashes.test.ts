import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { micros, ms, seconds } from "../../src/core/micros.ts";
import { newRun } from "../../src/core/new-run.ts";
import type { Process, ProcessId } from "../../src/core/process.ts";
import type { CrashPoint, Fault } from "../../src/core/run.ts";
import type { System } from "../../src/core/system.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { sim } from "../../src/runtimes/sim/simulation.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { pingPong } from "./ping-pong.ts";

const ROUNDS = 40;

const finished = (trace: Trace): boolean =>
  [...trace].some(
    ({ kind, detail }) => kind === "internal" && JSON.stringify(detail).includes("finished"),
  );

const points: readonly (CrashPoint | undefined)[] = [
  undefined,
  "before-commit",
  "after-commit",
  "between-copies",
];

const crash = fc.record({
  process: fc.constantFrom("pinger", "ponger"),
  at: fc.integer({ min: 0, max: 900_000 }),
  down: fc.integer({ min: 1, max: 300_000 }),
  point: fc.constantFrom(...points),
});

test("ping-pong crashes anywhere, recovers from its store, and finishes", () => {
  const settings = fc.record({
    seed: fc.nat(),
    crashes: fc.array(crash, { maxLength: 6 }),
    loss: fc.constantFrom(0, 0.2),
    duplicate: fc.constantFrom(0, 0.3),
    store: fc.constantFrom(null, ms(0.5), ms(20)),
  });
  fc.assert(
    fc.property(settings, ({ seed, crashes, loss, duplicate, store }) => {
      const faults = crashes.map(({ process, at, down, point }): Fault => {
        const span = { at: micros(at), until: micros(at + down) };
        return { kind: "crash", process, ...span, ...(point === undefined ? {} : { point }) };
      });
      const trace = simulate(pingPong(ROUNDS), {
        seed,
        faults,
        duration: seconds(60),
        links: { loss, duplicate },
        storeDelay: store === null ? null : { kind: "uniform", min: micros(1), max: store },
        strict: true,
      });
      expect(finished(trace)).toBe(true);
      for (const { check, result } of verify(trace))
        expect([check, result]).toEqual([check, "holds"]);
      expectOrdered(trace);
    }),
    { numRuns: 300 },
  );
});

function expectOrdered(trace: Trace): void {
  let time = 0;
  let sequence = 0;
  for (const event of trace) {
    expect(event.sequence).toBe(sequence++);
    expect(event.timeMicros).toBeGreaterThanOrEqual(time);
    time = event.timeMicros;
  }
}

test("rounds are in the log once each, however often the pinger crashed", () => {
  const faults = Array.from(
    { length: 30 },
    (_, index): Fault => ({
      kind: "crash",
      process: "pinger",
      at: ms(17 * index + 5),
      until: ms(17 * index + 9),
      point: points[(index % 3) + 1]!,
    }),
  );
  const run = newRun(pingPong(ROUNDS), { faults, duration: seconds(30), strict: true });
  const running = sim.start(pingPong(ROUNDS), run, null);
  running.to(run.duration);
  const rounds = Array.from({ length: ROUNDS }, (_, index) => index + 1);
  expect(running.store.log(0, "rounds")).toEqual(rounds);
});

/** Process 0 tells the two others at 1 ms, having put what it says. */
const teller: Process<null, string> = {
  start(stored, context) {
    if (context.self === 0 && !stored.has("told")) context.setTimer("tell", ms(1));
    return null;
  },
  receive: (state) => state,
  timeout(state, _timer, context) {
    context.put("told", true);
    context.send([1 as ProcessId, 2 as ProcessId], "news");
    return state;
  },
};
const telling: System<null> = {
  name: "telling",
  parse: () => null,
  processes: () => ["a", "b", "c"].map((name) => ({ name, process: teller })),
};

describe("a crash within a step", () => {
  const kinds = (point: CrashPoint): string[] => {
    const fault: Fault = { kind: "crash", process: "a", at: ms(0.5), until: ms(20), point };
    const trace = simulate(telling, { faults: [fault], duration: ms(40), strict: true });
    return [...trace]
      .filter(({ process, kind }) => process === 0 || kind === "receive" || kind === "drop")
      .map(({ kind }) => kind);
  };
  const again = ["timeout", "store", "send", "copy", "receive", "receive"];

  test("before its commit leaves no trace of it; the next incarnation does it again", () => {
    expect(kinds("before-commit").filter((kind) => kind !== "start")).toEqual([
      "crash",
      "recover",
      ...again,
    ]);
  });

  test("after its commit loses all its copies, though it is done", () => {
    expect(kinds("after-commit")).toEqual([
      "start",
      "timeout",
      "store",
      "send",
      "copy",
      "drop",
      "drop",
      "crash",
      "recover",
      "start",
    ]);
  });

  test("between its copies loses some of them", () => {
    const seen = kinds("between-copies");
    expect(seen.filter((kind) => kind === "drop")).toHaveLength(1);
    expect(seen.filter((kind) => kind === "receive")).toHaveLength(1);
    expect(seen.filter((kind) => kind === "timeout")).toHaveLength(1);
  });
});

test("a crash before durability erases the steps that waited for it, and their sends", () => {
  const fault: Fault = { kind: "crash", process: "a", at: ms(3) };
  const slow = { kind: "constant", micros: ms(5) } as const;
  const settings = { duration: ms(40), storeDelay: slow, strict: true };
  const told = simulate(telling, settings);
  expect([...told].filter(({ kind, peer }) => kind === "receive" && peer === 0)).toHaveLength(2);
  const lost = simulate(telling, { ...settings, faults: [fault] });
  expect([...lost].filter(({ process }) => process === 0).map(({ kind }) => kind)).toEqual([
    "start",
    "crash",
  ]);
});

test("what arrives at a process that is down is dropped, and traced", () => {
  const fault: Fault = { kind: "crash", process: "b", at: ms(0.5) };
  const trace = simulate(telling, { faults: [fault], duration: ms(40), strict: true });
  const drops = [...trace].filter(({ kind }) => kind === "drop");
  expect(drops.map(({ process, peer, detail }) => [process, peer, detail])).toContainEqual([
    1,
    0,
    "down",
  ]);
});

test("a new incarnation never repeats a clock value", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 900_000 }), fc.nat(), (at, seed) => {
      const fault: Fault = {
        kind: "crash",
        process: "pinger",
        at: micros(at),
        until: micros(at + 1),
      };
      const trace = simulate(pingPong(1_000), { seed, faults: [fault], duration: seconds(2) });
      const own = [...trace].filter(({ process, kind }) => process === 0 && kind !== "store");
      const [before, after] = [1, 2].map((incarnation) =>
        own.filter((event) => event.incarnation === incarnation).map(({ lamport }) => lamport),
      );
      expect(Math.min(...after!)).toBeGreaterThan(Math.max(...before!));
      expect(Math.min(...after!)).toBeLessThanOrEqual(Math.max(...before!) + 1_024);
    }),
    { numRuns: 50 },
  );
});
