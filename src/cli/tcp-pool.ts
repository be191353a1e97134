// Runs of experiments on OS processes, several at a time, in temporary folders.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "../core/experiment.ts";
import type { Run } from "../core/run.ts";
import { mergeRun } from "../runtimes/tcp/records.ts";
import type { TcpRun } from "../runtimes/tcp/supervisor.ts";
import type { TraceWriter } from "../trace/writer.ts";
import { lineOf, measuring } from "./measured.ts";
import type { Pool } from "./pool.ts";
import { newTcpRun } from "./run-tcp.ts";
import { findSystem } from "./systems.ts";

/** Runs at a time: machines of the lab are idle nearly always, but starting them is not free. */
const RUNS = 8;

/** `jobs`: how many runs at a time. */
export function openTcpPool(jobs = RUNS): Pool {
  const running = new Set<TcpRun>();
  return {
    workers: jobs,
    slots: jobs,
    executor: async (job) => {
      let lines = "";
      for (const seed of job.seeds) lines += await measuredLine(job, seed, running);
      return lines;
    },
    close: async () => {
      await Promise.all([...running].map((each) => each.stop()));
    },
  };
}

async function measuredLine(job: Job, seed: number, running: Set<TcpRun>): Promise<string> {
  const run = { ...job.run, seed };
  const measure = measuring(run, job.warmUp);
  try {
    await tcpOnce(job.system, run, measure.writer, measure.begin, running);
    return lineOf(job, seed, measure.end());
  } catch (error) {
    return lineOf(job, seed, { error });
  }
}

/** Makes a run to its end and tells it to `writer`; nothing of it is left. Returns the names. */
export async function tcpOnce(
  name: string,
  run: Run,
  writer: TraceWriter,
  begin: (names: readonly string[], rates: readonly number[]) => void,
  running = new Set<TcpRun>(),
): Promise<readonly string[]> {
  const system = await findSystem(name);
  const folder = mkdtempSync(join(tmpdir(), "orrery-"));
  const one = newTcpRun(
    system,
    name,
    run,
    () => folder,
    {},
    () => {},
  );
  running.add(one);
  try {
    begin(one.names, one.rates);
    await one.start();
    await one.to(run.duration);
    await one.stop();
    await mergeRun(writer, folder, one.names.length);
    return one.names;
  } finally {
    await one.stop();
    running.delete(one);
    rmSync(folder, { recursive: true, force: true });
  }
}
