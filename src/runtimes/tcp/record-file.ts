// A record on disk (trace/record.ts): appended as one goes, read back line by line. What was written
// survives kill -9 of the writer, as the system has it then.
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { TraceBatch } from "../../core/batch.ts";
import { messageOf, OrreryError } from "../../core/errors.ts";
import { linesOf, type RecordHeader, type RecordLine, readLine } from "../../trace/record.ts";

const CHUNK = 256 * 1024;
/** A line longer than this is none of ours. */
const LINE_MAX = 4 * 1_048_576;
const NEWLINE = 10;

/** A record that is being kept. */
export class RecordFile {
  readonly path: string;
  readonly #descriptor: number;

  /** Goes on behind what an earlier start wrote; a line that it tore is cut off. */
  constructor(path: string, header: RecordHeader) {
    this.path = path;
    this.#descriptor = this.#world(() => {
      mkdirSync(dirname(path), { recursive: true });
      const descriptor = openSync(path, existsSync(path) ? "r+" : "w+");
      ftruncateSync(descriptor, wholeLines(descriptor));
      return descriptor;
    });
    this.#write(`${JSON.stringify(header)}\n`);
  }

  rows(batch: TraceBatch): void {
    this.#write(linesOf(batch));
  }

  line(value: object): void {
    this.#write(`${JSON.stringify(value)}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(text: string): void {
    this.#world(() => {
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#descriptor, bytes, done);
      }
    });
  }

  #world<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new OrreryError("files/write", `${this.path}: ${messageOf(cause)}`, { cause });
    }
  }
}

/** Where the last whole line of a file ends; moves there by reading, so that writing goes on there. */
function wholeLines(descriptor: number): number {
  const { size } = fstatSync(descriptor);
  const chunk = Buffer.alloc(CHUNK);
  let whole = 0;
  for (let at = 0; at < size; ) {
    const read = readSync(descriptor, chunk, 0, CHUNK, at);
    if (read === 0) break;
    const last = chunk.subarray(0, read).lastIndexOf(NEWLINE);
    if (last >= 0) whole = at + last + 1;
    at += read;
  }
  // The position of the descriptor: writes go where it is.
  for (let at = 0; at < whole; )
    at += readSync(descriptor, chunk, 0, Math.min(CHUNK, whole - at), null);
  return whole;
}

/**
 * The lines of a record, in order; a torn last line is left out.
 * @throws OrreryError "files/missing", or "trace/unreadable" naming the line
 */
export function* recordLines(path: string): Generator<RecordLine> {
  if (!existsSync(path)) throw new OrreryError("files/missing", `there is no ${path}`);
  const descriptor = openSync(path, "r");
  try {
    let rest = Buffer.alloc(0);
    let number = 0;
    const chunk = Buffer.alloc(CHUNK);
    for (;;) {
      const read = readSync(descriptor, chunk, 0, CHUNK, null);
      if (read === 0) return;
      let bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
        number++;
        yield lineOf(path, number, bytes.toString("utf8", 0, end));
        bytes = bytes.subarray(end + 1);
      }
      rest = bytes;
      if (rest.length > LINE_MAX) throw unreadable(path, number + 1, "it does not end");
    }
  } finally {
    closeSync(descriptor);
  }
}

function lineOf(path: string, number: number, text: string): RecordLine {
  try {
    const line = readLine(text);
    if (number === 1 && line.kind !== "header") throw new Error("it does not begin a record");
    return line;
  } catch (cause) {
    throw unreadable(path, number, messageOf(cause), cause);
  }
}

const unreadable = (path: string, line: number, reason: string, cause?: unknown): OrreryError =>
  new OrreryError("trace/unreadable", `${path}, line ${line}: ${reason}`, { cause });
