// A factory file checked as a whole: names, units, the bill of materials, flows. The first thing that is
// wrong is said with its field; whoever read the file says the line.
import { OrreryError } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { parseMicros } from "../../../core/micros.ts";
import { suggestion } from "../../../core/parse.ts";
import { UNITS_MAX } from "../quantity.ts";
import { checkChanges, wholeOf } from "./changes.ts";
import { checkMade, checkNoCircle } from "./check-bom.ts";
import { checkFlows } from "./check-flows.ts";
import {
  type CycleParams,
  classNamed,
  type EquipmentParams,
  type FactoryParams,
  factorySchema,
  plantSchema,
  quantityOf,
  type SegmentParams,
} from "./definition.ts";
import { checkEngineering } from "./engineering.ts";
import { randomPlant } from "./generate.ts";
import { schemaProblem } from "./schema-problem.ts";

/** Where in the input something is wrong, and what. */
export type Problem = { readonly path: readonly (string | number)[]; readonly says: string };

/** Says where a field is: by its path, or by its place in a file. */
export type Where = (path: readonly PropertyKey[]) => string;

/** Checks a definition and fills in defaults. @throws OrreryError "config/factory" with the field at fault */
export const parseFactory = (input: Json): FactoryParams =>
  checkedFactory(input, (path) => path.join(".") || "the factory");

const CHECKS: readonly ((params: FactoryParams) => Problem | undefined)[] = [
  checkSegments,
  checkEquipment,
  checkCrews,
  checkMade,
  checkNoCircle,
  checkTransport,
  (params) => checkFlows(wholeOf(params)),
];

/** The same; errors begin with what `where` says of the field. */
export function checkedFactory(input: Json, where: Where): FactoryParams {
  const complain = ({ path, says }: Problem): never => {
    throw new OrreryError("config/factory", `${where(path)}: ${says}`);
  };
  const parsed = factorySchema.safeParse(input);
  if (!parsed.success) return complain(schemaProblem(parsed.error.issues, input));
  const params = complete(parsed.data as FactoryParams, input, complain);
  for (const check of CHECKS) {
    const problem = check(params);
    if (problem !== undefined) return complain(problem);
  }
  // What bills become must be as right as what they are.
  const problem = checkChanges(params) ?? billProblem(params) ?? checkEngineering(params);
  if (problem !== undefined) return complain(problem);
  return params;
}

function billProblem(params: FactoryParams): Problem | undefined {
  const bills = params.changes.flatMap((change, index) =>
    "segment" in change ? [{ index, segments: withBill(params, change) }] : [],
  );
  for (const { index, segments } of bills) {
    const problem = checkSegments({ ...params, segments } as FactoryParams);
    if (problem !== undefined) {
      return { path: ["changes", index, ...problem.path.slice(2)], says: problem.says };
    }
  }
  const whole = wholeOf(params);
  return checkMade(whole) ?? checkNoCircle(whole);
}

const withBill = (
  { segments }: FactoryParams,
  { segment, consumes }: { readonly segment: string; readonly consumes: SegmentParams["consumes"] },
): FactoryParams["segments"] => ({
  ...segments,
  [segment]: { ...segments[segment]!, consumes },
});

/** Each parameter in a line, for `orrery list`. */
export const FACTORY_PARAMETERS: { readonly [name: string]: string } = {
  "plant.types": "types of items of a random plant, 4 … 100 (default 5)",
  "plant.perType": "its stages of each type but the first and the last (default 2)",
  "plant.complexity": "how many of its types need others: low, medium or high (default)",
  "plant.seed": "draws it (default 7: the plant of the original's experiments)",
  "leader.candidates":
    "processes that may lead, and plan the flow (default 0: it is given, or even)",
  "engineeringChanges.rate":
    "how often some bill of materials changes at random, such as 2/min (until 10min, drawn by seed 1)",
  timeScale: "the plant's times are divided by this, and its rates multiplied (default 1)",
  "…": "all that a factory file may say: policies.resend=1s, equipment.weld.mtbf=20h, demand.bike=9/h",
};

/** With the random plant that it asks for, if it does, or defines nothing. */
function complete(
  given: FactoryParams,
  input: Json,
  complain: (problem: Problem) => never,
): FactoryParams {
  const { plant, ...rest } = given;
  const defined = (["items", "segments", "equipment"] as const).filter(
    (field) => Object.keys(given[field]).length > 0,
  );
  if (plant !== undefined && defined.length > 0) {
    return complain({ path: ["plant"], says: `it stands instead of ${defined.join(", ")}` });
  }
  if (plant === undefined && defined.length > 0) return given;
  const { transport, ...drawn } = randomPlant(plant ?? plantSchema.parse({}));
  const own = (input as { readonly transport?: Json }).transport !== undefined;
  return { ...rest, ...drawn, ...(own ? {} : { transport }) } as FactoryParams;
}

/** Are these whole pieces, starts, …, but for the error of a division? */
const whole = (number: number): boolean => Math.abs(number - Math.round(number)) < 1e-9;

/** Each segment makes one known item of known ones, in whole starts and whole pieces. */
function checkSegments({ items, segments }: FactoryParams): Problem | undefined {
  for (const [name, segment] of Object.entries(segments)) {
    const problem =
      checkNames(segment, items) ??
      checkLot(segment, items) ??
      checkNeeds(segment, items) ??
      checkCycle(segment.cycle);
    if (problem !== undefined) return { ...problem, path: ["segments", name, ...problem.path] };
  }
  return undefined;
}

type Items = FactoryParams["items"];

function checkNames({ produces, consumes }: SegmentParams, items: Items): Problem | undefined {
  if (Object.keys(produces).length !== 1) {
    return { path: ["produces"], says: "a segment makes one item; give each item its own segment" };
  }
  for (const [list, of] of Object.entries({ produces, consumes })) {
    for (const [item, given] of Object.entries(of)) {
      const path = [list, item];
      if (!Object.hasOwn(items, item)) {
        const near = suggestion(item, Object.keys(items));
        return { path, says: `there is no item "${item}"; ${near}` };
      }
      const { unit } = quantityOf(given);
      if (unit === undefined || unit === items[item]!.unit) continue;
      return { path, says: `${item} is counted in ${items[item]!.unit}, not in ${unit}` };
    }
  }
  return undefined;
}

/** How many starts make a lot, and what each gives. */
function lotOf({ produces }: SegmentParams, items: Items) {
  const [item = "", given = 1] = Object.entries(produces)[0] ?? [];
  const each = quantityOf(given).number;
  const { lot, unit } = items[item]!;
  return { item, unit, lot, each, starts: lot / each };
}

function checkLot(segment: SegmentParams, items: Items): Problem | undefined {
  const { item, unit, lot, each, starts } = lotOf(segment, items);
  const path = ["produces", item];
  if (!whole(starts) || starts < 1) {
    const near = each * Math.max(1, Math.round(starts));
    const says = `a lot of ${lot} ${item} is ${starts} starts of ${each} each; make it whole, such as lot: ${near}`;
    return { path, says };
  }
  if (unit !== "EA" || whole(each)) return undefined;
  return { path, says: `a start gives ${each} ${item}, which come in whole pieces (EA)` };
}

function checkNeeds(segment: SegmentParams, items: Items): Problem | undefined {
  const { item, lot, starts } = lotOf(segment, items);
  for (const [input, given] of Object.entries(segment.consumes)) {
    const path = ["consumes", input];
    const need = quantityOf(given).number * starts;
    const job = `a job makes ${lot} ${item} and takes ${need} ${input}`;
    if (need > UNITS_MAX) return { path, says: `${job}; ${UNITS_MAX} is the most` };
    if (items[input]!.unit !== "EA" || whole(need)) continue;
    return { path, says: `${job}, which come in whole pieces (EA); change the lot of ${item}` };
  }
  return undefined;
}

function checkCycle(cycle: CycleParams): Problem | undefined {
  if (typeof cycle === "string") return undefined;
  if (cycle.dist !== "uniform" && cycle.dist !== "triangular") return undefined;
  const [min, max] = [parseMicros(cycle.min), parseMicros(cycle.max)];
  const mode = cycle.dist === "triangular" ? parseMicros(cycle.mode) : min;
  if (min <= mode && mode <= max && max > 0) return undefined;
  const order = cycle.dist === "triangular" ? "min ≤ mode ≤ max" : "min ≤ max";
  return { path: ["cycle"], says: `expected ${order}, and max above 0` };
}

/** Each class does a known segment, breakdowns have both their figures, and names are not mistaken. */
function checkEquipment(params: FactoryParams): Problem | undefined {
  const { equipment, segments } = params;
  for (const [name, of] of Object.entries(equipment)) {
    const path = ["equipment", name];
    if (!Object.hasOwn(segments, of.segment)) {
      const near = suggestion(of.segment, Object.keys(segments));
      return { path: [...path, "segment"], says: `there is no segment "${of.segment}"; ${near}` };
    }
    const wrong = checkUpkeep(of, params.crews);
    if (wrong !== undefined) return { ...wrong, path: [...path, ...wrong.path] };
    const other = name.replace(/-\d+$/, "");
    if (other === name || !Object.hasOwn(equipment, other)) continue;
    return { path, says: `stages of ${other} have such names; choose another` };
  }
  if (Object.keys(equipment).length > 0) return undefined;
  return { path: ["equipment"], says: "a factory needs at least one class of equipment" };
}

function checkUpkeep(
  { mtbf, mttr, crew, maintenance }: EquipmentParams,
  crews: FactoryParams["crews"],
): Problem | undefined {
  if ((mtbf === undefined) !== (mttr === undefined)) {
    const [given, missing] = mtbf === undefined ? ["mttr", "mtbf"] : ["mtbf", "mttr"];
    return { path: [given], says: `it needs ${missing} beside it` };
  }
  const closed = maintenance.findIndex((each) => parseMicros(each.for) >= parseMicros(each.every));
  if (closed >= 0) {
    return { path: ["maintenance", closed, "for"], says: "it must be shorter than every" };
  }
  if (crew === undefined) return undefined;
  if (!Object.hasOwn(crews, crew)) {
    const near = suggestion(crew, Object.keys(crews));
    return { path: ["crew"], says: `there is no crew "${crew}"; ${near}` };
  }
  return mtbf === undefined ? { path: ["crew"], says: "it needs mtbf and mttr" } : undefined;
}

/** Each crew comes to somebody, and its name is not also a stage's. */
function checkCrews({ crews, equipment }: FactoryParams): Problem | undefined {
  for (const [name, { callAt }] of Object.entries(crews)) {
    const path = ["crews", name];
    const callers = Object.values(equipment).filter(({ crew }) => crew === name);
    const stages = callers.reduce((sum, { count }) => sum + count, 0);
    if (stages === 0) return { path, says: `no equipment says crew: ${name}` };
    if (callAt > stages) {
      const says = `it would never come: ${stages} of its stages can be down at once`;
      return { path: [...path, "callAt"], says };
    }
    const process = `crew-${name}`;
    if (classNamed(process, equipment) === undefined || Object.hasOwn(equipment, process)) continue;
    return { path, says: `a stage is named ${process}; choose another` };
  }
  return undefined;
}

function checkTransport({ transport, equipment }: FactoryParams): Problem | undefined {
  const areas = [...new Set(Object.values(equipment).map(({ area }) => area))];
  const seen = new Set<string>();
  for (const [index, route] of transport.routes.entries()) {
    const path = ["transport", "routes", index];
    for (const end of ["from", "to"] as const) {
      if (areas.includes(route[end])) continue;
      const near = suggestion(route[end], areas);
      return { path: [...path, end], says: `no equipment is in area "${route[end]}"; ${near}` };
    }
    const way = `from ${route.from} to ${route.to}`;
    if (seen.has(way)) return { path, says: `there is another route ${way}` };
    seen.add(way);
  }
  return undefined;
}
