// The 42 metrics of the original (seed 000), under its names and with its meanings, of a run of ours: each as min,
// max, mean, median, std and var over all nodes. Counters count over all incarnations of a node; a gauge is what
// it was last. Beside them stands the row that the original lacked: whether all that was made and received is
// still there, or it is known what became of it.
import { describe } from "../../../analysis/statistics.ts";
import type { TraceBatch } from "../../../core/batch.ts";
import type { Observer } from "../../../core/check.ts";
import { countIn } from "../../../core/counting.ts";
import type { Json } from "../../../core/json.ts";
import type { Run } from "../../../core/run.ts";
import type { Table } from "../../../core/table.ts";
import { KIND } from "../../../core/trace-event.ts";
import type { FactoryParams } from "../file/definition.ts";
import { KEY, type Message, type Portion } from "../messages.ts";
import { type Plant, plantOf } from "../plant.ts";
import type { Fields } from "./material.ts";

/** What a node did, by the numbers that the metrics are made of. */
type Node = {
  /** By kind, each destination counted; a beat that answers a probe is an `answer`. */
  readonly sent: Map<string, number>;
  readonly received: Map<string, number>;
  /** Notes, by name. */
  readonly said: Map<string, number>;
  /** Lots that its store holds of others (true: they have arrived), and of its own. */
  readonly inbound: Map<string, boolean>;
  readonly outbound: Set<string>;
  readonly shelf: Set<string>;
  /** What jobs that run hold, and what is left of lots that arrived. */
  readonly jobs: Map<string, readonly Portion[]>;
  empty: number;
  skipped: number;
  made: number;
  consumed: number;
  gone: number;
  unanswered: number;
  planning: number;
  recovered: { inbound: number; outbound: number; ghostsIn: number; ghostsOut: number };
};

const newNode = (): Node => ({
  ...{ sent: new Map(), received: new Map(), said: new Map() },
  ...{ inbound: new Map(), outbound: new Set(), shelf: new Set(), jobs: new Map() },
  ...{ empty: 0, skipped: 0, made: 0, consumed: 0, gone: 0, unanswered: 0, planning: 0 },
  recovered: { inbound: 0, outbound: 0, ghostsIn: 0, ghostsOut: 0 },
});

type Of = (node: Node) => number;

const sumOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);
const sent =
  (kind: string): Of =>
  (node) =>
    node.sent.get(kind) ?? 0;
const received =
  (kind: string): Of =>
  (node) =>
    node.received.get(kind) ?? 0;
const said =
  (name: string): Of =>
  (node) =>
    node.said.get(name) ?? 0;

/** The original's classes of messages, and ours. */
const CLASSES: readonly (readonly [string, Message["kind"] | "answer"])[] = [
  ["BatchRequest", "request"],
  ["BatchSentResponse", "sent"],
  ["BatchUnavailableResponse", "unavailable"],
  ["WaitingForBatchResponse", "waiting"],
  ["BatchDeliveryConfirmResponse", "confirm"],
  ["HeartbeatReq", "beat"],
  ["HeartbeatResp", "answer"],
];

/** Metrics of stages. */
const OF_STAGES: readonly (readonly [string, Of])[] = [
  ["sent_messages", (node) => sumOf(node.sent)],
  ["received_messages", (node) => sumOf(node.received)],
  ...CLASSES.flatMap(([name, kind]): (readonly [string, Of])[] => [
    [`${name}_sent`, sent(kind)],
    [`${name}_received`, received(kind)],
  ]),
  ["heartbeats_sent", sent("beat")],
  ["batches_requested", sent("request")],
  ["empty_inbound_inventory_occurrences", (node) => node.empty],
  ["empty_outbound_inventory_occurrences", sent("unavailable")],
  ["batch_unavailable_messages_sent", sent("unavailable")],
  ["batch_unavailable_messages_received", received("unavailable")],
  ["batches_received", said("received")],
  ["batches_delivered", said("delivered")],
  ["batches_produced_total", (node) => node.made],
  ["batches_consumed_total", (node) => node.consumed],
  ["total_manufacture_cycles", (node) => jobs(node) + node.skipped],
  ["successful_manufacture_cycles", (node) => jobs(node)],
  ["skipped_manufacture_cycles", (node) => node.skipped],
  ["unanswered_batch_requests_current", (node) => node.unanswered],
  ["inbound_wal_size", (node) => node.inbound.size],
  ["outbound_wal_size", (node) => node.outbound.size],
  ["outbound_material_buildup", (node) => node.shelf.size],
  ["flow_queries", sent("watch")],
  ["failed_flow_queries", (node) => Math.max(0, sent("watch")(node) - received("ok")(node))],
  ["wal_recovered_inbound", ({ recovered: { inbound } }) => inbound],
  ["wal_recovered_outbound", ({ recovered: { outbound } }) => outbound],
  ["wal_ghost_inbound", ({ recovered: { ghostsIn } }) => ghostsIn],
  ["wal_ghost_outbound", ({ recovered: { ghostsOut } }) => ghostsOut],
  ["conservation (made + received − what became of it)", gap],
];

/** Metrics of those that may lead. */
const OF_LEADERS: readonly (readonly [string, Of])[] = [
  ["bootstrap_all_paths_time_sec", ({ planning }) => planning],
  ["full_flow_bootstrap_time_sec", ({ planning }) => planning],
  ["nodes_determined_crashed", said("down")],
];

const jobs = (node: Node): number => said("makes")(node) + said("ships")(node);

/** Lots in, from jobs and from others, without those out and those that the store still holds: 0, or something is wrong. */
function gap(node: Node): number {
  const arrived = [...node.inbound.values()].filter((has) => has).length;
  const into = node.made + said("received")(node);
  const out = said("delivered")(node) + node.gone + node.consumed;
  return into - out - arrived - node.outbound.size;
}

/** Follows a run; its end is the table. Memory: what stages hold. */
export class SeedTable implements Observer<Table> {
  readonly #plant: Plant;
  readonly #nodes: readonly Node[];
  /** Beats that answer a probe and have not been received: who, in which incarnation, his how-many-th. */
  readonly #answers = new Set<string>();
  /** The message that a process sent last, and what it counts as. */
  readonly #last = new Map<number, readonly [number, string]>();
  /** Processes whose last row is the receipt of a probe. */
  readonly #probed = new Set<number>();

  constructor({ params }: Run) {
    this.#plant = plantOf(params as FactoryParams);
    const { stages, leadership } = this.#plant;
    const last = Math.max(stages.length - 1, ...(leadership?.candidates ?? []));
    this.#nodes = Array.from({ length: last + 1 }, newNode);
  }

  see(batch: TraceBatch): void {
    batch.each((row, detail) => {
      const node = this.#nodes[batch.process(row)];
      if (node !== undefined) this.#see(node, batch, row, detail);
    });
  }

  end(): Table {
    const { stages, leadership } = this.#plant;
    const leaders = (leadership?.candidates ?? []).map((id) => this.#nodes[id]!);
    const rows = [
      ...rowsOf(OF_STAGES, this.#nodes.slice(0, stages.length)),
      ...rowsOf(OF_LEADERS, leaders),
    ];
    return {
      title: "The metrics of seed 000, over all nodes",
      columns: ["metric", "nodes", "min", "max", "mean", "median", "std", "var"],
      rows,
    };
  }

  #see(node: Node, batch: TraceBatch, row: number, detail: Json | undefined): void {
    const process = batch.process(row);
    const kind = batch.kind(row);
    const probed = this.#probed.delete(process);
    switch (kind) {
      case KIND.send: {
        let label = String(detail);
        if (label === "beat" && probed) {
          label = "answer";
          this.#answers.add(nameOf(batch, row));
        }
        this.#last.set(process, [batch.message(row), label]);
        countIn(node.sent, label);
        break;
      }
      case KIND.copy: {
        const [number, label] = this.#last.get(process) ?? [];
        if (detail === undefined && number === batch.message(row)) countIn(node.sent, label!);
        break;
      }
      case KIND.receive: {
        if (detail === "probe") this.#probed.add(process);
        const answer = detail === "beat" && this.#answers.delete(nameOf(batch, row));
        countIn(node.received, answer ? "answer" : String(detail));
        break;
      }
      case KIND.store:
        for (const key of detail as readonly string[]) stored(node, key);
        break;
      case KIND.fault:
        if (detail === "wiped") {
          for (const part of [node.inbound, node.outbound, node.shelf, node.jobs]) part.clear();
        }
        break;
      case KIND.internal:
        if (detail !== undefined) {
          const { name, fields } = detail as { name: string; fields: Fields };
          hear(node, name, fields);
        }
        break;
      default:
    }
  }
}

const nameOf = (batch: TraceBatch, row: number): string =>
  `${batch.sender(row)}/${batch.senderIncarnation(row)}/${batch.message(row)}`;

/** A key of a store was put, or (with a minus) removed. */
function stored(node: Node, key: string): void {
  const removed = key.startsWith("-");
  const name = removed ? key.slice(1) : key;
  if (name.startsWith(KEY.in)) {
    const lot = name.slice(KEY.in.length);
    if (removed) node.inbound.delete(lot);
    else if (!node.inbound.has(lot)) node.inbound.set(lot, false);
  } else if (name.startsWith(KEY.lot)) {
    if (removed) node.outbound.delete(name);
    else node.outbound.add(name);
  }
}

function hear(node: Node, name: string, fields: Fields): void {
  if (name === "member") {
    if (fields.is === "down") countIn(node.said, "down");
    return;
  }
  countIn(node.said, name);
  const lot = String(fields.lot);
  switch (name) {
    case "stands":
      if (fields.is !== "running") node.skipped++;
      node.empty += (fields.of as readonly string[]).length;
      node.unanswered = fields.open as number;
      break;
    case "begins":
      node.unanswered = fields.open as number;
      node.jobs.set(String(fields.job), fields.takes as unknown as readonly Portion[]);
      break;
    case "makes":
    case "ships":
      if (fields.lot !== undefined) node.made++;
      if (name === "ships") node.gone++;
      else if (fields.lot !== undefined) node.shelf.add(lot);
      use(node, String(fields.job));
      break;
    case "cut off":
      if (fields.policy === "scrap") use(node, String(fields.job));
      else if (fields.policy === "restart") node.jobs.delete(String(fields.job));
      break;
    case "received":
      node.inbound.set(lot, true);
      break;
    case "scraps":
      node.gone++;
      node.shelf.delete(lot);
      break;
    case "sent":
      node.shelf.delete(lot);
      break;
    case "back":
      node.shelf.add(lot);
      break;
    case "plans":
      node.planning = (fields.took as number) / 1e6;
      break;
    case "takes up":
      for (const what of ["inbound", "outbound", "ghostsIn", "ghostsOut"] as const) {
        node.recovered[what] += fields[what] as number;
      }
      break;
    default:
  }
}

/** A job is over: of the lots that it took, those are used up that the store no longer holds. */
function use(node: Node, job: string): void {
  for (const [lot] of node.jobs.get(job) ?? []) if (!node.inbound.has(lot)) node.consumed++;
  node.jobs.delete(job);
}

const rowsOf = (
  metrics: readonly (readonly [string, Of])[],
  nodes: readonly Node[],
): readonly (readonly (string | number)[])[] =>
  nodes.length === 0
    ? []
    : metrics.map(([name, of]) => {
        const { min, max, mean, median, std, var: variance } = describe(nodes.map(of));
        return [name, nodes.length, ...[min, max, mean, median, std, variance].map(plain)];
      });

const plain = (value: number): number => Number(value.toPrecision(5));
