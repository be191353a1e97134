// What a worker or a machine keeps of its own doings as it goes: lines of JSON, so that a torn last
// line is a line that was not written, and tools read the rest. Several starts may follow each other
// in one file. Merging the records of all gives the trace (merge.ts).
//
//   {"orrery":"record", …}                                    a start: what follows is of this one
//   [time, kind, process, incarnation, L, inbox, peer, message, sender's incarnation, detail?]
//   {"heard": [process, peer, number, stamp], "via": "host:port"}   a message over a foreign wire
//   {"dialled": peer, "port": port}                           from that port of ours we send to the peer
//   {"turn": number, "of": [process, …]}                      rows of these from here on go with that commit
//   {"end": time}                                             it stopped in peace
import { z } from "zod";
import { INCARNATION_MAX, NONE, type TraceBatch } from "../core/batch.ts";
import type { Json } from "../core/json.ts";
import type { Run } from "../core/run.ts";
import { EVENT_KINDS } from "../core/trace-event.ts";

/** The first line of each start. */
const headerSchema = z.object({
  orrery: z.literal("record"),
  format: z.literal(1),
  /** Who keeps it, and which start of his this is. */
  owner: z.string().max(256),
  boot: z.int().min(1),
  /** The processes that run here: others' rows are what this one did to their messages. */
  processes: z.array(z.int().min(0)).max(1_000_000),
  names: z.array(z.string().max(64)).max(1_000_000),
  rates: z.array(z.number()).max(1_000_000),
  /** Instant 0 of the times in it, in µs of Unix time. */
  epoch: z.int(),
  run: z.looseObject({ system: z.string(), seed: z.int(), duration: z.int().min(0) }),
  /** It hears clocks over another program's wire: whose they are is known only when merged. */
  foreign: z.boolean().default(false),
});

/** What is read of a run is checked here; parameters are the system's own to check. */
export type RecordHeader = Readonly<
  Omit<z.infer<typeof headerSchema>, "run" | "names" | "rates" | "processes">
> & {
  readonly processes: readonly number[];
  readonly names: readonly string[];
  readonly rates: readonly number[];
  readonly run: Run;
};

/** The header of a start; `foreign` unless it is said is false. */
export const newHeader = (
  told: Omit<RecordHeader, "orrery" | "format" | "foreign" | "rates"> & {
    readonly rates: Iterable<number>;
    readonly foreign?: boolean;
  },
): RecordHeader => ({
  orrery: "record",
  format: 1,
  foreign: false,
  ...told,
  rates: [...told.rates],
});

/** A row of a record. */
export type RecordedRow = {
  readonly time: number;
  readonly kind: number;
  readonly process: number;
  readonly incarnation: number;
  readonly lamport: number;
  readonly inbox: number;
  readonly peer: number;
  readonly message: number;
  readonly sender: number;
  readonly detail: Json | undefined;
};

/** A message that came over a foreign wire: who received it from whom, as far as he can tell. */
const heardSchema = z.object({
  heard: z.tuple([z.int().min(0), z.int().min(0), z.int().min(0), z.int().min(-1)]),
  via: z.string().max(128),
});
/** From which port of ours we dialled whom. */
const dialledSchema = z.object({ dialled: z.int().min(0), port: z.int() });
/** A commit, and whose stores it changes. */
export const turnSchema = z.object({ turn: z.int().min(0), of: z.array(z.int().min(0)) });
const endSchema = z.object({ end: z.int().min(0) });

export type RecordLine =
  | { readonly kind: "header"; readonly header: RecordHeader }
  | { readonly kind: "row"; readonly row: RecordedRow }
  | { readonly kind: "heard"; readonly heard: z.infer<typeof heardSchema> }
  | { readonly kind: "dialled"; readonly dialled: z.infer<typeof dialledSchema> }
  | { readonly kind: "turn" }
  | { readonly kind: "end"; readonly end: number };

/** The rows of a batch as lines. */
export function linesOf(batch: TraceBatch): string {
  let text = "";
  let next = 0;
  for (let row = 0; row < batch.count; row++) {
    const has = batch.detailRows[next] === row;
    const detail = has ? `,${JSON.stringify(batch.details[next++])}` : "";
    text += `[${batch.time(row)},${batch.kind(row)},${batch.process(row)},${batch.incarnation(row)},${batch.lamport(row)},${batch.inbox(row)},${batch.peer(row)},${batch.message(row)},${batch.senderIncarnation(row)}${detail}]\n`;
  }
  return text;
}

const INT32_MAX = 2 ** 31 - 1;
/** What each number of a row may be, in order. */
const BOUNDS: readonly (readonly [number, number])[] = [
  [0, Number.MAX_SAFE_INTEGER],
  [0, EVENT_KINDS.length - 1],
  [0, INT32_MAX],
  [0, INCARNATION_MAX],
  [0, INT32_MAX],
  [0, INT32_MAX],
  [NONE, INT32_MAX],
  [NONE, INT32_MAX],
  [0, INCARNATION_MAX],
];

/** Reads a line. @throws Error saying what is wrong with it */
export function readLine(text: string): RecordLine {
  const value = JSON.parse(text) as Json;
  if (Array.isArray(value)) return { kind: "row", row: rowOf(value as readonly Json[]) };
  const object = value as { readonly [key: string]: Json } | null;
  if (typeof object !== "object" || object === null) throw new Error("neither a row nor a record");
  if ("heard" in object) return { kind: "heard", heard: heardSchema.parse(object) };
  if ("dialled" in object) return { kind: "dialled", dialled: dialledSchema.parse(object) };
  if ("turn" in object) return { kind: "turn" };
  if ("end" in object) return { kind: "end", end: endSchema.parse(object).end };
  return { kind: "header", header: headerSchema.parse(object) as unknown as RecordHeader };
}

function rowOf(value: readonly Json[]): RecordedRow {
  BOUNDS.forEach(([min, max], index) => {
    const number = value[index];
    if (Number.isInteger(number) && (number as number) >= min && (number as number) <= max) return;
    throw new Error(`number ${index + 1} of a row is ${JSON.stringify(number)}`);
  });
  const numbers = value as readonly number[];
  return {
    time: numbers[0]!,
    kind: numbers[1]!,
    process: numbers[2]!,
    incarnation: numbers[3]!,
    lamport: numbers[4]!,
    inbox: numbers[5]!,
    peer: numbers[6]!,
    message: numbers[7]!,
    sender: numbers[8]!,
    detail: value[9],
  };
}
