import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../core/json.ts";
import type { FactoryParams, PlantSettings } from "./definition.ts";
import { randomPlant } from "./generate.ts";
import { parseFactory } from "./params.ts";

/** Types by their number, and what each needs. */
const needsOf = ({ segments }: FactoryParams): readonly (readonly number[])[] =>
  Object.values(segments).map(({ consumes }) =>
    Object.keys(consumes)
      .map((item) => Number(item.replace("type_", "")))
      .sort(),
  );

const settings = fc.record<PlantSettings>({
  types: fc.integer({ min: 4, max: 40 }),
  perType: fc.integer({ min: 1, max: 9 }),
  complexity: fc.constantFrom("low", "medium", "high"),
  seed: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

describe("a random plant", () => {
  test("of nothing said is that of the original's experiments", () => {
    // A start; type 1 from 2, 2 from the start, 3 from 2; an end from 1 and 3.
    const plant = parseFactory({});
    expect(needsOf(plant)).toEqual([[], [2], [0], [2], [1, 3]]);
    expect(Object.values(plant.equipment).map(({ count }) => count)).toEqual([1, 2, 2, 2, 1]);
    expect(parseFactory({ plant: {} })).toEqual(plant);
  });

  test("is always a factory, the same for the same settings, of as many stages as they say", () => {
    fc.assert(
      fc.property(settings, (given) => {
        const plant = parseFactory({ plant: given });
        expect(randomPlant(given)).toEqual(randomPlant({ ...given }));
        const stages = Object.values(plant.equipment).reduce((sum, { count }) => sum + count, 0);
        expect(stages).toBe((given.types - 2) * given.perType + 2);
      }),
    );
  });

  test("has no circle, one start and one end, and uses all that it makes", () => {
    fc.assert(
      fc.property(settings, (given) => {
        const needs = needsOf(parseFactory({ plant: given }));
        const depth = new Map<number, number>();
        const depthOf = (type: number, above: number): number => {
          expect(above).toBeLessThan(given.types);
          const known = depth.get(type);
          if (known !== undefined) return known;
          const below = needs[type]!.map((need) => depthOf(need, above + 1));
          depth.set(type, 1 + Math.max(0, ...below));
          return depth.get(type)!;
        };
        for (const type of needs.keys()) depthOf(type, 0);
        const used = new Set(needs.flat());
        const unused = [...needs.keys()].filter((type) => !used.has(type));
        expect(unused).toEqual([given.types - 1]);
        expect([...needs.keys()].filter((type) => needs[type]!.length === 0)).toEqual([0]);
      }),
    );
  });

  test("keeps the transport that is asked for", () => {
    expect(parseFactory({}).transport.default).toBe("2s");
    expect(parseFactory({ transport: { default: "5s" } }).transport.default).toBe("5s");
  });

  test("and what was drawn is parsed to the same again", () => {
    fc.assert(
      fc.property(settings, (plant) => {
        const once = parseFactory({ plant });
        expect(parseFactory(once)).toEqual(once);
        expect(parseFactory(JSON.parse(JSON.stringify(once)) as Json)).toEqual(once);
      }),
    );
  });
});
