import { join } from "node:path";
import { SeriesSampler } from "../analysis/series.ts";
import { EXIT, OrreryError } from "../core/errors.ts";
import type { Cell, Experiment } from "../core/experiment.ts";
import type { Curves } from "../experiments/experiment-figures.ts";
import { readExperiment } from "../experiments/experiment-file.ts";
import { keptExperiment, writeReport } from "../experiments/experiment-report.ts";
import { answers, mainTable, predictionTable } from "../experiments/experiment-words.ts";
import { runExperiment } from "../experiments/run-experiment.ts";
import { readField, writeJson } from "../experiments/run-folder.ts";
import type { Summary } from "../experiments/summary.ts";
import { sim } from "../runtimes/sim/simulation.ts";
import { TraceWriter } from "../trace/writer.ts";
import { openPool } from "./pool.ts";
import { paint, say, sayJson, tableText } from "./print.ts";
import { listenForStop, progressBar } from "./progress.ts";
import { findSystem } from "./systems.ts";

export type ExperimentOptions = {
  readonly jobs?: string;
  readonly out?: string;
  readonly json?: boolean;
};

/** Rows of a table on the terminal. */
const ROWS_MAX = 24;

/** `orrery experiment FILE…`: each file's runs on all cores, and its report. */
export async function experiment(
  files: readonly string[],
  options: ExperimentOptions,
): Promise<number> {
  if (options.out !== undefined && files.length > 1) {
    throw new OrreryError(
      "config/option",
      "--out is for one file; each file has a folder of its own",
    );
  }
  const jobs = options.jobs === undefined ? undefined : jobsOf(options.jobs);
  let worst: number = EXIT.held;
  for (const file of files) {
    const asked = await readExperiment(file, findSystem);
    const folder = options.out ?? join("runs", asked.name);
    const repeat = `npx orrery experiment ${file}${options.out === undefined ? "" : ` --out ${folder}`}`;
    const summary = await runOne(asked, folder, jobs, repeat);
    if (summary === undefined) {
      process.stderr.write(
        `\norrery: stopped; the same command goes on where it was (${folder})\n`,
      );
      return EXIT.stopped;
    }
    show(asked, summary, folder, repeat, options.json === true);
    worst = Math.max(worst, statusOf(summary));
  }
  return worst;
}

/** `orrery report` of an experiment's folder. */
export async function experimentReport(
  folder: string,
  options: { json?: boolean },
): Promise<number> {
  const kept = await keptExperiment(folder);
  const repeat = repeatOf(folder);
  const summary = await writeReport(folder, kept.experiment, kept.results, redraw, repeat);
  show(kept.experiment, summary, folder, repeat, options.json === true);
  return statusOf(summary);
}

/** How an experiment was made: what is not decided by the experiment itself. */
const MADE_FILE = "timing.json";

/** The line that made an experiment; if it is lost, the one that reports it again. */
function repeatOf(folder: string): string {
  const repeat = readField(join(folder, MADE_FILE), "repeat");
  return typeof repeat === "string" ? repeat : `npx orrery report ${folder}`;
}

const statusOf = ({ failed, broken }: Summary): number =>
  failed.size > 0 || broken.length > 0 ? EXIT.failed : EXIT.held;

const jobsOf = (text: string): number => {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1024) return count;
  throw new OrreryError("config/option", `--jobs "${text}" is not a whole number, 1 … 1024`);
};

async function runOne(
  asked: Experiment,
  folder: string,
  jobs: number | undefined,
  repeat: string,
): Promise<Summary | undefined> {
  const pool = openPool(jobs);
  const bar = progressBar("{value} of {total} runs, {rate} runs/s, {left} s left");
  const signals = listenForStop();
  const began = performance.now();
  try {
    const results = await runExperiment(asked, folder, {
      executor: pool.executor,
      slots: pool.slots,
      stopped: signals.stopped,
      progress: (done, of) => {
        const seconds = (performance.now() - began) / 1e3;
        if (seconds < 1) return;
        const rate = done / seconds;
        const shown = { rate: rate.toFixed(0), left: Math.ceil((of - done) / rate) };
        if (!bar.isActive) bar.start(of, done, shown);
        else bar.update(done, shown);
      },
    });
    bar.stop();
    if (results === undefined) return undefined;
    // Apart from the results: those are the same bytes however long it took.
    const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    const wallSeconds = (performance.now() - began) / 1e3;
    const made = { wallSeconds, workers: pool.workers, peakMegabytes, repeat };
    writeJson(join(folder, MADE_FILE), made);
    return await writeReport(folder, asked, results, redraw, repeat);
  } finally {
    bar.stop();
    signals.end();
    await pool.close();
  }
}

/** The first seed of a cell once more, for its curves. */
async function redraw(system: string, { run }: Cell): Promise<Curves> {
  const found = await findSystem(system);
  // Nothing is recorded before the run goes on, so its names are known first.
  const running = sim.start(found, run, new TraceWriter((batch) => sampler.see(batch)));
  const { names } = running;
  const sampler = new SeriesSampler(
    names.map((_, process) => process).slice(0, 6),
    run.duration,
    240,
  );
  running.to(run.duration);
  running.stop();
  return { names, series: sampler.end() };
}

function show(
  asked: Experiment,
  summary: Summary,
  folder: string,
  repeat: string,
  json: boolean,
): void {
  if (json) {
    const cells = summary.cells.map(({ name, runs, metrics, agreements }) => ({
      name,
      runs,
      metrics: Object.fromEntries(metrics),
      agreements,
    }));
    const failed = [...summary.failed].map(([check, rows]) => ({ check, runs: rows.length }));
    const { comparisons } = summary;
    sayJson({
      folder,
      name: asked.name,
      repeat,
      answers: answers(asked, summary),
      cells,
      comparisons,
      failed,
    });
    return;
  }
  say(paint("bold", `${asked.name}: ${asked.question}`));
  say();
  for (const answer of answers(asked, summary)) say(`  ${answer}`);
  for (const table of [mainTable(summary), predictionTable(summary)]) {
    if (table.rows.length === 0) continue;
    const more = table.rows.length - ROWS_MAX;
    say(`\n${tableText({ ...table, rows: table.rows.slice(0, ROWS_MAX) })}`);
    if (more > 0) say(`  … and ${more} more in the report`);
  }
  say(`\nReport    ${join(folder, "report.html")}`);
  say(`Folder    ${folder}  (results.parquet, summary.csv, figures)`);
  say(`Repeat    ${repeat}\n`);
}
