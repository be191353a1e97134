// One run, kept: its trace, logs, verdicts, measures and figures in a folder. Everything is seen
// batch by batch as it happens, so memory does not grow with the length of the run.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Measurer, type Measures } from "../analysis/measure.ts";
import { summaryRows } from "../analysis/report.ts";
import { SeriesSampler, spread } from "../analysis/series.ts";
import { WindowCollector } from "../analysis/window.ts";
import { judge } from "../checks/checks.ts";
import type { TraceBatch } from "../core/batch.ts";
import type { Check, Judgement, Observer } from "../core/check.ts";
import { OrreryError } from "../core/errors.ts";
import type { Figure } from "../core/figure.ts";
import type { Run } from "../core/run.ts";
import type { Drawing } from "../core/system.ts";
import type { RunReport } from "../core/table.ts";
import { readTrace, type TraceHeader, traceFile } from "../trace/file.ts";
import { TraceWriter } from "../trace/writer.ts";
import { LOGS_MAX, LogFiles } from "./logs.ts";
import { GENERAL_FIGURES, type NamedSvg, runFigures, writeFigures } from "./run-figures.ts";
import { linkLatest, readTextField, writeJson, writeText } from "./run-folder.ts";

/** Lines that a figure of many processes can carry. */
const LINES_MAX = 10;
const LANES_MAX = 6;
const WINDOW_EVENTS = 90;
/** The space-time window begins here, as a share of the run: past the start, before long queues. */
const WINDOW_FROM = 0.1;

/** Puts a run in its system's own tables and words, by what was measured and what it saw itself. */
export interface Telling {
  see?(batch: TraceBatch): void;
  end(measures: Measures): RunReport;
}
/** Begins to tell a run. `rates`: ticks per second of each process, 0 if unpaced. */
export type Reporter = (run: Run, rates: readonly number[]) => Telling;

/** How a run is looked at: what it is judged by, in which words it is told, and how it is drawn. */
export type Lens = {
  readonly reporter: Reporter;
  readonly checks: readonly Check[];
  /** The system's own; without it, all general figures are drawn. */
  readonly drawing?: Drawing | undefined;
};

/** What a run came to. */
export type Outcome = {
  readonly header: TraceHeader;
  readonly verdicts: readonly Judgement[];
  readonly measures: Measures;
  readonly report: RunReport;
  readonly figures: readonly NamedSvg[];
};

/** A run that is about to be made. */
export type Plan = {
  readonly header: TraceHeader;
  readonly lens: Lens;
  /** How to repeat it, in one line. */
  readonly repeat: string;
  /** The module of its system, for one that does not ship: to judge it again. */
  readonly module?: string | undefined;
};

/** File names within a run's folder. */
export const TRACE_FILE = "trace.parquet";
export const RUN_FILE = "run.json";
/** Written last but for the pictures: a folder that has it is of a run that is over. */
export const VERDICTS_FILE = "verdicts.json";
/** What OS processes kept of what they did, until it was merged. */
const RECORDS = "records";

/**
 * Makes a run and keeps it in `folder`, which exists and is empty. `execute` runs it with the
 * recorder, and closes that; if it throws, the folder is removed, as half a run is none.
 */
export async function recordRun(
  folder: string,
  plan: Plan,
  execute: (recorder: TraceWriter) => Promise<void>,
): Promise<Outcome> {
  try {
    return await keepRun(folder, plan, execute);
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
}

/** Keeps a run in `folder`, beside what is there. `execute` tells it to the recorder, and closes that. */
export async function keepRun(
  folder: string,
  plan: Plan,
  execute: (recorder: TraceWriter) => Promise<void>,
): Promise<Outcome> {
  const { header, repeat, module } = plan;
  writeJson(join(folder, RUN_FILE), { ...header, repeat, ...(module && { module }) });
  const file = traceFile(join(folder, TRACE_FILE), header);
  const logged = header.names.length <= LOGS_MAX;
  const logs = logged ? new LogFiles(join(folder, "logs"), header.names) : null;
  const seen = new RunObserver(header, plan.lens);
  const writer = new TraceWriter((batch) => {
    file.see(batch);
    logs?.see(batch);
    seen.see(batch);
  });
  await execute(writer);
  file.end();
  logs?.end();
  const outcome = seen.end();
  await writeOutcome(folder, outcome);
  linkLatest(folder);
  return outcome;
}

/** Judges, measures and draws a kept run again from its trace. */
export async function reportRun(
  folder: string,
  lensOf: (header: TraceHeader) => Lens,
): Promise<{ readonly outcome: Outcome; readonly repeat: string }> {
  if (!existsSync(join(folder, TRACE_FILE)) && existsSync(join(folder, RECORDS))) {
    const hint = `orrery collect ${join(folder, RECORDS)}/*.record`;
    throw new OrreryError("files/missing", `${folder} is of a run that did not end; ${hint}`);
  }
  const { result } = await readTrace(
    join(folder, TRACE_FILE),
    (header) => new RunObserver(header, lensOf(header)),
  );
  await writeOutcome(folder, result);
  // The trace alone is enough for a report, so the line beside it may be missing.
  const repeat = readTextField(join(folder, RUN_FILE), "repeat") ?? "";
  return { outcome: result, repeat };
}

/** For systems that have no figures of their own. */
const GENERAL: Drawing = {
  beside: GENERAL_FIGURES,
  begin: () => ({ see: () => {}, end: () => [] }),
};

/** Everything that is told of a run while its trace goes by. */
export class RunObserver implements Observer<Outcome> {
  readonly #header: TraceHeader;
  readonly #telling: Telling;
  readonly #judge: Observer<readonly Judgement[]>;
  readonly #measurer: Measurer;
  readonly #series: SeriesSampler;
  readonly #window: WindowCollector;
  readonly #drawing: Drawing;
  readonly #own: Observer<readonly Figure[]>;

  constructor(header: TraceHeader, { reporter, checks, drawing = GENERAL }: Lens) {
    const { run, names, rates } = header;
    const byRate = names
      .map((_, process) => process)
      .sort((a, b) => rates[b]! - rates[a]! || a - b);
    const shown = (most: number): readonly number[] =>
      names.length <= most ? names.map((_, process) => process) : spread(byRate, most);
    this.#header = header;
    this.#drawing = drawing;
    this.#own = drawing.begin(run, names);
    this.#telling = reporter(run, rates);
    this.#judge = judge(run, checks, names);
    this.#measurer = new Measurer({ names, rates, from: 0, to: run.duration });
    this.#series = new SeriesSampler(shown(LINES_MAX), run.duration);
    this.#window = new WindowCollector(
      shown(LANES_MAX),
      Math.floor(run.duration * WINDOW_FROM),
      WINDOW_EVENTS,
    );
  }

  see(batch: TraceBatch): void {
    this.#judge.see(batch);
    this.#telling.see?.(batch);
    this.#measurer.see(batch);
    this.#series.see(batch);
    this.#window.see(batch);
    this.#own.see(batch);
  }

  end(): Outcome {
    const measures = this.#measurer.end();
    const series = this.#series.end();
    const window = this.#window.end();
    const own = this.#own.end();
    const header = this.#header;
    const { beside } = this.#drawing;
    return {
      header,
      verdicts: this.#judge.end(),
      measures,
      report: this.#telling.end(measures),
      figures: runFigures({ header, measures, series, window, own, beside }),
    };
  }
}

/** Writes verdicts, summaries and figures into a run's folder. */
async function writeOutcome(
  folder: string,
  { verdicts, measures, report, figures }: Outcome,
): Promise<void> {
  writeJson(join(folder, VERDICTS_FILE), verdicts);
  const { findings, prediction } = report;
  writeJson(join(folder, "summary.json"), { findings, prediction, measures });
  const rows = summaryRows(measures).map((row) => row.join(","));
  writeText(join(folder, "summary.csv"), `${["metric,of,value", ...rows].join("\n")}\n`);
  await writeFigures(join(folder, "figures"), figures);
}
