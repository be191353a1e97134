// `orrery experiment`, and `orrery report` of one: its runs on all cores, and what they say.
import { join } from "node:path";
import { SeriesSampler } from "../../analysis/series.ts";
import { EXIT, OrreryError } from "../../core/errors.ts";
import type { Cell, Experiment } from "../../core/experiment.ts";
import type { Run } from "../../core/run.ts";
import type { Curves, Redraw } from "../../experiments/experiment-figures.ts";
import { readExperiment } from "../../experiments/experiment-file.ts";
import { keptExperiment, writeReport } from "../../experiments/experiment-report.ts";
import { answers, mainTable, predictionTable } from "../../experiments/experiment-words.ts";
import { type Results, runExperiment } from "../../experiments/run-experiment.ts";
import { RUNS_ROOT, readTextField, writeJson } from "../../experiments/run-folder.ts";
import type { Summary } from "../../experiments/summary.ts";
import type { ReachOptions } from "../../runtimes/nats/connect.ts";
import { sim } from "../../runtimes/sim/simulation.ts";
import { TraceWriter } from "../../trace/writer.ts";
import { foreseeResults } from "../disk.ts";
import { findSystem } from "../find-system.ts";
import { paint, say, sayJson, tableText } from "../print.ts";
import { listenForStop, progressBar, showCount } from "../progress.ts";
import { whereOf } from "../real/where.ts";
import { jobsOf, runtimeOf, shellLine } from "../request.ts";
import { openPool, type Pool } from "./pool.ts";
import { openRealPool, realOnce } from "./real-pool.ts";

export type ExperimentOptions = ReachOptions & {
  readonly on?: string;
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
  let worst: number = EXIT.held;
  for (const file of files) {
    const read = await readExperiment(file, findSystem);
    const asked = { ...read, runtime: runtimeOf({ on: options.on ?? read.runtime }) };
    // Each runtime has its own results.
    const own = asked.runtime === "sim" ? asked.name : `${asked.name}-${asked.runtime}`;
    const folder = options.out ?? join(RUNS_ROOT, own);
    const repeat = shellLine([
      ...["npx", "orrery", "experiment", file],
      ...(options.on === undefined ? [] : ["--on", options.on]),
      // In virtual time any host gives the same.
      ...(asked.runtime === "nats" ? whereOf(options) : []),
      ...(options.out === undefined ? [] : ["--out", folder]),
    ]);
    const summary = await runOne(asked, folder, options, repeat);
    if (summary === undefined) return interrupted(folder);
    saySummary(asked, summary, folder, repeat, options.json === true);
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
  const summary = await writeReport(
    folder,
    kept.experiment,
    kept.results,
    redrawing(kept.experiment),
    repeat,
  );
  saySummary(kept.experiment, summary, folder, repeat, options.json === true);
  return statusOf(summary);
}

/** How an experiment was made: what is not decided by the experiment itself. */
const MADE_FILE = "timing.json";

/** The line that made an experiment; if it is lost, the one that reports it again. */
const repeatOf = (folder: string): string =>
  readTextField(join(folder, MADE_FILE), "repeat") ??
  shellLine(["npx", "orrery", "report", folder]);

const statusOf = ({ failed, broken }: Summary): number =>
  failed.size > 0 || broken.length > 0 ? EXIT.failed : EXIT.held;

/** Says that what was stopped can go on; returns the exit status. */
export function interrupted(folder: string): number {
  process.stderr.write(`\norrery: stopped; the same command goes on where it was (${folder})\n`);
  return EXIT.stopped;
}

async function runOne(
  asked: Experiment,
  folder: string,
  options: ExperimentOptions,
  repeat: string,
): Promise<Summary | undefined> {
  const results = await runAll(asked, folder, options);
  if (results === undefined) return undefined;
  // Apart from the results: those are the same bytes however long it took.
  writeJson(join(folder, MADE_FILE), { ...results.made, repeat });
  return await writeReport(folder, asked, results.results, redrawing(asked, options), repeat);
}

async function openPoolFor(asked: Experiment, options: ExperimentOptions): Promise<Pool> {
  const jobs = jobsOf(options);
  const { runtime } = asked;
  if (runtime !== "sim") return openRealPool({ ...options, on: runtime }, jobs);
  if (options.nats === undefined) return openPool(jobs);
  if (jobs !== undefined) {
    const said = "--jobs is for this host; with --nats, workers say how much they do (--cores)";
    throw new OrreryError("config/option", said);
  }
  // What speaks NATS is loaded by nobody else.
  return await (await import("./cluster-pool.ts")).openClusterPool(asked, options);
}

/** Runs what is not finished of an experiment, with a bar; undefined if it was stopped. */
export async function runAll(
  asked: Experiment,
  folder: string,
  options: ExperimentOptions,
): Promise<{ readonly results: Results; readonly made: object } | undefined> {
  foreseeResults(asked.cells.length * asked.seeds.count, folder);
  const pool = await openPoolFor(asked, options);
  const bar = progressBar("{value} of {total} runs, {rate} runs/s, {left} s left");
  const signals = listenForStop();
  void signals.heard.then(() => pool.stop?.());
  const began = performance.now();
  try {
    const results = await runExperiment(asked, folder, {
      executor: pool.executor,
      get slots() {
        return pool.slots;
      },
      stopped: signals.stopped,
      progress: (done, of) => showCount(bar, done, of, began),
    });
    bar.stop();
    const remark = pool.remark?.();
    if (remark !== undefined) process.stderr.write(`  ${remark}\n`);
    if (results === undefined) return undefined;
    const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    const wallSeconds = (performance.now() - began) / 1e3;
    const { workers } = pool;
    return { results, made: { wallSeconds, workers, peakMegabytes, ...pool.made?.() } };
  } finally {
    bar.stop();
    signals.end();
    await pool.close();
  }
}

/** Makes the first seed of a cell once more, for its curves. */
const redrawing = ({ runtime }: Experiment, options: ExperimentOptions = {}): Redraw =>
  runtime === "sim"
    ? redrawInSim
    : (system, cell) => redrawInReality(system, cell, { ...options, on: runtime });

async function redrawInReality(
  system: string,
  { run }: Cell,
  options: ExperimentOptions,
): Promise<Curves> {
  let sampler: SeriesSampler | undefined;
  const writer = new TraceWriter((batch) => sampler?.see(batch));
  const names = await realOnce(system, run, options, writer, (all) => {
    sampler = newSampler(all, run);
  });
  return { names, series: sampler!.end() };
}

async function redrawInSim(system: string, { run }: Cell): Promise<Curves> {
  const found = await findSystem(system);
  // Nothing is recorded before the run goes on, so its names are known first.
  const running = sim.start(found, run, new TraceWriter((batch) => sampler.see(batch)));
  const { names } = running;
  const sampler = newSampler(names, run);
  running.to(run.duration);
  running.stop();
  return { names, series: sampler.end() };
}

/** Lines of a cell's figure, and instants of each. */
const LINES_MAX = 6;
const POINTS = 240;

const newSampler = (names: readonly string[], { duration }: Run): SeriesSampler =>
  new SeriesSampler([...names.keys()].slice(0, LINES_MAX), duration, POINTS);

function saySummary(
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
  for (const table of [mainTable(summary, asked.show), predictionTable(summary)]) {
    if (table.rows.length === 0) continue;
    const more = table.rows.length - ROWS_MAX;
    say(`\n${tableText({ ...table, rows: table.rows.slice(0, ROWS_MAX) })}`);
    if (more > 0) say(`  … and ${more} more in the report`);
  }
  say(`\nReport    ${join(folder, "report.html")}`);
  say(`Folder    ${folder}  (results.parquet, summary.csv, figures)`);
  say(`Repeat    ${repeat}\n`);
}
