import { newRun, type RunSettings } from "../../core/new-run.ts";
import { drawFaults } from "../../core/profiles.ts";
import type { AnySystem } from "../../core/system.ts";
import { Keeper, Trace } from "../../trace/trace.ts";
import { TraceWriter } from "../../trace/writer.ts";
import { sim } from "./simulation.ts";

/**
 * Runs a system in virtual time and returns its whole trace: 28 bytes an event, so for runs that fit
 * in memory. Longer ones are observed as they happen, through a `TraceWriter` of one's own.
 * @throws OrreryError "config/*", or "process/threw" with the cause if a handler throws
 */
export function simulate(system: AnySystem, settings: RunSettings = {}): Trace {
  const run = drawFaults(system, newRun(system, settings));
  const keeper = new Keeper();
  const writer = new TraceWriter((batch) => keeper.see(batch));
  const running = sim.start(system, run, writer);
  running.to(run.duration);
  running.stop();
  return new Trace(run, running.names, keeper.end());
}
