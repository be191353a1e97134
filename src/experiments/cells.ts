// Cells and grid of an experiment, spread out into runs.
import { OrreryError } from "../core/errors.ts";
import type { Cell } from "../core/experiment.ts";
import { parseFault } from "../core/fault-notation.ts";
import { checkNames } from "../core/faults.ts";
import { canonical, type Json } from "../core/json.ts";
import { parseMicros } from "../core/micros.ts";
import { newRun } from "../core/new-run.ts";
import { parseDelay } from "../core/notation.ts";
import { suggestion } from "../core/parse.ts";
import type { Profile } from "../core/profiles.ts";
import { DEFAULT_LINKS, type Links } from "../core/run.ts";
import { type AnySystem, membersOf } from "../core/system.ts";

export type Params = { readonly [parameter: string]: Json };

/** What all cells share. */
type Shared = {
  readonly params: Params;
  readonly seed: number;
  readonly duration: string;
  readonly delay?: string | undefined;
  readonly loss: number;
  readonly duplicate: number;
  readonly fifo: boolean;
  readonly storeDelay?: string | undefined;
  readonly faults: readonly string[];
  readonly profile?: Profile | undefined;
  readonly lamport: "standard" | "send-before-increment";
};

/** Cells of one experiment; more would be a mistake in the grid. */
const CELLS_MAX = 10_000;

/** Every named cell with every combination of the grid's values, the last parameter moving fastest. */
export function spreadOut(
  shared: Shared,
  named: { readonly [cell: string]: Params },
  grid: { readonly [parameter: string]: readonly Json[] },
  system: AnySystem,
  where: (cell: string) => string,
): Cell[] {
  const cells: Cell[] = [];
  const names = new Set<string>();
  for (const [cell, params] of Object.entries(named)) {
    for (const point of points(grid)) {
      const coordinates = Object.entries(point).map(([key, value]) => `${key} ${plainText(value)}`);
      const name = [cell, ...coordinates].filter((part) => part !== "").join(", ") || "all";
      const complain = (what: string): OrreryError =>
        new OrreryError("config/experiment", `${where(cell)}: ${what}`);
      if (cells.length === CELLS_MAX) throw complain(`more than ${CELLS_MAX} cells`);
      if (names.has(name)) throw complain(`two cells are named "${name}"`);
      names.add(name);
      try {
        cells.push({ name, coordinates: point, run: runOf(shared, [params, point], system) });
      } catch (cause) {
        if (!(cause instanceof OrreryError)) throw cause;
        throw new OrreryError(cause.code, `${where(cell)}: cell "${name}": ${cause.message}`, {
          cause,
        });
      }
    }
  }
  return cells;
}

function points(grid: { readonly [parameter: string]: readonly Json[] }): Params[] {
  let all: Params[] = [{}];
  for (const [parameter, values] of Object.entries(grid)) {
    all = all.flatMap((point) => values.map((value) => ({ ...point, [parameter]: value })));
  }
  return all;
}

/** The run of a cell: shared parameters, over them the cell's, over them the grid's; a profile too. Faults add up. */
function runOf(shared: Shared, own: readonly Params[], system: AnySystem) {
  let params = shared.params;
  let { profile, faults } = shared;
  const { delay, loss, duplicate } = shared;
  let links: { [name: string]: Json } = {
    ...(delay === undefined ? {} : { delay }),
    loss,
    duplicate,
    order: shared.fifo ? "fifo" : "any",
  };
  for (const [name, value] of own.flatMap((some) => Object.entries(some))) {
    const [first = "", ...rest] = name.split(".");
    if (first === "links") links = { ...links, ...linkSetting(rest.join("."), value) };
    else if (name === "profile") profile = value as Profile;
    else if (name === "faults") faults = [...faults, ...faultsOf(value)];
    else params = nested(params, [first, ...rest], value);
  }
  const text = links.delay as string | undefined;
  const run = newRun(system, {
    params,
    seed: shared.seed,
    duration: parseMicros(shared.duration),
    links: {
      ...(links as Partial<Links>),
      delay: text === undefined ? DEFAULT_LINKS.delay : parseDelay(text),
    },
    storeDelay: shared.storeDelay === undefined ? null : parseDelay(shared.storeDelay),
    faults: faults.map(parseFault),
    ...(profile === undefined ? {} : { profile }),
    lamport: shared.lamport,
  });
  const processes = membersOf(system, run.params).map(({ name }) => name);
  for (const fault of run.faults) checkNames(fault, processes);
  return run;
}

function faultsOf(value: Json): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  const such = '["crash machine_2 10s..20s"]';
  throw new OrreryError("config/experiment", `faults: expected a list such as ${such}`);
}

const LINK_SETTINGS = ["delay", "loss", "duplicate", "order"];

function linkSetting(name: string, value: Json): { [name: string]: Json } {
  if (!LINK_SETTINGS.includes(name)) {
    throw new OrreryError(
      "config/value",
      `there is no links.${name}; ${suggestion(name, LINK_SETTINGS)}`,
    );
  }
  if (name === "delay" && typeof value !== "string") {
    throw new OrreryError("config/value", "links.delay: expected a delay such as 5ms or 1ms..10ms");
  }
  return { [name]: value };
}

/**
 * A copy of `params` with a value at a path: `inbox.order`. A record is laid over the one that is
 * there, so that a cell that says one of its fields keeps the shared others.
 */
function nested(params: Params, path: readonly string[], value: Json): Params {
  const [name = "", ...rest] = path;
  const there = params[name];
  if (rest.length > 0)
    return { ...params, [name]: nested(isRecord(there) ? there : {}, rest, value) };
  const laid = isRecord(value) && isRecord(there) ? { ...there, ...value } : value;
  return { ...params, [name]: laid };
}

const isRecord = (value: Json | undefined): value is Params =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value as names of cells and axes of maps have it. */
export function plainText(value: Json): string {
  if (Array.isArray(value)) return value.map(plainText).join(",");
  return typeof value === "string" ? value : canonical(value);
}
