// Runs an experiment: hands jobs to the executor, keeps rows as they come, and says what was found.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OrreryError } from "../core/errors.ts";
import type { Executor, Experiment, Job, Row } from "../core/experiment.ts";
import { Journal } from "./journal.ts";
import { RESULTS_FILE, ResultsWriter, readRows } from "./results-file.ts";
import { writeJson } from "./run-folder.ts";
import { type Band, bandsOf } from "./summary.ts";

/** Seeds of one job: enough that handing it over costs nothing beside it. */
const JOB_SEEDS_MAX = 50;
/** Jobs in all for each place, so that no worker is left with much more than the others. */
const JOBS_PER_SLOT = 8;

/** How to run: by whom, how many at once, and whom to tell. */
type How = {
  readonly executor: Executor;
  /** Read again and again: it may rise while runs are under way. */
  readonly slots: number;
  readonly progress: (done: number, of: number) => void;
  /** Once true, no more jobs are handed out. */
  readonly stopped: () => boolean;
};

/** What an experiment came to: its rows in order, and its curves by cell. */
export type Results = { readonly rows: readonly Row[]; readonly bands: readonly Band[] };

/** Runs what is not finished; or returns undefined if it was stopped before the end. */
export async function runExperiment(
  experiment: Experiment,
  folder: string,
  how: How,
): Promise<Results | undefined> {
  const { executor, progress, stopped } = how;
  const journal = new Journal(folder, experiment);
  const results = join(folder, RESULTS_FILE);
  if (existsSync(results)) return keptResults(folder, experiment);
  const jobs = openJobs(experiment, journal, how.slots);
  // Written while workers are busy: as far as rows are there without a gap, in order.
  const writer = new ResultsWriter(results, experiment);
  const order = journal.inOrder(experiment);
  const writeReady = (): void => {
    for (let row = order.next(); row !== undefined; row = order.next()) writer.add(row);
  };
  const total = experiment.cells.length * experiment.seeds.count;
  const next = jobs[Symbol.iterator]();
  const work = async (): Promise<boolean> => {
    const job = stopped() ? undefined : next.next();
    if (job === undefined || job.done === true) return false;
    journal.add(await executor(job.value));
    writeReady();
    progress(journal.rows.size, total);
    return true;
  };
  await atOnce(how, work);
  if (journal.rows.size < total) return undefined;
  writeReady();
  const rows = journal.sorted();
  const bands = bandsOf(experiment, rows);
  writeJson(join(folder, BANDS_FILE), bands);
  writer.finish();
  journal.remove();
  return { rows, bands };
}

/** Does it again and again, as often at once as there are slots, until there is no more to do. */
function atOnce(how: How, work: () => Promise<boolean>): Promise<void> {
  return new Promise((resolve, reject) => {
    let [busy, more] = [0, true];
    const fail = (cause: unknown): void => {
      more = false;
      reject(cause);
    };
    const next = (): void => {
      for (; more && busy < Math.max(1, how.slots); busy++) {
        work().then((did) => {
          busy--;
          more &&= did;
          next();
        }, fail);
      }
      if (busy === 0) resolve();
    };
    next();
  });
}

const BANDS_FILE = "bands.json";

/** The results that a finished experiment's folder holds. @throws OrreryError if it does not */
export async function keptResults(folder: string, experiment: Experiment): Promise<Results> {
  const rows = await readRows(join(folder, RESULTS_FILE), experiment);
  try {
    const bands = JSON.parse(readFileSync(join(folder, BANDS_FILE), "utf8")) as readonly Band[];
    return { rows, bands };
  } catch (cause) {
    throw new OrreryError("files/missing", `${join(folder, BANDS_FILE)} cannot be read`, { cause });
  }
}

/** The runs that are not finished, in jobs. */
function openJobs(experiment: Experiment, journal: Journal, slots: number): Job[] {
  const { cells, seeds, system, warmUp } = experiment;
  const size = Math.ceil((cells.length * seeds.count) / (slots * JOBS_PER_SLOT));
  const perJob = Math.min(Math.max(size, 1), JOB_SEEDS_MAX);
  const jobs: Job[] = [];
  cells.forEach(({ run }, cell) => {
    const open = Array.from({ length: seeds.count }, (_, index) => seeds.first + index).filter(
      (seed) => !journal.has(cell, seed),
    );
    for (let from = 0; from < open.length; from += perJob) {
      jobs.push({ system, cell, run, warmUp, seeds: open.slice(from, from + perJob) });
    }
  });
  return jobs;
}
