// What the client of an experiment and workers say to each other, checked where it comes in.
import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import type { Job } from "../../core/experiment.ts";
import { runSchema } from "../../core/new-run.ts";
import { name, reader } from "./words.ts";

const count = z.int().min(0);

const announcedSchema = z.object({
  experiment: z.string().regex(/^[0-9a-f]{12}$/),
  version: z.string().max(64),
  system: z.string().min(1).max(4_096),
  /** Hash of the system's module; null for a system that ships. */
  source: z.string().max(128).nullable(),
  /** Nothing more of it is wanted. */
  over: z.boolean(),
});

/** An experiment, as its client makes it known each second. */
export type Announced = z.infer<typeof announcedSchema>;
export const readAnnounced = reader(announcedSchema);

const answerSchema = z.object({
  worker: name,
  cores: z.int().min(1).max(4_096),
  /** Why it does not take part, if it does not. */
  unfit: z.string().max(4_096).optional(),
});

/** What a worker says to that. */
export type Answer = z.infer<typeof answerSchema>;
export const readAnswer = reader(answerSchema);

const jobSchema = z.object({
  /** Rises when the same job is handed out anew, because it was lost. */
  attempt: count,
  cell: count,
  run: runSchema,
  warmUp: count,
  seeds: z.array(count).min(1).max(10_000),
});

/** A job on its way: its system is that of the experiment. */
export type SentJob = Omit<Job, "system"> & { readonly attempt: number };

/** A job grows at most to this, bytes: what is packed small may be large. */
const JOB_MAX = 64 * 1024 * 1024;

/** Parameters of large plants are long, and compress well. */
export const packJob = (job: SentJob): Uint8Array => gzipSync(JSON.stringify(job), { level: 1 });

/** Undefined if it is no job. */
export const unpackJob = (data: Uint8Array): SentJob | undefined =>
  reader(jobSchema)({
    json: () => JSON.parse(gunzipSync(data, { maxOutputLength: JOB_MAX }).toString()),
  }) as SentJob | undefined;

/** The header that stands above each piece of rows. */
export const ROWS_HEADER = "Orrery-Rows";
/** It takes at most so many bytes, with all that NATS says above a message. */
export const HEAD_MAX = 2_048;
export const REASON_MAX = 1_024;

const headSchema = z.object({
  worker: name,
  attempt: count,
  /** Rises each time the same message is handed to a worker, from 1 on. */
  delivery: z.int().min(1),
  piece: count,
  /** So many pieces in all. */
  of: z.int().min(1).max(100_000),
  /** There are no rows: the job cannot be done, and why. */
  failed: z.string().max(REASON_MAX).optional(),
});

export type RowsHead = z.infer<typeof headSchema>;

export const readHead = (header: string): RowsHead | undefined =>
  reader(headSchema)({ json: () => JSON.parse(header) });
