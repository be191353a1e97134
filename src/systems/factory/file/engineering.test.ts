import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { STORM_PLANT } from "../../../../examples/wrong/factory/storm-plant.ts";
import {
  describe as described,
  standardErrorsOff,
  threeErrors,
} from "../../../analysis/statistics.ts";
import type { Json } from "../../../core/json.ts";
import { parseMicros } from "../../../core/micros.ts";
import { plannerOf } from "../leading/planner.ts";
import { ready } from "../planning/solver.ts";
import { plantOf } from "../plant.ts";
import { type FactoryParams, quantityOf } from "./definition.ts";
import { allChanges } from "./engineering.ts";
import { parseFactory } from "./params.ts";

type Fields = { readonly [name: string]: Json };

const parsed = (engineeringChanges: Json, plant: Fields = {}): FactoryParams =>
  parseFactory({ ...plant, engineeringChanges });
const drawn = (engineeringChanges: Json, plant: Fields = {}) =>
  allChanges(parsed(engineeringChanges, plant));

const seeds = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index + 1);

/** A bill as numbers of units. */
const numbers = (bill: { readonly [item: string]: number | string }) =>
  Object.fromEntries(Object.entries(bill).map(([item, given]) => [item, quantityOf(given).number]));

const OFTEN = { rate: "6/min", until: "10min" };
const WRITTEN = [
  { at: "2min", segment: "assemble", consumes: { panel: 1, bar: 4 } },
  { at: "3min", stage: "welder-2", do: "close" },
  { at: "4min", stage: "welder-2", do: "open" },
  { at: "6min", segment: "paint", consumes: { frame: 1, dye: "0.5 kg" } },
  { at: "8min", segment: "assemble", consumes: { panel: 2 } },
];
const { flow: _, ...STORM } = STORM_PLANT as unknown as Fields & { readonly flow: Json };
const CHANGING = { ...STORM, changes: WRITTEN };

describe("changes that are drawn", () => {
  test("are the same for the same parameters, and others for another seed", () => {
    const first = drawn({ ...OFTEN, seed: 5 });
    expect(drawn({ ...OFTEN, seed: 5 })).toEqual(first);
    expect(drawn({ ...OFTEN, seed: 6 })).not.toEqual(first);
    expect(drawn({ rate: "6/min" })).toEqual(drawn({ ...OFTEN, seed: 1 }));
  });

  test("come at their rate, at exponential intervals, in order of time, and not after their end", () => {
    const plans = seeds(300).map((seed) => drawn({ ...OFTEN, seed }));
    const within = (sample: readonly number[], expected: number): void => {
      const off = standardErrorsOff(described(sample), expected);
      expect(Math.abs(off)).toBeLessThan(threeErrors(sample.length));
    };
    within(
      plans.map((changes) => changes.length),
      60,
    );
    // Of exponential intervals, e⁻¹ are longer than their mean.
    const instants = plans.map((changes) => changes.map(({ at }) => parseMicros(at) as number));
    within(
      instants.map((times) => {
        const spans = times.map((at, index) => at - (times[index - 1] ?? 0));
        return spans.filter((span) => span > 10e6).length / spans.length;
      }),
      Math.exp(-1),
    );
    for (const times of instants) {
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.at(-1)).toBeLessThanOrEqual(600e6);
    }
  });

  test("are none at rate 0, and none where none are asked for", () => {
    expect(drawn({ ...OFTEN, rate: "0/min" })).toEqual([]);
    expect(allChanges(parseFactory({}))).toEqual([]);
    expect(drawn({ ...OFTEN, rate: "0/min" }, CHANGING)).toEqual(parseFactory(CHANGING).changes);
  });

  test("give a bill with one line doubled or one of several left out, and then the one that is written", () => {
    const kinds = new Set<string>();
    for (const seed of seeds(40)) {
      const params = parsed({ ...OFTEN, seed }, CHANGING);
      const written = new Map(
        Object.entries(params.segments).map(([name, { consumes }]) => [name, consumes]),
      );
      const changed = new Set<string>();
      for (const change of allChanges(params)) {
        if (!("segment" in change)) continue;
        const { segment, consumes } = change;
        if (params.changes.includes(change)) {
          written.set(segment, consumes);
          changed.delete(segment);
          continue;
        }
        const [base, now] = [numbers(written.get(segment)!), numbers(consumes)];
        const other = Object.keys(base).filter((item) => now[item] !== base[item]);
        expect(Object.keys(base)).toEqual(expect.arrayContaining(Object.keys(now)));
        expect(Object.keys(now)).not.toEqual([]);
        expect([seed, change, other.length]).toEqual([seed, change, changed.has(segment) ? 0 : 1]);
        if (changed.delete(segment)) continue;
        changed.add(segment);
        const [item = ""] = other;
        kinds.add(`${segment} ${item} ${(now[item] ?? 0) / base[item]!}`);
      }
    }
    expect([...kinds].sort()).toEqual([
      "assemble bar 0",
      "assemble bar 2",
      "assemble panel 0",
      "assemble panel 2",
      "paint dye 0",
      "paint dye 2",
      "paint frame 0",
      "paint frame 2",
      "weld bar 2",
    ]);
  });

  test("come among those that are written, which stay as they are", () => {
    const params = parsed(OFTEN, CHANGING);
    const all = allChanges(params);
    expect(all.filter((change) => params.changes.includes(change))).toEqual(params.changes);
    expect(all.length).toBeGreaterThan(WRITTEN.length + 40);
    const times = all.map(({ at }) => parseMicros(at) as number);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("are not kept: parameters stay as small as they were, and are the same when parsed again", () => {
    const params = parsed(OFTEN);
    const { engineeringChanges, ...rest } = params;
    expect(engineeringChanges).toEqual({ ...OFTEN, seed: 1 });
    expect(rest).toEqual(parseFactory({}));
    expect(parseFactory(JSON.parse(JSON.stringify(params)) as Json)).toEqual(params);
    expect(plantOf(params).params).toBe(params);
  });
});

describe("a plant whose bills change at random", () => {
  beforeAll(() => ready());

  test("has them in its plans, in the time of the run", () => {
    const params = parsed(OFTEN, { ...CHANGING, timeScale: 10 });
    const { stages } = plantOf(params);
    const all = allChanges(params);
    for (const { kind, name, changes, bills } of stages) {
      const { segment } = params.equipment[kind]!;
      const own = all.filter((each) =>
        "segment" in each ? each.segment === segment : each.stage === name,
      );
      expect(changes.map(({ at }) => at)).toEqual(own.map(({ at }) => parseMicros(at) / 10));
      const revised = own.flatMap((each) => ("segment" in each ? [each.consumes] : []));
      expect(bills.length).toBe(1 + revised.length);
      const taken = bills.slice(1).map((lines) => lines.filter(({ need }) => need > 0).length);
      expect(taken).toEqual(revised.map((consumes) => Object.keys(consumes).length));
    }
  });

  /** What it makes after each change, an hour. */
  const madeAfterEach = (params: FactoryParams): readonly number[] => {
    const plant = plantOf(params);
    const planner = plannerOf(plant);
    const live = plant.stages.map(() => true);
    const revisions = new Map(plant.stages.map(({ kind }) => [kind, 0]));
    const changes = allChanges(params);
    return [...changes, undefined].map((change) => {
      const outcome = planner.plan({ live, revisions }, null);
      if (change !== undefined && "segment" in change) {
        for (const [kind, { segment }] of Object.entries(params.equipment)) {
          if (segment === change.segment) revisions.set(kind, revisions.get(kind)! + 1);
        }
      }
      return outcome.kind === "planned" ? outcome.perHour : 0;
    });
  };

  test("can produce after each of them, whatever plant it is and whatever is drawn", () => {
    const plants = fc.record({
      types: fc.integer({ min: 4, max: 9 }),
      perType: fc.integer({ min: 1, max: 2 }),
      complexity: fc.constantFrom("low", "medium", "high"),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(plants, fc.nat(), (plant, seed) => {
        const made = madeAfterEach(parsed({ rate: "6/min", until: "2min", seed }, { plant }));
        expect(Math.min(...made)).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
    for (const seed of seeds(5)) {
      const made = madeAfterEach(parsed({ ...OFTEN, seed }, CHANGING));
      expect(Math.min(...made)).toBeGreaterThan(0);
      expect(new Set(made).size).toBeGreaterThan(3);
    }
  });
});

test.each([
  [{ rate: "2", until: "1h" }, {}, /engineeringChanges\.rate: expected a rate with its unit/],
  [{ until: "2min" }, {}, /engineeringChanges\.rate: "rate" is missing; expected a rate/],
  [{ rate: "2/min", untl: "1h" }, {}, /there is no field "untl"; did you mean "until"\?/],
  [
    { rate: "100/s", until: "1d" },
    {},
    /engineeringChanges\.rate: 8640000 changes are to be expected until 1d; 10000 is the most/,
  ],
  [
    { rate: "2/min", until: "1h" },
    { items: { bar: {} }, segments: { cut: { produces: { bar: 1 }, cycle: "1s" } } },
    /engineeringChanges: no equipment consumes anything; no bill can change/,
  ],
  [
    { rate: "2/min", until: "1h" },
    {
      items: { bar: {}, plate: {} },
      segments: {
        cut: { produces: { bar: 1 }, cycle: "1s" },
        press: { produces: { plate: 1 }, consumes: { bar: 1 }, cycle: "1s" },
      },
      policies: { wip: 4 },
    },
    /engineeringChanges: policies\.wip limits a line, whose bills stay as they are/,
  ],
])("%j is refused", (settings, plant: Fields, words) => {
  const segments = Object.keys((plant.segments as Fields | undefined) ?? {});
  const equipment = Object.fromEntries(segments.map((segment) => [segment, { segment }]));
  expect(() => parsed(settings as Json, { ...plant, equipment })).toThrow(words);
});

test("a line that cannot be doubled is left out or stays, so that jobs take what can be counted", () => {
  const huge = {
    items: { sand: { lot: 1e9 }, glass: {} },
    segments: {
      dig: { produces: { sand: 1e9 }, cycle: "1s" },
      melt: { produces: { glass: 1 }, consumes: { sand: 6e8 }, cycle: "1s" },
    },
    equipment: { pit: { segment: "dig" }, oven: { segment: "melt" } },
  };
  expect(drawn(OFTEN, huge)).toEqual([]);
  expect(plantOf(parsed(OFTEN, huge)).stages[1]!.bills).toHaveLength(1);
});
