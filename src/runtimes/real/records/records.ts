// Records as sources of a merge.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { NONE } from "../../../core/batch.ts";
import { OrreryError } from "../../../core/errors.ts";
import { KIND } from "../../../core/trace-event.ts";
import { Merger, type RecordSource } from "../../../trace/merge.ts";
import type { RecordedRow, RecordHeader, RecordLine } from "../../../trace/record.ts";
import type { TraceWriter } from "../../../trace/writer.ts";
import { recordLines } from "./record-file.ts";

/** Rows merged before others may have the thread. */
const SLICE = 20_000;

/** Who sent a message, and which of his it was. */
export type Identity = {
  readonly process: number;
  readonly incarnation: number;
  readonly message: number;
};

/** Names a message that came over a foreign wire: in that start of that record, from him he took for that. */
export const identityKey = (path: string, ordinal: number, guess: number, number: number): string =>
  `${path}/${ordinal}/${guess}/${number}`;

/** What of a file belongs to the run, and who sent what it heard. */
export type Selection = {
  /** Which of its starts, and the Unix time of their instants 0, µs, by the clock of all. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly identities: ReadonlyMap<string, Identity>;
};

/** The rows of a record file, its times counted from `base` (µs of Unix time). */
export class FileSource implements RecordSource {
  head: RecordedRow | undefined;
  readonly #path: string;
  readonly #lines: Iterator<RecordLine>;
  readonly #base: number;
  readonly #selection: Selection | undefined;
  #ordinal = -1;
  #owned: ReadonlySet<number> = new Set();
  #offset = 0;
  #foreign = false;

  constructor(path: string, base: number, selection?: Selection) {
    this.#path = path;
    this.#lines = recordLines(path);
    this.#base = base;
    this.#selection = selection;
    this.next();
  }

  owns(process: number): boolean {
    return this.#owned.has(process);
  }

  next(): void {
    for (;;) {
      const { done, value } = this.#lines.next();
      if (done === true) {
        this.head = undefined;
        return;
      }
      if (value.kind === "header") this.#begin(value.header);
      if (value.kind !== "row") continue;
      if (this.#selection?.epochs.has(this.#ordinal) === false) continue;
      this.head = this.#named({ ...value.row, time: value.row.time + this.#offset });
      return;
    }
  }

  close(): void {
    this.#lines.return?.();
  }

  #begin({ processes, epoch, foreign }: RecordHeader): void {
    this.#ordinal++;
    this.#owned = new Set(processes);
    this.#offset = Math.max(0, (this.#selection?.epochs.get(this.#ordinal) ?? epoch) - this.#base);
    this.#foreign = foreign;
  }

  /** With the true sender, where a foreign wire did not say who it was. */
  #named(row: RecordedRow): RecordedRow {
    if (!this.#foreign || row.message === NONE || this.#owned.has(row.peer)) return row;
    const key = identityKey(this.#path, this.#ordinal, row.peer, row.message);
    const identity = this.#selection?.identities.get(key);
    if (identity === undefined || row.kind === KIND.send || row.kind === KIND.copy) return row;
    const { process, incarnation, message } = identity;
    return { ...row, peer: process, sender: incarnation, message };
  }
}

/** The record files of a folder, in the order of their names. */
const recordFiles = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".record") && statSync(join(folder, name)).size > 0)
    .sort()
    .map((name) => join(folder, name));

/** The first start that a record tells of. @throws OrreryError "trace/unreadable" */
function firstHeader(path: string): RecordHeader {
  for (const line of recordLines(path)) if (line.kind === "header") return line.header;
  throw new OrreryError("trace/unreadable", `${path}: it is empty`);
}

/**
 * Merges records into one trace, and closes its writer; returns how many sends had to be inferred.
 * Gives way to others now and then.
 */
export async function mergeInto(
  writer: TraceWriter,
  sources: readonly RecordSource[],
  processes: number,
): Promise<number> {
  try {
    const merger = new Merger(sources, processes, writer);
    while (merger.advance(SLICE)) await new Promise((resolve) => setImmediate(resolve));
    writer.close();
    return merger.inferred;
  } finally {
    for (const source of sources) source.close?.();
  }
}

/** Merges the records of a run's folder; see `mergeInto`. */
export async function mergeRun(
  writer: TraceWriter,
  folder: string,
  processes: number,
): Promise<number> {
  const files = recordFiles(join(folder, "records"));
  const base = Math.min(...files.map((file) => firstHeader(file).epoch));
  const sources = files.map((file) => new FileSource(file, base));
  return await mergeInto(writer, sources, processes);
}
