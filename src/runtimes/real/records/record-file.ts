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
import type { TraceBatch } from "../../../core/batch.ts";
import { messageOf, OrreryError, writing } from "../../../core/errors.ts";
import {
  linesOf,
  type RecordHeader,
  type RecordLine,
  readLine,
  turnSchema,
} from "../../../trace/record.ts";

const CHUNK = 256 * 1024;
/** A line longer than this is none of ours. */
const LINE_MAX = 256 * 1_048_576;
const NEWLINE = 10;

/** A record that is being kept. */
export class RecordFile {
  readonly #path: string;
  readonly #descriptor: number;
  /** Where the next line goes. */
  #at = 0;

  /**
   * Goes on behind what an earlier start wrote. A line that it tore is cut off, and so are the rows of a
   * process in a turn whose commit was never durable: they did not happen. `turnOf` is the last turn
   * that is durable in a process's store.
   */
  constructor(path: string, header: RecordHeader, turnOf: (process: number) => number) {
    this.#path = path;
    const kept = writing(this.#path, () => {
      mkdirSync(dirname(path), { recursive: true });
      return existsSync(path) ? valid(path, turnOf) : { end: 0, tail: "" };
    });
    this.#descriptor = writing(this.#path, () => {
      const descriptor = openSync(path, existsSync(path) ? "r+" : "w+");
      ftruncateSync(descriptor, kept.end);
      return descriptor;
    });
    this.#at = fstatSync(this.#descriptor).size;
    this.#write(`${kept.tail}${JSON.stringify(header)}\n`);
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
    writing(this.#path, () => {
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length; ) {
        const wrote = writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#at);
        done += wrote;
        this.#at += wrote;
      }
    });
  }
}

/**
 * How many bytes of a record stay as they are, and what stays of the lines behind them: only the last
 * turn can have been lost, and of several stores only some.
 */
function valid(
  path: string,
  turnOf: (process: number) => number,
): { readonly end: number; readonly tail: string } {
  let [end, tail] = [0, ""];
  let lost: readonly number[] = [];
  for (const line of lines(path)) {
    if (line.startsWith('{"turn":')) {
      const { turn, of } = turnSchema.parse(JSON.parse(line));
      lost = of.filter((process) => turnOf(process) < turn);
      if (lost.length === 0 && tail === "") end += Buffer.byteLength(line) + 1;
      // Without those that lost it: what they do later is not of it.
      else tail += `${JSON.stringify({ turn, of: of.filter((each) => !lost.includes(each)) })}\n`;
    } else if (lost.length === 0 && tail === "") end += Buffer.byteLength(line) + 1;
    else if (!isOf(line, lost)) tail += `${line}\n`;
  }
  return { end, tail };
}

/** Is the line a row of one of these processes? */
function isOf(line: string, processes: readonly number[]): boolean {
  const read = readLine(line);
  return read.kind === "row" && processes.includes(read.row.process);
}

/**
 * The lines of a record, in order; a torn last line is left out.
 * @throws OrreryError "files/missing", or "trace/unreadable" naming the line
 */
export function* recordLines(path: string): Generator<RecordLine> {
  if (!existsSync(path)) throw new OrreryError("files/missing", `there is no ${path}`);
  let number = 0;
  for (const line of lines(path)) yield lineOf(path, ++number, line);
}

/** The whole lines of a file. */
function* lines(path: string): Generator<string> {
  const descriptor = openSync(path, "r");
  try {
    let rest = Buffer.alloc(0);
    const chunk = Buffer.alloc(CHUNK);
    for (;;) {
      const read = readSync(descriptor, chunk, 0, CHUNK, null);
      if (read === 0) return;
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
        yield bytes.toString("utf8", from, end);
        from = end + 1;
      }
      rest = Buffer.from(bytes.subarray(from));
      if (rest.length > LINE_MAX) throw unreadable(path, 0, "a line does not end");
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
