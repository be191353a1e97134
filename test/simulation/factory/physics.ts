// Factories run for their notes: what breaks down, is made, ships, and when; and statistics of that.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { describe, standardErrorsOff, threeErrors } from "../../../src/analysis/statistics.ts";
import type { Json } from "../../../src/core/json.ts";
import { type Micros, micros } from "../../../src/core/micros.ts";
import { newRun } from "../../../src/core/new-run.ts";
import { KIND } from "../../../src/core/trace-event.ts";
import { type Simulation, sim } from "../../../src/runtimes/sim/simulation.ts";
import { factory } from "../../../src/systems/factory/factory.ts";
import { TraceWriter } from "../../../src/trace/writer.ts";

export const HOUR = 3_600e6;

/** A note, when (hours) and whose (by name). */
export type Told = {
  readonly at: number;
  readonly who: string;
  readonly name: string;
  readonly fields: { readonly [field: string]: Json };
};

type Definition = { readonly [field: string]: Json };

/** A factory file that ships. */
export const example = (name: string): Definition =>
  parse(
    readFileSync(new URL(`../../../experiments/factory/${name}.yaml`, import.meta.url), "utf8"),
  ) as Definition;

/** The same, and nothing breaks down. */
export function unfailing(plant: Definition): Definition {
  const classes = Object.entries(plant.equipment as { readonly [name: string]: Definition });
  const sound = classes.map(([name, { mtbf, mttr, ...rest }]) => [name, rest]);
  return { ...plant, equipment: Object.fromEntries(sound) as Definition };
}

type Settings = {
  readonly seed?: number;
  /** History is kept, to be read after. */
  readonly keepsLogs?: boolean;
  /** Runs it: to its end at once, if not said. */
  readonly drive?: (running: Simulation, end: Micros) => void;
};

/** Runs a factory for so many hours and tells each note. Messages take a millisecond. */
export function observe(
  params: Definition,
  hours: number,
  told: (note: Told) => void,
  { seed = 1, keepsLogs = false, drive = (running, end) => running.to(end) }: Settings = {},
): Simulation {
  const duration = micros(hours * HOUR);
  const links = { delay: { kind: "constant" as const, micros: micros(1_000) } };
  const run = newRun(factory, { params, seed, duration, links });
  const names: string[] = [];
  const writer = new TraceWriter((batch) => {
    for (const [index, row] of batch.detailRows.entries()) {
      if (batch.kind(row) !== KIND.internal) continue;
      const { name, fields } = batch.details[index] as Pick<Told, "name" | "fields">;
      told({ at: batch.time(row) / HOUR, who: names[batch.process(row)]!, name, fields });
    }
  });
  const running = sim.start(factory, run, writer);
  names.push(...running.names);
  running.store.keepsLogs = keepsLogs;
  drive(running, duration);
  running.stop();
  return running;
}

/** What changes in steps, hours: its mean over time, from an instant on. */
export class Level {
  #value = 0;
  #since: number;
  #area = 0;
  readonly #from: number;

  constructor(from = 0) {
    this.#from = from;
    this.#since = from;
  }

  change(at: number, by: number): void {
    this.#pass(at);
    this.#value += by;
  }

  mean(until: number): number {
    this.#pass(until);
    return this.#area / (until - this.#from);
  }

  #pass(at: number): void {
    if (at <= this.#since) return;
    this.#area += this.#value * (at - this.#since);
    this.#since = at;
  }
}

/** One value a seed, from so many independent ones. */
export const overSeeds = (count: number, value: (seed: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, index) => value(index + 1));

/** A standard error of more than this share of what is predicted says little. */
const ERROR_MAX = 0.04;

/** What is wrong with a sample's mean: it is three standard errors off what was predicted, or nobody can tell. */
export function complaint(sample: readonly number[], predicted: number): string | undefined {
  const described = describe(sample);
  const off = standardErrorsOff(described, predicted);
  const says = `${described.mean} is ${off.toFixed(1)} standard errors off ${predicted}`;
  if (Math.abs(off) > threeErrors(sample.length)) return says;
  const error = described.std / Math.sqrt(sample.length);
  return error > ERROR_MAX * predicted ? `${says}, which are ${error} each` : undefined;
}
