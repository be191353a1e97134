// What an experiment has done so far, so that it can be stopped at any moment, also by kill -9, and go
// on: finished runs are lines of a file, in whatever order they finished. A torn last line is a run
// that did not finish.
import { createHash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { OrreryError, writing } from "../core/errors.ts";
import type { Experiment, Row } from "../core/experiment.ts";
import { canonical, type Json } from "../core/json.ts";
import { readField, writeJson } from "./run-folder.ts";

const JOURNAL = "journal.ndjson";
/** In its folder: what the experiment is. */
export const EXPERIMENT_FILE = "experiment.json";
const PIECE = 16 * 1024 * 1024;
const NEWLINE = 10;

/** Rises when the same experiment would give other results than before. */
const RESULTS_VERSION = 2;

/**
 * Tells experiments apart: the same hash, the same rows. What is asked of the rows (the question,
 * comparisons, a map) may change, and the report with it, without running anything again.
 */
function hashOf({ system, source, seeds, warmUp, cells, runtime }: Experiment): string {
  const where = runtime === "sim" ? {} : { runtime };
  const decides = { version: RESULTS_VERSION, system, source, seeds, warmUp, cells, ...where };
  return createHash("sha256")
    .update(canonical(decides as unknown as Json))
    .digest("hex")
    .slice(0, 16);
}

/** The folder of an experiment, and the rows of its runs that are finished. */
export class Journal {
  readonly folder: string;
  readonly rows = new Map<string, Row>();

  /**
   * Opens a folder, new or of the same experiment.
   * @throws OrreryError "files/exists" if it holds anything else
   */
  constructor(folder: string, experiment: Experiment) {
    this.folder = folder;
    const hash = hashOf(experiment);
    const known = join(folder, EXPERIMENT_FILE);
    const fresh = !existsSync(folder) || readdirSync(folder).length === 0;
    if (fresh) writing(folder, () => mkdirSync(folder, { recursive: true }));
    else if (readField(known, "hash") !== hash) {
      throw new OrreryError(
        "files/exists",
        `${folder} exists and is not of this experiment; nothing in it was changed`,
      );
    }
    writeJson(known, { hash, ...experiment });
    this.#read();
  }

  /** Keeps rows, a line of JSON each: once this returns, they survive the death of this process. */
  add(lines: string): void {
    const path = join(this.folder, JOURNAL);
    writing(path, () => appendFileSync(path, lines));
    this.#take(lines);
  }

  has(cell: number, seed: number): boolean {
    return this.rows.has(keyOf(cell, seed));
  }

  /** All rows, by cell and seed: the order in which they are kept, whoever finished first. */
  sorted(): Row[] {
    return [...this.rows.values()].sort((a, b) => a.cell - b.cell || a.seed - b.seed);
  }

  /** Gives one row after the other, by cell and seed; undefined while the next is not there. */
  inOrder({ cells, seeds }: Experiment): { next(): Row | undefined } {
    let [cell, index] = [0, 0];
    return {
      next: () => {
        if (index === seeds.count) [cell, index] = [cell + 1, 0];
        const row =
          cell < cells.length ? this.rows.get(keyOf(cell, seeds.first + index)) : undefined;
        if (row !== undefined) index++;
        return row;
      },
    };
  }

  remove(): void {
    rmSync(join(this.folder, JOURNAL), { force: true });
  }

  /** In pieces, as a journal may be larger than a string can be. */
  #read(): void {
    const path = join(this.folder, JOURNAL);
    if (!existsSync(path)) return;
    const file = openSync(path, "r+");
    const piece = Buffer.alloc(PIECE);
    let [whole, rest] = [0, Buffer.alloc(0)];
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
      const bytes = Buffer.concat([rest, piece.subarray(0, read)]);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      this.#take(bytes.toString("utf8", 0, end));
      whole += end;
      rest = Buffer.from(bytes.subarray(end));
    }
    // What is written next must not be glued to a torn line.
    ftruncateSync(file, whole);
    closeSync(file);
  }

  #take(lines: string): void {
    for (const line of lines.split("\n")) {
      if (line === "") continue;
      try {
        const row = JSON.parse(line) as Row;
        this.rows.set(keyOf(row.cell, row.seed), row);
      } catch {
        // Torn: that run is done again.
      }
    }
  }
}

const keyOf = (cell: number, seed: number): string => `${cell}/${seed}`;
