// The history that clients note, put together again: each operation with what became of it.
import type { TraceBatch } from "../../core/batch.ts";
import type { Json } from "../../core/json.ts";
import { KIND, type TraceEvent } from "../../core/trace-event.ts";

/** An operation, and what became of it. One that is still open at the end may have been done or not. */
export type Happened = {
  readonly call: string;
  readonly value: Json;
  readonly node: string;
  readonly last: boolean;
  readonly invoked: TraceEvent;
  outcome: "ok" | "failed" | "unknown";
  result: Json;
  /** Why it failed, or is unknown. */
  reason: string;
  /** Its answer, or what it was given up at. */
  ended?: TraceEvent;
};

type Fields = { readonly [name: string]: Json | undefined };

const ENDS: { readonly [note: string]: Happened["outcome"] } = {
  return: "ok",
  fail: "failed",
  info: "unknown",
};

export class History {
  /** In the order in which they were asked for. */
  readonly operations: Happened[] = [];
  /** Answers that are none. */
  readonly malformed: TraceEvent[] = [];
  readonly #open = new Map<string, Happened>();

  see(batch: TraceBatch): void {
    for (const [index, row] of batch.detailRows.entries()) {
      if (batch.kind(row) !== KIND.internal) continue;
      const { name, fields } = batch.details[index] as { name: string; fields: Fields };
      const id = `${batch.process(row)}/${batch.incarnation(row)}/${fields.id}`;
      if (name === "invoke") this.#invoke(id, fields, batch.event(row));
      else if (name === "malformed") this.malformed.push(batch.event(row));
      else if (name in ENDS) this.#end(id, ENDS[name]!, fields, batch.event(row));
    }
  }

  #invoke(id: string, { call, value = null, node, last }: Fields, invoked: TraceEvent): void {
    const operation: Happened = {
      ...{ call: String(call), value, node: String(node), last: last === true },
      ...{ invoked, outcome: "unknown", result: null, reason: "" },
    };
    this.operations.push(operation);
    this.#open.set(id, operation);
  }

  #end(id: string, outcome: Happened["outcome"], fields: Fields, ended: TraceEvent): void {
    const operation = this.#open.get(id);
    if (operation === undefined) return;
    this.#open.delete(id);
    operation.outcome = outcome;
    operation.result = fields.result ?? null;
    if (outcome !== "ok") operation.reason = `code ${fields.code}, ${fields.text}`;
    operation.ended = ended;
  }
}
