// What a page and the server say to each other over one WebSocket. Text frames are JSON; a binary frame is rows of
// a trace. Watching needs no key; whatever acts on a run does.
import { ROW_WORDS, TraceBatch } from "../core/batch.ts";
import type { Json } from "../core/json.ts";

export const PROTOCOL = 1;

/** What can be done with a show. `branch` makes another show of the same run from here on. */
export type Ability = "play" | "step" | "fault" | "branch" | "audit";

/** A run that can be watched. Times in µs of the run. */
export type ShowInfo = {
  readonly id: string;
  readonly title: string;
  readonly system: string;
  /** Where its events come from: a simulation that runs here, real processes, a run that was kept, or another's log. */
  readonly source: "sim" | "real" | "kept" | "log";
  readonly runtime: "sim" | "tcp" | "nats" | "maelstrom";
  readonly seed: number;
  readonly names: readonly string[];
  /** Ticks per second, 0 if unpaced. */
  readonly rates: readonly number[];
  /** Null: until it is stopped. */
  readonly duration: number | null;
  readonly can: readonly Ability[];
  /** What theory says of processes, by name: such as that one saturates. */
  readonly theory: { readonly [name: string]: string };
  /** Of which show this is a branch, and from when on. */
  readonly branchOf?: { readonly show: string; readonly at: number; readonly says: string };
  /** The look of the system's own view, if it has one. */
  readonly view: "factory" | null;
};

/** How a process is; up, down, paused. */
export const UP = 0;
export const DOWN = 1;
export const PAUSED = 2;

/** All processes at one instant, side by side. */
export type Standings = {
  readonly lamport: readonly number[];
  readonly waiting: readonly number[];
  readonly state: readonly number[];
  readonly incarnation: readonly number[];
  readonly events: readonly number[];
  /** Ticks per second as they are now. */
  readonly rate: readonly number[];
  /** Kind of the last event, −1 before the first, and when it was. */
  readonly last: readonly number[];
  readonly lastAt: readonly number[];
};

/** Facts about real processes and wires, all since the run began: ticks that came late, and that were passed over. */
export type Health = {
  readonly late: number;
  readonly skipped: number;
  readonly reconnects: number;
  readonly refusals: number;
};

export type Frame = {
  readonly kind: "frame";
  readonly show: string;
  readonly now: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly ended: boolean;
  /** Rows of the trace so far: those that were not sent are counted too. */
  readonly rows: number;
  /** How often the run was taken back so far. */
  readonly cuts: number;
  readonly standings: Standings;
  readonly messages: { readonly sent: number; readonly received: number; readonly lost: number };
  readonly health: Health | null;
  /** What the system's own view shows; null if it did not change, or there is none. */
  readonly view: Json;
  /** The line that repeats this run in `sim`. */
  readonly repeat: string;
  /** What else there is to know: what ended it before its time, or that only a part of it is here. */
  readonly says: string | null;
};

/** A process at the present moment. */
export type Look = {
  readonly process: number;
  /** Where this is known from: `store` and `inbox` themselves, or the trace alone (names of keys, no values). */
  readonly from: "simulation" | "trace and stores" | "trace";
  readonly stored: readonly (readonly [key: string, value: Json])[];
  readonly inbox: readonly (readonly [from: number, message: Json])[];
  /** Beyond what is shown. */
  readonly more: { readonly stored: number; readonly inbox: number };
};

export type FromServer =
  /** `server` is another one when the server was started anew: what a page has of its runs is void then. */
  | {
      readonly kind: "hello";
      readonly protocol: number;
      readonly server: string;
      readonly shows: readonly ShowInfo[];
    }
  | Frame
  /** Rows from that sequence number on never happened: the run was taken back, so often by now. */
  | { readonly kind: "cut"; readonly show: string; readonly at: number; readonly cuts: number }
  | { readonly kind: "done"; readonly ask: number; readonly result: Json }
  | {
      readonly kind: "refused";
      readonly ask: number;
      readonly code: string;
      readonly says: string;
    };

/** What can be done to a run. */
export type Act =
  | { readonly do: "play" }
  | { readonly do: "pause" }
  /** Times as fast as real time. */
  | { readonly do: "speed"; readonly factor: number }
  /** So many turns on, or back; of a kept run, rows. */
  | { readonly do: "step"; readonly by: number }
  | { readonly do: "seek"; readonly at: number }
  /** A fault as it is written on the command line, its times counted from now. */
  | { readonly do: "fault"; readonly text: string }
  /** Ends whatever crashes and pauses hold a process. */
  | { readonly do: "recover"; readonly process: number }
  | {
      readonly do: "branch";
      readonly seed?: number | undefined;
      readonly fault?: string | undefined;
    }
  | { readonly do: "audit" }
  /** Opens a kept run as a show, by its id in the list of runs; results in the show's id. */
  | { readonly do: "open"; readonly folder: string };

/** What a page says. */
export type FromPage =
  /**
   * From now on frames of this show; and its rows from that sequence number on, if it wants them. `cuts`: so often
   * the run had been taken back when it had the rows before those.
   */
  | {
      readonly kind: "watch";
      readonly show: string;
      readonly rows: number | null;
      readonly cuts?: number | undefined;
    }
  | { readonly kind: "look"; readonly ask: number; readonly show: string; readonly process: number }
  | { readonly kind: "lot"; readonly ask: number; readonly show: string; readonly lot: string }
  | {
      readonly kind: "act";
      readonly ask: number;
      readonly show: string | null;
      readonly key: string;
      readonly act: Act;
    };

/** A folder of a run or an experiment that was kept, as pages list it. */
export type KeptFolder = {
  /** Names it to the server: in `open`, and in `/files/<id>/<name>`. */
  readonly id: string;
  readonly kind: "run" | "failure" | "experiment";
  /** Where it is. */
  readonly title: string;
  readonly system: string;
  readonly runtime: string;
  /** What it was about: the question of an experiment, the reason of a failure. */
  readonly says: string;
  readonly seed: number | null;
  /** Last change, ms of Unix time. */
  readonly when: number;
  /** How many checks came out how; of an experiment, in how many runs they failed. */
  readonly verdicts: { readonly held: number; readonly failed: number; readonly unknown: number };
  /** Can it be opened as a show? */
  readonly opens: boolean;
  /** Files that may be looked at. */
  readonly report: string | null;
  readonly figures: readonly string[];
};

type RowsHeader = {
  readonly show: string;
  readonly first: number;
  readonly count: number;
  readonly base: number;
  readonly details: readonly (readonly [row: number, detail: Json])[];
};

/** Rows as a binary frame: length of a header, the header as JSON, filled up to 4, words. Little-endian. */
export function rowsToBytes(show: string, batch: TraceBatch): Uint8Array {
  const { first, count, base, detailRows, details } = batch;
  const header: RowsHeader = {
    ...{ show, first, count, base },
    details: detailRows.map((row, index) => [row, details[index]!] as const),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 4 + Math.ceil(text.length / 4) * 4;
  const bytes = new Uint8Array(start + 4 * ROW_WORDS * count);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  new Int32Array(bytes.buffer, start).set(batch.words.subarray(0, ROW_WORDS * count));
  return bytes;
}

/** The rows of a binary frame, and whose they are. */
export function bytesToRows(bytes: ArrayBuffer): {
  readonly show: string;
  readonly batch: TraceBatch;
} {
  const length = new DataView(bytes).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(bytes, 4, length));
  const { show, first, count, base, details } = JSON.parse(text) as RowsHeader;
  const batch = new TraceBatch(0);
  batch.words = new Int32Array(bytes, 4 + Math.ceil(length / 4) * 4);
  batch.first = first;
  batch.count = count;
  batch.base = base;
  for (const [row, detail] of details) {
    batch.detailRows.push(row);
    batch.details.push(detail);
  }
  return { show, batch };
}
