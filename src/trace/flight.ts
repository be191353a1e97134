import type { TraceBatch } from "../core/batch.ts";
import { pushIn } from "../core/counting.ts";
import { KIND } from "../core/trace-event.ts";

type Send<Value> = {
  readonly incarnation: number;
  readonly number: number;
  readonly value: Value;
};

/** What is to be known of messages at their receive or drop, kept from their send until then. */
export class Flight<Value> {
  readonly #copies = new Map<string, Value[]>();
  /** The last send of each process. */
  readonly #sends: (Send<Value> | undefined)[] = [];

  /** A copy leaves: the row is a send or copy. */
  leave(batch: TraceBatch, row: number, value: Value): void {
    pushIn(this.#copies, keyOf(batch, row), value);
    if (batch.kind(row) !== KIND.send) return;
    const [incarnation, number] = [batch.senderIncarnation(row), batch.message(row)];
    this.#sends[batch.process(row)] = { incarnation, number, value };
  }

  /**
   * With what the send of this copy left: it is its process's last, or, where a link made the copy later, still on its
   * way to the same receiver. Undefined if the row is no copy, or of a send that did not leave.
   */
  sendOf(batch: TraceBatch, row: number): Value | undefined {
    if (batch.kind(row) !== KIND.copy) return undefined;
    const last = this.#sends[batch.process(row)];
    const isLast =
      last?.number === batch.message(row) && last.incarnation === batch.senderIncarnation(row);
    return isLast ? last.value : this.#copies.get(keyOf(batch, row))?.[0];
  }

  /** It lands: the row is its receive or drop. */
  land(batch: TraceBatch, row: number): Value | undefined {
    const key = keyOf(batch, row);
    const copies = this.#copies.get(key);
    if (copies === undefined) return undefined;
    if (copies.length === 1) this.#copies.delete(key);
    return copies.shift();
  }

  /** What left and did not land. */
  *pending(): Generator<Value> {
    for (const copies of this.#copies.values()) yield* copies;
  }
}

const keyOf = (batch: TraceBatch, row: number): string =>
  `${batch.sender(row)}/${batch.senderIncarnation(row)}/${batch.message(row)}/${batch.receiver(row)}`;
