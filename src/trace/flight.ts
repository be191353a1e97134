import type { TraceBatch } from "../core/batch.ts";

/** What is to be known of messages at their receive or drop, kept from their send until then. */
export class Flight<Value> {
  readonly #copies = new Map<string, Value[]>();

  /** A copy leaves: the row is a send or copy. */
  leave(batch: TraceBatch, row: number, value: Value): void {
    const key = keyOf(batch, row);
    const copies = this.#copies.get(key);
    if (copies === undefined) this.#copies.set(key, [value]);
    else copies.push(value);
  }

  /** The copy of this message to this receiver that left first and has not landed; undefined if none has. */
  of(batch: TraceBatch, row: number): Value | undefined {
    return this.#copies.get(keyOf(batch, row))?.[0];
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
