// What a worker thread of an experiment does: runs seeds, measures each as it goes by, and writes rows.
import type { Job } from "../../core/experiment.ts";
import { drawFaults } from "../../core/profiles.ts";
import type { Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import { sim } from "../../runtimes/sim/simulation.ts";
import { newAudit } from "../audits.ts";
import { findSystem } from "../find-system.ts";
import { lineOf, measuring } from "./measured.ts";

/** Runs a job. */
export default async function work(job: Job): Promise<string> {
  const system = await findSystem(job.system);
  return job.seeds.map((seed) => line(system, job, seed)).join("");
}

function line(system: AnySystem, job: Job, seed: number): string {
  try {
    return lineOf(
      job,
      seed,
      measured(system, drawFaults(system, { ...job.run, seed }), job.warmUp),
    );
  } catch (error) {
    return lineOf(job, seed, { error });
  }
}

function measured(system: AnySystem, run: Run, from: number) {
  const measure = measuring(run, from, system);
  const running = sim.start(system, run, measure.writer);
  const audit = newAudit(system, run, running.names.length);
  if (audit !== undefined) running.store.watch(audit);
  measure.begin(running.names, running.rates, audit);
  running.to(run.duration);
  running.stop();
  return measure.end();
}
