// A day of a plant with all that its operator does in it, as the guide tells it: each thing is seen to happen,
// and the books are right all the while.
import { beforeAll, describe, expect, test } from "vitest";
import { checksOf, verify } from "../../../src/checks/checks.ts";
import { factorySystem } from "../../../src/cli/factory-file.ts";
import { seconds } from "../../../src/core/micros.ts";
import type { Stored } from "../../../src/core/stored.ts";
import type { Simulation } from "../../../src/runtimes/sim/simulation.ts";
import { auditStores } from "../../../src/systems/factory/books/auditor.ts";
import { totalsOf } from "../../../src/systems/factory/books/totals.ts";
import type { SettledRecord } from "../../../src/systems/factory/messages.ts";
import { faults, notesOf, type Ran, ran } from "./books.ts";

const system = factorySystem("experiments/factory/operations.yaml");
/** Hours of the plant, of which 600 s are one of the run. */
const hours = (count: number): number => seconds(count * 6);
const between =
  (from: number, to: number) =>
  ({ at }: { readonly at: number }): boolean =>
    at >= hours(from) && at < hours(to);

/** Lots that are lost, as far as their makers know. */
function lostIn(stores: Iterable<Stored>): number {
  const values = [...stores].flatMap(({ keyed }) => [...keyed.values()]);
  return values.filter((value) => (value as { readonly state?: string } | null)?.state === "lost")
    .length;
}

describe("in a day of operations", () => {
  let day: Ran;
  let lostByNoon = 0;
  const seen = (name: string, who?: string) => notesOf(day, name, who);
  const begun = (who: string, from: number, to: number): number =>
    day.jobs(who).filter((job) => between(from, to)({ at: job.from })).length;

  beforeAll(async () => {
    await system.ready!();
    const settings = { duration: seconds(144), faults: faults("crash builder-3 82s") };
    const look = ({ names, store }: Simulation): void => {
      lostByNoon = lostIn(names.map((_, process) => store.stored(process)));
    };
    day = ran(system, settings, [[seconds(72), look]]);
  });

  test("all checks hold, the books are right, and something leaves the plant in every hour", () => {
    expect(day.violations).toEqual([]);
    const stored = [...day.stores.values()];
    const { found, ledger } = auditStores(day.plant, stored);
    expect(found).toEqual([]);
    for (const [, { made, ...rest }] of totalsOf(ledger)) {
      expect(Object.values(rest).reduce((sum, amount) => sum + amount, 0)).toBe(made);
    }
    for (const { check, result } of verify(day.trace, checksOf(day.trace.run, system)))
      expect([check, result]).not.toEqual([check, "fails"]);
    for (let hour = 2; hour < 24; hour++) {
      expect([hour, seen("ships").some(between(hour, hour + 1))]).toEqual([hour, true]);
    }
  });

  test("the bill of materials changes: each job takes what was in force when it began", () => {
    const bills = [{ plank: 4, stain: 0.2 }, { plank: 5, stain: 0.2 }, { plank: 4 }];
    const revisions = new Set<number>();
    for (const builder of ["builder-1", "builder-2", "builder-4"]) {
      for (const { revision, from, inputs } of day.jobs(builder)) {
        expect(revision).toBe(from < hours(4) ? 0 : from < hours(18) ? 1 : 2);
        const took: { [item: string]: number } = {};
        for (const [lot, amount] of inputs) {
          const item = lot.startsWith("saw") ? "plank" : "stain";
          took[item] = (took[item] ?? 0) + amount;
        }
        for (const item of Object.keys(took)) took[item] = took[item]! / 1e6;
        expect(took).toEqual(bills[revision]);
        revisions.add(revision);
      }
    }
    expect(revisions).toEqual(new Set([0, 1, 2]));
  });

  test("capacity is removed and added: who is closed begins nothing, and is planned for when open", () => {
    expect(begun("builder-4", 0, 8)).toBe(0);
    expect(begun("builder-4", 8, 16)).toBeGreaterThan(15);
    expect(begun("saw-2", 1, 6)).toBeGreaterThan(15);
    expect(begun("saw-2", 6, 10)).toBe(0);
    expect(begun("saw-2", 10, 14)).toBeGreaterThan(10);
  });

  test("lots under way to or from who is no longer supplied are called back", () => {
    const recalled = seen("recalling", "saw-2").filter(between(6, 10));
    expect(recalled.length).toBeGreaterThan(0);
    for (const { fields } of recalled) {
      const back = seen("back", "saw-2").map((each) => each.fields.lot);
      const delivered = seen("delivered", "saw-2").map((each) => each.fields.lot);
      expect([...back, ...delivered]).toContain(fields.lot);
    }
  });

  test("what is on a shelf is scrapped, and counted as scrapped", () => {
    const log = day.stores.get("mixer-1")!.logs.get("settled") as unknown as SettledRecord[];
    const scrapped = log.filter(({ fate }) => fate === "scrapped");
    expect(scrapped.length).toBeGreaterThan(0);
    expect(seen("changes", "mixer-1").filter(between(12, 12.1))).toHaveLength(1);
  });

  test("what was under way to who is gone for good is written off: lost, and never used", () => {
    const gone = seen("lost");
    expect(gone.length).toBeGreaterThan(0);
    expect(gone.every(between(14, 14.1))).toBe(true);
    expect([lostByNoon, lostIn(day.stores.values())]).toEqual([0, gone.length]);
    expect(new Set(gone.map(({ fields }) => day.plant.stages[fields.to as number]!.name))).toEqual(
      new Set(["builder-3"]),
    );
    const lots = gone.map(({ fields }) => fields.lot);
    expect(seen("received").filter(({ fields }) => lots.includes(fields.lot))).toEqual([]);
  });
});
