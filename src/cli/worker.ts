// The entry point of worker threads: runs the seeds of a job, and measures each as it goes by.

import { Measurer } from "../analysis/measure.ts";
import { metricsOf } from "../analysis/metrics.ts";
import { SeriesSampler } from "../analysis/series.ts";
import { checksOf, judge } from "../checks/checks.ts";
import { messageOf } from "../core/errors.ts";
import type { Job, Row } from "../core/experiment.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import { sim } from "../runtimes/sim/simulation.ts";
import { TraceWriter } from "../trace/writer.ts";
import { findSystem, predictedMetrics } from "./systems.ts";

/** Instants of the spread of clocks over a run. */
const INSTANTS = 30;
/** Beyond this many processes the spread is of some, evenly chosen. */
const SPREAD_MAX = 30;

/** Runs a job. One run that throws does not lose the others: its row says why. */
export default async function work(job: Job): Promise<string> {
  const system = await findSystem(job.system);
  const rows = job.seeds.map((seed): Row => {
    try {
      return { cell: job.cell, seed, ...measured(system, { ...job.run, seed }, job.warmUp) };
    } catch (cause) {
      const error = messageOf(cause);
      return { cell: job.cell, seed, metrics: {}, failed: [], spread: [], error };
    }
  });
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function measured(system: AnySystem, run: Run, from: number) {
  // Nothing is recorded before the run goes on, so names and rates are known before the first batch.
  const writer = new TraceWriter((batch) => {
    measurer.see(batch);
    series.see(batch);
    judging.see(batch);
  });
  const running = sim.start(system, run, writer);
  const { names, rates } = running;
  const step = Math.ceil(names.length / SPREAD_MAX);
  const some = names.map((_, process) => process).filter((process) => process % step === 0);
  const measurer = new Measurer({ names, rates, from, to: run.duration });
  const series = new SeriesSampler(some, run.duration, INSTANTS);
  const judging = judge(run, checksOf(run));
  running.to(run.duration);
  running.stop();
  const { lines } = series.end();
  const spread = Array.from({ length: INSTANTS + 1 }, (_, at) => {
    const clocks = lines.map(({ lamport }) => lamport[at]!);
    return Math.max(...clocks) - Math.min(...clocks);
  });
  const verdicts = judging.end();
  const failed = verdicts.filter(({ result }) => result !== "holds").map(({ check }) => check);
  const metrics = { ...metricsOf(measurer.end()), ...predictedMetrics(run, rates) };
  return { metrics, failed, spread };
}
