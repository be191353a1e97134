// Histories that Jepsen wrote, in EDN or JSON, as traces: each client a process, what it called and was answered
// its notes, so that what judges our own operations judges those.
import { NONE } from "../core/batch.ts";
import { messageOf, OrreryError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { KIND } from "../core/trace-event.ts";
import { Keeper, Trace } from "../trace/trace.ts";
import { TraceWriter } from "../trace/writer.ts";
import { readEdn } from "./edn.ts";
import { importedRun } from "./imported.ts";

/** One moment of a history, as it stands there. Keywords are text without their colon. */
export type HistoryMoment = {
  readonly type: "invoke" | "ok" | "fail" | "info";
  /** Of a client, or the name of somebody else, such as nemesis. */
  readonly process: number | string;
  readonly f: string;
  readonly value: Json;
  /** ns since the test began; without times, moments are 1 µs apart. */
  readonly time: number;
  /** An extension: what came back, where the value does not say it. */
  readonly result?: Json;
  readonly error?: Json;
};

/** Histories of more moments are refused. */
const MOMENTS_MAX = 5_000_000;
/** More clients are refused: a page cannot show them. */
const PROCESSES_MAX = 10_000;
const TYPES: readonly string[] = ["invoke", "ok", "fail", "info"];

/**
 * Reads a history: EDN or JSON, a list of moments or one a line.
 * @throws OrreryError "history/unreadable", naming the line, what is wrong there, and what was expected
 */
export function readHistory(text: string): readonly HistoryMoment[] {
  const moments: HistoryMoment[] = [];
  /** What each client has called and was not answered, and who never acts again. */
  const open = new Map<number, HistoryMoment | "gone">();
  try {
    for (const { value, line } of isJson(text) ? readJson(text) : readEdn(text)) {
      const moment = within(line, () => momentOf(value, moments.length));
      if (moments.length >= MOMENTS_MAX) throw new Error(`it has more than ${MOMENTS_MAX} moments`);
      moments.push(moment);
      within(line, () => follow(moment, open));
    }
  } catch (cause) {
    throw new OrreryError("history/unreadable", messageOf(cause), { cause });
  }
  return moments;
}

/** In both an object opens with a brace; only in JSON does a text follow it. */
const isJson = (text: string): boolean =>
  /^[\s[]*\{\s*"/.test(text) || /^\s*\[\s*\]\s*$/.test(text);

function* readJson(text: string): Generator<{ readonly value: Json; readonly line: number }> {
  if (text.trimStart().startsWith("[")) {
    for (const value of JSON.parse(text) as readonly Json[]) yield { value, line: 0 };
    return;
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    yield { value: within(index + 1, () => JSON.parse(line) as Json), line: index + 1 };
  }
}

/** `line` 0: it is not known. */
function within<Result>(line: number, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new Error(`${line === 0 ? "" : `line ${line}: `}${messageOf(cause)}`, { cause });
  }
}

function momentOf(read: Json, index: number): HistoryMoment {
  if (typeof read !== "object" || read === null || Array.isArray(read)) {
    throw new Error(`moment ${index} is no map; expected {:type :invoke, :process 0, :f :read, …}`);
  }
  const {
    type,
    process,
    f,
    value = null,
    time,
    result,
    error,
  } = read as {
    readonly [field: string]: Json | undefined;
  };
  const expected = (field: string, what: string): Error => {
    const found = JSON.stringify((read as { readonly [name: string]: Json })[field] ?? null);
    return new Error(`moment ${index}: :${field} is ${found}; expected ${what}`);
  };
  if (!TYPES.includes(type as string)) throw expected("type", TYPES.join(", "));
  const isClient = typeof process === "number" && Number.isSafeInteger(process) && process >= 0;
  if (!isClient && typeof process !== "string")
    throw expected("process", "a whole number or a name");
  if (typeof f !== "string") throw expected("f", "what was called");
  const nanoseconds = time ?? index * 1_000;
  if (typeof nanoseconds !== "number" || !(nanoseconds >= 0)) throw expected("time", "nanoseconds");
  return {
    type: type as HistoryMoment["type"],
    process: process as number | string,
    ...{ f, value, time: nanoseconds },
    ...(result !== undefined && { result }),
    ...(error !== undefined && { error }),
  };
}

/** A client does one thing at a time, and nothing any more once nobody knows what became of it. */
function follow(moment: HistoryMoment, open: Map<number, HistoryMoment | "gone">): void {
  const { process, type, f } = moment;
  if (typeof process !== "number") return;
  const before = open.get(process);
  if (before === "gone") {
    throw new Error(`process ${process} had info, and acts again; it must go on as a new process`);
  }
  if (type === "invoke") {
    if (before !== undefined) {
      throw new Error(`process ${process} calls ${f} while its ${before.f} is not answered`);
    }
    open.set(process, moment);
    return;
  }
  if (before === undefined)
    throw new Error(`process ${process} has ${type} for what it did not call`);
  if (before.f !== f)
    throw new Error(`process ${process} has ${type} of ${f}; it called ${before.f}`);
  if (type === "info") open.set(process, "gone");
  else open.delete(process);
}

/**
 * A history as a trace. What clients did are their notes: `invoke` with `id`, `call`, `value` and, where all
 * values are pairs of a key and a value, `key`; `return` with `result`, `fail` or `info`.
 * @throws OrreryError "history/unreadable" if it has more clients than can be shown
 */
export function historyTrace(moments: readonly HistoryMoment[]): Trace {
  const clients = [...new Set(moments.map(({ process }) => process))].sort(clientsFirst);
  if (clients.length > PROCESSES_MAX) {
    const many = `it has ${clients.length} processes; at most ${PROCESSES_MAX} can be shown`;
    throw new OrreryError("history/unreadable", many);
  }
  const names = clients.map((client) =>
    typeof client === "number" ? `client ${client}` : client.slice(0, NAME_MAX),
  );
  const keeper = new Keeper();
  const rows = new Rows(clients, isKeyed(moments), new TraceWriter((batch) => keeper.see(batch)));
  for (const moment of moments) rows.add(moment);
  const duration = rows.close();
  return new Trace(importedRun("history", null, duration), names, keeper.end());
}

const NAME_MAX = 64;

/** Clients by their numbers, then others by their names. */
function clientsFirst(a: number | string, b: number | string): number {
  if (typeof a === "number") return typeof b === "number" ? a - b : -1;
  return typeof b === "number" ? 1 : a < b ? -1 : 1;
}

const isPair = (value: Json): value is readonly [Json, Json] =>
  Array.isArray(value) && value.length === 2;

/** Are there several objects, each value being its key and its own value? Those of cas are pairs anyway. */
function isKeyed(moments: readonly HistoryMoment[]): boolean {
  const called = moments.filter(
    ({ type, process }) => type === "invoke" && typeof process === "number",
  );
  return (
    called.length > 0 &&
    called.every(({ f, value }) => isPair(value) && (f !== "cas" || isPair(value[1])))
  );
}

class Rows {
  readonly #places: ReadonlyMap<number | string, number>;
  readonly #keyed: boolean;
  readonly #writer: TraceWriter;
  readonly #lamport: number[];
  readonly #open = new Map<number, { readonly id: number; readonly given: Json }>();
  #time = 0;
  #ids = 0;

  constructor(clients: readonly (number | string)[], keyed: boolean, writer: TraceWriter) {
    this.#places = new Map(clients.map((client, place) => [client, place]));
    this.#keyed = keyed;
    this.#writer = writer;
    this.#lamport = clients.map(() => 0);
    for (const place of clients.keys()) this.#record(KIND.start, place);
  }

  add({ type, process, f, value, time, result, error }: HistoryMoment): void {
    const place = this.#places.get(process)!;
    // A trace's times never fall; those of a log that was written by several threads may.
    this.#time = Math.max(this.#time, Math.floor(time / 1_000));
    if (typeof process === "string") {
      this.#note(place, f, { value, ...(error !== undefined && { error }) });
      return;
    }
    const [key, own] = this.#keyed && isPair(value) ? value : [null, value];
    if (type === "invoke") {
      const id = this.#ids++;
      this.#open.set(process, { id, given: own });
      this.#note(place, "invoke", { id, call: f, value: own, ...(this.#keyed && { key }) });
      return;
    }
    const { id, given } = this.#open.get(process)!;
    this.#open.delete(process);
    if (type === "info") this.#note(place, "info", { id, ...(error !== undefined && { error }) });
    else if (type === "fail" && result === undefined) this.#note(place, "fail", { id });
    else {
      const known = result ?? answered(f, given, own);
      this.#note(place, "return", { id, ...(known !== undefined && { result: known }) });
    }
  }

  /** Returns how long it took, µs. */
  close(): number {
    this.#writer.close();
    return this.#time;
  }

  #note(place: number, name: string, fields: { readonly [field: string]: Json }): void {
    this.#lamport[place]!++;
    this.#record(KIND.internal, place);
    this.#writer.detail({ name, fields });
  }

  #record(kind: number, place: number): void {
    this.#writer.mark();
    this.#writer.record(this.#time, kind, place, 1, this.#lamport[place]!, 0, NONE, NONE, 0);
  }
}

/** What an operation that went well must have given; undefined: the history does not say. */
function answered(f: string, given: Json, value: Json): Json | undefined {
  if (f === "cas") return true;
  if (f === "write") return null;
  return given === null ? value : undefined;
}
