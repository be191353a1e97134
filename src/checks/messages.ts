// Copies of messages that are on their way, matched to what becomes of them. Memory: one entry for
// each copy in flight or waiting; a crash clears what waited at the process.
import type { TraceBatch } from "../core/batch.ts";
import { KIND } from "../core/trace-event.ts";

/** A message as it was sent to one receiver. */
export type Sent = {
  readonly sequence: number;
  readonly time: number;
  readonly lamport: number;
  readonly inbox: number;
  /** How many copies are on their way; a link's duplicate adds one. */
  copies: number;
  /** How many of those wait in the receiver's inbox. */
  waiting: number;
  received: number;
};

/** What a receive met. */
export type Match =
  | { readonly kind: "first"; readonly sent: Sent }
  | { readonly kind: "again"; readonly sent: Sent | undefined }
  | { readonly kind: "orphan" };

const FIRST = 1;
/** Message keys are numbers while ids fit: 2^31 messages of each of 2^20 processes. */
const NUMBER_RANGE = 2 ** 31;

export class MessageTable {
  /** By receiver: what is on its way to it. */
  readonly #toward = new Map<number, Map<number | string, Sent>>();
  /** By receiver and sender: the latest (incarnation, number) sent, to tell twice from orphan. */
  readonly #latest = new Map<number, Map<number, readonly [number, number]>>();

  /** Takes in a row; answers for receives only. */
  see(batch: TraceBatch, row: number): Match | undefined {
    switch (batch.kind(row)) {
      case KIND.send:
      case KIND.copy:
        this.#send(batch, row);
        return undefined;
      case KIND.arrive: {
        const sent = this.#find(batch, row);
        if (sent !== undefined) sent.waiting++;
        return undefined;
      }
      case KIND.receive:
        return this.#receive(batch, row);
      case KIND.drop: {
        const sent = this.#find(batch, row);
        if (sent === undefined) return undefined;
        if (--sent.copies === 0) this.#forget(batch, row);
        // If all that are left wait, the one dropped did too: a full inbox dropped its oldest.
        sent.waiting = Math.min(sent.waiting, sent.copies);
        return undefined;
      }
      case KIND.crash:
        this.#crash(batch.process(row));
        return undefined;
      default:
        return undefined;
    }
  }

  #send(batch: TraceBatch, row: number): void {
    const receiver = batch.receiver(row);
    const table = this.#toward.get(receiver) ?? new Map<number | string, Sent>();
    this.#toward.set(receiver, table);
    const key = keyOf(batch, row);
    const known = table.get(key);
    if (known !== undefined) {
      known.copies++;
      return;
    }
    table.set(key, {
      sequence: batch.first + row,
      time: batch.time(row),
      lamport: batch.lamport(row),
      inbox: batch.inbox(row),
      copies: 1,
      waiting: 0,
      received: 0,
    });
    const latest = this.#latest.get(receiver) ?? new Map<number, readonly [number, number]>();
    latest.set(batch.sender(row), [batch.senderIncarnation(row), batch.message(row)]);
    this.#latest.set(receiver, latest);
  }

  #receive(batch: TraceBatch, row: number): Match {
    const sent = this.#find(batch, row);
    if (sent === undefined) {
      return this.#wasSent(batch, row) ? { kind: "again", sent } : { kind: "orphan" };
    }
    sent.copies--;
    if (sent.waiting > 0) sent.waiting--;
    sent.received++;
    if (sent.copies === 0) this.#forget(batch, row);
    return { kind: "first", sent };
  }

  /** Was a message with this id, or a later one of the same sender, sent to this receiver? */
  #wasSent(batch: TraceBatch, row: number): boolean {
    const latest = this.#latest.get(batch.process(row))?.get(batch.peer(row));
    if (latest === undefined) return false;
    const [incarnation, number] = latest;
    const ofThis = batch.senderIncarnation(row);
    return ofThis < incarnation || (ofThis === incarnation && batch.message(row) <= number);
  }

  /** What waited in the inbox of a crashed process will never be received. */
  #crash(process: number): void {
    const table = this.#toward.get(process);
    for (const [key, sent] of table ?? []) {
      sent.copies -= sent.waiting;
      sent.waiting = 0;
      if (sent.copies <= 0) table?.delete(key);
    }
  }

  #find(batch: TraceBatch, row: number): Sent | undefined {
    return this.#toward.get(batch.receiver(row))?.get(keyOf(batch, row));
  }

  #forget(batch: TraceBatch, row: number): void {
    this.#toward.get(batch.receiver(row))?.delete(keyOf(batch, row));
  }
}

function keyOf(batch: TraceBatch, row: number): number | string {
  const sender = batch.sender(row);
  const incarnation = batch.senderIncarnation(row);
  const number = batch.message(row);
  if (incarnation === FIRST) return sender * NUMBER_RANGE + number;
  return `${sender}/${incarnation}/${number}`;
}
