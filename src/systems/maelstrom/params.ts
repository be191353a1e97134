// The parameters of a Maelstrom workload.
import { z } from "zod";
import type { Json } from "../../core/json.ts";
import { type Micros, seconds } from "../../core/micros.ts";
import { parse } from "../../core/parse.ts";

/** The workloads, by the names that Maelstrom gives them. */
export const WORKLOAD_NAMES = [
  "echo",
  "unique-ids",
  "broadcast",
  "g-set",
  "g-counter",
  "pn-counter",
  "lin-kv",
] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

const span = z.number().min(0).max(86_400);

const schema = z.strictObject({
  workload: z.enum(WORKLOAD_NAMES).default("broadcast"),
  nodes: z.int().min(1).max(100).default(5),
  /** One a node, unless it is said. */
  clients: z.int().min(1).max(1_000).optional(),
  /** Operations a second, of all clients together. */
  rate: z.number().min(0.001).max(1e6).default(10),
  /** Seconds in which clients act; then nobody does, so that nodes may finish; then come the last reads. */
  load: span.default(10),
  quiet: span.default(10),
  /** Seconds after which a client gives up an operation. */
  timeout: z.number().min(0.001).max(3_600).default(5),
});

type Given = z.infer<typeof schema>;
export type MaelstromParams = Omit<Given, "clients"> & { readonly clients: number };

/** Seconds within which last reads may be asked for again, if they are not answered. */
const LAST_READS = 15;

/** @throws OrreryError "config/*" naming the parameter */
export function parseMaelstrom(input: Json): MaelstromParams {
  const given = parse(schema, input, "maelstrom");
  return { ...given, clients: given.clients ?? given.nodes };
}

/** How long a run takes at most. It ends earlier, when all clients have done what they are to do. */
export const durationOf = ({ load, quiet }: MaelstromParams): Micros =>
  seconds(load + quiet + LAST_READS);

export const nodeNames = (nodes: number): readonly string[] =>
  Array.from({ length: nodes }, (_, index) => `n${index}`);
