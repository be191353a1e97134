// Worker threads for experiments, one a core.
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import type { Executor } from "../core/experiment.ts";

export type Pool = {
  readonly executor: Executor;
  readonly workers: number;
  /** Ends the threads, whatever they are doing. */
  readonly close: () => Promise<void>;
};

/** `jobs`: how many threads; default, one a core. */
export function openPool(jobs: number | undefined): Pool {
  const workers = jobs ?? availableParallelism();
  const filename = new URL("./worker.js", import.meta.url).href;
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers });
  return {
    workers,
    executor: (job) => pool.run(job) as Promise<string>,
    close: () => pool.destroy(),
  };
}
