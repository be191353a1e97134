import { beforeAll, describe, expect, test } from "vitest";
import { newRun } from "../../src/core/new-run.ts";
import type { TraceEvent } from "../../src/core/trace-event.ts";
import { type Choice, WHOLE } from "../../src/formats/format.ts";
import { shiviz } from "../../src/formats/shiviz.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { ready } from "../../src/systems/factory/planning/solver.ts";
import { ConeObserver } from "../../src/trace/cone.ts";
import { HappensBefore } from "../../src/trace/happens-before.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { clocksRun, exported, factoryRun, SEEDS } from "./exported.ts";
import { orderOf } from "./order.ts";
import { check, type Logged, read } from "./shiviz-rules.ts";

beforeAll(ready);

const hostOf = (trace: Trace, { process, incarnation }: TraceEvent): string =>
  `${trace.names[process]}${incarnation > 1 ? `#${incarnation}` : ""}`;

/** A log keeps the rules, and its clocks count the chosen events that happened before, and no others. */
function expectRight(trace: Trace, choice: Choice, isChosen: (event: TraceEvent) => boolean): void {
  const { text, events } = exported(shiviz, trace, choice);
  const logged = read(text);
  check(logged);
  const order = orderOf(trace);
  const chosen = order.events.flatMap((event, index) => (isChosen(event) ? [index] : []));
  expect(logged.length).toBe(chosen.length);
  expect(events).toBe(chosen.length);
  for (const [at, index] of chosen.entries()) {
    const { clock, host } = logged[at]!;
    const expected = new Map<string, number>();
    for (const other of chosen.slice(0, at + 1)) {
      if (other !== index && !order.before(other, index)) continue;
      const name = hostOf(trace, order.events[other]!);
      expected.set(name, (expected.get(name) ?? 0) + 1);
    }
    expect(host).toBe(hostOf(trace, order.events[index]!));
    expect([...clock].sort()).toEqual([...expected].sort());
  }
}

/** The whole, and the middle of two processes of three. */
function expectAllRight(trace: Trace): void {
  expectRight(trace, WHOLE, () => true);
  const [from, to] = [trace.run.duration * 0.3, trace.run.duration * 0.5];
  const some = trace.names.flatMap((_, process) => (process % 3 === 1 ? [] : [process]));
  const processes = new Set(some);
  expectRight(
    trace,
    { ...WHOLE, from, to, processes },
    ({ process, timeMicros: time }) => time >= from && time < to && processes.has(process),
  );
}

test("100 seeds of clocks are logs in which clocks are happens-before", () => {
  for (const seed of SEEDS) expectAllRight(clocksRun(seed));
});

test("100 seeds of a factory whose stages crash, too", () => {
  let restarts = 0;
  for (const seed of SEEDS) {
    // A tenth in full, as all pairs of events are compared.
    const trace = factoryRun(seed);
    const { text } = exported(shiviz, trace);
    check(read(text));
    restarts += text.split("\n").filter((line) => /^\S*#\d+ \{/.test(line)).length;
    if (seed % 10 < 1) expectAllRight(trace);
  }
  expect(restarts).toBeGreaterThan(1_000);
});

test("where nobody crashes, clocks agree with happens-before as the checks know it", () => {
  const trace = clocksRun(1);
  const own = new Set(["start", "internal", "send", "receive", "timeout"]);
  const events = [...trace].filter(({ kind }) => own.has(kind));
  const logged = read(exported(shiviz, trace).text);
  const order = new HappensBefore(trace);
  const less = (a: Logged, b: Logged): boolean =>
    a !== b && [...a.clock].every(([host, value]) => value <= (b.clock.get(host) ?? 0));
  for (const [a, { sequence: first }] of events.entries()) {
    for (const [b, { sequence: second }] of events.entries()) {
      expect(less(logged[a]!, logged[b]!)).toBe(order.before(first, second));
    }
  }
});

test.each([
  ["clocks", clocksRun(1)],
  ["clocks that crash", clocksRun(2)],
] as const)("a cone has what an event depends on and what depends on it: %s", (_, trace) => {
  expectCone(trace);
});

test("a cone of a factory whose stages crash and lose what they stored", () => {
  expectCone(factoryRun(10));
});

function expectCone(trace: Trace): void {
  const order = orderOf(trace);
  const middle = Math.floor(order.events.length / 2);
  const { sequence } = order.events[middle]!;
  const events = trace.observe(new ConeObserver(sequence));
  const expected = new Set(
    order.events.flatMap(({ sequence: each }, index) =>
      index === middle || order.before(index, middle) || order.before(middle, index) ? [each] : [],
    ),
  );
  expect(expected.size).toBeGreaterThan(1);
  expect(expected.size).toBeLessThan(order.events.length);
  expectRight(trace, { ...WHOLE, events }, ({ sequence: each }) => expected.has(each));
}

test("a log stops at 10,000 events and says how to choose", () => {
  const run = { params: { rates: [200, 200, 200] }, seed: 1 };
  const trace = simulate(clocks, { ...run, duration: newRun(clocks).duration });
  const { text, events, notes } = exported(shiviz, trace);
  expect(events).toBe(10_000);
  expect(notes).toEqual([
    "shiviz stopped at 10,000 events; choose which by --from, --until, --only or --cone",
  ]);
  check(read(text));
});

describe("a log that is broken is refused", () => {
  const { text } = exported(shiviz, clocksRun(1));
  const line = (pattern: RegExp): string => pattern.exec(text)![0];
  const third = line(/^machine_1 \{"machine_1": 3.*$/m);
  const message = line(/^machine_1 \{"machine_1": \d+, "machine_2": \d+.*$/m);
  test.each([
    ["its own counter jumps", () => text.replace(third, third.replace("3", "4")), /rises by 1/],
    ["an unknown host", () => text.replace(third, third.replace("}", ', "x": 1}')), /appears/],
    [
      "more than there are",
      () => text.replace(message, message.replace(/("machine_2": )\d+/, "$19999")),
      /at most the number/,
    ],
    [
      "a zero",
      () => text.replace(message, message.replace(/("machine_2": )\d+/, "$10")),
      /counts events/,
    ],
    ["a line too many", () => `${text}x\n`, /every line/],
    [
      "a parenthesis in the parser",
      () => text.replace("(?<host>", String.raw`\((?<host>`),
      /parentheses/,
    ],
  ])("%s", (_, broken, says) => {
    expect(broken()).not.toBe(text);
    expect(() => check(read(broken()))).toThrow(says);
  });

  test("what a cause knew is missing", () => {
    const events = read(text);
    const last = events.findLast(
      ({ text: said, clock }) => /^internal/.test(said) && clock.size === 3,
    )!;
    const without = new Map(last.clock);
    without.delete([...without.keys()].find((host) => host !== last.host)!);
    const broken = events.map((event) => (event === last ? { ...last, clock: without } : event));
    expect(() => check(broken)).toThrow(/transitively closed/);
  });
});
