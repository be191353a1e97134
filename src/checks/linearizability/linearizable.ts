// Linearizability as a check: operations gathered from notes, searched at the end of the run.

import type { TraceBatch } from "../../core/batch.ts";
import type { Check, Observer, Verdict } from "../../core/check.ts";
import { pushIn } from "../../core/counting.ts";
import { canonical, type Json } from "../../core/json.ts";
import { KIND, type NoteDetail, type TraceEvent } from "../../core/trace-event.ts";
import type { Model } from "./models.ts";
import { linearize, type Operation } from "./search.ts";

type Noted = {
  readonly invoked: TraceEvent;
  readonly call: string;
  readonly value: Json;
  /** Which object, if there are several. */
  readonly key: Json;
  result?: Json;
  returned?: TraceEvent;
  /** It is known to have had no effect. */
  failed: boolean;
};

/**
 * Operations look as if each took effect at one instant between its notes `invoke` (`id`, `call`, `value`,
 * and `key` if there are several objects) and `return` (`id`, `result`). One that never returns may have
 * taken effect or not; a note `fail` (`id`) says that it has not. An `id` is new within an incarnation.
 * Memory: all operations of the run. Time: see `linearize`.
 */
export const linearizable = (model: Model): Check => ({
  kind: "always",
  name: `linearizable-${model.name}`,
  claim: `Operations on the ${model.name} look as if each took effect at once.`,
  begin: (_run, names) => new Linearizable(model, names),
});

class Linearizable implements Observer<Verdict> {
  readonly #model: Model;
  readonly #names: readonly string[];
  readonly #operations: Noted[] = [];
  /** Of a call that the model does not have. */
  #unknown: TraceEvent | undefined;
  readonly #open = new Map<string, Noted>();

  constructor(model: Model, names: readonly string[]) {
    this.#model = model;
    this.#names = names;
  }

  see(batch: TraceBatch): void {
    for (const [index, row] of batch.detailRows.entries()) {
      if (batch.kind(row) !== KIND.internal) continue;
      const { name, fields } = batch.details[index] as NoteDetail;
      if (name !== "invoke" && name !== "return" && name !== "fail") continue;
      const id = `${batch.process(row)}/${batch.incarnation(row)}/${canonical(fields.id ?? null)}`;
      if (name === "invoke") this.#invoke(id, fields, batch.event(row));
      else this.#return(id, fields, name === "fail" ? undefined : batch.event(row));
    }
  }

  end(): Verdict {
    if (this.#unknown !== undefined) {
      const reason = `it was called otherwise than ${this.#model.calls.join(", ")}`;
      return { result: "fails", reason, witnesses: [this.#unknown] };
    }
    const parts = new Map<string, Noted[]>();
    for (const operation of this.#operations) {
      if (!operation.failed) pushIn(parts, this.#partOf(operation), operation);
    }
    let unknown: Verdict | undefined;
    for (const part of parts.values()) {
      const verdict = this.#judge(part);
      if (verdict?.result === "fails") return verdict;
      unknown ??= verdict;
    }
    return unknown ?? { result: "holds", examined: this.#operations.length };
  }

  #invoke(id: string, fields: NoteDetail["fields"], invoked: TraceEvent): void {
    const { call, value = null, key = null } = fields;
    if (!this.#model.calls.includes(String(call))) this.#unknown ??= invoked;
    const operation = { invoked, call: String(call), value, key, failed: false };
    this.#operations.push(operation);
    this.#open.set(id, operation);
  }

  #return(id: string, { result }: NoteDetail["fields"], returned: TraceEvent | undefined): void {
    const operation = this.#open.get(id);
    if (operation === undefined) return;
    this.#open.delete(id);
    if (returned === undefined) operation.failed = true;
    else {
      operation.returned = returned;
      if (result !== undefined) operation.result = result;
    }
  }

  #partOf(operation: Noted): string {
    return canonical([operation.key, this.#model.part?.(operation) ?? null]);
  }

  /** Undefined if these operations of one object can be put in order. */
  #judge(part: readonly Noted[]): Verdict | undefined {
    const history = part.map(operationOf);
    const found = linearize(this.#model, history);
    if (found.result === "linearizable") return undefined;
    if (found.result === "not") return this.#explain(part, history, found.stuck);
    return { result: "unknown", reason: `no order was found or excluded in ${found.steps} steps` };
  }

  #explain(part: readonly Noted[], history: readonly Operation[], wrong: number): Verdict {
    const { invoked, returned } = part[wrong]!;
    const without = cut(history, history[wrong]!.returned).filter((_, index) => index !== wrong);
    const order = linearize(this.#model, without);
    const last = order.result === "linearizable" ? canonical(order.last) : "?";
    const before = telling(part, invoked.sequence, last);
    const said = before === undefined ? "" : `; before that, ${this.#said(before)}`;
    return {
      result: "fails",
      reason: `${this.#said(part[wrong]!)}, which no order explains${said}`,
      witnesses: [
        ...(before === undefined ? [] : [before.invoked, before.returned!]),
        invoked,
        returned!,
      ],
    };
  }

  #said({ invoked, call, key, value, result = null }: Noted): string {
    const who = this.#names[invoked.process];
    const given = value === null ? "" : ` ${canonical(value)}`;
    const at = key === null ? "" : ` at key ${canonical(key)}`;
    return `${call}${given}${at} by ${who}${result === null && value !== null ? "" : ` gave ${canonical(result)}`}`;
  }
}

/**
 * Of the operations that had returned before an instant, the one that tells most about what was then: the
 * last to have seen or written `state`, or else the last that changed something.
 */
function telling(part: readonly Noted[], instant: number, state: string): Noted | undefined {
  const before = part
    .filter(({ returned }) => returned !== undefined && returned.sequence < instant)
    .sort((a, b) => b.returned!.sequence - a.returned!.sequence);
  const shows = ({ value, result = null }: Noted): boolean =>
    canonical(value) === state || canonical(result) === state;
  return before.find(shows) ?? before.find(({ call }) => call !== "read" && call !== "has");
}

function operationOf({ call, value, result, invoked, returned }: Noted): Operation {
  const known = result === undefined ? {} : { result };
  const called = invoked.sequence;
  return {
    call,
    value,
    ...known,
    called,
    returned: returned?.sequence ?? Number.POSITIVE_INFINITY,
  };
}

/** What was known at an instant: what was called by then, and of that what had returned. */
function cut(history: readonly Operation[], until: number): Operation[] {
  return history
    .filter(({ called }) => called <= until)
    .map((operation) => {
      if (operation.returned <= until) return operation;
      const { call, value, called } = operation;
      return { call, value, called, returned: Number.POSITIVE_INFINITY };
    });
}
