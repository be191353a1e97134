// The stores of a simulated run, all in one file of its folder: a line of JSON for each process (its
// name, and its store's id), behind it one for each key and each entry of a log, and a last line that
// tells a whole file from one that is cut off. Neither way is more than a piece of it held as text.
import { closeSync, existsSync, openSync, readSync, writeFileSync } from "node:fs";
import { pushIn } from "../core/counting.ts";
import { assert, messageOf, OrreryError, writing } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { Stored } from "../core/stored.ts";

export const STORED_FILE = "stores.ndjson";
const PIECE = 1024 * 1024;
const NEWLINE = 10;

type Entry =
  | { readonly put: string; readonly value: Json }
  | { readonly log: string; readonly value: Json };

/** The last line says how many processes there are. */
type Line = { readonly process: string; readonly id: string } | Entry | { readonly end: number };

/** A store that is being read. */
type Filling = {
  readonly id: string;
  readonly keyed: Map<string, Json>;
  readonly logs: Map<string, Json[]>;
};

/**
 * Writes the stores of processes, in the order of their names, which must differ. A log without
 * entries leaves nothing. @throws OrreryError "files/write"
 */
export function writeStored(
  path: string,
  names: readonly string[],
  stored: Iterable<Stored>,
): void {
  const file = writing(path, () => openSync(path, "w"));
  try {
    let text = "";
    const flush = (): void => {
      writing(path, () => writeFileSync(file, text));
      text = "";
    };
    for (const line of linesFor(names, stored)) {
      text += `${JSON.stringify(line)}\n`;
      if (text.length >= PIECE) flush();
    }
    flush();
  } finally {
    closeSync(file);
  }
}

function* linesFor(names: readonly string[], stored: Iterable<Stored>): Generator<Line> {
  let count = 0;
  for (const { id, keyed, logs } of stored) {
    const process = names[count++];
    assert(process !== undefined, "every store has a process");
    yield { process, id };
    for (const [put, value] of keyed) yield { put, value };
    for (const [log, values] of logs) for (const value of values) yield { log, value };
  }
  assert(count === names.length, "every process has a store");
  yield { end: count };
}

/**
 * Reads the stores of all processes, by name, in the order in which they were written.
 * @throws OrreryError "files/missing", or "trace/unreadable", naming the line, if it is cut off or
 * not such a file
 */
export function readStoredFile(path: string): Map<string, Stored> {
  if (!existsSync(path)) throw new OrreryError("files/missing", `there is no ${path}`);
  const stores = new Map<string, Stored>();
  let [number, ended] = [1, false];
  try {
    let current: Filling | undefined;
    for (const text of linesOf(path)) {
      if (ended) throw new Error("nothing may follow the last line");
      const line = parse(text);
      if ("end" in line) {
        if (line.end !== stores.size) throw new Error(`there are ${stores.size} processes`);
        ended = true;
      } else if ("process" in line) {
        if (stores.has(line.process)) throw new Error(`${line.process} was there before`);
        current = { id: line.id, keyed: new Map(), logs: new Map() };
        stores.set(line.process, current);
      } else if (current === undefined) throw new Error("no process comes before it");
      else add(current, line);
      number++;
    }
    if (!ended) throw new Error("the file is cut off");
    return stores;
  } catch (cause) {
    const reason = `${path}, line ${number}: ${messageOf(cause)}`;
    throw new OrreryError("trace/unreadable", reason, { cause });
  }
}

/** One kind of line. @throws Error if it is none */
function parse(text: string): Line {
  const line = JSON.parse(text) as { readonly [name: string]: Json | undefined } | null;
  if (typeof line?.process === "string" && typeof line.id === "string") return line as Line;
  if (typeof line?.end === "number") return line as Line;
  const named = typeof line?.put === "string" || typeof line?.log === "string";
  if (named && line?.value !== undefined) return line as Line;
  throw new Error("it is neither a process, nor what one stored, nor the end");
}

function add({ keyed, logs }: Filling, line: Entry): void {
  if ("put" in line) keyed.set(line.put, line.value);
  else pushIn(logs, line.log, line.value);
}

/** The lines of a file, read piece by piece. @throws Error if the last one has no end */
function* linesOf(path: string): Generator<string> {
  const file = openSync(path, "r");
  try {
    const piece = Buffer.alloc(PIECE);
    let rest: Buffer[] = [];
    for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) {
      let bytes = piece.subarray(0, size);
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
        yield Buffer.concat([...rest, bytes.subarray(0, end)]).toString();
        rest = [];
        bytes = bytes.subarray(end + 1);
      }
      // The piece is filled again.
      if (bytes.length > 0) rest.push(Buffer.from(bytes));
    }
    if (rest.length > 0) throw new Error("the file is cut off");
  } finally {
    closeSync(file);
  }
}
