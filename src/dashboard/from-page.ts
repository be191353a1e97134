// What a page says, checked as it comes in.
import { z } from "zod";
import type { FromPage } from "./protocol.ts";

const SPEED_MAX = 1_000;
const STEPS_MAX = 100_000;
const TEXT_MAX = 2_000;

const actSchema = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("play") }),
  z.strictObject({ do: z.literal("pause") }),
  z.strictObject({ do: z.literal("speed"), factor: z.number().min(0.01).max(SPEED_MAX) }),
  z.strictObject({ do: z.literal("step"), by: z.int().min(-STEPS_MAX).max(STEPS_MAX) }),
  z.strictObject({ do: z.literal("seek"), at: z.int().min(0) }),
  z.strictObject({ do: z.literal("recover"), process: z.int().min(0) }),
  z.strictObject({ do: z.literal("fault"), text: z.string().max(TEXT_MAX) }),
  z.strictObject({
    do: z.literal("branch"),
    seed: z.int().min(0).optional(),
    fault: z.string().max(TEXT_MAX).optional(),
  }),
  z.strictObject({ do: z.literal("audit") }),
  z.strictObject({ do: z.literal("open"), folder: z.string().max(TEXT_MAX) }),
]);

const show = z.string().max(64);
const ask = z.int().min(0);
/** Untrusted until it has passed here. */
export const fromPageSchema: z.ZodType<FromPage> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("watch"),
    show,
    rows: z.int().min(0).nullable(),
    cuts: z.int().min(0).optional(),
  }),
  z.strictObject({ kind: z.literal("look"), ask, show, process: z.int().min(0) }),
  z.strictObject({ kind: z.literal("lot"), ask, show, lot: z.string().max(200) }),
  z.strictObject({
    kind: z.literal("act"),
    ask,
    show: show.nullable(),
    key: z.string().max(64),
    act: actSchema,
  }),
]);
