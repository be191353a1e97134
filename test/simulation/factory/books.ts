// Factories run in virtual time for what they leave behind: stores, notes, and what their audit says.
import { STORM_PLANT } from "../../../examples/wrong/factory/storm-plant.ts";
import type { Violation } from "../../../src/core/audit.ts";
import { parseFault } from "../../../src/core/fault-notation.ts";
import type { Json } from "../../../src/core/json.ts";
import { type Micros, ms, seconds } from "../../../src/core/micros.ts";
import { newRun, type RunSettings } from "../../../src/core/new-run.ts";
import { drawFaults } from "../../../src/core/profiles.ts";
import type { Stored } from "../../../src/core/stored.ts";
import type { AnySystem } from "../../../src/core/system.ts";
import { type Simulation, sim } from "../../../src/runtimes/sim/simulation.ts";
import { FactoryAuditor } from "../../../src/systems/factory/books/auditor.ts";
import { factoryOf } from "../../../src/systems/factory/factory.ts";
import type { FactoryParams } from "../../../src/systems/factory/file/definition.ts";
import type { JobRecord, ReceivedRecord } from "../../../src/systems/factory/messages.ts";
import { type Plant, plantOf } from "../../../src/systems/factory/plant.ts";
import { RULES } from "../../../src/systems/factory/stage/stage.ts";
import { Keeper, Trace } from "../../../src/trace/trace.ts";
import { TraceWriter } from "../../../src/trace/writer.ts";

/** The right one on the plant that the wrong ones run on. */
export const RIGHT = factoryOf("right", RULES, STORM_PLANT);

/** Bars from saws and glue from a kettle become plates; all times are constant. */
export const SHOP = {
  items: { bar: { lot: 4 }, glue: { unit: "kg", lot: 1 }, plate: { lot: 1 } },
  segments: {
    cut: { produces: { bar: 1 }, cycle: "400ms" },
    boil: { produces: { glue: 1 }, cycle: "300ms" },
    press: { produces: { plate: 1 }, consumes: { bar: 3, glue: 0.1 }, cycle: "300ms" },
  },
  equipment: {
    saw: { segment: "cut", count: 2 },
    kettle: { segment: "boil" },
    press: { segment: "press", count: 2, area: "hall" },
  },
  transport: { default: "100ms" },
  policies: { resend: "100ms" },
};
/** Its flow, in two parts. */
export const ARCS = {
  bars: { from: "saw", to: "press" },
  glue: { from: "kettle", to: "press" },
};

/** Faults, as one writes them. */
export const faults = (...texts: readonly string[]) => texts.map(parseFault);
/** Links that do nothing but take two milliseconds. */
export const CALM = { delay: { kind: "constant", micros: ms(2) } } as const;
/** What a stage noted, and when. */
export type Said = {
  readonly at: number;
  readonly who: string;
  readonly name: string;
  readonly fields: { readonly [field: string]: Json | undefined };
};

/** Looks at a run that has come so far. */
export type Look = readonly [at: Micros, look: (running: Simulation) => void];

export type Ran = {
  readonly plant: Plant;
  readonly trace: Trace;
  readonly said: readonly Said[];
  readonly stores: ReadonlyMap<string, Stored>;
  readonly jobs: (stage: string) => readonly JobRecord[];
  readonly received: (stage: string) => readonly ReceivedRecord[];
  /** Of all commits, and of the messages under way at each look and at the end. */
  readonly violations: readonly Violation[];
};

const DURATION = seconds(20);

/** Runs to the end, audited commit by commit; `looks` in order of time. */
export function ran(
  system: AnySystem,
  settings: RunSettings = {},
  looks: readonly Look[] = [],
): Ran {
  const asked = newRun(system, { strict: true, duration: DURATION, ...settings });
  const run = drawFaults(system, asked);
  const plant = plantOf(run.params as FactoryParams);
  const keeper = new Keeper();
  const running = sim.start(system, run, new TraceWriter((batch) => keeper.see(batch)));
  const auditor = new FactoryAuditor(plant);
  running.store.watch(auditor);
  for (const [at, look] of [...looks, [run.duration, () => {}] as Look]) {
    running.to(at);
    const ofStages = [...running.underway()].filter(({ from }) => from < plant.stages.length);
    auditor.underway(ofStages);
    look(running);
  }
  running.stop();
  const { names } = running;
  const trace = new Trace(run, names, keeper.end());
  const stores = new Map(names.map((name, process) => [name, running.store.stored(process)]));
  const log = (stage: string, name: string) => stores.get(stage)?.logs.get(name) ?? [];
  return {
    plant,
    trace,
    said: saidIn(trace),
    stores,
    jobs: (stage) => log(stage, "jobs") as unknown as readonly JobRecord[],
    received: (stage) => log(stage, "received") as unknown as readonly ReceivedRecord[],
    violations: auditor.found,
  };
}

/** The notes of a trace, as they came. */
function saidIn(trace: Trace): readonly Said[] {
  const said: Said[] = [];
  for (const { kind, detail, process, timeMicros } of trace) {
    if (kind !== "internal" || detail === undefined) continue;
    const { name, fields } = detail as Pick<Said, "name" | "fields">;
    said.push({ at: timeMicros, who: trace.names[process]!, name, fields });
  }
  return said;
}

/** What a key holds in a stage's store now. */
export function held(running: Simulation, stage: string, key: string): Json | undefined {
  return running.store.stored(running.names.indexOf(stage)).keyed.get(key);
}

/** The notes of that name, of all stages or of one. */
export const notesOf = ({ said }: Ran, name: string, who?: string) =>
  said.filter((note) => note.name === name && (who === undefined || note.who === who));
