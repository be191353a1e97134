// Factory files as who writes them meets them: what is wrong is said with its line, and all verbs take them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { generate } from "../src/cli/factory/generate.ts";
import { factorySystem, readFactory } from "../src/cli/factory-file.ts";
import { findSystem, moduleOf } from "../src/cli/find-system.ts";
import type { Json } from "../src/core/json.ts";
import { wrapped } from "../src/core/system.ts";
import type { FactoryParams } from "../src/systems/factory/file/definition.ts";
import { parseFactory } from "../src/systems/factory/file/params.ts";
import { orreryIn } from "./orrery.ts";

const ROOT = join(import.meta.dirname, "..");
const EXAMPLES = join(ROOT, "experiments/factory");
const folder = mkdtempSync(join(tmpdir(), "orrery-factory-"));
afterAll(() => rmSync(folder, { recursive: true }));

const orrery = (cwd: string, ...args: string[]) => orreryIn(cwd, args);

const fresh = (name: string): string => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};

const FRAMES = `factory: frames
items:
  wood: { lot: 40 }
  glue: { unit: kg, lot: 2 }
  frame: {}
segments:
  saw: { produces: { wood: 1 }, cycle: 20min }
  boil: { produces: { glue: 1 kg }, cycle: 1h }
  make-frame:
    produces: { frame: 1 }
    consumes: { wood: 2, glue: 0.3 }
    cycle: 3min
equipment:
  saw: { segment: saw, count: 2 }
  kettle: { segment: boil }
  frame:
    segment: make-frame
    count: 2
transport:
  default: 60s
`;

/** What is replaced by what in the file, and what is said then: from line and column on. */
type Wrong = readonly [fact: string, old: string, now: string, complaint: string];

const WRONG: readonly Wrong[] = [
  [
    "an unknown field",
    "cycle: 3min",
    "cycl: 3min",
    '12:5: segments.make-frame.cycl: there is no field "cycl"; did you mean "cycle"?',
  ],
  [
    "a missing field",
    "    cycle: 3min\n",
    "",
    '9:3: segments.make-frame.cycle: "cycle" is missing; expected a time',
  ],
  [
    "an unknown item",
    "wood: 2,",
    "wod: 2,",
    '11:17: segments.make-frame.consumes.wod: there is no item "wod"; did you mean "wood"?',
  ],
  [
    "an unknown segment",
    "segment: make-frame",
    "segment: make-frames",
    '17:5: equipment.frame.segment: there is no segment "make-frames"; did you mean "make-frame"?',
  ],
  [
    "an unknown crew",
    "count: 2\ntr",
    "mtbf: 1h\n    mttr: 1h\n    crew: fiters\ncrews: { fitters: {} }\ntr",
    '20:5: equipment.frame.crew: there is no crew "fiters"; did you mean "fitters"?',
  ],
  [
    "an unknown area",
    "default: 60s",
    "routes:\n    - { from: shop, to: shed, time: 1s }",
    '21:21: transport.routes.0.to: no equipment is in area "shed"; did you mean "shop"?',
  ],
  [
    "a negative time",
    "cycle: 3min",
    "cycle: -3min",
    '12:5: segments.make-frame.cycle: "-3min" is negative; expected a time with its unit',
  ],
  [
    "a time of 0",
    "cycle: 3min",
    "cycle: 0s",
    '12:5: segments.make-frame.cycle: "0s" must be longer than 0',
  ],
  [
    "a time without its unit",
    "default: 60s",
    "default: 60",
    "20:3: transport.default: expected a time with its unit, such as 90s",
  ],
  [
    "a class of count 0",
    "    count: 2",
    "    count: 0",
    "18:5: equipment.frame.count: must be at least 1",
  ],
  [
    "another unit",
    "glue: 0.3",
    "glue: 300 g",
    "11:26: segments.make-frame.consumes.glue: glue is counted in kg, not in g",
  ],
  [
    "a lot that is no whole number of starts",
    "lot: 2 ",
    "lot: 2.5 ",
    "8:23: segments.boil.produces.glue: a lot of 2.5 glue is 2.5 starts of 1 each; make it whole, such as lot: 3",
  ],
  [
    "half a piece",
    "wood: 2,",
    "wood: 0.5,",
    "11:17: segments.make-frame.consumes.wood: a job makes 1 frame and takes 0.5 wood, which come in whole pieces (EA)",
  ],
  [
    "an item that is made nowhere",
    "  frame: {}\n",
    "  frame: {}\n  nail: {}\n",
    "6:3: items.nail: no equipment makes it",
  ],
  [
    "a circle",
    "glue: 1 kg }",
    "glue: 1 kg }, consumes: { frame: 1 }",
    "8:49: segments.boil.consumes.frame: no item may be needed for itself: glue takes frame takes glue",
  ],
  [
    "a flow naming no stage",
    "transport:",
    "flow:\n  - arcs:\n      - { from: saw-3, to: frame }\ntransport:",
    '21:11: flow.0.arcs.0.from: there is no stage or class "saw-3"; did you mean "saw-1"?',
  ],
  [
    "an arc that does not fit",
    "transport:",
    "flow:\n  - arcs:\n      - { from: saw-1, to: kettle }\ntransport:",
    "21:9: flow.0.arcs.0: saw-1 makes wood, and kettle takes nothing",
  ],
  [
    "flows out of order",
    "transport:",
    "flow:\n  - { at: 1h, arcs: [] }\n  - { at: 1h, arcs: [] }\ntransport:",
    "21:7: flow.1.at: flows come in order of time",
  ],
  [
    "demand for no final item",
    "transport:",
    "demand:\n  wood: 9/h\ntransport:",
    "20:3: demand.wood: wood is no final item, for frame takes it; known: frame",
  ],
  [
    "a limit of what is no line",
    "transport:",
    "policies:\n  wip: 4\ntransport:",
    "20:3: policies.wip: it limits a serial line",
  ],
  [
    "a key that is there twice",
    "    count: 2",
    "    segment: saw",
    "18:5: Map keys must be unique",
  ],
  ["what is not YAML", "lot: 40 }", "lot: 40", "4:"],
  ["an alias of nothing", "lot: 40", "lot: *many", " Unresolved alias"],
];

describe("a factory file", () => {
  const file = join(folder, "frames.yaml");
  const readAs = (text: string): FactoryParams => {
    writeFileSync(file, text);
    return readFactory(file);
  };
  const refusal = (complaint: string) =>
    expect.objectContaining({
      code: "config/factory",
      message: expect.stringContaining(`${file}:${complaint}`) as string,
    });

  test("is read", () => {
    expect(readAs(FRAMES)).toMatchObject({ factory: "frames", timeScale: 1 });
  });

  test.each(WRONG)("with %s is refused with line and field", (_fact, old, now, complaint) => {
    expect(FRAMES).toContain(old);
    expect(() => readAs(FRAMES.replace(old, now))).toThrow(refusal(complaint));
  });

  test("that says nothing, or no fields, is refused", () => {
    const expected = refusal("1:1: the file: expected a factory: items, segments and equipment");
    for (const text of ["", "# nothing\n", "frames", "- frames\n"]) {
      expect(() => readAs(text)).toThrow(expected);
    }
  });

  test("that is too large, or grows by aliases, is refused", () => {
    expect(() => readAs(`${FRAMES}${"#".repeat(16 * 1024 * 1024)}`)).toThrow("are read at most");
    const lots = Array.from(
      { length: 12 },
      (_, index) => `a${index}: &a${index} [${`*a${index - 1},`.repeat(9)}]\n`,
    );
    const bomb = `a: &a-1 [x]\n${lots.join("")}`;
    expect(() => readAs(bomb)).toThrow(refusal(" Excessive alias count"));
  });

  test("that is not there is missing", () => {
    expect(() => readFactory(join(folder, "nowhere.yaml"))).toThrow(/there is no factory file/);
  });
});

describe("the system of a file", () => {
  const bicycle = join(EXAMPLES, "bicycle.yaml");
  const parsed = (path: string, input: Json) => factorySystem(path).parse(input) as FactoryParams;

  test("has the file's parameters, with what is given put over them", () => {
    expect(parsed(bicycle, {})).toEqual(readFactory(bicycle));
    const given = {
      timeScale: 600,
      equipment: { weld: { count: 4 } },
      segments: { weld: { cycle: { dist: "exponential", mean: "10min" } } },
      transport: { routes: [] },
    };
    const { timeScale, equipment, segments, transport } = parsed(bicycle, given);
    expect([timeScale, equipment.weld, transport]).toMatchObject([
      600,
      { count: 4, mtbf: "40h", area: "frames" },
      { default: "60s", routes: [] },
    ]);
    expect(segments.weld).toMatchObject({ yield: 0.96, cycle: given.segments.weld.cycle });
    // As when a run's parameters are parsed again, and the distribution is another.
    const uniform = { dist: "uniform", min: "1s", max: "2s" };
    const again = over(parsed(bicycle, given), { segments: { weld: { cycle: uniform } } });
    expect(parsed(bicycle, again).segments.weld!.cycle).toEqual(uniform);
    expect(parsed(bicycle, parsed(bicycle, given))).toEqual(parsed(bicycle, given));
  });

  const over = (params: FactoryParams, { segments }: { segments: { weld: object } }): Json => {
    const weld = { ...params.segments.weld!, ...segments.weld };
    return { ...params, segments: { ...params.segments, weld } } as Json;
  };

  test("of a random plant may be another plant, or that one changed", () => {
    const file = join(folder, "random.yaml");
    writeFileSync(file, "factory: random\nplant: { types: 6 }\n");
    expect(Object.keys(parsed(file, {}).items)).toHaveLength(6);
    expect(parsed(file, { plant: { perType: 3 } }).equipment).toMatchObject({
      type_4: { count: 3 },
      type_5: { count: 1 },
    });
    const failing = parsed(file, { equipment: { type_1: { mtbf: "1h", mttr: "1min" } } });
    expect(failing.equipment.type_1).toMatchObject({ segment: "type_1", count: 2, mtbf: "1h" });
    expect(() => parsed(bicycle, { plant: { types: 6 } })).toThrow("plant: it stands instead of");
  });

  test("says of what is given which field is wrong, and has no odd parents", () => {
    expect(() => parsed(bicycle, { equipment: { weld: { coun: 1 } } })).toThrow(
      /weld\.coun: .* did you mean "count"/,
    );
    expect(() => parsed(bicycle, 3)).toThrow("expected a factory");
    const odd = JSON.parse(
      '{ "__proto__": { "timeScale": 5 }, "items": { "constructor": {} } }',
    ) as Json;
    expect(() => parsed(bicycle, odd)).toThrow(/config|there is no|no equipment/);
    expect(({} as { timeScale?: number }).timeScale).toBeUndefined();
  });

  test("is the factory, found by its path, and may be wrapped", async () => {
    const system = await findSystem(bicycle);
    expect(system.name).toBe("factory");
    expect(moduleOf(bicycle)).toBeUndefined();
    const params = system.parse({}) as FactoryParams;
    const same = wrapped(system, (process) => process);
    expect(same.parse({})).toEqual(params);
    expect(same.processes(params).map(({ name }) => name)).toContain("weld-3");
  });
});

describe("orrery factory generate", () => {
  const cwd = fresh("generated");

  test("writes a file that is that plant, and overwrites none", () => {
    const settings = ["--types", "7", "--per-type", "3", "--complexity", "low", "--seed", "5"];
    const made = orrery(cwd, "factory", "generate", ...settings, "--out", "plant.yaml");
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(made.stdout).toContain("plant.yaml: 7 types, 17 stages");
    const plant = { types: 7, perType: 3, complexity: "low", seed: 5 } as const;
    const path = join(cwd, "plant.yaml");
    expect(readFactory(path)).toEqual(parseFactory({ factory: "plant-7x3-low-5", plant }));
    const text = readFileSync(path, "utf8");
    expect(text).toMatch(
      /^# yaml-language-server: \$schema=\S+schemas\/factory\.json\n# A random plant/,
    );
    const again = orrery(cwd, "factory", "generate", ...settings, "--out", "plant.yaml");
    expect(again.status).toBe(69);
    expect(again.stderr).toContain("plant.yaml exists, and was not changed [files/exists]");
    expect(readFileSync(path, "utf8")).toBe(text);
    const printed = orrery(cwd, "factory", "generate", ...settings);
    expect(printed.stdout).toBe(text);
  });

  test("by default draws the plant that is run when nothing is said", () => {
    const { stdout } = orrery(cwd, "factory", "generate");
    const { factory: _, ...plant } = parseFactory(parse(stdout) as Json);
    const { factory: __, ...usual } = parseFactory({});
    expect(plant).toEqual(usual);
  });

  test.each([
    [{ types: "3" }, '--types "3": must be at least 4'],
    [{ perType: "many" }, '--per-type "many": expected a whole number'],
    [{ complexity: "hihg" }, '--complexity "hihg": did you mean "high"?'],
    [{ seed: "" }, '--seed "": expected a whole number'],
    [{ out: "plant.txt" }, '--out "plant.txt": a factory file is named .yaml or .yml'],
  ])("%j is refused", (options, message) => {
    expect(() => generate(options)).toThrow(
      expect.objectContaining({ code: "config/option", message }),
    );
  });
});

describe("verbs take a factory file as a system", () => {
  const cwd = fresh("verbs");
  mkdirSync(join(cwd, "plants"));
  mkdirSync(join(cwd, "asked"));
  writeFileSync(join(cwd, "plants/frames.yaml"), FRAMES);
  const short = ["--set", "timeScale=600", "--for", "5s"];

  test("run, and report without the file", () => {
    const file = join(cwd, "moved.yaml");
    writeFileSync(file, FRAMES);
    const done = orrery(cwd, "run", "moved.yaml", ...short, "--out", "out");
    expect(done).toMatchObject({ status: 0, stderr: "" });
    expect(done.stdout).toContain(
      "npx orrery run moved.yaml --seed 1 --for 5s --set timeScale=600",
    );
    const run = JSON.parse(readFileSync(join(cwd, "out/run.json"), "utf8")) as object;
    expect(run).toMatchObject({ run: { system: "factory", params: { factory: "frames" } } });
    rmSync(file);
    expect(orrery(cwd, "report", "out")).toMatchObject({ status: 0, stderr: "" });
  });

  test("run, audit and trace: a day of operations as the guide has it", () => {
    const day = join(EXAMPLES, "operations.yaml");
    const fault = ["--fault", "crash builder-3 82s"];
    const done = orrery(cwd, "run", day, "--for", "144s", ...fault, "--out", "day");
    expect(done.stderr).not.toContain("orrery:");
    expect(done.stdout).toMatch(/✓ holds +audit/);
    const audited = orrery(cwd, "factory", "audit", "day");
    expect(audited).toMatchObject({ status: 0, stderr: "" });
    // Twenty planks are written off; some stain is scrapped with its shelf.
    expect(audited.stdout).toMatch(/plank +1\d{3} .* 20 +=\n/);
    expect(audited.stdout).toMatch(/stain \(kg\) .* [1-9]\d* +0 +=\n/);
    const words = (lot: string): string =>
      orrery(cwd, "factory", "trace", lot, "--run", "day").stdout;
    expect(words("builder-1/1")).toMatch(/1 stool, job \d+ of builder-1 at [\d.]+ s; shipped/);
    expect(words("builder-1/80")).toMatch(/, by revision 1 of its bill; shipped/);
  });

  test("twice and check", () => {
    expect(orrery(cwd, "twice", "plants/frames.yaml", ...short)).toMatchObject({ status: 0 });
    const checked = orrery(cwd, "check", "plants/frames.yaml", ...short, "--seeds", "4");
    expect([0, 1, 2]).toContain(checked.status);
    expect(checked.stderr).toBe("");
  });

  test("an experiment names the file from its own place", () => {
    const text = `question: How many cells?
system: ../plants/frames.yaml
params: { timeScale: 600 }
grid: { equipment.frame.count: [1, 3] }
seeds: 2
duration: 3s
`;
    writeFileSync(join(cwd, "asked/cells.yaml"), text);
    const done = orrery(cwd, "experiment", "asked/cells.yaml", "--out", "cells", "--jobs", "2");
    expect(done).toMatchObject({ status: 0, stderr: "" });
    const wrong = orrery(cwd, "run", "asked/cells.yaml");
    expect(wrong.stderr).toContain('asked/cells.yaml:1:1: question: there is no field "question"');
  });
});
