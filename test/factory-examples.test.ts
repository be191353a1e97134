// The factories that ship: as large and as fast as they say, and valid by the published schema.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readFactory } from "../src/cli/factory-file.ts";
import type { Json } from "../src/core/json.ts";
import { parseMicros } from "../src/core/micros.ts";
import {
  type FactoryParams,
  finalItems,
  itemOf,
  quantityOf,
} from "../src/systems/factory/file/definition.ts";
import { parseFactory } from "../src/systems/factory/file/params.ts";
import { plantOf } from "../src/systems/factory/plant.ts";

const ROOT = join(import.meta.dirname, "..");
const EXAMPLES = join(ROOT, "experiments/factory");

/** Stages, arcs, and good final units an hour at best: nameplate, and what breakdowns leave. */
const EXAMPLE_FACTS = {
  "bicycle.yaml": { stages: 20, arcs: 43, nameplate: 14.4045, derated: 14.122 },
  "window-door.yaml": { stages: 24, arcs: 68, nameplate: 15.84, derated: 15.086 },
  // 3 × 45 tests × 0.98 × 0.995; derated by 60 / 62.
  "controller-board.yaml": { stages: 21, arcs: 37, nameplate: 131.6385, derated: 127.392 },
  // A leader plans its arcs. 4 × 6 jobs × 0.95, with all builders that there are.
  "operations.yaml": { stages: 7, arcs: 0, nameplate: 22.8, derated: 22.8 },
};

/** What all stages of a class start in an hour, in units of what they make. */
function capacityOf(name: string, params: FactoryParams, derate: boolean): number {
  const { count, parallel, segment, mtbf, mttr } = params.equipment[name]!;
  const { lot } = params.items[itemOf(name, params)]!;
  const cycle = parseMicros(params.segments[segment]!.cycle as string);
  const [up, down] = [parseMicros(mtbf ?? "1h"), parseMicros(mttr ?? "0s")];
  return (count * parallel * lot * 3_600e6 * (derate ? up / (up + down) : 1)) / cycle;
}

/**
 * The most that can leave, where each item is made by one class and all its makers feed all its takers: the
 * least, over classes, of capacity by what a final unit needs of it.
 */
function optimumOf(params: FactoryParams, derate: boolean): number {
  const classes = Object.keys(params.equipment);
  const segmentOf = (name: string) => params.segments[params.equipment[name]!.segment]!;
  const startsFor = (item: string): number => {
    const [maker = ""] = classes.filter((name) => itemOf(name, params) === item);
    return goodFor(item) / segmentOf(maker).yield;
  };
  const goodFor = (item: string): number =>
    classes.reduce(
      (sum, name) => {
        const { consumes, produces } = segmentOf(name);
        const need = consumes[item];
        const made = itemOf(name, params);
        if (need === undefined) return sum;
        const each = quantityOf(need).number / quantityOf(produces[made]!).number;
        return sum + each * startsFor(made);
      },
      finalItems(params).includes(item) ? 1 : 0,
    );
  return Math.min(
    ...classes.map((name) => capacityOf(name, params, derate) / startsFor(itemOf(name, params))),
  );
}

describe("the examples", () => {
  const schema = JSON.parse(readFileSync(join(ROOT, "schemas/factory.json"), "utf8")) as object;
  const valid = new Ajv2020({ strict: false }).compile(schema);

  test("are those that facts are known of", () => {
    // Beside experiments, which ask something of plants.
    const plants = readdirSync(EXAMPLES).filter(
      (name) => !readFileSync(join(EXAMPLES, name), "utf8").includes("\nquestion:"),
    );
    expect(plants.sort()).toEqual(Object.keys(EXAMPLE_FACTS).sort());
  });

  test.each(Object.entries(EXAMPLE_FACTS))(
    "%s is as large and as fast as it says",
    (name, facts) => {
      const params = readFactory(join(EXAMPLES, name));
      const { stages, flows } = plantOf(params);
      const arcs = flows[0]?.inbound.flat(2).length ?? 0;
      expect({ stages: stages.length, arcs }).toEqual({ stages: facts.stages, arcs: facts.arcs });
      expect(optimumOf(params, false)).toBeCloseTo(facts.nameplate, 4);
      expect(optimumOf(params, true)).toBeCloseTo(facts.derated, 3);
    },
  );

  test.each(Object.keys(EXAMPLE_FACTS))("%s is valid by the schema that it names", (name) => {
    const text = readFileSync(join(EXAMPLES, name), "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/factory\.json\n/);
    expect(valid(parse(text)), JSON.stringify(valid.errors)).toBe(true);
    const params = readFactory(join(EXAMPLES, name));
    expect(parseFactory(params)).toEqual(params);
    expect(valid(params), JSON.stringify(valid.errors)).toBe(true);
  });

  test("the schema refuses what the program refuses", () => {
    const bicycle = parse(readFileSync(join(EXAMPLES, "bicycle.yaml"), "utf8")) as object;
    expect(valid(bicycle)).toBe(true);
    for (const wrong of [
      { itemz: {} },
      { timeScale: 0 },
      { equipment: { weld: { segment: "weld", count: 0 } } },
      { demand: { bicycle: "9" } },
      { transport: { default: "60" } },
      { segments: { weld: { produces: { raw_frame: 1 }, cycle: "-1s" } } },
      { segments: { weld: { produces: { raw_frame: -1 }, cycle: "1s" } } },
      { items: { "two words": {} } },
    ]) {
      expect(valid({ ...bicycle, ...wrong }), JSON.stringify(wrong)).toBe(false);
      expect(() => parseFactory({ ...bicycle, ...wrong } as Json)).toThrow();
    }
  });

  test("with one of two wood suppliers 58 % of the doors are left, with one of screws all", () => {
    const doors = readFactory(join(EXAMPLES, "window-door.yaml"));
    const less = (name: string): number => {
      const one = { ...doors.equipment[name]!, count: 1 };
      const left = { ...doors, equipment: { ...doors.equipment, [name]: one } };
      return optimumOf(left as FactoryParams, false) / optimumOf(doors, false);
    };
    expect(less("wood")).toBeCloseTo(0.58, 2);
    expect(less("screws")).toBe(1);
  });
});
