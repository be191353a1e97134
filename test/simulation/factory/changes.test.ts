// What an operator plans for later: bills of materials, stages closed and opened, scrap, write-offs.
import { expect, test } from "vitest";
import { STORM_PLANT } from "../../../examples/wrong/factory/storm-plant.ts";
import { trial } from "../../../src/cli/hunt/trial.ts";
import type { Json } from "../../../src/core/json.ts";
import { seconds } from "../../../src/core/micros.ts";
import { newRun } from "../../../src/core/new-run.ts";
import { drawFaults } from "../../../src/core/profiles.ts";
import { sim } from "../../../src/runtimes/sim/simulation.ts";
import { auditStores } from "../../../src/systems/factory/books/auditor.ts";
import { totalsOf } from "../../../src/systems/factory/books/totals.ts";
import { factory } from "../../../src/systems/factory/factory.ts";
import type { FlowValue, PlannedArc } from "../../../src/systems/factory/leading/register.ts";
import type { JobRecord, SettledRecord } from "../../../src/systems/factory/messages.ts";
import { plantOf } from "../../../src/systems/factory/plant.ts";

const CHANGES = [
  { at: "4s", segment: "assemble", consumes: { panel: 1, bar: 4 } },
  { at: "6s", stage: "welder-2", do: "close" },
  { at: "7s", stage: "mixer-1", do: "scrap shelf" },
  { at: "10s", stage: "welder-2", do: "open" },
  { at: "12s", segment: "assemble", consumes: { panel: 2 } },
];
const withChanges = (changes: readonly object[]): Json =>
  ({ ...STORM_PLANT, changes }) as unknown as Json;

function ran(params: Json) {
  const run = newRun(factory, { params, duration: seconds(20), strict: true });
  const running = sim.start(factory, run, null);
  running.to(run.duration);
  const plant = plantOf(factory.parse(params));
  const stored = running.names.map((_, process) => running.store.stored(process));
  const of = <T>(name: string, log: string): readonly T[] =>
    (stored[running.names.indexOf(name)]!.logs.get(log) ?? []) as unknown as readonly T[];
  return { plant, stored, of };
}

test("a bill of materials changes between jobs, and genealogy says by which each was made", () => {
  const { of, plant, stored } = ran(withChanges(CHANGES));
  const jobs = [...of<JobRecord>("bench-1", "jobs"), ...of<JobRecord>("bench-2", "jobs")];
  const took = (job: JobRecord, maker: string): number =>
    job.inputs.reduce((sum, [lot, amount]) => sum + (lot.startsWith(maker) ? amount / 1e6 : 0), 0);
  const bills = [
    { panel: 2, bar: 3 },
    { panel: 1, bar: 4 },
    { panel: 2, bar: 0 },
  ];
  for (const job of jobs) {
    const { revision, from } = job;
    expect(revision).toBe(from < seconds(4) ? 0 : from < seconds(12) ? 1 : 2);
    expect({ panel: took(job, "booth"), bar: took(job, "saw") }).toEqual(bills[revision]);
  }
  expect(new Set(jobs.map(({ revision }) => revision))).toEqual(new Set([0, 1, 2]));
  expect(auditStores(plant, stored).found).toEqual([]);
});

test("a stage that is closed begins no job until it is opened", () => {
  const { of } = ran(withChanges(CHANGES));
  const begun = of<JobRecord>("welder-2", "jobs").map(({ from }) => from);
  expect(begun.some((from) => from < seconds(6))).toBe(true);
  expect(begun.filter((from) => from >= seconds(6) && from < seconds(10))).toEqual([]);
  expect(begun.some((from) => from >= seconds(10))).toBe(true);
});

test("what is scrapped on a shelf is counted as scrapped, and nothing is missing", () => {
  const { of, plant, stored } = ran(withChanges(CHANGES));
  const scrapped = of<SettledRecord>("mixer-1", "settled").filter(
    ({ fate }) => fate === "scrapped",
  );
  expect(scrapped.length).toBeGreaterThan(0);
  for (const [, totals] of totalsOf(auditStores(plant, stored).ledger)) {
    const { made, ...rest } = totals;
    expect(Object.values(rest).reduce((sum, amount) => sum + amount, 0)).toBe(made);
  }
});

test("lots written off are lost until their consumer answers after all", () => {
  const away = { kind: "crash", process: "bench-1", at: seconds(7), until: seconds(12) } as const;
  const writeOff = [{ at: "9s", stage: "booth-1", writeOff: "bench-1" }];
  const params = withChanges(writeOff);
  const run = newRun(factory, { params, duration: seconds(20), faults: [away] });
  const running = sim.start(factory, run, null);
  const booth = running.names.indexOf("booth-1");
  const lost = (): number =>
    [...running.store.load(booth).values()].filter(
      (value) => (value as { readonly state?: string }).state === "lost",
    ).length;
  running.to(seconds(11));
  expect(lost()).toBeGreaterThan(0);
  running.to(seconds(20));
  const stored = running.names.map((_, process) => running.store.stored(process));
  expect(auditStores(plantOf(factory.parse(params)), stored).found).toEqual([]);
});

test("the storm finds nothing wrong with them", () => {
  const params = withChanges([
    ...CHANGES.slice(0, 3),
    { at: "8s", stage: "booth-1", writeOff: "bench-1" },
    ...CHANGES.slice(3),
  ]);
  for (let seed = 1; seed <= 20; seed++) {
    const asked = newRun(factory, { params, seed, duration: seconds(30), profile: "storm" });
    const { judgements, broken } = trial(factory, drawFaults(factory, asked));
    const wrong = judgements.filter(
      ({ kind, result }) => kind !== "sometimes" && result !== "holds",
    );
    expect([seed, broken, wrong]).toEqual([seed, undefined, []]);
  }
});

test.each([
  [[{ at: "4s", segment: "asemble", consumes: {} }], /changes\.0\.segment.*"assemble"/],
  [[{ at: "4s", segment: "cut", consumes: { cabin: 1 } }], /needed for itself/],
  [[{ at: "4s", stage: "saw", do: "open" }], /changes\.0\.stage: there is no stage "saw"/],
  [[{ at: "4s", segment: "assemble", consumes: { pannel: 1 } }], /"panel"/],
  [[{ at: "4s", segment: "weld", consumes: { bar: 0.3 } }], /changes\.0\.consumes\.bar.*whole/],
  [[CHANGES[1]!, CHANGES[0]!], /changes\.1\.at: changes come in order/],
])("a change that cannot be made is refused: %j", (changes, words) => {
  expect(() => factory.parse(withChanges(changes))).toThrow(words);
});

test("a leader plans for the bills that are in force, and without what is closed", async () => {
  await factory.ready!();
  const { flow: _given, ...plant } = STORM_PLANT;
  const leader = { candidates: 3, heartbeat: "200ms", lease: "1s", debounce: "200ms" };
  const params = { ...plant, leader, changes: CHANGES } as unknown as Json;
  const run = newRun(factory, { params, duration: seconds(20), strict: true });
  const plans: { readonly at: number; readonly arcs: readonly PlannedArc[] }[] = [];
  const running = sim.start(factory, run, null);
  const keeper = running.names.indexOf("keeper");
  for (let second = 1; second <= 20; second++) {
    running.to(seconds(second));
    const held = running.store.load(keeper).get("key/flow") as { value: FlowValue } | undefined;
    if (held?.value.arcs) plans.push({ at: second, arcs: held.value.arcs });
  }
  const named = (at: number): string[] =>
    plans
      .find((plan) => plan.at === at)!
      .arcs.map(([from, to]) => `${running.names[from]}>${running.names[to]}`);
  const [before, closed, last] = [named(4), named(9), named(20)];
  expect(before.some((arc) => arc.includes("welder-2"))).toBe(true);
  expect(closed.some((arc) => arc.includes("welder-2"))).toBe(false);
  expect(before.some((arc) => /^saw-\d>bench/.test(arc))).toBe(true);
  expect(last.some((arc) => /^saw-\d>bench/.test(arc))).toBe(false);
});
