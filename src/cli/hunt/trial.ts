// One run of a hunt: in virtual time, in this thread, judged, and not kept.
import { AUDIT, type Audit } from "../../checks/audited.ts";
import { checksOf, judge } from "../../checks/checks.ts";
import type { Judgement } from "../../core/check.ts";
import { OrreryError } from "../../core/errors.ts";
import { micros } from "../../core/micros.ts";
import type { Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import type { TraceEvent } from "../../core/trace-event.ts";
import { threw } from "../../hunt/findings.ts";
import { type Simulation, sim } from "../../runtimes/sim/simulation.ts";
import { Keeper, Trace } from "../../trace/trace.ts";
import { TraceWriter } from "../../trace/writer.ts";
import { newAudit } from "../audits.ts";

export type Trial = {
  readonly judgements: readonly Judgement[];
  readonly events: number;
  /** Why it came to nothing: a bound was passed. */
  readonly broken?: string;
};

/** From an instant on, all chance comes from another seed. */
export type Reseeding = { readonly at: number; readonly seed: number };

/** Moments at which messages under way are held against the stores. */
const LOOKS = 20;

/**
 * Runs and judges, by all checks or the one of that name. A handler that throws is a failure like others;
 * what else is thrown goes on.
 */
export function trial(system: AnySystem, run: Run, only?: string, reseeding?: Reseeding): Trial {
  const seen = { last: undefined as TraceEvent | undefined, events: 0 };
  let judging: ReturnType<typeof judge> | undefined;
  const writer = new TraceWriter((batch) => {
    judging?.see(batch);
    seen.events += batch.count;
    if (batch.count > 0) seen.last = batch.event(batch.count - 1);
  });
  const running = sim.start(system, run, writer);
  const wanted = ({ name }: { readonly name: string }): boolean =>
    only === undefined || name === only;
  const audit = wanted({ name: AUDIT }) ? newAudit(system, run, running.names.length) : undefined;
  if (audit !== undefined) running.store.watch(audit);
  const checks = [...checksOf(run, system).filter(wanted), ...(audit ? [audit.check] : [])];
  judging = judge(run, checks, running.names);
  const fault = finished(running, run, audit, reseeding);
  const judgements = judging.end();
  const { events, last } = seen;
  if (fault === undefined) return { judgements, events };
  if (fault.code === "run/bound") return { judgements, events, broken: fault.message };
  return {
    judgements: [threw(fault.message, last === undefined ? [] : [last]), ...judgements],
    events,
  };
}

/** Runs to the end; returns what a handler threw. */
function finished(
  running: Simulation,
  run: Run,
  audit?: Audit,
  reseeding?: Reseeding,
): OrreryError | undefined {
  let fault: OrreryError | undefined;
  try {
    if (reseeding !== undefined) {
      running.until(reseeding.at);
      running.reseed(reseeding.seed);
    }
    if (audit === undefined) running.to(run.duration);
    else {
      for (let look = 1; look <= LOOKS; look++) {
        running.to(micros((run.duration * look) / LOOKS));
        audit.underway(running.underway());
      }
    }
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
