// One row for each run and metric, as Parquet: DuckDB and pandas open it (docs/guides/results.md).
import { renameSync } from "node:fs";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { messageOf, OrreryError, writing } from "../core/errors.ts";
import type { Experiment, Row } from "../core/experiment.ts";

export const RESULTS_FILE = "results.parquet";
const GROUP_RUNS = 1_000;
/** Behind the name of a file that is not whole yet. */
const PART = ".part";
const ERROR = "error";
const FAILED = "failed.";

/** The columns of some rows, filled one run after the other. */
function columnsOf(experiment: Experiment, rows: readonly Row[]) {
  const cells: string[] = [];
  const indices: number[] = [];
  const seeds: bigint[] = [];
  const metrics: string[] = [];
  const values: number[] = [];
  const texts: (string | null)[] = [];
  for (const { cell, seed, metrics: measured, failed, error } of rows) {
    const name = experiment.cells[cell]!.name;
    const wide = BigInt(seed);
    const add = (metric: string, value: number, text: string | null): void => {
      cells.push(name);
      indices.push(cell);
      seeds.push(wide);
      metrics.push(metric);
      values.push(value);
      texts.push(text);
    };
    for (const metric in measured) add(metric, measured[metric]!, null);
    for (const check of failed) add(`${FAILED}${check}`, 1, null);
    if (error !== undefined) add(ERROR, 1, error);
  }
  return [
    { name: "cell", type: "STRING" as const, data: cells },
    { name: "cell_index", type: "INT32" as const, data: indices },
    { name: "seed", type: "INT64" as const, data: seeds },
    { name: "metric", type: "STRING" as const, data: metrics },
    { name: "value", type: "DOUBLE" as const, encoding: "PLAIN" as const, data: values },
    { name: "text", type: "STRING" as const, nullable: true, data: texts },
  ];
}

/**
 * Writes rows, which must come in order, to a file that takes its name only when it is whole: a kill
 * leaves no half of it behind. Memory: a thousand runs at a time.
 */
export class ResultsWriter {
  readonly #path: string;
  readonly #experiment: Experiment;
  readonly #writer: ParquetWriter;
  #rows: Row[] = [];

  constructor(path: string, experiment: Experiment) {
    this.#path = path;
    this.#experiment = experiment;
    const schema = schemaFromColumnData({ columnData: columnsOf(experiment, []) });
    this.#writer = writing(path, () => {
      const writer = fileWriter(`${path}${PART}`);
      return new ParquetWriter({ writer, schema, statistics: false, createdBy: "orrery" });
    });
  }

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length === GROUP_RUNS) this.#flush();
  }

  finish(): void {
    this.#flush();
    writing(this.#path, () => {
      this.#writer.finish();
      renameSync(`${this.#path}${PART}`, this.#path);
    });
  }

  #flush(): void {
    const columnData = columnsOf(this.#experiment, this.#rows);
    this.#rows = [];
    const rowGroupSize = columnData[0]!.data.length;
    if (rowGroupSize > 0)
      writing(this.#path, () => this.#writer.write({ columnData, rowGroupSize }));
  }
}

type Read = {
  cell_index: number;
  seed: bigint;
  metric: string;
  value: number;
  text: string | null;
};

/** Reads all rows; their curves are not kept (`bands.json` has what became of them). @throws OrreryError "trace/unreadable" if it is cut off */
export async function readRows(path: string, experiment: Experiment): Promise<Row[]> {
  let read: Read[];
  try {
    const file = await asyncBufferFromFile(path);
    read = (await parquetReadObjects({ file })) as Read[];
  } catch (cause) {
    const reason = messageOf(cause);
    throw new OrreryError("trace/unreadable", `${path}: ${reason}`, { cause });
  }
  const rows = new Map<string, Row & { metrics: { [metric: string]: number } }>();
  for (const { cell_index: cell, seed, metric, value, text } of read) {
    if (experiment.cells[cell] === undefined) {
      throw new OrreryError("trace/unreadable", `${path} has a cell ${cell}, which is none`);
    }
    const key = `${cell}/${seed}`;
    const row = rows.get(key) ?? { cell, seed: Number(seed), metrics: {}, failed: [], spread: [] };
    if (metric.startsWith(FAILED)) (row.failed as string[]).push(metric.slice(FAILED.length));
    else if (metric === ERROR) rows.set(key, { ...row, error: text ?? "" });
    else row.metrics[metric] = value;
    if (!rows.has(key)) rows.set(key, row);
  }
  return [...rows.values()];
}
