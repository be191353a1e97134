// Factories in storms: whatever fails, nothing is lost and nothing used twice; and in calm all is settled.
import { describe, expect, test } from "vitest";
import { factorySystem } from "../../../src/cli/factory-file.ts";
import { type Trial, trial } from "../../../src/cli/hunt/trial.ts";
import { parseFault } from "../../../src/core/fault-notation.ts";
import { micros, seconds } from "../../../src/core/micros.ts";
import { newRun, type RunSettings } from "../../../src/core/new-run.ts";
import { drawFaults, PROFILE_NAMES } from "../../../src/core/profiles.ts";
import { Streams } from "../../../src/core/random.ts";
import type { Fault } from "../../../src/core/run.ts";
import { type AnySystem, membersOf } from "../../../src/core/system.ts";
import { sim } from "../../../src/runtimes/sim/simulation.ts";
import { auditStores, FactoryAuditor } from "../../../src/systems/factory/books/auditor.ts";
import { factory } from "../../../src/systems/factory/factory.ts";
import type { FactoryParams } from "../../../src/systems/factory/file/definition.ts";
import { plantOf } from "../../../src/systems/factory/plant.ts";
import { type Look, RIGHT, ran } from "./books.ts";

const seedsTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index + 1);

function stormed(system: AnySystem, seed: number, settings: RunSettings = {}): Trial {
  const plan = { profile: "storm", strict: true, duration: seconds(30), ...settings } as const;
  return trial(system, drawFaults(system, newRun(system, { seed, ...plan })));
}

/** All holds; only that a case occurs may be left open. */
function expectAllHolds(seed: number, { judgements, broken }: Trial): void {
  expect([seed, broken]).toEqual([seed, undefined]);
  const wrong = judgements.filter(
    ({ kind, result }) => result !== "holds" && !(kind === "sometimes" && result === "unknown"),
  );
  expect([seed, wrong]).toEqual([seed, []]);
  const names = judgements.map(({ check }) => check);
  expect(names).toEqual(expect.arrayContaining(["audit", "settled-end", "ships"]));
}

/** Seeds that failed once: a clock that was set back kept a lot waiting for it. */
const PAST = [538];

/** A hundred others, twenty at a time. */
const TWENTIES = [1, 21, 41, 61, 81].map((from) => ({
  name: `${from} to ${from + 19}`,
  seeds: seedsTo(20).map((seed) => from - 1 + seed),
}));

describe("in a storm every check holds", () => {
  const all = [{ name: "of the past", seeds: PAST }, ...TWENTIES];
  test.each(all)("on the plant in which much can go wrong, seeds $name", ({ seeds }) => {
    const occurred = new Set<string>();
    for (const seed of seeds) {
      const result = stormed(RIGHT, seed);
      expectAllHolds(seed, result);
      for (const { check, result: is } of result.judgements) {
        if (is === "holds") occurred.add(check);
      }
    }
    expect([...occurred]).toEqual(expect.arrayContaining(["ships", "recalling"]));
  });

  test("on the bicycle factory, ten hours of it in a minute", () => {
    const bicycle = factorySystem("experiments/factory/bicycle.yaml");
    const params = { timeScale: 600, policies: { resend: "100ms" } };
    for (const seed of seedsTo(20)) expectAllHolds(seed, stormed(bicycle, seed, { params }));
  });

  test("on random plants", () => {
    const complexities = ["low", "medium", "high"];
    for (const seed of seedsTo(20)) {
      const plant = {
        seed,
        types: 4 + (seed % 5),
        perType: 1 + (seed % 3),
        complexity: complexities[Math.floor(seed / 3) % 3]!,
      };
      const params = { plant, policies: { resend: "100ms" } };
      expectAllHolds(seed, stormed(factory, seed, { params }));
    }
  });
});

test.each(PROFILE_NAMES.filter((name) => name !== "storm" && name !== "lying-disks"))(
  "under the profile %s every check holds",
  (profile) => {
    for (const seed of seedsTo(6)) expectAllHolds(seed, stormed(RIGHT, seed, { profile }));
  },
);

test("disks that lie are found out: the audit is no formality", () => {
  const failed = seedsTo(6).filter((seed) =>
    stormed(RIGHT, seed, { profile: "lying-disks" }).judgements.some(
      ({ check, result }) => check === "audit" && result === "fails",
    ),
  );
  expect(failed).not.toEqual([]);
});

test("at any moment the stores alone tell what was followed commit by commit", () => {
  for (const seed of seedsTo(8)) {
    const run = drawFaults(
      RIGHT,
      newRun(RIGHT, { seed, profile: "storm", strict: true, duration: seconds(30) }),
    );
    const plant = plantOf(run.params as FactoryParams);
    const running = sim.start(RIGHT, run, null);
    const auditor = new FactoryAuditor(plant);
    running.store.watch(auditor);
    const dice = new Streams(seed, 0, 1);
    const moments = Array.from({ length: 10 }, () => dice.uniform(0) * run.duration);
    for (const moment of moments.sort((a, b) => a - b)) {
      running.to(micros(moment));
      const stored = running.names.map((_, process) => running.store.stored(process));
      const { ledger, found } = auditStores(plant, stored);
      expect([seed, moment, found]).toEqual([seed, moment, []]);
      expect(ledger.books).toEqual(auditor.ledger.books);
      expect(new Set(ledger.lots())).toEqual(new Set(auditor.ledger.lots()));
    }
    expect(auditor.found).toEqual([]);
    running.stop();
  }
});

/** Wipes of some stores in the first half, half of them short ones. A store is lost at the end of one. */
function wipes(seed: number, names: readonly string[]): readonly Fault[] {
  const dice = new Streams(seed, 0, 1);
  const draw = (count: number): number => Math.floor(dice.uniform(0) * count);
  return Array.from({ length: 1 + draw(5) }, (_, index) => {
    const [at, length] = [draw(15_000), 2 + draw(index % 2 === 0 ? 8 : 2_000)];
    return parseFault(`wipe ${names[draw(names.length)]} ${at}ms..${at + length}ms`);
  });
}

describe("stores that are wiped", () => {
  const stages = membersOf(RIGHT, RIGHT.parse({})).map(({ name }) => name);

  test("take along what they knew, and nothing is used twice for it", () => {
    let lost = 0;
    for (const seed of seedsTo(30)) {
      const faults = wipes(seed, stages.slice(0, -1));
      const settings = { seed, faults, profile: "storm", duration: seconds(30) } as const;
      // Just after a wipe messages are under way of which no store knows any more.
      const moments = faults.map(({ until }) => micros(until! + 1)).sort((a, b) => a - b);
      const looks = moments.map((at): Look => [at, () => {}]);
      const { violations, said, stores } = ran(RIGHT, settings, looks);
      expect([seed, violations]).toEqual([seed, []]);
      const sent = new Map<unknown, number>();
      for (const { name, fields, at } of said) if (name === "sent") sent.set(fields.lot, at);
      for (const [stage, { id, keyed }] of stores) {
        for (const [key, value] of keyed) {
          const { state } = value as { readonly state?: string };
          if (!key.startsWith("lot/") || state === "available") continue;
          if (state === "lost") lost++;
          // In calm, what was sent long ago is known to be lost, if it is not settled.
          const when = sent.get(`${stage}/${id}/${key.slice(4)}`)!;
          expect([seed, stage, key, state === "lost" || when > seconds(25)]).toEqual([
            ...[seed, stage, key],
            true,
          ]);
        }
      }
    }
    expect(lost).toBeGreaterThan(10);
  });
});
