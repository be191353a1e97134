// A run in another tool's words: a format is shown the trace once and writes as it goes.
import type { TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";
import type { TraceHeader } from "../trace/file.ts";

/** Which part of a run is exported. */
export type Choice = {
  /** Events from this instant on, and before that one, µs. */
  readonly from: number;
  readonly to: number;
  /** Events of these processes alone; null for all. */
  readonly processes: ReadonlySet<number> | null;
  /** By sequence number, 1 for events that are chosen; null for all. */
  readonly events: Uint8Array | null;
};

/** All of a run. */
export const WHOLE: Choice = {
  from: 0,
  to: Number.POSITIVE_INFINITY,
  processes: null,
  events: null,
};

/** Whether what this process does at this instant was chosen. */
export const isWithin = ({ from, to, processes }: Choice, time: number, process: number): boolean =>
  time >= from && time < to && (processes === null || processes.has(process));

/** Whether the event of this row was chosen. */
export const isChosen = (choice: Choice, batch: TraceBatch, row: number): boolean =>
  isWithin(choice, batch.time(row), batch.process(row)) &&
  (choice.events === null || choice.events[batch.first + row] === 1);

/** What was written. */
export type Exported = {
  /** Events of the trace that stand in it. */
  readonly events: number;
  /** What whoever opens it should know: what was left out, and how to have it. */
  readonly notes: readonly string[];
};

/** A form for traces that another tool reads. */
export type Format = {
  /** What it is and what opens it, in one line. */
  readonly says: string;
  /** Of its files, without the dot. */
  readonly extension: string;
  /** Writes the chosen part of a run, piece by piece, to `write`. */
  begin(header: TraceHeader, choice: Choice, write: (text: string) => void): Observer<Exported>;
};

/** What to do about an export that stopped at its bound. */
export const narrower = (most: number): string =>
  `stopped at ${most.toLocaleString("en")} events; choose which by --from, --until, --only or --cone`;
