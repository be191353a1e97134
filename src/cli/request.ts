// Options of the command line to a run, and a run back to the line that repeats it.
import { OrreryError } from "../core/errors.ts";
import { formatFault, parseFault } from "../core/fault-notation.ts";
import { canonical, type Json } from "../core/json.ts";
import { checkKills, isKills } from "../core/kills.ts";
import { formatMicros, type Micros, parseMicros } from "../core/micros.ts";
import { newRun, type RunSettings } from "../core/new-run.ts";
import { formatDelay, parseDelay } from "../core/notation.ts";
import { suggestion } from "../core/parse.ts";
import { drawFaults, PROFILE_NAMES, type Profile } from "../core/profiles.ts";
import { DEFAULT_LINKS, type Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import { canStrike } from "../runtimes/real/layout.ts";

/** Options as commander gives them: text, or absent. */
export type RunOptions = {
  readonly on?: string;
  readonly for?: string;
  readonly seed?: string;
  readonly set?: readonly string[];
  readonly delay?: string;
  readonly loss?: string;
  readonly duplicate?: string;
  readonly fifo?: boolean;
  readonly storeDelay?: string;
  readonly fault?: readonly string[];
  readonly profile?: string;
  readonly lamport?: string;
  readonly strict?: boolean;
};

/** An option that is a whole number, 1 … `max`. @throws OrreryError "config/option" */
export function wholeNumber(option: string, text: string, max: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new OrreryError("config/option", `${option} "${text}" is not a whole number, 1 … ${max}`);
}

/** How many runs or threads at a time, if it is said. @throws OrreryError "config/option" */
export const jobsOf = ({ jobs }: { readonly jobs?: string }): number | undefined =>
  jobs === undefined ? undefined : wholeNumber("--jobs", jobs, 1024);

/** An option that is a port; 0 is any that is free. @throws OrreryError "config/option" */
export function portOf(option: string, text: string): number {
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new OrreryError("config/option", `${option} "${text}" is not a port, 0 … 65535`);
}

const RUNTIMES = ["sim", "tcp", "nats"] as const;

/** @throws OrreryError "config/option" */
export function runtimeOf({ on = "sim" }: Pick<RunOptions, "on">): (typeof RUNTIMES)[number] {
  const known = RUNTIMES.find((name) => name === on);
  if (known !== undefined) return known;
  throw new OrreryError("config/option", `--on "${on}" is none of ${RUNTIMES.join(", ")}`);
}

const STAMPINGS = ["standard", "send-before-increment"] as const;

/**
 * The run that was asked for, with the faults of its profile.
 * @throws OrreryError "config/*" naming the option and what was expected
 */
export function requestedRun(system: AnySystem, options: RunOptions): Run {
  const can = runtimeOf(options) === "sim" ? undefined : canStrike;
  return drawFaults(system, askedRun(system, options), can);
}

/** The same, with those faults still to be drawn. */
export function askedRun(system: AnySystem, options: RunOptions): Run {
  const settings: RunSettings = {
    params: parameters(options.set ?? []),
    seed: number("--seed", options.seed ?? "1"),
    duration: duration(options.for ?? "60s"),
    links: {
      delay: options.delay === undefined ? DEFAULT_LINKS.delay : parseDelay(options.delay),
      loss: number("--loss", options.loss ?? "0"),
      duplicate: number("--duplicate", options.duplicate ?? "0"),
      order: options.fifo === true ? "fifo" : "any",
    },
    storeDelay: options.storeDelay === undefined ? null : parseDelay(options.storeDelay),
    faults: (options.fault ?? []).map(parseFault),
    ...(options.profile === undefined ? {} : { profile: profileNamed(options.profile) }),
    lamport: stamping(options.lamport ?? "standard"),
    strict: options.strict ?? false,
  };
  return newRun(system, settings);
}

function profileNamed(text: string): Profile {
  if (isKills(text)) {
    checkKills(text);
    return text;
  }
  const known = PROFILE_NAMES.find((name) => name === text);
  if (known !== undefined) return known;
  throw new OrreryError(
    "config/option",
    `--profile "${text}" is none; ${suggestion(text, PROFILE_NAMES)}`,
  );
}

/** `name=value` pairs. A value is JSON, a list such as 6,1,1, or else text. */
function parameters(pairs: readonly string[]): Json {
  const params: { [name: string]: Json } = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) {
      throw new OrreryError("config/option", `--set "${pair}": write it as name=value`);
    }
    nest(params, pair.slice(0, at).trim().split("."), value(pair.slice(at + 1).trim()));
  }
  return params;
}

/** Puts a value at a path: `inbox.order=lifo` says `{ inbox: { order: "lifo" } }`. */
function nest(params: { [name: string]: Json }, path: readonly string[], given: Json): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    params[name] = given;
    return;
  }
  const inner = { ...(params[name] as { [name: string]: Json } | undefined) };
  nest(inner, rest, given);
  params[name] = inner;
}

function value(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text.includes(",") ? text.split(",").map((part) => value(part.trim())) : text;
  }
}

function number(option: string, text: string): number {
  const parsed = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(parsed)) return parsed;
  throw new OrreryError("config/option", `${option} "${text}" is not a number`);
}

function duration(text: string): Micros {
  const span = parseMicros(text);
  if (span > 0) return span;
  throw new OrreryError("config/time", "--for must be longer than 0");
}

function stamping(text: string): Run["lamport"] {
  const known = STAMPINGS.find((name) => name === text);
  if (known !== undefined) return known;
  throw new OrreryError("config/option", `--lamport "${text}" is none of ${STAMPINGS.join(", ")}`);
}

/**
 * The line that repeats a run of a hunt, whose parameters need not be those that were given: those that
 * differ from the system's own are spelt out.
 */
export function repeatOf(
  name: string,
  system: AnySystem,
  run: Run,
  given: readonly string[],
): string {
  const asGiven = newRun(system, { params: parameters(given) }).params;
  const set = canonical(asGiven) === canonical(run.params) ? given : spelt(system, run.params);
  return repeatLine(name, { set, strict: run.strict }, run);
}

function spelt(system: AnySystem, params: Json): string[] {
  const own = defaultsOf(system);
  return Object.entries(params as { readonly [name: string]: Json })
    .filter(([name, value]) => canonical(own[name] ?? null) !== canonical(value))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
}

/** The parameters of a system that was given none; none, if it needs some. */
function defaultsOf(system: AnySystem): { readonly [name: string]: Json } {
  try {
    return newRun(system).params as { readonly [name: string]: Json };
  } catch {
    return {};
  }
}

/**
 * The one line that repeats a run exactly, from what was asked for and what came of it. `where`: the words that say
 * where it is to run.
 */
export function repeatLine(
  system: string,
  options: RunOptions,
  run: Run,
  where: readonly string[] = [],
): string {
  const words = ["npx", "orrery", "run", system, "--seed", String(run.seed)];
  const option = (name: string, text: string): number => words.push(name, text);
  if (runtimeOf(options) !== "sim") option("--on", runtimeOf(options));
  option("--for", formatMicros(run.duration));
  // Parameters as they were given: what a system makes of them need not be what it takes.
  for (const pair of options.set ?? []) option("--set", pair);
  words.push(...linkWords(run));
  if (run.storeDelay !== null) option("--store-delay", formatDelay(run.storeDelay));
  // On real processes more may have struck than was drawn, and a run that was stopped had other plans.
  if (options.profile === undefined || runtimeOf(options) !== "sim") {
    for (const fault of run.faults) option("--fault", formatFault(fault));
  } else {
    for (const fault of options.fault ?? []) option("--fault", fault);
    option("--profile", options.profile);
  }
  if (run.lamport !== "standard") option("--lamport", run.lamport);
  if (run.strict) words.push("--strict");
  return shellLine([...words, ...where]);
}

/** The options that say how links are, if not as they are by default. */
export function linkWords({ links: { delay, loss, duplicate, order } }: Run): readonly string[] {
  const text = formatDelay(delay);
  return [
    ...(text === formatDelay(DEFAULT_LINKS.delay) ? [] : ["--delay", text]),
    ...(loss > 0 ? ["--loss", String(loss)] : []),
    ...(duplicate > 0 ? ["--duplicate", String(duplicate)] : []),
    ...(order === "fifo" ? ["--fifo"] : []),
  ];
}

/** Words as a line for a POSIX shell, quoted where needed. */
export const shellLine = (words: readonly string[]): string =>
  words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
