// A log of another tool as a trace that can be shown: rows in a linear extension of its order.
import type { TraceBatch } from "../core/batch.ts";
import type { Json } from "../core/json.ts";
import type { Micros } from "../core/micros.ts";
import { DEFAULT_LINKS, type Run } from "../core/run.ts";
import type { TraceHeader } from "../trace/file.ts";

export type Imported = {
  readonly header: TraceHeader;
  readonly batches: readonly TraceBatch[];
  /** What was read and what was checked, a line each. */
  readonly says: readonly string[];
};

/** What is said of the run of an imported trace: nobody can make it again. `duration` in µs. */
export const importedRun = (system: string, params: Json, duration: number): Run => ({
  system,
  params,
  seed: 0,
  duration: duration as Micros,
  links: DEFAULT_LINKS,
  storeDelay: null,
  faults: [],
  lamport: "standard",
  strict: false,
});

/** A larger file is not read, bytes. */
export const BYTES_MAX = 200_000_000;
export const EVENTS_MAX = 1_000_000;
export const HOSTS_MAX = 10_000;
