// What workers and the supervisors of runs say to each other, checked where it comes in.
import { z } from "zod";
import { fault } from "../../core/fault-schema.ts";
import type { Json } from "../../core/json.ts";
import { runSchema } from "../../core/new-run.ts";
import type { Signal } from "../real/crew.ts";
import type { FromWorker, ToWorker, WorkerOrder, WorkerStatus } from "../real/protocol.ts";
import { frameSchema } from "./link.ts";

/** A name in subjects. */
export const name = z.string().regex(/^[A-Za-z0-9][\w-]{0,63}$/);
const count = z.int().min(0);
const text = z.string().max(65_536);

const hostSchema = z.object({
  /** Unique among workers. */
  worker: name,
  /** Another at each start. */
  start: z.string().max(64),
  version: z.string().max(64),
  host: z.string().max(256),
  cores: z.int().min(1).max(4_096),
  memoryBytes: z.number().min(0),
  labels: z.record(name, z.string().max(256)),
  /** OS processes of runs, and runs of experiments, that are under way. */
  parts: count,
  jobs: count,
  /** It ends when what it has is done, and takes nothing new. */
  draining: z.boolean(),
});

/** A worker, as it says of itself. */
export type HostInfo = z.infer<typeof hostSchema>;

const orderSchema = z.object({
  system: z.string().min(1).max(4_096),
  source: z.string().max(128).nullable(),
  run: runSchema,
  workers: z.array(z.array(count)).max(100_000),
  index: count,
  boot: z.int().min(1),
  cluster: name,
  secret: z.string().max(64),
  floors: z.array(z.object({ incarnation: count, lamport: count })).optional(),
});

/** A part of a run for a worker: some processes in one OS process. `source`: hash of the system's module. */
export type PartOrder = Omit<WorkerOrder, "folder" | "wire"> & { readonly source: string | null };

const held = z.object({ crash: count, pause: count });
const stroke = z.object({
  kind: z.literal("process"),
  at: z.number(),
  act: z.enum(["begin", "end"]),
  process: z.int().min(-1),
  fault,
});

const toWorkerSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("peers"), addresses: z.array(z.never()) }),
  z.object({
    kind: z.literal("go"),
    epoch: z.number(),
    unixEpoch: z.number(),
    wiped: z.boolean(),
  }),
  z.object({ kind: z.literal("stroke"), stroke, held }),
  z.object({ kind: z.literal("fault"), fault }),
  z.object({ kind: z.literal("stop") }),
]);

const toHostSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("start"), order: orderSchema }),
  z.object({ do: z.literal("tell"), index: count, message: toWorkerSchema }),
  z.object({
    do: z.literal("signal"),
    index: count,
    signal: z.enum(["SIGKILL", "SIGSTOP", "SIGCONT"]),
  }),
]);

/** What a supervisor asks of a worker, for its run. */
export type ToHost =
  | { readonly do: "start"; readonly order: PartOrder }
  | { readonly do: "tell"; readonly index: number; readonly message: ToWorker }
  | { readonly do: "signal"; readonly index: number; readonly signal: Signal };

/** What a worker says to the supervisor of a run; `boot`: of which start of that part. */
export type FromHost =
  | { readonly said: "heard"; readonly index: number; readonly message: FromWorker }
  | {
      readonly said: "started";
      readonly index: number;
      readonly boot: number;
      readonly pid: number;
    }
  | {
      readonly said: "exited";
      readonly index: number;
      readonly boot: number;
      readonly words: string;
    }
  /** It stores something from now on, and stays where its store is. */
  | { readonly said: "bound"; readonly index: number }
  /** It is another worker's; `on`: the one that has its stores. */
  | {
      readonly said: "refused";
      readonly index: number;
      readonly boot: number;
      readonly reason: string;
      readonly on?: string;
    };

const fromHostSchema = z.discriminatedUnion("said", [
  z.object({ said: z.literal("heard"), index: count, message: z.looseObject({ kind: text }) }),
  z.object({ said: z.literal("started"), index: count, boot: count, pid: count }),
  z.object({ said: z.literal("exited"), index: count, boot: count, words: text }),
  z.object({ said: z.literal("bound"), index: count }),
  z.object({
    said: z.literal("refused"),
    index: count,
    boot: count,
    reason: text,
    on: name.optional(),
  }),
]);

/** Unless its right to go on was renewed, a part that may move ends after this, ms. */
export const FENCE = 10_000;

/** On the way to a worker: `start` is that of the worker which is meant. */
const toLinkSchema = z.object({
  run: name,
  start: z.string().max(64),
  frame: frameSchema.optional(),
  /** The worker's right to go on is renewed: the number of its question. */
  echo: count.optional(),
});

/** On the way to a supervisor. */
const fromLinkSchema = z.object({
  worker: name,
  start: z.string().max(64),
  frame: frameSchema.optional(),
  /** The worker asks to go on. */
  ask: count.optional(),
});

export type ToLink = z.infer<typeof toLinkSchema>;
export type FromLink = z.infer<typeof fromLinkSchema>;

const statusSchema = z.object({ worker: name, index: count, status: z.json() });

/** The path of a record or a store within the folder of a run: it leads nowhere else. */
const FILE = /^(records|stores)\/[A-Za-z0-9][\w.-]{0,127}$/;

/** A piece of a file of a run; `crc`: of up to `CHECKED` bytes before `at`, as the asker has them. */
const readSchema = z.object({
  run: name,
  file: z.string().regex(FILE),
  at: count,
  crc: count,
  most: z.int().min(1).max(8_388_608),
});

/** So many bytes before a piece are looked at again: a record that was cut is read anew. */
export const CHECKED = 128;

const ofRunSchema = z.object({ run: name });
/** What a worker lists beyond records and stores is not for its supervisor, who writes what it reads. */
const listSchema = z.object({
  files: z
    .array(z.object({ name: z.string().max(256), size: count }))
    .max(1_000_000)
    .transform((files) => files.filter(({ name }) => FILE.test(name))),
});

type Said = { json(): unknown };

/** Reads what was said; undefined if it is not what it should be. */
export const reader =
  <T>(schema: z.ZodType<T>) =>
  (said: Said): T | undefined => {
    try {
      return schema.safeParse(said.json()).data;
    } catch {
      return undefined;
    }
  };

/** Each gives what was said, or undefined if it is not what it should be. */
export const readHost = reader(hostSchema);
export const readToLink = reader(toLinkSchema);
export const readFromLink = reader(fromLinkSchema);
export const readOfRun = reader(ofRunSchema);
export const readList = reader(listSchema);
export const readRead = reader(readSchema);

export type Status = {
  readonly worker: string;
  readonly index: number;
  readonly status: WorkerStatus;
};
export const readStatus = (said: Said): Status | undefined =>
  reader(statusSchema)(said) as Status | undefined;

const ofWord =
  <T>(schema: z.ZodType) =>
  (word: Json): T | undefined =>
    schema.safeParse(word).data as T | undefined;

export const readToHost = ofWord<ToHost>(toHostSchema);
export const readFromHost = ofWord<FromHost>(fromHostSchema);
