// Bills of materials that change at random while anybody is killed, as the experiments of seed 000 wanted it:
// nothing is lost, whoever leads plans for the bills in force, and the plant ships on.
import { beforeAll, describe, expect, test } from "vitest";
import { checksOf, verify } from "../../../src/checks/checks.ts";
import type { Json } from "../../../src/core/json.ts";
import { seconds } from "../../../src/core/micros.ts";
import type { Profile } from "../../../src/core/profiles.ts";
import type { CrashFault } from "../../../src/core/run.ts";
import { auditStores } from "../../../src/systems/factory/books/auditor.ts";
import type { FlowValue } from "../../../src/systems/factory/leading/register.ts";
import { notesOf, type Ran, RIGHT, ran } from "./books.ts";
import { LEADER, LED_STORM_PLANT, planned } from "./planned.ts";

type Fields = { readonly [name: string]: Json };

/** The plant of the seed's experiments, ten times as fast, and led. */
const SEED_PLANT: Fields = {
  leader: { ...LEADER },
  policies: { resend: "100ms" },
  timeScale: 10,
};
const LAST = 40;

beforeAll(() => planned(LED_STORM_PLANT).ready!());

/** Six changes of a bill a minute of the run, for 40 s of it; then 20 s more. */
function changing(plant: Fields, seed: number, profile: Profile): Ran {
  const faster = (plant.timeScale as number | undefined) ?? 1;
  const engineeringChanges = { rate: `${6 / faster}/min`, until: `${LAST * faster}s`, seed };
  const system = planned({ ...plant, engineeringChanges });
  const all = ran(system, { seed, profile, duration: seconds(60) });
  for (const { check, kind, result } of verify(all.trace, checksOf(all.trace.run, system))) {
    if (kind !== "sometimes" && result !== "unknown") {
      expect([seed, check, result]).toEqual([seed, check, "holds"]);
    }
  }
  return all;
}

const shippedFrom = (all: Ran, from: number): number =>
  notesOf(all, "ships").filter(({ at }) => at >= from).length;

/** What a stage has made of its changes is what was drawn, at those instants, or when it was up again. */
function expectMade(all: Ran, seed: number): void {
  const faults = all.trace.run.faults as readonly CrashFault[];
  for (const { name, changes } of all.plant.stages) {
    const down = faults.filter(({ process }) => process === name);
    const instants = changes.map(({ at }) => {
      const fault = down.find((each) => each.at <= at && at < each.until!);
      return Math.ceil(fault?.until ?? at);
    });
    const made = notesOf(all, "changes", name);
    expect([seed, name, made.map(({ fields }) => fields.to)]).toEqual([
      ...[seed, name],
      changes.map(({ kind }) => kind),
    ]);
    expect([seed, name, made.map(({ at }) => at)]).toEqual([seed, name, instants]);
    for (const { from, revision } of all.jobs(name)) {
      expect(revision).toBe(instants.filter((at) => at <= from).length);
    }
  }
}

/** By the last flow each class that works is given all that its bill takes, and nobody anything else. */
function expectFollowed(all: Ran, seed: number): void {
  const { value } = all.stores.get("keeper")!.keyed.get("key/flow") as { value: FlowValue };
  const { stages } = all.plant;
  const arcs = value.arcs!.map(([from, to]) => [stages[from]!, stages[to]!] as const);
  for (const [kind, { bills, final }] of new Map(stages.map((stage) => [stage.kind, stage]))) {
    const given = new Set(arcs.filter(([, to]) => to.kind === kind).map(([from]) => from.item));
    const works = final || arcs.some(([from]) => from.kind === kind);
    const wanted = works ? bills.at(-1)!.filter(({ need }) => need > 0) : [];
    expect([seed, kind, given]).toEqual([seed, kind, new Set(wanted.map(({ item }) => item))]);
  }
}

const PLANTS = {
  "the plant in which much can go wrong": LED_STORM_PLANT,
  "the seed's": SEED_PLANT,
};

describe.each(Object.entries(PLANTS))("six changes of bills a minute, of %s", (_name, plant) => {
  const profiles = { calm: 1, "kills 6/min back 10/min": 4, "kills 6/min of @leader": 2 } as const;

  test.each(Object.entries(profiles) as [Profile, number][])(
    "%s, %d seeds: the books are right, a leader follows, and lots leave after the last of them",
    (profile, seeds) => {
      let [changes, crashes] = [0, 0];
      for (let seed = 1; seed <= seeds; seed++) {
        const all = changing(plant as Fields, seed, profile);
        expect([seed, all.violations]).toEqual([seed, []]);
        const { found } = auditStores(all.plant, [...all.stores.values()]);
        expect([seed, found]).toEqual([seed, []]);
        expectMade(all, seed);
        expectFollowed(all, seed);
        // Nothing is changed and nobody killed any more.
        expect([seed, shippedFrom(all, seconds(50)) > 0]).toEqual([seed, true]);
        changes += notesOf(all, "changes").length;
        crashes += [...all.trace].filter(({ kind }) => kind === "crash").length;
      }
      expect(changes / seeds).toBeGreaterThan(3);
      expect(profile === "calm" || crashes / seeds > 2).toBe(true);
    },
    60_000,
  );
});

test("without a leader too: who is supplied by all asks for what its bill takes", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const engineeringChanges = { rate: "6/min", until: `${LAST}s`, seed };
    const params = { ...RIGHT.parse({}), engineeringChanges } as unknown as Json;
    const all = ran(RIGHT, { seed, params, profile: "storm", duration: seconds(60) });
    expect([seed, all.violations]).toEqual([seed, []]);
    expect([seed, shippedFrom(all, seconds(50)) > 0]).toEqual([seed, true]);
  }
});
