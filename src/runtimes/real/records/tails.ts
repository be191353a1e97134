// The records of a run under way, read as they grow. Nothing is asked of those who write them.
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { RecordSource } from "../../../trace/merge.ts";
import { type RecordedRow, readLine } from "../../../trace/record.ts";

const PIECE = 256 * 1024;
/** A record of which so many rows are still to come is not read on. */
const ROWS_MAX = 20_000;
/** So many of the bytes read last are looked at again: a worker that starts anew cuts off what it had not finished. */
const LAST_MAX = 128;
const NEWLINE = 10;

/** A record that grows. Its rows come as far as they were let. */
class Tail implements RecordSource {
  /** Rows up to this instant may come, µs. */
  until = -1;
  /** There is more than was read; what was read reaches until then. */
  behind = false;
  reached = -1;
  readonly #descriptor: number;
  #at = 0;
  #last: Buffer = Buffer.alloc(0);
  /** Of a line whose end is not there yet. */
  #rest: Buffer = Buffer.alloc(0);
  #rows: RecordedRow[] = [];
  #next = 0;
  #owned: ReadonlySet<number> = new Set();

  constructor(path: string) {
    this.#descriptor = openSync(path, "r");
  }

  get head(): RecordedRow | undefined {
    const row = this.#rows[this.#next];
    return row !== undefined && row.time <= this.until ? row : undefined;
  }

  owns(process: number): boolean {
    return this.#owned.has(process);
  }

  next(): void {
    this.#next++;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Reads on. False: what had been read is no more what is there. */
  read(): boolean {
    const { size } = fstatSync(this.#descriptor);
    if (size < this.#at || !this.#isUnchanged()) return false;
    this.#rows = this.#rows.slice(this.#next);
    this.#next = 0;
    while (this.#at < size && this.#rows.length < ROWS_MAX) {
      const piece = Buffer.alloc(Math.min(PIECE, size - this.#at));
      const bytes = piece.subarray(0, readSync(this.#descriptor, piece, 0, piece.length, this.#at));
      if (bytes.length === 0) return false;
      this.#at += bytes.length;
      this.#last = Buffer.concat([this.#last, bytes]).subarray(-LAST_MAX);
      if (!this.#take(Buffer.concat([this.#rest, bytes]))) return false;
    }
    this.behind = this.#at < size;
    return true;
  }

  #isUnchanged(): boolean {
    const there = Buffer.alloc(this.#last.length);
    readSync(this.#descriptor, there, 0, there.length, this.#at - there.length);
    return there.equals(this.#last);
  }

  /** False if a line makes no sense: it was read while it was written over. */
  #take(bytes: Buffer): boolean {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      try {
        this.#line(bytes.toString("utf8", from, end));
      } catch {
        return false;
      }
      from = end + 1;
    }
    this.#rest = bytes.subarray(from);
    return true;
  }

  #line(text: string): void {
    const line = readLine(text);
    if (line.kind === "header") this.#owned = new Set(line.header.processes);
    if (line.kind !== "row") return;
    this.#rows.push(line.row);
    this.reached = line.row.time;
  }
}

/** The records in the folder of a run whose starts all count from one instant. */
export class Tails {
  readonly #folder: string;
  readonly #processes: number;
  readonly #known = new Set<string>();
  #whole = false;
  /** The same, for who merges them; more may come. */
  readonly sources: Tail[] = [];

  constructor(folder: string, processes: number) {
    this.#folder = join(folder, "records");
    this.#processes = processes;
  }

  /**
   * Reads what was written since. Rows up to that instant may come, or up to the one that is returned,
   * beyond which not all were read. Undefined: rows that may have come are no more, and all must be read
   * again from the beginning.
   */
  read(until: number): number | undefined {
    this.#find();
    if (this.sources.some((tail) => !tail.read())) return undefined;
    const behind = this.sources.filter((tail) => tail.behind);
    const reached = Math.min(until, ...behind.map((tail) => tail.reached));
    for (const tail of this.sources) tail.until = reached;
    return reached;
  }

  close(): void {
    for (const tail of this.sources) tail.close();
  }

  /** Looks for new records, until there is one of every process: that of the supervisor is the first. */
  #find(): void {
    if (this.#whole || !existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder).sort()) {
      if (!name.endsWith(".record") || this.#known.has(name)) continue;
      this.#known.add(name);
      this.sources.push(new Tail(join(this.#folder, name)));
    }
    const all = Array.from({ length: this.#processes }, (_, process) => process);
    this.#whole = all.every((process) => this.sources.some((tail) => tail.owns(process)));
  }
}
