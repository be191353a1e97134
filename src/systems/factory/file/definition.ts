// The factory file: what it may say, in the words of ISA-95 (IEC 62264-1): material definitions (items),
// operations segments, equipment classes. Times and rates are text with their unit, as one writes them.
import { z } from "zod";
import { messageOf } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { parseMicros } from "../../../core/micros.ts";
import { UNITS_MAX } from "../quantity.ts";

/** For editors: what `parseMicros` reads, but for its being negative. */
const TIME = "^\\s*(0|\\d+(\\.\\d+)?([eE][+-]?\\d+)?\\s*(us|µs|ms|s|min|h|d))\\s*$";
const TIME_EXPECTED = "expected a time with its unit, such as 90s";

/** Times up to 100 years, from 0 or from 1 µs. */
const timeFrom = (min: 0 | 1) =>
  z
    .string({ error: TIME_EXPECTED })
    .superRefine((text, context) => {
      const message = complaintOf(text, min);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .meta({ pattern: TIME });
const time = timeFrom(0);
const positiveTime = timeFrom(1);

function complaintOf(text: string, min: number): string | undefined {
  try {
    return parseMicros(text) >= min ? undefined : `"${text}" must be longer than 0`;
  } catch (cause) {
    return `${messageOf(cause)}; ${TIME_EXPECTED}`;
  }
}

const RATE = /^(\d+(?:\.\d+)?)\s*\/\s*(s|min|h|d)$/;
const RATE_EXPECTED = "expected a rate with its unit, such as 14/h";
const HOURS: { readonly [unit: string]: number } = { s: 3600, min: 60, h: 1, d: 1 / 24 };
const rateOrNone = z.string({ error: RATE_EXPECTED }).regex(RATE, RATE_EXPECTED);
const rate = rateOrNone.refine((text) => perHour(text) > 0, "a rate must be above 0");

/** µs. */
export const HOUR = 3_600e6;

/** What a rate such as `14/h` or `2/min` comes to in an hour. */
export function perHour(text: string): number {
  const [, count = "0", unit = "h"] = RATE.exec(text) ?? [];
  return Number(count) * HOURS[unit]!;
}

const NAME = /^[A-Za-z][\w-]{0,40}$/;
const name = z.string().regex(NAME, "expected a name of A-Z 0-9 _ -, beginning with a letter");
/** The least amount, in units: a millionth. */
const UNITS_MIN = 1e-6;
const quantity = z
  .number({ error: "expected a number of units" })
  .min(UNITS_MIN, `a quantity is at least ${UNITS_MIN.toFixed(6)}`)
  .max(UNITS_MAX, `a quantity is at most ${UNITS_MAX}`);
const QUANTITY = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/;
const inRange = (text: string): boolean => {
  const { number } = quantityOf(text);
  return number >= UNITS_MIN && number <= UNITS_MAX;
};
const MEASURED = "expected a quantity above 0, such as 8 or 0.3 kg";
/** A number of the item's own units, or with the unit said: `8`, `0.3 kg`. */
const measured = z.union(
  [quantity, z.string().regex(QUANTITY, MEASURED).refine(inRange, MEASURED)],
  {
    error: MEASURED,
  },
);

/** A quantity as a number, and its unit if it says one. */
export function quantityOf(given: number | string): {
  readonly number: number;
  readonly unit: string | undefined;
} {
  if (typeof given === "number") return { number: given, unit: undefined };
  const [, number = "0", unit] = QUANTITY.exec(given) ?? [];
  return { number: Number(number), unit };
}
const count = (max: number, min = 1) =>
  z
    .int("expected a whole number")
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`);
const named = <T extends z.ZodType>(value: T) => z.record(name, value);

const cycle = z.union(
  [
    positiveTime,
    z.strictObject({ dist: z.literal("uniform"), min: time, max: time }),
    z.strictObject({ dist: z.literal("triangular"), min: time, mode: time, max: time }),
    z.strictObject({ dist: z.literal("exponential"), mean: positiveTime }),
    z.strictObject({
      dist: z.literal("lognormal"),
      median: positiveTime,
      sigma: z.number().min(0).max(3),
    }),
  ],
  {
    error:
      "expected a time above 0, or a distribution such as { dist: triangular, min: 150s, mode: 180s, max: 240s }",
  },
);

const item = z.strictObject({
  unit: z.string().min(1).max(8).default("EA").describe("EA for pieces, kg, m, …"),
  lot: quantity.default(1).describe("Units of a full lot."),
});

const segment = z.strictObject({
  produces: named(measured).describe("The item made, and how much of it a good start gives."),
  consumes: named(measured).default({}).describe("What each start takes: the bill of materials."),
  cycle: cycle.describe("Time of a job, which makes one lot."),
  yield: z.number().gt(0).max(1).default(1).describe("Share of starts that are good."),
  onInterrupt: z
    .enum(["resume", "restart", "scrap"])
    .default("restart")
    .describe("What becomes of a job when its equipment breaks down or its process crashes."),
});

const maintenance = z.strictObject({
  every: positiveTime,
  for: positiveTime,
  first: time.default("0s"),
});

const equipment = z.strictObject({
  segment: z.string(),
  count: count(100_000).default(1).describe("Stages of this class: redundant ones."),
  parallel: count(1_000).default(1).describe("Jobs at a time."),
  mtbf: positiveTime.optional().describe("Mean time between failures, exponential."),
  mttr: positiveTime.optional().describe("Mean time to repair, exponential."),
  crew: z.string().optional().describe("Who repairs it. Default: somebody of its own."),
  buffer: z
    .strictObject({
      in: count(1e6).optional().describe("Lots wanted from each supplier. Default: from the flow."),
      out: count(1e6).optional().describe("Lots that may wait to be fetched."),
    })
    .default({}),
  area: name.default("shop"),
  maintenance: z.array(maintenance).max(16).default([]),
});

const crew = z.strictObject({
  count: count(1_000).default(1),
  callAt: count(100_000).default(1).describe("It comes when so many are down at once."),
});

const route = z.strictObject({
  from: name,
  to: name,
  time,
  capacity: rate
    .optional()
    .describe("Units of an item an hour, at most, from each stage to each; plans keep to it."),
});

const arc = z.strictObject({
  from: z.string().describe("A stage, such as weld-1, or a class: each of its stages."),
  to: z.string(),
  rate: rate.optional().describe("Units of the item that go this way. Default: as others."),
});

const flow = z.strictObject({ at: time.default("0s"), arcs: z.array(arc).max(1_000_000) });

const change = z.union(
  [
    z.strictObject({ at: time, segment: z.string(), consumes: named(measured) }),
    z.strictObject({ at: time, stage: z.string(), do: z.enum(["open", "close", "scrap shelf"]) }),
    z.strictObject({ at: time, stage: z.string(), writeOff: z.string() }),
  ],
  {
    error:
      "expected at, and segment with consumes, or stage with do (open, close, scrap shelf) or writeOff",
  },
);

const engineeringChanges = z.strictObject({
  rate: rateOrNone.describe("How often some segment's bill changes, at exponential intervals."),
  until: positiveTime.default("10min").describe("No bill changes at random after this."),
  seed: count(Number.MAX_SAFE_INTEGER, 0).default(1).describe("Draws when, which and how."),
});

const policies = z.strictObject({
  resend: positiveTime.default("2s").describe("What is not answered is said again after this."),
  onFlowChange: z
    .enum(["finish", "recall"])
    .default("finish")
    .describe("Lots under way to a stage that is no longer supplied."),
  wip: count(1e6).optional().describe("Lots in a serial line at most (CONWIP)."),
});

const leader = z.strictObject({
  candidates: z
    .int()
    .min(0)
    .max(9)
    .default(0)
    .describe("Processes that may lead; 0: nobody plans."),
  heartbeat: positiveTime.default("1s").describe("Stages say so often that they are there."),
  lease: positiveTime.default("5s").describe("Who has not renewed it for so long is replaced."),
  detector: z.enum(["timeout", "phi"]).default("timeout").describe("Of who is down."),
  debounce: positiveTime.default("1s").describe("Changes that come together are planned together."),
  stability: positiveTime.default("3s").describe("Who is back must stay so long to be counted on."),
  minGain: z.number().min(0).max(1).default(0.02).describe("Below it a new flow is not worth it."),
  derate: z.boolean().default(true).describe("Plan with what breakdowns leave of capacities."),
});

/**
 * A random plant, by the parameters of the original. The default is the plant of its experiments: our
 * generator draws it with seed 7, where that one did with 0.
 */
export const plantSchema = z.strictObject({
  types: count(100, 4).default(5).describe("Of items, the first and the last included."),
  perType: count(1_000).default(2).describe("Stages of each type but the first and the last."),
  complexity: z.enum(["low", "medium", "high"]).default("high").describe("How many need others."),
  seed: count(Number.MAX_SAFE_INTEGER, 0).default(7),
});
export type PlantSettings = z.output<typeof plantSchema>;

/** What a factory file may say. Its JSON Schema is published for editors: schemas/factory.json. */
export const factorySchema = z.strictObject({
  factory: name.default("plant").describe("Its name (ISA-95: site)."),
  version: z.literal(1).default(1),
  plant: plantSchema
    .optional()
    .describe("Instead of items, segments and equipment: a random plant."),
  items: named(item).default({}),
  segments: named(segment).default({}),
  equipment: named(equipment).default({}),
  crews: named(crew).default({}),
  transport: z
    .strictObject({ default: time.default("0s"), routes: z.array(route).max(10_000).default([]) })
    .default({ default: "0s", routes: [] }),
  flow: z.array(flow).max(1_000).default([]).describe("Who supplies whom. Default: all, evenly."),
  changes: z
    .array(change)
    .max(10_000)
    .default([])
    .describe("What an operator does later: bills, stages closed and opened, scrap, write-offs."),
  engineeringChanges: engineeringChanges
    .optional()
    .describe(
      "Bills that change at random, beside those of changes: a line is doubled, or one of several left out; then it is as written again.",
    ),
  demand: named(rate)
    .default({})
    .describe("Good units of final items. Default: as much as can be made."),
  leader: leader.default(leader.parse({})).describe("Who plans the flow."),
  policies: policies.default({ resend: "2s", onFlowChange: "finish" }),
  timeScale: z
    .number()
    .gt(0)
    .max(1e6)
    .default(1)
    .describe("The plant's times are divided by this, and its rates multiplied."),
});

/** A factory file, checked by its schema and complete. */
export type FactoryParams = z.output<typeof factorySchema> & { readonly [field: string]: Json };
export type SegmentParams = FactoryParams["segments"][string];
export type EquipmentParams = FactoryParams["equipment"][string];
export type CycleParams = SegmentParams["cycle"];

/** The stages that a class of equipment consists of, by name: `weld-1`, `weld-2`, … */
export const stagesOf = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);

/** The class of a stage, or the class itself; undefined if there is no such. */
export function classNamed(
  name: string,
  equipment: FactoryParams["equipment"],
): string | undefined {
  if (Object.hasOwn(equipment, name)) return name;
  const [, of = "", number = "0"] = /^(.+)-([1-9]\d*)$/.exec(name) ?? [];
  const known = Object.hasOwn(equipment, of) && Number(number) <= equipment[of]!.count;
  return known ? of : undefined;
}

/** The item that a class makes. */
export const itemOf = (name: string, { equipment, segments }: FactoryParams): string =>
  Object.keys(segments[equipment[name]!.segment]!.produces)[0]!;

/** The items that a class takes. */
export const needsOf = (name: string, { equipment, segments }: FactoryParams): readonly string[] =>
  Object.keys(segments[equipment[name]!.segment]!.consumes);

/** Items that nothing in the plant consumes: what leaves it. */
export function finalItems(params: FactoryParams): readonly string[] {
  const classes = Object.keys(params.equipment);
  const needed = new Set(classes.flatMap((name) => needsOf(name, params)));
  return [...new Set(classes.map((name) => itemOf(name, params)))].filter(
    (item) => !needed.has(item),
  );
}
