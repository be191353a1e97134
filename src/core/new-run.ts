import { z } from "zod";
import { delay, fault, probability, span } from "./fault-schema.ts";
import type { Json } from "./json.ts";
import { checkKills, isKills, type Kills } from "./kills.ts";
import { type Micros, seconds } from "./micros.ts";
import { parse } from "./parse.ts";
import { PROFILE_NAMES, type Profile } from "./profiles.ts";
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
  /** Draws more faults from the seed. */
  readonly profile?: Profile;
  readonly lamport?: Stamping;
  readonly strict?: boolean;
};

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
  profile: z
    .union([
      z.enum(PROFILE_NAMES),
      z.custom<Kills>((text) => typeof text === "string" && isKills(text)),
    ])
    .exactOptional(),
  lamport: z.enum(["standard", "send-before-increment"]).default("standard"),
  strict: z.boolean().default(false),
});

/** A whole run, as it comes over a wire: its parameters are still to be judged by its system. */
export const runSchema = settings.extend({ system: z.string().min(1).max(64) });

/**
 * A run of `system`, with defaults: seed 1, 60 s, delays of 1 to 10 ms, nothing lost or doubled.
 * @throws OrreryError "config/*" naming the field that is wrong.
 */
export function newRun(system: AnySystem, given: RunSettings = {}): Run {
  const checked = parse(settings, given, "the run");
  if (checked.profile !== undefined && isKills(checked.profile)) checkKills(checked.profile);
  const params = calling(system, "parse", () => system.parse(checked.params) as Json);
  return { system: system.name, ...checked, params };
}
