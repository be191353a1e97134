// The experiment file: YAML checked by a schema, its cells and grid spread out into runs. Errors say
// where in the file, which field, what was expected, and the nearest known name.
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import { z } from "zod";
import { METRICS } from "../analysis/metrics.ts";
import { messageOf, OrreryError } from "../core/errors.ts";
import type { Cell, Experiment, MapOf } from "../core/experiment.ts";
import { type Micros, parseMicros } from "../core/micros.ts";
import { fieldsAt, suggestion } from "../core/parse.ts";
import { PROFILE_NAMES } from "../core/profiles.ts";
import type { AnySystem } from "../core/system.ts";
import { spreadOut } from "./cells.ts";
import { type Place, readYaml } from "./yaml-file.ts";

const object = z.record(z.string(), z.json());
const time = z
  .string({ error: "expected a time with its unit, such as 60s" })
  .describe("a number and a unit: 500ms, 60s, 5min, 2h");
const count = z.int().min(1).max(1_000_000);

/** What a file may say. Its JSON Schema is published for editors: schemas/experiment.json. */
export const experimentSchema = z.strictObject({
  question: z.string().min(1).describe("What is asked, in one sentence."),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
    .optional()
    .describe("Names the folder of results. Default: the file's name."),
  system: z.string().default("clocks").describe("A system's name, or the path of a module."),
  params: object.default({}).describe("Parameters of all cells."),
  cells: z
    .record(z.string(), object)
    .refine((cells) => Object.keys(cells).length > 0, "expected at least one cell")
    .optional()
    .describe("Named sets of parameters."),
  grid: z
    .record(z.string(), z.array(z.json()).min(1).max(1_000))
    .optional()
    .describe(
      "Parameters and their values; every combination is a cell. links.loss and so on too.",
    ),
  seeds: z
    .union([count, z.strictObject({ first: z.int().min(0), count })])
    .default(30)
    .describe("How many seeds each cell is run with."),
  duration: time.default("60s").describe("Model time of a run."),
  warmUp: time.default("0s").describe("Model time at its beginning that does not count."),
  delay: z.string().optional().describe('Of links: 5ms, 1ms..10ms, "exponential 1ms 5ms".'),
  loss: z.number().min(0).max(1).default(0),
  duplicate: z.number().min(0).max(1).default(0),
  fifo: z.boolean().default(false).describe("Links keep the order of messages."),
  storeDelay: z.string().optional(),
  faults: z.array(z.string()).max(10_000).default([]).describe('"crash machine_2 10s..20s"'),
  profile: z
    .union([z.enum(PROFILE_NAMES), z.templateLiteral(["kills ", z.string()])], {
      error: `expected ${PROFILE_NAMES.join(", ")}, or such as "kills 6/min"`,
    })
    .optional()
    .describe('Draws more faults from each seed: a name, or such as "kills 6/min back 10/min".'),
  lamport: z.enum(["standard", "send-before-increment"]).default("standard"),
  compare: z
    .array(z.strictObject({ metric: z.string(), of: z.tuple([z.string(), z.string()]) }))
    .default([])
    .describe("Pairs of cells, compared seed by seed."),
  map: z
    .strictObject({ x: z.string(), y: z.string(), metric: z.string() })
    .optional()
    .describe("A picture of one metric over two parameters of the grid."),
  show: z
    .array(z.string())
    .max(12)
    .default([])
    .describe("Metrics of tables and figures. Default: the first of the system's own, or clocks'."),
  runtime: z
    .enum(["sim", "tcp", "nats"])
    .default("sim")
    .describe("tcp: on OS processes, in real time; nats: on workers, in real time."),
  agree: z
    .strictObject({
      distance: z.number().min(0).max(1).default(0.2),
      means: z.number().min(0).max(1).default(0.02),
      metrics: z.array(z.string()).default([]),
    })
    .default({ distance: 0.2, means: 0.02, metrics: [] })
    .describe("When two runtimes are equivalent: the largest distance, shift of means, metrics."),
});

/** The same as a typed value, for those who write experiments in TypeScript. */
export type ExperimentSettings = z.input<typeof experimentSchema>;

/** Runs of one experiment: their rows, some 3 kB each, are kept in memory for the statistics. */
const RUNS_MAX = 1_000_000;

/** Reads and checks a file. `find` gives the system of that name. @throws OrreryError "config/*" */
export async function readExperiment(
  path: string,
  find: (system: string) => Promise<AnySystem>,
): Promise<Experiment> {
  const { value, place: where } = readYaml(path, "config/experiment", "experiment file");
  const settings = checked(value, where);
  const named = systemPath(settings.system, path);
  const system = await find(named);
  const name = settings.name ?? basename(path).replace(/\.ya?ml$/, "");
  return expand({ ...settings, system: named }, name, system, where, sourceOf(named));
}

/** A module's path is meant from the file that names it; it is kept as from here. */
function systemPath(system: string, file: string): string {
  if (!/^\.\.?[/\\]/.test(system)) return system;
  const path = relative(process.cwd(), resolve(dirname(file), system));
  return path.startsWith(".") || isAbsolute(path) ? path : `./${path}`;
}

/** The hash of a system's module: what it says decides the results as much as the file does. */
export function sourceOf(system: string): string | null {
  if (statSync(system, { throwIfNoEntry: false })?.isFile() !== true) return null;
  return createHash("sha256").update(readFileSync(system)).digest("hex").slice(0, 16);
}

/** An experiment from a typed value. @throws OrreryError "config/*" */
export function newExperiment(given: ExperimentSettings, system: AnySystem): Experiment {
  const where = (field: readonly PropertyKey[]): string => field.join(".");
  return expand(checked(given, where), given.name ?? "experiment", system, where, null);
}

type Settings = z.output<typeof experimentSchema>;

function checked(input: unknown, where: Place): Settings {
  const parsed = experimentSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const known = fieldsAt(experimentSchema, issue.path);
    const said = `there is no field "${key}"; ${suggestion(key, known)}`;
    throw wrong(where, [...issue.path, key], said);
  }
  const field = issue.path.join(".") || "the file";
  throw wrong(where, issue.path, `${field}: ${issue.message}`);
}

function expand(
  settings: Settings,
  name: string,
  system: AnySystem,
  where: Place,
  source: string | null,
): Experiment {
  const seeds = seedsOf(settings.seeds, where);
  const cells = spreadOut(
    { ...settings, seed: seeds.first },
    settings.cells ?? { "": {} },
    settings.grid ?? {},
    system,
    (cell) => where(settings.cells === undefined ? ["grid"] : ["cells", cell]),
  );
  if (cells.length * seeds.count > RUNS_MAX) {
    const many = `${cells.length} cells × ${seeds.count} seeds are more than ${RUNS_MAX} runs`;
    throw wrong(where, ["seeds"], many);
  }
  const own = system.metrics ?? {};
  checkNamed(settings, cells, own, where);
  const warmUp = warmUpOf(settings.warmUp, where);
  if (warmUp >= cells[0]!.run.duration) {
    throw wrong(where, ["warmUp"], "the warm-up takes the whole run");
  }
  const { question, compare, map = null, runtime, agree } = settings;
  return {
    name,
    question,
    system: settings.system,
    source,
    seeds,
    warmUp,
    cells,
    compare,
    map,
    show: shownOf(settings.show, own),
    runtime,
    agree,
  };
}

const wrong = (where: Place, field: readonly PropertyKey[], what: string): OrreryError =>
  new OrreryError("config/experiment", `${where(field)}: ${what}`);

/** Cells and metrics that are named are there. */
function checkNamed(settings: Settings, cells: readonly Cell[], own: Metrics, where: Place): void {
  const { compare, map, agree, show } = settings;
  const names = cells.map((each) => each.name);
  compare.forEach(({ metric, of }, index) => {
    checkMetric(metric, own, where, ["compare", index, "metric"]);
    for (const each of of) {
      if (names.includes(each)) continue;
      const said = `there is no cell "${each}"; ${suggestion(each, names)}`;
      throw wrong(where, ["compare", index, "of"], said);
    }
  });
  if (map !== undefined) checkMap(map, own, settings, where);
  agree.metrics.forEach((metric, index) => {
    checkMetric(metric, own, where, ["agree", "metrics", index]);
  });
  show.forEach((metric, index) => {
    checkMetric(metric, own, where, ["show", index]);
  });
}

/** What a table of all cells shows of machines with clocks. */
export const CLOCKS_SHOWN = [
  "drift_mean",
  "drift_max",
  "drift_final",
  "inbox_mean",
  "inbox_final",
  "jump_mean",
  "group_rate",
];
const SHOWN_MAX = 7;

function shownOf(asked: readonly string[], own: Metrics): readonly string[] {
  if (asked.length > 0) return asked;
  const names = Object.keys(own).slice(0, SHOWN_MAX);
  return names.length > 0 ? names : CLOCKS_SHOWN;
}

function seedsOf(seeds: Settings["seeds"], where: Place): Experiment["seeds"] {
  const { first, count } = typeof seeds === "number" ? { first: 1, count: seeds } : seeds;
  if (Number.isSafeInteger(first + count)) return { first, count };
  throw wrong(where, ["seeds"], "seeds go up to 2^53 − 1");
}

/** A map has its two axes in the grid, and nothing else varies: a place is one cell. */
function checkMap(map: MapOf, own: Metrics, { grid = {}, cells }: Settings, where: Place): void {
  checkMetric(map.metric, own, where, ["map", "metric"]);
  const axes = Object.keys(grid);
  for (const field of ["x", "y"] as const) {
    if (axes.includes(map[field])) continue;
    const said = `"${map[field]}" is not in the grid; ${suggestion(map[field], axes)}`;
    throw wrong(where, ["map", field], said);
  }
  if (axes.length === 2 && cells === undefined && map.x !== map.y) return;
  throw wrong(where, ["map"], "a map needs a grid of just its two parameters, and no cells");
}

/** The metrics of a system's own, by what they mean. */
type Metrics = { readonly [metric: string]: string };

/** A metric of the whole run, or `<machine>.<metric>`. */
function checkMetric(
  metric: string,
  own: Metrics,
  where: Place,
  field: readonly PropertyKey[],
): void {
  const known = [...Object.keys(METRICS), ...Object.keys(own)];
  const named = metric.includes(".") ? metric.replace(/^[^.*]+\./, "*.") : metric;
  if (known.includes(named) && metric !== named) return;
  if (known.includes(metric) && !metric.includes("*")) return;
  throw wrong(where, field, `there is no metric "${metric}"; ${suggestion(metric, known)}`);
}

function warmUpOf(text: string, where: Place): Micros {
  try {
    return parseMicros(text);
  } catch (cause) {
    const said = `${where(["warmUp"])}: ${messageOf(cause)}`;
    throw new OrreryError("config/experiment", said, { cause });
  }
}
