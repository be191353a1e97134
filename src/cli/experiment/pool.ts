// Worker threads for experiments, one a core.
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import type { Executor } from "../../core/experiment.ts";

/** Jobs that a worker has at a time: enough to be busy while this thread writes a piece of the results. */
const JOBS_AHEAD = 6;

export type Pool = {
  readonly executor: Executor;
  readonly workers: number;
  /** Jobs to hand out at once; may rise and fall. */
  readonly slots: number;
  /** What is worth saying of how the runs went, once they are over. */
  readonly remark?: () => string | undefined;
  /** Of how the runs were made: for the record. */
  readonly made?: () => object;
  /** Nothing more is wanted: jobs that are far from done give nothing. */
  readonly stop?: () => void;
  /** Ends all work, whatever is under way. */
  readonly close: () => Promise<void>;
};

/** `jobs`: how many threads; default, one a core. */
export function openPool(jobs: number | undefined): Pool {
  const workers = jobs ?? availableParallelism();
  const filename = new URL("./worker.js", import.meta.url).href;
  const pool = new Piscina({
    filename,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: JOBS_AHEAD,
  });
  return {
    workers,
    slots: workers * JOBS_AHEAD,
    executor: (job) => pool.run(job) as Promise<string>,
    close: () => pool.destroy(),
  };
}
