// One run of a hunt: in virtual time, in this thread, judged, and not kept.
import { judge } from "../checks/checks.ts";
import type { Check, Judgement } from "../core/check.ts";
import { OrreryError } from "../core/errors.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import { threw } from "../hunt/findings.ts";
import { type Simulation, sim } from "../runtimes/sim/simulation.ts";
import { Keeper, Trace } from "../trace/trace.ts";
import { TraceWriter } from "../trace/writer.ts";

export type Trial = {
  readonly judgements: readonly Judgement[];
  readonly events: number;
  /** Why it came to nothing: a bound was passed. */
  readonly broken?: string;
};

/** From an instant on, all chance comes from another seed. */
export type Reseeding = { readonly at: number; readonly seed: number };

/** Runs and judges. A handler that throws is a failure like others; what else is thrown goes on. */
export function trial(
  system: AnySystem,
  run: Run,
  checksOf: (run: Run) => readonly Check[],
  reseeding?: Reseeding,
): Trial {
  const simulation = { last: undefined as TraceEvent | undefined, events: 0 };
  let judging: ReturnType<typeof judge> | undefined;
  const writer = new TraceWriter((batch) => {
    judging?.see(batch);
    simulation.events += batch.count;
    if (batch.count > 0) simulation.last = batch.event(batch.count - 1);
  });
  const running = sim.start(system, run, writer);
  judging = judge(run, checksOf(run), running.names);
  const fault = finished(running, run, reseeding);
  const judgements = judging.end();
  const { events, last } = simulation;
  if (fault === undefined) return { judgements, events };
  if (fault.code === "run/bound") return { judgements, events, broken: fault.message };
  return {
    judgements: [threw(fault.message, last === undefined ? [] : [last]), ...judgements],
    events,
  };
}

/** Runs to the end; returns what a handler threw. */
function finished(running: Simulation, run: Run, reseeding?: Reseeding): OrreryError | undefined {
  let fault: OrreryError | undefined;
  try {
    if (reseeding !== undefined) {
      running.until(reseeding.at);
      running.reseed(reseeding.seed);
    }
    running.to(run.duration);
  } catch (cause) {
    if (!(cause instanceof OrreryError)) throw cause;
    fault = cause;
  }
  running.stop();
  return fault;
}

/** The whole trace of a run, as far as it went. */
export function traced(system: AnySystem, run: Run): Trace {
  const keeper = new Keeper();
  const running = sim.start(system, run, new TraceWriter((batch) => keeper.see(batch)));
  finished(running, run);
  return new Trace(run, running.names, keeper.end());
}
