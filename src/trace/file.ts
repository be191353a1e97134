// A trace as a Parquet file, one row an event, one row group a batch: DuckDB, pandas and
// spreadsheets' tools open it. The run and the names stand in the file's metadata under "orrery".
import { existsSync } from "node:fs";
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from "hyparquet";
import { fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { z } from "zod";
import { INCARNATION_MAX, NONE, TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";
import { messageOf, OrreryError, writing } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Run } from "../core/run.ts";
import { EVENT_KINDS, KIND } from "../core/trace-event.ts";
import { TraceWriter } from "./writer.ts";

/** Rises when a reader of the old form would misread the new one. */
const FORMAT = 1;
const GROUP_ROWS_MIN = 32_768;
const COLUMNS = [
  ["sequence", "INT64"],
  ["time_micros", "INT64"],
  ["process", "INT32"],
  ["name", "STRING"],
  ["incarnation", "INT32"],
  ["kind", "STRING"],
  ["lamport", "INT32"],
  ["inbox", "INT32"],
  ["peer", "INT32"],
  ["message", "INT32"],
  ["sender_incarnation", "INT32"],
  ["detail", "STRING"],
] as const;
type ColumnName = (typeof COLUMNS)[number][0];
const NULLABLE: ReadonlySet<string> = new Set(["peer", "message", "sender_incarnation", "detail"]);

const NAMES = EVENT_KINDS.map((kind) => kind.name as string);

/** What a file says of its run. */
export type TraceHeader = {
  readonly runtime: "sim" | "tcp" | "nats" | "maelstrom";
  readonly run: Run;
  readonly names: readonly string[];
  /** Ticks per second of each process, 0 if unpaced. */
  readonly rates: readonly number[];
};

/** What is read of a header is checked here; parameters are the system's own to check. */
const HEADER = z.object({
  format: z.int(),
  runtime: z.enum(["sim", "tcp", "nats", "maelstrom"]).default("sim"),
  run: z.looseObject({
    system: z.string(),
    seed: z.int(),
    duration: z.int().min(0),
    links: z.looseObject({ order: z.enum(["any", "fifo"]) }),
  }),
  names: z.array(z.string().max(64)).max(1_000_000),
  rates: z.array(z.number()).max(1_000_000),
});

/**
 * Writes what it sees of what was chosen to a new Parquet file. `end` completes it, until when it cannot
 * be read, and says how many events are in it.
 */
export function traceFile(
  path: string,
  header: TraceHeader,
  isChosen: (batch: TraceBatch, row: number) => boolean = () => true,
): Observer<number> {
  const columns = (batch: TraceBatch) => columnsOf(batch, header.names, isChosen);
  const none = () => columns(new TraceBatch(0));
  const writer = writing(
    path,
    () =>
      new ParquetWriter({
        writer: fileWriter(path),
        schema: schemaFromColumnData({ columnData: none() }),
        kvMetadata: [{ key: "orrery", value: JSON.stringify({ format: FORMAT, ...header }) }],
        createdBy: "orrery",
      }),
  );
  // Batches may be small, where little happens in a long time; row groups must not be.
  let pending = none();
  let written = 0;
  const flush = (): void => {
    const rowGroupSize = pending[0]!.data.length;
    if (rowGroupSize === 0) return;
    const columnData = pending;
    writing(path, () => writer.write({ columnData, rowGroupSize }));
    pending = none();
  };
  return {
    see(batch) {
      const more = columns(batch);
      written += more[0]!.data.length;
      if (pending[0]!.data.length === 0) pending = more;
      else for (const [index, { data }] of pending.entries()) append(data, more[index]!.data);
      if (pending[0]!.data.length >= GROUP_ROWS_MIN) flush();
    },
    end() {
      flush();
      writing(path, () => writer.finish());
      return written;
    },
  };
}

function append(to: unknown[], from: readonly unknown[]): void {
  for (const value of from) to.push(value);
}

function columnsOf(
  batch: TraceBatch,
  names: readonly string[],
  isChosen: (batch: TraceBatch, row: number) => boolean,
) {
  const rows: number[] = [];
  const details: (string | null)[] = [];
  batch.each((row, detail) => {
    if (!isChosen(batch, row)) return;
    rows.push(row);
    details.push(detail === undefined ? null : JSON.stringify(detail));
  });
  const orNull = (value: number): number | null => (value === NONE ? null : value);
  const data: { readonly [Name in ColumnName]: unknown[] } = {
    sequence: rows.map((row) => BigInt(batch.first + row)),
    time_micros: rows.map((row) => BigInt(batch.time(row))),
    process: rows.map((row) => batch.process(row)),
    name: rows.map((row) => names[batch.process(row)]),
    incarnation: rows.map((row) => batch.incarnation(row)),
    kind: rows.map((row) => NAMES[batch.kind(row)]),
    lamport: rows.map((row) => batch.lamport(row)),
    inbox: rows.map((row) => batch.inbox(row)),
    peer: rows.map((row) => orNull(batch.peer(row))),
    message: rows.map((row) => orNull(batch.message(row))),
    sender_incarnation: rows.map((row) =>
      batch.message(row) === NONE ? null : batch.senderIncarnation(row),
    ),
    detail: details,
  };
  return COLUMNS.map(([name, type]) => ({
    name,
    type,
    data: data[name],
    nullable: NULLABLE.has(name),
  }));
}

/**
 * Shows the events of a file to an observer, row group by row group, or only the first `most` of them.
 * Returns what the observer found, what the file says of its run, and how many events it has.
 * @throws OrreryError "files/missing", or "trace/unreadable" if it is cut off or not a trace
 */
export async function readTrace<Result>(
  path: string,
  begin: (header: TraceHeader) => Observer<Result>,
  most = Number.POSITIVE_INFINITY,
): Promise<{ readonly header: TraceHeader; readonly result: Result; readonly rows: number }> {
  if (!existsSync(path)) throw new OrreryError("files/missing", `there is no ${path}`);
  const { file, metadata } = await unreadable(path, async () => {
    const opened = await asyncBufferFromFile(path);
    return { file: opened, metadata: await parquetMetadataAsync(opened) };
  });
  const header = headerOf(
    path,
    metadata.key_value_metadata?.find(({ key }) => key === "orrery"),
  );
  const observer = begin(header);
  const writer = new TraceWriter((batch) => observer.see(batch));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = Math.min(rowStart + Number(group.num_rows), most);
    if (rowStart >= rowEnd) break;
    const columns = COLUMNS.map(([name]) => name);
    await unreadable(path, () =>
      parquetRead({
        file,
        metadata,
        columns,
        rowStart,
        rowEnd,
        rowFormat: "object",
        onComplete: (rows) => {
          for (const row of rows) replay(row, header.names.length, writer);
        },
      }),
    );
    rowStart = rowEnd;
  }
  writer.close();
  return { header, result: observer.end(), rows: Number(metadata.num_rows) };
}

function headerOf(path: string, entry: { readonly value?: string } | undefined): TraceHeader {
  const text = entry?.value;
  if (text === undefined) throw new OrreryError("trace/unreadable", `${path} is not a trace`);
  try {
    const { format, ...header } = HEADER.parse(JSON.parse(text));
    if (format === FORMAT) return header as unknown as TraceHeader;
    throw new Error(`it has format ${format}, not ${FORMAT}`);
  } catch (cause) {
    throw new OrreryError("trace/unreadable", `${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Checks a row and records it again. */
function replay(
  row: { readonly [name: string]: unknown },
  processes: number,
  to: TraceWriter,
): void {
  const integer = (name: ColumnName, max: number, absent?: number): number => {
    const value = row[name];
    if (value === null && absent !== undefined) return absent;
    const number = Number(value);
    if (Number.isInteger(number) && number >= 0 && number <= max) return number;
    throw new Error(`${name} is ${String(value)}`);
  };
  const kind = KIND[row.kind as keyof typeof KIND];
  if (kind === undefined) throw new Error(`kind is ${String(row.kind)}`);
  const last = 2 ** 31 - 1;
  to.mark();
  to.record(
    integer("time_micros", Number.MAX_SAFE_INTEGER),
    kind,
    integer("process", processes - 1),
    integer("incarnation", INCARNATION_MAX),
    integer("lamport", last),
    integer("inbox", last),
    integer("peer", processes - 1, NONE),
    integer("message", last, NONE),
    integer("sender_incarnation", INCARNATION_MAX, 0),
  );
  if (typeof row.detail === "string") to.detail(JSON.parse(row.detail) as Json);
}

async function unreadable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof OrreryError) throw cause;
    throw new OrreryError("trace/unreadable", `${path}: ${messageOf(cause)}`, { cause });
  }
}
