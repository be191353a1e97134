import { z } from "zod";
import type { Json } from "./json.ts";
import { MICROS_MAX, type Micros, seconds } from "./micros.ts";
import { parse } from "./parse.ts";
import {
  DEFAULT_LINKS,
  type Delay,
  type Fault,
  type Links,
  type Run,
  type Stamping,
} from "./run.ts";
import { type AnySystem, calling } from "./system.ts";

/** What one may say of a run; all else has a default. */
export type RunSettings = {
  readonly params?: Json;
  readonly seed?: number;
  readonly duration?: Micros;
  readonly links?: Partial<Links>;
  readonly storeDelay?: Delay | null;
  readonly faults?: readonly Fault[];
  readonly lamport?: Stamping;
  readonly strict?: boolean;
};

const span = z
  .int()
  .min(0)
  .max(MICROS_MAX)
  .transform((value) => value as Micros);

const probability = z.number().min(0).max(1);

/** A message that takes longer than a day is lost. */
const DELAY_MAX = 86_400_000_000;
const short = z
  .int()
  .min(0)
  .max(DELAY_MAX, "a delay is at most a day")
  .transform((value) => value as Micros);

const delay = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant"), micros: short }),
  z
    .strictObject({ kind: z.literal("uniform"), min: short, max: short })
    .refine(({ min, max }) => min <= max, "min must not be above max"),
  z
    .strictObject({ kind: z.literal("exponential"), min: short, mean: short })
    .refine(({ min, mean }) => min <= mean, "min must not be above mean"),
  z.strictObject({ kind: z.literal("lognormal"), median: short, sigma: z.number().min(0).max(10) }),
]);

const end = { at: span, until: span.exactOptional() };
const side = z.array(z.string()).min(1).max(100_000);
const between = { ...end, from: side, to: side, oneWay: z.boolean().exactOptional() };
const fault = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("crash"),
      process: z.string(),
      ...end,
      point: z.enum(["before-commit", "after-commit", "between-copies"]).exactOptional(),
    }),
    z.strictObject({ kind: z.literal("pause"), process: z.string(), ...end }),
    z.strictObject({ kind: z.literal("partition"), ...between }),
    z.strictObject({ kind: z.literal("loss"), ...between, probability }),
    z.strictObject({ kind: z.literal("duplicate"), ...between, probability }),
    z.strictObject({ kind: z.literal("delay"), ...between, delay }),
  ])
  .refine(({ at, until }) => until === undefined || until > at, "until must be after at");

const settings = z.strictObject({
  params: z.json().default({}),
  seed: z.int().min(0).default(1),
  duration: span.default(seconds(60)),
  links: z
    .strictObject({
      delay: delay.default(DEFAULT_LINKS.delay),
      loss: probability.default(0),
      duplicate: probability.default(0),
      order: z.enum(["any", "fifo"]).default("any"),
    })
    .default(DEFAULT_LINKS),
  storeDelay: delay.nullable().default(null),
  faults: z.array(fault).max(100_000).default([]),
  lamport: z.enum(["standard", "send-before-increment"]).default("standard"),
  strict: z.boolean().default(false),
});

/**
 * A run of `system`, with defaults: seed 1, 60 s, delays of 1 to 10 ms, nothing lost or doubled.
 * @throws OrreryError "config/*" naming the field that is wrong.
 */
export function newRun(system: AnySystem, given: RunSettings = {}): Run {
  const checked = parse(settings, given, "the run");
  const params = calling(system, "parse", () => system.parse(checked.params) as Json);
  return { system: system.name, ...checked, params };
}
