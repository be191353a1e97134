// Runs as logs for TLC: our specifications take the right ones to their end, and no other. TLC itself executes them
// where it is (TLA2TOOLS names tla2tools.jar and CommunityModules-deps.jar); a small interpreter does everywhere.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import abdRegister from "../../examples/abd-register.ts";
import { STORM_PLANT } from "../../examples/wrong/factory/storm-plant.ts";
import { tlaHandoff } from "../../src/cli/export/handoff.ts";
import { seconds } from "../../src/core/micros.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { type Format, WHOLE } from "../../src/formats/format.ts";
import { tla } from "../../src/formats/tla.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { factory } from "../../src/systems/factory/factory.ts";
import { faults } from "../simulation/factory/books.ts";
import { exported } from "./exported.ts";
import { Module } from "./tla.ts";

const FOLDER = join(import.meta.dirname, "../../docs/tla");
const read = (file: string): string => readFileSync(join(FOLDER, file), "utf8");
const CLOCKS = new Module(read("ClocksTrace.tla"), read("ClocksTrace.cfg"));
const HANDOFF = new Module(read("HandoffTrace.tla"), read("HandoffTrace.cfg"));

type Line = { readonly [field: string]: string | number | readonly string[] };
type Log = readonly Line[];

const settings = { profile: "storm", duration: seconds(3) } as const;
const seeds = Array.from({ length: 100 }, (_, index) => index + 1);
const linesOf = (text: string): Log =>
  text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Line]));
const logOf = (format: Format, system: AnySystem, seed: number, more: object = {}): Log =>
  linesOf(exported(format, simulate(system, { seed, ...settings, ...more })).text);

const wipes = faults(
  "wipe welder-1 1s..1100ms",
  "wipe bench-1 2s..2100ms",
  "wipe saw-1 1500ms..1600ms",
);
const handoff = (seed: number): Log =>
  logOf(tlaHandoff, factory, seed, { params: STORM_PLANT, duration: seconds(5), faults: wipes });

describe("clocks of 100 seeds in storms are what Lamport's rules make them", () => {
  test.each([
    ["clocks", clocks, 100],
    ["a register", abdRegister, 30],
  ] as const)("of %s", (_, system, most) => {
    const events = new Set<unknown>();
    for (const seed of seeds.slice(0, most)) {
      const log = logOf(tla, system, seed, { duration: seconds(1.5) });
      expect([seed, CLOCKS.check(log)]).toEqual([seed, { accepted: true, steps: log.length }]);
      for (const { event } of log) events.add(event);
    }
    expect([...events].sort()).toEqual(["internal", "receive", "send", "start"]);
  });
});

test("lots of 100 seeds in storms are handed over by the rules", () => {
  const events = new Set<unknown>();
  for (const seed of seeds) {
    const log = handoff(seed);
    expect([seed, HANDOFF.check(log)]).toEqual([seed, { accepted: true, steps: log.length }]);
    for (const { event } of log) events.add(event);
  }
  const all = ["loses", "makes", "recalls", "receives", "refuses", "sends", "settles", "shelves"];
  expect([...events].sort()).toEqual([...all, "takes back", "uses"]);
});

/** A log with one thing wrong, and the line before which it is right. */
type Broken = readonly [what: string, change: (log: Log) => Log];
const place = (log: Log, event: string): number => log.findIndex((line) => line.event === event);
const changed =
  (event: string, change: (line: Line) => Line): Broken[1] =>
  (log) =>
    log.with(place(log, event), change(log[place(log, event)]!));
const left =
  (event: string): Broken[1] =>
  (log) =>
    log.toSpliced(place(log, event), 1);
const twice =
  (event: string): Broken[1] =>
  (log) =>
    log.toSpliced(place(log, event), 0, log[place(log, event)]!);

const WRONG_CLOCKS: readonly Broken[] = [
  ["a receive that is too low", changed("receive", (line) => ({ ...line, lamport: 1 }))],
  [
    "a receive that skips one",
    changed("receive", (line) => ({ ...line, lamport: Number(line.lamport) + 1 })),
  ],
  [
    "a receive of what was not sent",
    changed("receive", (line) => ({ ...line, message: "0.1.99999" })),
  ],
  [
    "a send whose stamp is another",
    changed("send", (line) => ({ ...line, lamport: Number(line.lamport) + 1 })),
  ],
  ["a step that is left out", left("internal")],
  ["a step that is told twice", twice("send")],
  ["an event that no rule knows", changed("internal", (line) => ({ ...line, event: "jump" }))],
];
const WRONG_HANDOFFS: readonly Broken[] = [
  ["a lot that nobody made", left("makes")],
  ["a lot that was made twice", twice("makes")],
  ["a lot that was received twice", twice("receives")],
  [
    "a lot that somebody else received",
    changed("receives", (line) => ({ ...line, stage: "nobody-1" })),
  ],
  [
    "a lot that was used where it was not",
    changed("uses", (line) => ({ ...line, stage: "nobody-1" })),
  ],
  ["a lot that was taken back on nobody's word", left("refuses")],
  ["a lot that was settled before it was received", left("receives")],
  ["a lot that was sent while it was away", twice("sends")],
  [
    "a lot that was sent by who has it not",
    changed("sends", (line) => ({ ...line, stage: "nobody-1" })),
  ],
];

const RIGHT_CLOCKS = logOf(tla, clocks, 5, { profile: "calm" });
const RIGHT_HANDOFF = seeds.map(handoff).find((log) => place(log, "refuses") >= 0)!;

test.each(WRONG_CLOCKS)("of clocks, %s is refused", (_, change) => {
  expect(CLOCKS.check(RIGHT_CLOCKS).accepted).toBe(true);
  expect(CLOCKS.check(change(RIGHT_CLOCKS)).accepted).toBe(false);
});

test.each(WRONG_HANDOFFS)("of the hand-off, %s is refused", (_, change) => {
  expect(HANDOFF.check(RIGHT_HANDOFF).accepted).toBe(true);
  expect(HANDOFF.check(change(RIGHT_HANDOFF)).accepted).toBe(false);
});

/** Factories with a mistake in the hand-off, and a seed that shows it. */
const MISTAKEN = [
  ["confirm-before-receipt", 1, "settles"],
  ["log-after-send", 1, "sends"],
  ["memory-expires", 1, "receives"],
  ["no-generation", 10, "takes back"],
  ["refusal-from-anybody", 2, "takes back"],
  ["refusal-without-tombstone", 1, "refuses"],
  ["sent-not-recorded", 1, "sends"],
  ["timeout-gives-away", 1, "sends"],
] as const;

test.each(MISTAKEN)(
  "what %s does is refused, in seed %i where it %s",
  async (name, seed, event) => {
    const path = `../../examples/wrong/factory/${name}.ts`;
    const { default: wrong } = (await import(path)) as { readonly default: AnySystem };
    const log = logOf(tlaHandoff, { ...wrong, name: "factory" }, seed, { duration: seconds(20) });
    const { accepted, steps } = HANDOFF.check(log);
    expect([accepted, log[steps]!.event]).toEqual([false, event]);
  },
);

test("clocks that are sent before they rise are refused", () => {
  const log = logOf(tla, clocks, 1, { lamport: "send-before-increment" });
  expect(CLOCKS.check(log).accepted).toBe(false);
});

test("a part without its beginning, and a run without lots, are refused in words", () => {
  const trace = simulate(clocks, { duration: seconds(1) });
  for (const choice of [
    { ...WHOLE, from: 5 },
    { ...WHOLE, processes: new Set([1]) },
  ]) {
    expect(() => exported(tla, trace, choice)).toThrow(/from its first state on.*--until/);
  }
  expect(() => exported(tlaHandoff, trace)).toThrow(/clocks hands no lots over; --to tla/);
});

const TLC = (process.env.TLA2TOOLS ?? "").split(delimiter).filter((jar) => existsSync(jar));
const without = TLC.length === 0 ? ": skipped, TLA2TOOLS names no tla2tools.jar" : "";

describe.skipIf(TLC.length === 0)(`by TLC${without}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-tla-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const accepts = (name: string, log: Log): boolean => {
    const TRACE = join(folder, "log.ndjson");
    writeFileSync(TRACE, `${log.map((line) => JSON.stringify(line)).join("\n")}\n`);
    const options = ["-metadir", folder, "-config", `${name}.cfg`, `${name}.tla`];
    const args = ["-cp", TLC.join(delimiter), "tlc2.TLC", ...options];
    return spawnSync("java", args, { cwd: FOLDER, env: { ...process.env, TRACE } }).status === 0;
  };

  test("right logs are accepted, and each wrong one refused", { timeout: 300_000 }, () => {
    expect([accepts("ClocksTrace", RIGHT_CLOCKS), accepts("HandoffTrace", RIGHT_HANDOFF)]).toEqual([
      true,
      true,
    ]);
    for (const [what, change] of WRONG_CLOCKS) {
      expect([what, accepts("ClocksTrace", change(RIGHT_CLOCKS))]).toEqual([what, false]);
    }
    for (const [what, change] of WRONG_HANDOFFS) {
      expect([what, accepts("HandoffTrace", change(RIGHT_HANDOFF))]).toEqual([what, false]);
    }
  });
});
