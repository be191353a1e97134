import fc from "fast-check";
import { expect, test } from "vitest";
import { readFactory } from "../../cli/factory-file.ts";
import type { FactoryParams } from "./file/definition.ts";
import { parseFactory } from "./file/params.ts";
import { type Plant, plantOf } from "./plant.ts";

const arcsIn = ({ flows, stages }: Plant) =>
  flows[0]!.inbound.flatMap((lines, consumer) =>
    lines.flatMap((arcs, line) =>
      arcs.map((arc) => ({ ...arc, to: stages[consumer]!, line: stages[consumer]!.bom[line]! })),
    ),
  );

const bicycle = (): FactoryParams => readFactory("experiments/factory/bicycle.yaml");

test("a credit is never less than what a job needs and a lot to be opened", () => {
  const settings = fc.record({
    types: fc.integer({ min: 4, max: 10 }),
    perType: fc.integer({ min: 1, max: 4 }),
    complexity: fc.constantFrom("low" as const, "medium" as const, "high" as const),
    seed: fc.nat(),
    inbound: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(settings, ({ inbound, ...plant }) => {
      const drawn = parseFactory({ plant });
      const equipment = Object.fromEntries(
        Object.entries(drawn.equipment).map(([name, of]) => [
          name,
          { ...of, buffer: { in: inbound } },
        ]),
      );
      for (const params of [drawn, { ...drawn, equipment } as FactoryParams]) {
        for (const { credit, line } of arcsIn(plantOf(params))) {
          expect(credit).toBeGreaterThanOrEqual(line.need + line.lot);
        }
      }
    }),
  );
  for (const { credit, line } of arcsIn(plantOf(bicycle()))) {
    expect(credit).toBeGreaterThanOrEqual(line.need + line.lot);
  }
});

test("the bicycle factory has 20 stages and 43 arcs, from every class but the last", () => {
  const plant = plantOf(bicycle());
  const arcs = arcsIn(plant);
  expect([plant.stages.length, arcs.length]).toEqual([20, 43]);
  const starts = new Set(arcs.map(({ from }) => plant.stages[from]!.kind));
  expect([...starts].sort()).toEqual(
    [...new Set(plant.stages.map(({ kind }) => kind))].filter((kind) => kind !== "stand").sort(),
  );
  for (const { from, to, line } of arcs) {
    expect(plant.stages[from]!.item).toBe(line.item);
    expect(plant.flows[0]!.outbound[from]!.has(to.id)).toBe(true);
  }
});

test("rates of a stage's suppliers add up to what its jobs take in an hour", () => {
  const plant = plantOf(bicycle());
  const bench = plant.stages.find(({ name }) => name === "bench-1")!;
  const lines = plant.flows[0]!.inbound[bench.id]!;
  // A wheel every six minutes: ten rims, 360 spokes and ten hubs an hour.
  expect(lines.map((arcs) => arcs.reduce((sum, { rate }) => sum + rate, 0))).toEqual([10, 360, 10]);
});

test("what a job needs is its bill times its starts, and a route says how long the way is", () => {
  const plant = plantOf(bicycle());
  const of = (name: string) => plant.stages.find((stage) => stage.name === name)!;
  expect(of("weld-1").bom.map(({ need, lot }) => [need, lot])).toEqual([[8e6, 40e6]]);
  expect(of("oven-1").bom.map(({ need }) => need)).toEqual([1e6, 0.3e6]);
  expect([of("spokes-1").starts, of("spokes-1").each]).toEqual([72, 1e6]);
  const way = (from: string, to: string) =>
    arcsIn(plant).find((arc) => arc.from === of(from).id && arc.to.name === to)!.transport;
  expect([way("weld-1", "oven-1"), way("oven-1", "stand-2")]).toEqual([30e6, 60e6]);
});

test("a time scale shortens times and raises rates alike, and leaves amounts", () => {
  const [slow, fast] = [1, 600].map((timeScale) =>
    plantOf({ ...bicycle(), timeScale } as FactoryParams),
  );
  const [before, after] = [arcsIn(slow!), arcsIn(fast!)];
  for (const [index, arc] of after.entries()) {
    expect(arc.rate).toBeCloseTo(before[index]!.rate * 600, 6);
    expect(arc.transport).toBe(before[index]!.transport / 600);
    expect(arc.credit).toBe(before[index]!.credit);
  }
  expect(Math.max(...after.map(({ credit }) => credit))).toBeGreaterThan(0);
});

test("a plant is compiled once", () => {
  const params = bicycle();
  expect(plantOf(params)).toBe(plantOf(params));
});
