// Runs of an experiment on the workers of other hosts, in virtual time: as a queue of jobs, over NATS.
import type { Experiment } from "../../core/experiment.ts";
import { type ReachOptions, reachOf } from "../../runtimes/nats/connect.ts";
import { JobQueue } from "../../runtimes/nats/jobs.ts";
import { isFactoryFile, moduleOf } from "../find-system.ts";
import { VERSION } from "../version.ts";
import type { Pool } from "./pool.ts";

/** @throws OrreryError "nats/*" */
export async function openClusterPool(asked: Experiment, options: ReachOptions): Promise<Pool> {
  const module = moduleOf(asked.system);
  const queue = await JobQueue.open({
    reach: reachOf(options, process.env),
    version: VERSION,
    // What a factory file says is in the runs; workers need not have it.
    system: isFactoryFile(asked.system) ? "factory" : asked.system,
    source: module === undefined ? null : asked.source,
    log: (line) => void process.stderr.write(`  ${line}\n`),
  });
  return {
    executor: (job) => queue.run(job),
    get workers() {
      return queue.done.runs.length;
    },
    get slots() {
      return queue.slots;
    },
    remark: () => {
      const { runs, takenOver } = queue.done;
      const said = runs.map(([worker, count]) => `${worker} ${count}`);
      const lost = takenOver === 0 ? "" : `; ${takenOver} jobs were taken over by another`;
      return `runs by worker: ${said.join(", ") || "none"}${lost}`;
    },
    made: () => {
      const { runs, takenOver } = queue.done;
      return { runsByWorker: Object.fromEntries(runs), takenOver };
    },
    stop: () => queue.stop(),
    close: () => queue.close(),
  };
}
