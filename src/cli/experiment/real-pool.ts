// Runs of experiments on OS processes, several at a time, in temporary folders.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, OrreryError } from "../../core/errors.ts";
import type { Job } from "../../core/experiment.ts";
import { drawFaults } from "../../core/profiles.ts";
import type { Run } from "../../core/run.ts";
import { canStrike } from "../../runtimes/real/layout.ts";
import { mergeRun } from "../../runtimes/real/records/records.ts";
import type { RealRun } from "../../runtimes/real/supervisor.ts";
import type { TraceWriter } from "../../trace/writer.ts";
import { findSystem } from "../find-system.ts";
import { newRealRun } from "../real/run-real.ts";
import type { RealRunOptions } from "../real/where.ts";
import { lineOf, measuring } from "./measured.ts";
import type { Pool } from "./pool.ts";

/** Runs at a time for each core: machines of the lab are idle nearly always. */
const RUNS_PER_CORE = 2;

/** Runs that are under way, and the one that is starting. */
type Crowd = {
  readonly running: Set<RealRun>;
  starting: Promise<unknown>;
  /** The worst of all machines so far. */
  late: number;
  skipped: number;
};

const newCrowd = (): Crowd => ({
  running: new Set(),
  starting: Promise.resolve(),
  late: 0,
  skipped: 0,
});

/** Ticks later than this, at p99 of the worst machine, may show in the results; µs. */
const LATE_MAX = 50_000;

/** `jobs`: how many runs at a time; default, two a core. */
export function openRealPool(
  options: RealRunOptions,
  jobs = RUNS_PER_CORE * availableParallelism(),
): Pool {
  const crowd = newCrowd();
  return {
    workers: jobs,
    slots: jobs,
    executor: async (job) => {
      let lines = "";
      for (const seed of job.seeds) lines += await measuredLine(job, seed, options, crowd);
      return lines;
    },
    remark: () => {
      const { late, skipped } = crowd;
      if (late <= LATE_MAX && skipped === 0) return undefined;
      return `ticks came up to ${Math.round(late / 1e3)} ms late (p99 of the worst machine), ${skipped} were skipped: the hosts were busy; fewer --jobs disturb less`;
    },
    close: async () => {
      await Promise.all([...crowd.running].map((each) => each.stop()));
    },
  };
}

async function measuredLine(
  job: Job,
  seed: number,
  options: RealRunOptions,
  crowd: Crowd,
): Promise<string> {
  const system = await findSystem(job.system);
  const run = drawFaults(system, { ...job.run, seed }, canStrike);
  const measure = measuring(run, job.warmUp, system);
  try {
    await realOnce(job.system, run, options, measure.writer, measure.begin, crowd);
    return lineOf(job, seed, measure.end());
  } catch (error) {
    // A fault of the world says nothing of the system: the run is made again by the same command.
    if (error instanceof OrreryError && error.exit === EXIT.world) throw error;
    return lineOf(job, seed, { error });
  }
}

/** Makes a run to its end and tells it to `writer`; nothing of it is left. Returns the names. */
export async function realOnce(
  name: string,
  run: Run,
  options: RealRunOptions,
  writer: TraceWriter,
  begin: (names: readonly string[], rates: readonly number[]) => void,
  crowd = newCrowd(),
): Promise<readonly string[]> {
  const system = await findSystem(name);
  const folder = mkdtempSync(join(tmpdir(), "orrery-"));
  const one = await newRealRun(system, name, run, folder, options, () => {});
  crowd.running.add(one);
  try {
    begin(one.names, one.rates);
    // Starting takes a core or two, which machines that run would miss: one after the other.
    const start = crowd.starting.then(() => one.start());
    crowd.starting = start.catch(() => {});
    await start;
    await one.to(run.duration);
    await one.stop();
    for (const { lateP99Micros, skipped } of one.pacing()) {
      crowd.late = Math.max(crowd.late, lateP99Micros);
      crowd.skipped += skipped;
    }
    await mergeRun(writer, folder, one.names.length);
    return one.names;
  } finally {
    await one.stop();
    crowd.running.delete(one);
    rmSync(folder, { recursive: true, force: true });
  }
}
