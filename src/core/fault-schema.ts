// What a fault may say, checked at the edge, for those that come as data rather than as text.
import { z } from "zod";
import { MICROS_MAX, type Micros } from "./micros.ts";

export const span = z
  .int()
  .min(0)
  .max(MICROS_MAX)
  .transform((value) => value as Micros);

export const probability = z.number().min(0).max(1);

/** A message that takes longer than a day is lost. */
const DELAY_MAX = 86_400_000_000;
const short = z
  .int()
  .min(0)
  .max(DELAY_MAX, "a delay is at most a day")
  .transform((value) => value as Micros);

export const delay = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant"), micros: short }),
  z
    .strictObject({ kind: z.literal("uniform"), min: short, max: short })
    .refine(({ min, max }) => min <= max, "min must not be above max"),
  z
    .strictObject({ kind: z.literal("exponential"), min: short, mean: short })
    .refine(({ min, mean }) => min <= mean, "min must not be above mean"),
  z.strictObject({ kind: z.literal("lognormal"), median: short, sigma: z.number().min(0).max(10) }),
]);

/** A clock that swings by more than this share of its period would run backwards (2π · share < 1). */
const SWING_MAX = 0.15;

/** How far and how fast local clocks may be off. */
const shift = z.int().min(-MICROS_MAX).max(MICROS_MAX);
const clockModel = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("offset"), micros: shift }),
  z.strictObject({ kind: z.literal("step"), micros: shift }),
  z.strictObject({
    kind: z.literal("drift"),
    rate: z.number().min(0.01, "a clock runs at 0.01 … 100").max(100, "a clock runs at 0.01 … 100"),
  }),
  z
    .strictObject({ kind: z.literal("sine"), amplitude: short, period: short })
    .refine(
      ({ amplitude, period }) => amplitude <= SWING_MAX * period,
      `an amplitude is at most ${SWING_MAX} of the period, or the clock would run backwards`,
    ),
]);

const trouble = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("slow"), delay }),
  z.strictObject({ kind: z.literal("failing"), probability }),
  z.strictObject({ kind: z.literal("full") }),
]);

const end = { at: span, until: span.exactOptional() };
const ending = { at: span, until: span };
const side = z.array(z.string()).min(1).max(100_000);
const links = { from: side, to: side, oneWay: z.boolean().exactOptional() };
const between = { ...end, ...links };
const ofProcess = { ...end, process: z.string() };
const lost = z.int().min(0).max(1_000_000).exactOptional();

/** The rates of steps that a process can be slowed to, per second. */
const slowRate = z.number().min(1e-6).max(1e6);

export const fault = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.enum(["crash", "wipe"]),
      ...ofProcess,
      point: z.enum(["before-commit", "after-commit", "between-copies"]).exactOptional(),
      lost,
    }),
    z.strictObject({ kind: z.literal("pause"), ...ofProcess }),
    z.strictObject({ kind: z.literal("slow"), ...ofProcess, rate: slowRate }),
    z.strictObject({ kind: z.literal("clock"), ...ofProcess, model: clockModel }),
    z.strictObject({ kind: z.literal("store"), ...ofProcess, trouble }),
    z.strictObject({ kind: z.literal("partition"), ...between }),
    z.strictObject({ kind: z.literal("loss"), ...between, probability }),
    z.strictObject({ kind: z.literal("duplicate"), ...between, probability }),
    z.strictObject({ kind: z.literal("corrupt"), ...between, probability }),
    z.strictObject({ kind: z.literal("reorder"), ...between, probability, within: short }),
    z.strictObject({ kind: z.literal("delay"), ...between, delay }),
    z.strictObject({ kind: z.literal("clog"), ...ending, ...links }),
    z.strictObject({ kind: z.literal("power"), ...end, processes: side, lost }),
    z.strictObject({ kind: z.literal("swizzle"), ...ending, processes: side }),
  ])
  .refine(({ at, until }) => until === undefined || until > at, "until must be after at");
