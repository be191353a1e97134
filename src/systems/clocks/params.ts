import { z } from "zod";
import { OrreryError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { parse } from "../../core/parse.ts";
import type { AdaptiveRate, RateRange } from "../../core/system.ts";

/** The scale model's parameters, checked and complete. */
export type ClocksParams = {
  readonly machines: number;
  /** Ticks per second: of each machine, the range from which each is drawn, or adaptive. */
  readonly rates: readonly number[] | RateRange | AdaptiveRate;
  /** Probability that an idle tick is an internal event. */
  readonly internal: number;
  readonly die: "symmetric" | "asymmetric";
  /** To whom the third sending face sends. */
  readonly both: "neighbours" | "all";
  /** Probability that a send is urgent: of priority 1, where others have 0. */
  readonly urgent: number;
  readonly inbox: {
    readonly order: "fifo" | "lifo" | "priority";
    readonly batch: number;
    /** 0: unbounded. */
    readonly capacity: number;
    readonly overflow: "refuse-newest" | "drop-oldest";
  };
};

/** More than this is refused, before memory runs out. */
const MACHINES_MAX = 1_000_000;
const DEFAULT_RATES: RateRange = { min: 1, max: 6 };
const DEFAULT_INTERNAL = 0.7;
/** Of the faces of the die, these many send. */
const SENDING_FACES = 3;

const rate = z.number().min(1e-6).max(1e6);
const upwards = ({ min, max }: { min: number; max: number }): boolean => min <= max;
const wholeRate = z.int().min(1).max(1e6);
const range = z
  .union([
    z.strictObject({ min: wholeRate, max: wholeRate }),
    z
      .string()
      .regex(/^\d{1,7}\.\.\d{1,7}$/)
      .transform((text) => {
        const [min = 0, max = 0] = text.split("..").map(Number);
        return { min, max };
      }),
  ])
  .refine((given) => given.min >= 1 && given.max <= 1e6 && upwards(given), "a range runs upwards");

const ADAPTIVE = /^adaptive (\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?) (\d+)$/;
const adaptive = z
  .union([
    z.strictObject({ kind: z.literal("adaptive"), min: rate, max: rate, target: z.int().min(0) }),
    z
      .string()
      .regex(ADAPTIVE)
      .transform((text): AdaptiveRate => {
        const [, min, max, target] = ADAPTIVE.exec(text)!.map(Number);
        return { kind: "adaptive", min: min!, max: max!, target: target! };
      }),
  ])
  .refine((given) => given.min >= 1e-6 && given.max <= 1e6 && upwards(given), "it runs upwards");

/** As one writes them in a line. */
const listed = z
  .string()
  .regex(/^[\d.]+(?:\s*,\s*[\d.]+)+$/)
  .transform((text) => text.split(",").map(Number))
  .pipe(z.array(rate).max(MACHINES_MAX));

const RATES_EXPECTED =
  "expected rates such as 6,1,1 (each 0.000001 … 1000000), a range such as 1..6, or adaptive such " +
  'as "adaptive 1..12 2" (bounds, and how many messages should wait)';

/** What a file or the command line may say; published as JSON Schema for editors. */
export const clocksSchema = z.strictObject({
  machines: z.int().min(1).max(MACHINES_MAX).optional(),
  rates: z
    .union([z.array(rate).min(1).max(MACHINES_MAX), listed, adaptive, range, rate], {
      error: RATES_EXPECTED,
    })
    .optional(),
  internal: z.number().min(0).max(1).optional(),
  faces: z.int().min(SENDING_FACES).max(1_000_000).optional(),
  die: z.enum(["symmetric", "asymmetric"]).default("symmetric"),
  both: z.enum(["neighbours", "all"]).default("neighbours"),
  urgent: z.number().min(0).max(1).default(0),
  inbox: z
    .strictObject({
      order: z.enum(["fifo", "lifo", "priority"]).default("fifo"),
      batch: z.int().min(1).max(1_000_000).default(1),
      capacity: z.int().min(0).max(1_000_000_000).default(0),
      overflow: z.enum(["refuse-newest", "drop-oldest"]).default("refuse-newest"),
    })
    .default({ order: "fifo", batch: 1, capacity: 0, overflow: "refuse-newest" }),
});

/** Each parameter in a line, for `orrery list`. */
export const CLOCKS_PARAMETERS: { readonly [name: string]: string } = {
  machines: `how many, 1 … ${MACHINES_MAX} (default 3, or as many as there are rates)`,
  rates: 'ticks per second: one for each machine (6,1,1), a range (1..6), or "adaptive 1..12 2"',
  internal: `probability that an idle tick is an internal event (default ${DEFAULT_INTERNAL})`,
  faces: "instead of internal: faces of the die, of which 1, 2 and 3 send",
  die: "symmetric (default), or asymmetric: the first sending face picks one of the two at random",
  both: "to whom the third sending face sends: neighbours (default), or all",
  urgent: "probability that a send is urgent, for inbox.order=priority (default 0)",
  "inbox.order": "fifo (default), lifo or priority",
  "inbox.batch": "messages taken at a tick (default 1)",
  "inbox.capacity": "messages an inbox holds; 0 is unbounded (default)",
  "inbox.overflow": "what a full inbox drops: refuse-newest (default) or drop-oldest",
};

/** Checks parameters and fills defaults. @throws OrreryError "config/*" */
export function parseClocks(input: Json): ClocksParams {
  const { faces, ...given } = parse(clocksSchema, input, "clocks");
  if (given.internal !== undefined && faces !== undefined) {
    throw new OrreryError("config/value", "clocks: give internal or faces, not both");
  }
  const byFaces = faces === undefined ? DEFAULT_INTERNAL : 1 - SENDING_FACES / faces;
  const asked = typeof given.rates === "number" ? [given.rates] : (given.rates ?? DEFAULT_RATES);
  const machines = given.machines ?? (Array.isArray(asked) && asked.length > 1 ? asked.length : 3);
  const rates = Array.isArray(asked) && asked.length === 1 ? alike(asked[0]!, machines) : asked;
  if (Array.isArray(rates) && rates.length !== machines) {
    throw new OrreryError(
      "config/value",
      `clocks: ${rates.length} rates for ${machines} machines; give one for each, or a range`,
    );
  }
  return { ...given, machines, rates, internal: given.internal ?? byFaces };
}

const alike = (value: number, count: number): number[] => new Array<number>(count).fill(value);
