// An experiment's report: everything that can be made again from its rows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OrreryError } from "../core/errors.ts";
import type { Experiment, Row } from "../core/experiment.ts";
import { experimentFigures, type Redraw } from "./experiment-figures.ts";
import { CLOCKS_SHOWN } from "./experiment-file.ts";
import {
  answers,
  mainTable,
  predictionTable,
  statisticsTable,
  summaryCsv,
} from "./experiment-words.ts";
import { html } from "./html.ts";
import { EXPERIMENT_FILE } from "./journal.ts";
import { VERDICTS_FILE } from "./record-run.ts";
import { keptResults, type Results } from "./run-experiment.ts";
import { writeFigures } from "./run-figures.ts";
import { writeJson, writeText } from "./run-folder.ts";
import { type Summary, summarize } from "./summary.ts";

/** Cells whose tables are all in the page; `summary.csv` has every one. */
const DETAILS_MAX = 40;

/** Writes tables, figures, verdicts and `report.html` into the experiment's folder. */
export async function writeReport(
  folder: string,
  experiment: Experiment,
  { rows, bands }: Results,
  redraw: Redraw,
  repeat: string,
): Promise<Summary> {
  const summary = summarize(experiment, rows, bands);
  const main = mainTable(summary, experiment.show);
  const figures = await experimentFigures(experiment, summary, rows, redraw);
  const predicted = predictionTable(summary);
  writeText(join(folder, "summary.csv"), summaryCsv(summary));
  writeJson(join(folder, VERDICTS_FILE), verdicts(experiment, summary, rows.length));
  await writeFigures(join(folder, "figures"), figures);
  const page = html({
    title: experiment.name,
    question: experiment.question,
    answers: answers(experiment, summary),
    tables: predicted.rows.length > 0 ? [main, predicted] : [main],
    figures,
    details: summary.cells.slice(0, DETAILS_MAX).map(statisticsTable),
    repeat,
    source: JSON.stringify(experiment, null, 2),
  });
  writeText(join(folder, "report.html"), page);
  return summary;
}

/** Which checks held in how many runs, and which runs broke. */
function verdicts(experiment: Experiment, { failed, broken }: Summary, runs: number) {
  const name = ({ cell, seed }: Row) => ({ cell: experiment.cells[cell]!.name, seed });
  return {
    runs,
    failed: [...failed].map(([check, rows]) => ({ check, runs: rows.map(name) })),
    broken: broken.map((row) => ({ ...name(row), error: row.error })),
  };
}

/** What a finished experiment's folder holds. @throws OrreryError if it is not one */
export async function keptExperiment(
  folder: string,
): Promise<{ readonly experiment: Experiment; readonly results: Results }> {
  const path = join(folder, EXPERIMENT_FILE);
  let experiment: Experiment;
  try {
    const { hash: _hash, ...kept } = JSON.parse(readFileSync(path, "utf8")) as Experiment & {
      readonly hash?: string;
    };
    // Those kept before it could be said show what clocks do.
    experiment = { ...kept, show: kept.show ?? CLOCKS_SHOWN };
  } catch (cause) {
    throw new OrreryError("files/missing", `${path} is not there, or is not an experiment`, {
      cause,
    });
  }
  return { experiment, results: await keptResults(folder, experiment) };
}
