// The experiment file: YAML checked by a schema, its cells and grid spread out into runs. Errors say
// where in the file, which field, what was expected, and the nearest known name.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { type Document, isMap, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { METRICS } from "../analysis/metrics.ts";
import { OrreryError } from "../core/errors.ts";
import type { Cell, Experiment } from "../core/experiment.ts";
import { canonical, type Json } from "../core/json.ts";
import { type Micros, parseMicros } from "../core/micros.ts";
import { newRun } from "../core/new-run.ts";
import { parseDelay, parseFault } from "../core/notation.ts";
import { suggestion } from "../core/parse.ts";
import { DEFAULT_LINKS } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";

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
  cells: z.record(z.string(), object).optional().describe("Named sets of parameters."),
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
  lamport: z.enum(["standard", "send-before-increment"]).default("standard"),
  compare: z
    .array(z.strictObject({ metric: z.string(), of: z.tuple([z.string(), z.string()]) }))
    .default([])
    .describe("Pairs of cells, compared seed by seed."),
  map: z
    .strictObject({ x: z.string(), y: z.string(), metric: z.string() })
    .optional()
    .describe("A picture of one metric over two parameters of the grid."),
});

/** The same as a typed value, for those who write experiments in TypeScript. */
export type ExperimentSettings = z.input<typeof experimentSchema>;

/** Cells of one experiment; more would be a mistake in the grid. */
const CELLS_MAX = 10_000;

/** Reads and checks a file. `find` gives the system of that name. @throws OrreryError "config/*" */
export async function readExperiment(
  path: string,
  find: (system: string) => Promise<AnySystem>,
): Promise<Experiment> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new OrreryError("files/missing", `there is no experiment file ${path}`, { cause });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const place = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${path}:${line}:${col}`;
  };
  const problem = document.errors[0];
  if (problem !== undefined) {
    const said = problem.message.split("\n")[0];
    throw new OrreryError("config/experiment", `${place(problem.pos[0])}: ${said}`);
  }
  const where = (field: readonly PropertyKey[]): string => place(offsetOf(document, field));
  const settings = checked(document.toJS() as unknown, where);
  const system = await find(settings.system);
  const name = settings.name ?? basename(path).replace(/\.ya?ml$/, "");
  return expand(settings, name, system, where);
}

/** An experiment from a typed value. @throws OrreryError "config/*" */
export function newExperiment(given: ExperimentSettings, system: AnySystem): Experiment {
  const where = (field: readonly PropertyKey[]): string => field.join(".");
  return expand(checked(given, where), given.name ?? "experiment", system, where);
}

type Settings = z.output<typeof experimentSchema>;
type Where = (field: readonly PropertyKey[]) => string;

function checked(input: unknown, where: Where): Settings {
  const parsed = experimentSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const known = issue.path.length === 0 ? Object.keys(experimentSchema.shape) : [];
    const said = `${where([...issue.path, key])}: there is no field "${key}"`;
    throw new OrreryError("config/experiment", `${said}; ${suggestion(key, known)}`);
  }
  const field = issue.path.join(".") || "the file";
  throw new OrreryError("config/experiment", `${where(issue.path)}: ${field}: ${issue.message}`);
}

/** Where a field stands in the text; where its nearest known parent does, if it is missing. */
function offsetOf(document: Document, field: readonly PropertyKey[]): number | undefined {
  for (let depth = field.length; depth > 0; depth--) {
    const parent =
      depth === 1 ? document.contents : document.getIn(field.slice(0, depth - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === field[depth - 1])
      : undefined;
    if (isPair(pair) && isScalar(pair.key)) return pair.key.range?.[0];
    const node = document.getIn(field.slice(0, depth), true) as { range?: [number] } | undefined;
    if (node?.range !== undefined) return node.range[0];
  }
  return undefined;
}

function expand(settings: Settings, name: string, system: AnySystem, where: Where): Experiment {
  const cells: Cell[] = [];
  const named = Object.entries(settings.cells ?? { "": {} });
  for (const [cell, params] of named) {
    for (const point of points(settings.grid ?? {})) {
      if (cells.length === CELLS_MAX) {
        throw new OrreryError(
          "config/experiment",
          `${where(["grid"])}: more than ${CELLS_MAX} cells`,
        );
      }
      const field = settings.cells !== undefined ? ["cells", cell] : ["grid"];
      cells.push(cellOf(settings, { cell, params, point }, system, () => where(field)));
    }
  }
  const { seeds } = settings;
  const known = cells.map((each) => each.name);
  settings.compare.forEach(({ metric, of }, index) => {
    checkMetric(metric, () => where(["compare", index, "metric"]));
    for (const each of of) {
      if (known.includes(each)) continue;
      const said = `${where(["compare", index, "of"])}: there is no cell "${each}"`;
      throw new OrreryError("config/experiment", `${said}; ${suggestion(each, known)}`);
    }
  });
  if (settings.map !== undefined) {
    const { x, y, metric } = settings.map;
    checkMetric(metric, () => where(["map", "metric"]));
    for (const [field, parameter] of [
      ["x", x],
      ["y", y],
    ] as const) {
      if (parameter in (settings.grid ?? {})) continue;
      const said = `${where(["map", field])}: "${parameter}" is not in the grid`;
      throw new OrreryError(
        "config/experiment",
        `${said}; ${suggestion(parameter, Object.keys(settings.grid ?? {}))}`,
      );
    }
  }
  const warmUp = spanOf(settings.warmUp, () => where(["warmUp"]));
  const duration = cells[0]!.run.duration;
  if (warmUp >= duration) {
    throw new OrreryError(
      "config/experiment",
      `${where(["warmUp"])}: the warm-up takes the whole run`,
    );
  }
  return {
    name,
    question: settings.question,
    system: settings.system,
    seeds: typeof seeds === "number" ? { first: 1, count: seeds } : seeds,
    warmUp,
    cells,
    compare: settings.compare,
    map: settings.map ?? null,
  };
}

/** A metric of the whole run, or `<machine>.<metric>`. */
function checkMetric(metric: string, where: () => string): void {
  const known = Object.keys(METRICS);
  if (known.includes(metric) || known.includes(metric.replace(/^[^.]+\./, "*."))) return;
  const said = `${where()}: there is no metric "${metric}"`;
  throw new OrreryError("config/experiment", `${said}; ${suggestion(metric, known)}`);
}

type Point = { readonly [parameter: string]: Json };

/** Every combination of a grid's values, the last parameter moving fastest. */
function points(grid: { readonly [parameter: string]: readonly Json[] }): Point[] {
  let all: Point[] = [{}];
  for (const [parameter, values] of Object.entries(grid)) {
    all = all.flatMap((point) => values.map((value) => ({ ...point, [parameter]: value })));
  }
  return all;
}

function cellOf(
  settings: Settings,
  { cell, params, point }: { cell: string; params: { [name: string]: Json }; point: Point },
  system: AnySystem,
  where: () => string,
): Cell {
  const links: { [name: string]: Json } = {};
  let merged: { [name: string]: Json } = { ...settings.params, ...params };
  for (const [parameter, value] of Object.entries(point)) {
    const [first = "", ...rest] = parameter.split(".");
    if (first === "links") links[rest.join(".")] = value;
    else merged = nested(merged, [first, ...rest], value);
  }
  const coordinates = Object.entries(point).map(([key, value]) => `${key} ${plain(value)}`);
  const name = [cell, ...coordinates].filter((part) => part !== "").join(", ") || "all";
  try {
    const delay = (links.delay as string | undefined) ?? settings.delay;
    const run = newRun(system, {
      params: merged,
      seed: typeof settings.seeds === "number" ? 1 : settings.seeds.first,
      duration: parseMicros(settings.duration),
      links: {
        delay: delay === undefined ? DEFAULT_LINKS.delay : parseDelay(delay),
        loss: (links.loss as number | undefined) ?? settings.loss,
        duplicate: (links.duplicate as number | undefined) ?? settings.duplicate,
        order: settings.fifo ? "fifo" : "any",
      },
      storeDelay: settings.storeDelay === undefined ? null : parseDelay(settings.storeDelay),
      faults: settings.faults.map(parseFault),
      lamport: settings.lamport,
    });
    return { name, coordinates: point, run };
  } catch (cause) {
    if (!(cause instanceof OrreryError)) throw cause;
    throw new OrreryError(cause.code, `${where()}: cell "${name}": ${cause.message}`, { cause });
  }
}

/** A copy of `params` with a value at a path: `inbox.order`. */
function nested(params: Point, path: readonly string[], value: Json): { [name: string]: Json } {
  const [name = "", ...rest] = path;
  if (rest.length === 0) return { ...params, [name]: value };
  return { ...params, [name]: nested((params[name] ?? {}) as Point, rest, value) };
}

function plain(value: Json): string {
  if (Array.isArray(value)) return value.map(plain).join(",");
  return typeof value === "string" ? value : canonical(value);
}

function spanOf(text: string, where: () => string): Micros {
  try {
    return parseMicros(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrreryError("config/experiment", `${where()}: ${reason}`, { cause });
  }
}
