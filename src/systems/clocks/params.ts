import { z } from "zod";
import { OrreryError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { parse } from "../../core/parse.ts";
import type { RateRange } from "../../core/system.ts";

/** The scale model's parameters, checked and complete. */
export type ClocksParams = {
  readonly machines: number;
  /** Ticks per second of each machine, or the range from which each is drawn. */
  readonly rates: readonly number[] | RateRange;
  /** Probability that an idle tick is an internal event. */
  readonly internal: number;
};

/** More than this is refused, before memory runs out. */
const MACHINES_MAX = 1_000_000;
const DEFAULT_RATES: RateRange = { min: 1, max: 6 };
const DEFAULT_INTERNAL = 0.7;
/** Of the faces of the die, these many send. */
const SENDING_FACES = 3;

const rate = z.number().min(1e-6).max(1e6);
const range = z
  .union([
    z.strictObject({ min: z.int().min(1).max(1e6), max: z.int().min(1).max(1e6) }),
    z
      .string()
      .regex(/^\d{1,7}\.\.\d{1,7}$/)
      .transform((text) => {
        const [min = 0, max = 0] = text.split("..").map(Number);
        return { min, max };
      }),
  ])
  .refine(
    ({ min, max }) => min >= 1 && min <= max && max <= 1e6,
    "a range runs upwards from 1 or more",
  );

const schema = z.strictObject({
  machines: z.int().min(1).max(MACHINES_MAX).optional(),
  rates: z
    .union([z.array(rate).min(1).max(MACHINES_MAX), range, rate.transform((value) => [value])], {
      error: "expected rates such as 6,1,1 (each 0.000001 … 1000000) or a range such as 1..6",
    })
    .optional(),
  internal: z.number().min(0).max(1).optional(),
  faces: z.int().min(SENDING_FACES).max(1_000_000).optional(),
});

/** Each parameter in a line, for `orrery list`. */
export const CLOCKS_PARAMETERS: { readonly [name: string]: string } = {
  machines: `how many, 1 … ${MACHINES_MAX} (default 3, or as many as there are rates)`,
  rates:
    "ticks per second: one for each machine (6,1,1), or a range to draw from (1..6, the default)",
  internal: `probability that an idle tick is an internal event (default ${DEFAULT_INTERNAL})`,
  faces: "instead of internal: faces of the die, of which 1, 2 and 3 send",
};

/** Checks parameters and fills defaults. @throws OrreryError "config/*" */
export function parseClocks(input: Json): ClocksParams {
  const given = parse(schema, input, "clocks");
  if (given.internal !== undefined && given.faces !== undefined) {
    throw new OrreryError("config/value", "clocks: give internal or faces, not both");
  }
  const rates = given.rates ?? DEFAULT_RATES;
  const count = "min" in rates ? 3 : rates.length;
  const machines = given.machines ?? count;
  const spread = !("min" in rates) && rates.length === 1 ? alike(rates[0]!, machines) : rates;
  if (!("min" in spread) && spread.length !== machines) {
    throw new OrreryError(
      "config/value",
      `clocks: ${spread.length} rates for ${machines} machines; give one for each, or a range`,
    );
  }
  const byFaces = given.faces === undefined ? undefined : 1 - SENDING_FACES / given.faces;
  return { machines, rates: spread, internal: given.internal ?? byFaces ?? DEFAULT_INTERNAL };
}

const alike = (value: number, count: number): number[] => new Array<number>(count).fill(value);
