// What a page shows of a factory is what its stores hold, whatever has happened to them.
import { expect, test } from "vitest";
import { factory } from "../../../src/systems/factory/factory.ts";
import type { InLot, OutLot } from "../../../src/systems/factory/messages.ts";
import { FactoryView } from "../../../src/systems/factory/view.ts";
import type { FactoryState } from "../../../src/systems/factory/view-state.ts";
import { faults, type Ran, ran, SHOP } from "./books.ts";

const stateOf = ({ trace }: Ran): FactoryState =>
  trace.observe(new FactoryView(trace.run, trace.names)) as unknown as FactoryState;

/** By stage: lots on its shelf, lots that wait to be used or are in use, jobs under way. */
const heldBy = ({ plant, stores }: Ran) => {
  const count = (name: string, prefix: string, has: (value: unknown) => boolean): number =>
    [...stores.get(name)!.keyed].filter(([key, value]) => key.startsWith(prefix) && has(value))
      .length;
  const column = (prefix: string, has: (value: unknown) => boolean): number[] =>
    plant.stages.map(({ name }) => count(name, prefix, has));
  return {
    shelf: column("lot/", (lot) => (lot as OutLot).state === "available"),
    queue: column("in/", (lot) => (lot as InLot).due === null),
    jobs: column("job/", () => true),
  };
};

test.each([
  ["in calm", []],
  ["after a crash", ["crash press-1 5s..6s", "crash saw-1 7s..8s"]],
  ["after a store was lost", ["wipe press-1 5s..6s", "wipe saw-1 7s..8s"]],
])("%s", (_, given) => {
  const run = ran(factory, { params: SHOP, faults: faults(...given) });
  expect(stateOf(run)).toMatchObject(heldBy(run));
});

test("where jobs are scrapped that are cut off", () => {
  const press = { ...SHOP.segments.press, onInterrupt: "scrap" };
  const params = { ...SHOP, segments: { ...SHOP.segments, press } };
  const run = ran(factory, {
    params,
    faults: faults("crash press-1 5.1s..6s", "crash press-1 9.15s..10s"),
  });
  expect(run.said.some(({ name }) => name === "cut off")).toBe(true);
  expect(stateOf(run)).toMatchObject(heldBy(run));
});
