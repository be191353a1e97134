// One row for each run and metric, as Parquet: DuckDB and pandas open it (docs/guides/results.md).
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { OrreryError } from "../core/errors.ts";
import type { Experiment, Row } from "../core/experiment.ts";
import { writing } from "./run-folder.ts";

export const RESULTS_FILE = "results.parquet";
const GROUP_RUNS = 1_000;
/** Instants of the spread are metrics of this name, so that a run's curve is in the file too. */
const SPREAD = "spread_at.";
const ERROR = "error";
const FAILED = "failed.";

type Line = readonly [
  cell: number,
  seed: number,
  metric: string,
  value: number,
  text: string | null,
];

function* linesOf(row: Row): Generator<Line> {
  const { cell, seed } = row;
  for (const [metric, value] of Object.entries(row.metrics))
    yield [cell, seed, metric, value, null];
  for (const [at, value] of row.spread.entries()) yield [cell, seed, `${SPREAD}${at}`, value, null];
  for (const check of row.failed) yield [cell, seed, `${FAILED}${check}`, 1, null];
  if (row.error !== undefined) yield [cell, seed, ERROR, 1, row.error];
}

/** Writes all rows to a new file. Memory: some thousand runs at a time. */
export async function writeRows(
  path: string,
  experiment: Experiment,
  rows: readonly Row[],
): Promise<void> {
  const columns = (lines: readonly Line[]) => [
    {
      name: "cell",
      type: "STRING" as const,
      data: lines.map(([cell]) => experiment.cells[cell]!.name),
    },
    { name: "cell_index", type: "INT32" as const, data: lines.map(([cell]) => cell) },
    { name: "seed", type: "INT64" as const, data: lines.map(([, seed]) => BigInt(seed)) },
    { name: "metric", type: "STRING" as const, data: lines.map(([, , metric]) => metric) },
    { name: "value", type: "DOUBLE" as const, data: lines.map(([, , , value]) => value) },
    {
      name: "text",
      type: "STRING" as const,
      nullable: true,
      data: lines.map(([, , , , text]) => text),
    },
  ];
  await writing(path, async () => {
    const schema = schemaFromColumnData({ columnData: columns([[0, 0, "", 0, null]]) });
    const writer = new ParquetWriter({ writer: fileWriter(path), schema, createdBy: "orrery" });
    for (let from = 0; from < rows.length; from += GROUP_RUNS) {
      const lines = rows.slice(from, from + GROUP_RUNS).flatMap((row) => [...linesOf(row)]);
      await writer.write({ columnData: columns(lines), rowGroupSize: lines.length });
    }
    await writer.finish();
  });
}

type Read = {
  cell_index: number;
  seed: bigint;
  metric: string;
  value: number;
  text: string | null;
};

/** Reads all rows. @throws OrreryError "trace/unreadable" if it is cut off */
export async function readRows(path: string, experiment: Experiment): Promise<Row[]> {
  let read: Read[];
  try {
    const file = await asyncBufferFromFile(path);
    read = (await parquetReadObjects({ file })) as Read[];
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrreryError("trace/unreadable", `${path}: ${reason}`, { cause });
  }
  const rows = new Map<string, Row & { metrics: { [metric: string]: number } }>();
  for (const { cell_index: cell, seed, metric, value, text } of read) {
    if (experiment.cells[cell] === undefined) {
      throw new OrreryError("trace/unreadable", `${path} has a cell ${cell}, which is none`);
    }
    const key = `${cell}/${seed}`;
    const row = rows.get(key) ?? { cell, seed: Number(seed), metrics: {}, failed: [], spread: [] };
    if (metric.startsWith(SPREAD)) (row.spread as number[]).push(value);
    else if (metric.startsWith(FAILED)) (row.failed as string[]).push(metric.slice(FAILED.length));
    else if (metric === ERROR) rows.set(key, { ...row, error: text ?? "" });
    else row.metrics[metric] = value;
    if (!rows.has(key)) rows.set(key, row);
  }
  return [...rows.values()];
}
