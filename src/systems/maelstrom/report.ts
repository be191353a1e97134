// A workload in tables: what clients asked for, what became of it, how long answers took, and what that cost in messages.
import type { TraceBatch } from "../../core/batch.ts";
import type { RunReport, Table } from "../../core/table.ts";
import { KIND } from "../../core/trace-event.ts";
import { type Happened, History } from "./history.ts";
import type { MaelstromParams } from "./params.ts";

const COLUMNS = ["call", "asked", "ok", "failed", "unknown", "p50 ms", "p95", "max"];

/** The value below which that share of sorted numbers lies; of none, none. */
const quantile = (sorted: readonly number[], share: number): string => {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return value === undefined ? "-" : value.toFixed(1);
};

export class MaelstromReporter {
  readonly #history = new History();
  readonly #nodes: number;
  /** Messages between nodes, and from nodes to all others, and those that were lost. */
  readonly #sent = { peers: 0, others: 0, lost: 0 };

  constructor(params: MaelstromParams) {
    this.#nodes = params.nodes;
  }

  see(batch: TraceBatch): void {
    this.#history.see(batch);
    for (let row = 0; row < batch.count; row++) {
      const kind = batch.kind(row);
      if (kind !== KIND.send && kind !== KIND.drop) continue;
      const [here, there] = [batch.process(row), batch.peer(row)];
      if (kind === KIND.drop) this.#sent.lost++;
      else if (here < this.#nodes) this.#sent[there < this.#nodes ? "peers" : "others"]++;
    }
  }

  end(): RunReport {
    const { operations } = this.#history;
    const done = operations.filter(({ outcome }) => outcome === "ok").length;
    const { peers, others, lost } = this.#sent;
    const each = done === 0 ? "-" : (peers / done).toFixed(1);
    return {
      tables: [
        this.#operations(operations),
        {
          title: "Messages",
          columns: ["between nodes", "for each operation", "to clients and services", "lost"],
          rows: [[peers, each, others, lost]],
        },
      ],
      findings: [],
      prediction: null,
    };
  }

  #operations(operations: readonly Happened[]): Table {
    const calls = [...new Set(operations.map(({ call }) => call))].sort();
    const rows = calls.map((call) => {
      const all = operations.filter((each) => each.call === call);
      const count = (outcome: Happened["outcome"]): number =>
        all.filter((each) => each.outcome === outcome).length;
      const spans = all
        .filter(({ outcome }) => outcome === "ok")
        .map(({ invoked, ended }) => (ended!.timeMicros - invoked.timeMicros) / 1e3)
        .sort((a, b) => a - b);
      const took = [0.5, 0.95, 1].map((share) => quantile(spans, share));
      return [call, all.length, count("ok"), count("failed"), count("unknown"), ...took];
    });
    return { title: "Operations", columns: COLUMNS, rows };
  }
}
