// The closest plan of large plants, found by small programs, against one program of all stages.
import { describe, expect, test } from "vitest";
import type { Json } from "../../../core/json.ts";
import { Streams } from "../../../core/random.ts";
import { randomPlant } from "../file/generate.ts";
import { parseFactory } from "../file/params.ts";
import type { PlannedArc } from "../leading/register.ts";
import { type Plant, plantOf } from "../plant.ts";
import { type Closing, closestRates, costOf } from "./closest.ts";
import { planFlow } from "./plan.ts";
import { classProblem, stageProblem, waysOf } from "./problem.ts";
import { FlowProgram, type Rates } from "./program.ts";
import { ready, simplex } from "./solver.ts";

await ready();

type Complexity = "low" | "medium" | "high";

const LARGE = { types: 22, perType: 100, complexity: "low", seed: 3 } as const;

/** A random plant in which one source supplies all, so that nothing else is scarce. */
const ample = (types: number, perType: number, complexity: Complexity): Plant =>
  plantOf(parseFactory({ plant: { types, perType, complexity, seed: 3 } }));

/** The same, as many stages of each type, and each with little more than it needs. */
function scarce(types: number, perType: number, complexity: Complexity, seed: number): Plant {
  const { equipment, segments, ...parts } = randomPlant({ types, perType, complexity, seed });
  const dice = new Streams(seed, 98, 1);
  const takers = Object.entries(segments as { [name: string]: { readonly consumes: object } });
  const needs = new Map<string, number>();
  const needOf = (type: string): number => {
    const by = takers.filter(([, { consumes }]) => Object.hasOwn(consumes, type));
    const known = needs.get(type) ?? (by.reduce((sum, [taker]) => sum + needOf(taker), 0) || 1);
    needs.set(type, known);
    return known;
  };
  const each = (of: object, change: (type: string) => object): object =>
    Object.fromEntries(Object.entries(of).map(([type, as]) => [type, { ...as, ...change(type) }]));
  const input = {
    ...parts,
    segments: each(segments, (type) => ({
      cycle: `${(3_000 / needOf(type) / (1 + 0.4 * dice.uniform(0))).toFixed(3)}s`,
    })),
    equipment: each(equipment, () => ({ count: perType })),
  };
  return plantOf(parseFactory(input as Json));
}

/** To be planned again, without some, close to what ran with all. */
function closingOf(plant: Plant, lost: (id: number) => boolean): Closing {
  const live = plant.stages.map(({ id }) => !lost(id));
  const fresh = planFlow(plant, { live });
  const running = planFlow(plant).arcs.filter(([from, to]) => live[from] && live[to]);
  const counts = new Map<string, number>();
  for (const { id, kind } of plant.stages)
    counts.set(kind, (counts.get(kind) ?? 0) + Number(live[id]));
  return {
    stages: stageProblem(plant, (id) => live[id]!, pairsOf(plant, running, fresh.arcs), true),
    classes: classProblem(plant, counts, true),
    least: fresh.perHour,
    solve: simplex,
  };
}

function pairsOf({ stages }: Plant, running: readonly PlannedArc[], others: readonly PlannedArc[]) {
  const named = ([from, to]: PlannedArc): string => `${from} ${to}`;
  const known = new Set(running.map(named));
  const pairs = [...running, ...others.filter((arc) => !known.has(named(arc)))].map(
    (arc, index) => {
      const [from, to, rate] = arc;
      const line = stages[to]!.bom.findIndex(({ item }) => item === stages[from]!.item);
      return { from, to, line, now: index < running.length ? rate : 0 };
    },
  );
  return pairs.sort((a, b) => a.to - b.to || a.line - b.line || a.from - b.from);
}

/** By one program of all stages. */
function oneProgram({ stages, least }: Closing): Rates {
  const flow = new FlowProgram(stages, least);
  const optimum = simplex(flow.program, [flow.change(), flow.work()]);
  if (typeof optimum === "string") throw new Error(optimum);
  return flow.rates(optimum);
}

/** Rates that all makers can do, as inputs, outputs, capacities and what must leave allow. */
function valid({ stages, least }: Closing, { starts, delivered, carried }: Rates): void {
  const { into, out } = waysOf(stages);
  const sum = (ways: readonly number[]): number =>
    ways.reduce((all, way) => all + carried[way]!, 0);
  for (const [index, { takes, gives, capacity, usual }] of stages.makers.entries()) {
    expect(starts[index]! / usual).toBeLessThanOrEqual((capacity / usual) * (1 + 1e-6));
    const off = [
      (sum(out[index]!) + delivered[index]!) / gives - starts[index]!,
      ...takes.map((each, line) => sum(into[index]![line]!) / each - starts[index]!),
    ];
    for (const each of off) expect(Math.abs(each) / usual).toBeLessThan(1e-6);
  }
  expect(delivered.reduce((all, each) => all + each, 0) / least).toBeCloseTo(1, 6);
}

const FORTIETH = (id: number): boolean => id % 40 === 7;

describe.each<readonly [string, Plant, (id: number) => boolean]>([
  ["an ample plant loses a stage", ample(12, 20, "medium"), (id) => id === 7],
  ["an ample plant loses some", ample(12, 20, "medium"), FORTIETH],
  ["an ample plant of many stages loses some", ample(22, 40, "low"), FORTIETH],
  ["a scarce plant loses a stage", scarce(12, 15, "medium", 3), (id) => id === 7],
  ["a scarce plant loses some", scarce(12, 15, "medium", 3), FORTIETH],
  ["another loses many", scarce(10, 16, "high", 4), (id) => id % 9 === 2],
  ["one with another bottleneck loses some", scarce(14, 20, "low", 7), FORTIETH],
])("%s", (_, plant, lost) => {
  const closing = closingOf(plant, lost);
  const closest = closestRates(closing) as Exclude<ReturnType<typeof closestRates>, string>;

  test("and is planned again as close to what ran, with as little under way, as can be", () => {
    const [cost, least] = [closest.rates, oneProgram(closing)].map((rates) =>
      costOf(closing.stages, rates),
    );
    expect(closest.reason).toBe(null);
    valid(closing, closest.rates);
    expect(cost!.change).toBeCloseTo(least!.change, 4);
    expect(cost!.work / least!.work).toBeCloseTo(1, 4);
  });

  test("and the same plan is found each time", () => {
    expect(closestRates(closingOf(plant, lost))).toEqual(closest);
  });
});

test("what a loss does not reach is not planned again: programs are few and small", () => {
  const sizes: number[] = [];
  const closing = closingOf(plantOf(parseFactory({ plant: LARGE })), (id) => id === 7);
  const closest = closestRates({
    ...closing,
    solve: (program, goals) => {
      sizes.push(program.upper.length);
      return simplex(program, goals);
    },
  });
  expect(closest).toMatchObject({ reason: null });
  expect(sizes.length).toBeLessThan(LARGE.types / 2);
  expect(Math.max(...sizes)).toBeLessThan(closing.stages.ways.length / 2);
});

describe("of a plant with more ways than one program can take", () => {
  const plant = ample(22, 100, "medium");

  test("the plan is close, and it is said how close at least", () => {
    const closing = closingOf(plant, FORTIETH);
    const { rates, reason } = closestRates(closing) as { rates: Rates; reason: string };
    valid(closing, rates);
    const [, ways, change, bound] =
      /^(\d+) ways are too many .*: ([\d.]+) are changed where ([\d.]+) might do$/.exec(reason)!;
    expect(Number(ways)).toBe(closing.stages.ways.length);
    expect(Number(change)).toBeCloseTo(costOf(closing.stages, rates).change, 1);
    expect(Number(change)).toBeLessThan(1.15 * Number(bound));
  });

  test("a single loss needs no more than its own", () => {
    const closest = closestRates(closingOf(plant, (id) => id === 7));
    expect(closest).toMatchObject({ reason: null });
  });

  test("with too many even for that, it is made afresh", () => {
    const { stages } = plant;
    const every = stages.flatMap((taker) =>
      stages
        .filter(({ item }) => taker.bom.some((line) => line.item === item))
        .map(({ id }): PlannedArc => [id, taker.id, 1]),
    );
    const plan = planFlow(plant, { running: every });
    expect(plan.reason).toBe(`${every.length} ways are too many to stay close: planned afresh`);
    expect(plan.arcs).toEqual(planFlow(plant).arcs);
  });
});

describe("when the solver fails", () => {
  const closing = closingOf(scarce(14, 20, "low", 7), FORTIETH);
  const failing = (fails: (call: number) => boolean): Closing => {
    let calls = 0;
    const solve: Closing["solve"] = (...asked) =>
      fails(calls++) ? "the solver is not done" : simplex(...asked);
    return { ...closing, solve };
  };

  test("on an item, all is one program", () => {
    const closest = closestRates(failing((call) => call === 2)) as { rates: Rates };
    const least = costOf(closing.stages, oneProgram(closing));
    expect(costOf(closing.stages, closest.rates).change).toBeCloseTo(least.change, 4);
  });

  test("on that program, what was found item by item is a plan", () => {
    let calls = 0;
    closestRates(
      failing((call) => {
        calls = call + 1;
        return false;
      }),
    );
    const last = calls - 1;
    const { rates, reason } = closestRates(failing((call) => call === last)) as {
      rates: Rates;
      reason: string;
    };
    valid(closing, rates);
    expect(reason).toMatch(/^the solver is not done: [\d.]+ are changed where [\d.]+ might do$/);
  });
});
