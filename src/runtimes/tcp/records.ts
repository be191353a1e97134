// Records as sources of a merge.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { OrreryError } from "../../core/errors.ts";
import { Merger, type RecordSource } from "../../trace/merge.ts";
import type { RecordedRow, RecordHeader, RecordLine } from "../../trace/record.ts";
import type { TraceWriter } from "../../trace/writer.ts";
import { recordLines } from "./record-file.ts";

/** Rows merged before others may have the thread. */
const SLICE = 20_000;

/** The rows of a record file, its times counted from `base` (µs of Unix time). */
export class FileSource implements RecordSource {
  head: RecordedRow | undefined;
  readonly #lines: Iterator<RecordLine>;
  readonly #base: number;
  #owned: ReadonlySet<number> = new Set();
  #offset = 0;

  constructor(path: string, base: number) {
    this.#lines = recordLines(path);
    this.#base = base;
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
      this.head = { ...value.row, time: value.row.time + this.#offset };
      return;
    }
  }

  #begin({ processes, epoch }: RecordHeader): void {
    this.#owned = new Set(processes);
    this.#offset = Math.max(0, epoch - this.#base);
  }
}

/** The record files of a folder, in the order of their names. */
export const recordFiles = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".record"))
    .sort()
    .map((name) => join(folder, name));

/** The first start that a record tells of. @throws OrreryError "trace/unreadable" */
export function firstHeader(path: string): RecordHeader {
  for (const line of recordLines(path)) if (line.kind === "header") return line.header;
  throw new OrreryError("trace/unreadable", `${path}: it is empty`);
}

/**
 * Merges records into one trace; returns how many sends had to be inferred. Gives way to others now
 * and then.
 */
export async function mergeInto(
  writer: TraceWriter,
  sources: readonly RecordSource[],
  processes: number,
): Promise<number> {
  const merger = new Merger(sources, processes, writer);
  while (merger.advance(SLICE)) await new Promise((resolve) => setImmediate(resolve));
  return merger.inferred;
}
