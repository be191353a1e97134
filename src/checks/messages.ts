// Copies of messages that are on their way, matched to what becomes of them. Memory: 72 bytes for each message
// in flight or waiting, and for each pair of processes; a crash clears what waited at the process.
import type { TraceBatch } from "../core/batch.ts";
import * as events from "../core/trace-event.ts";
import { IdTable } from "../trace/id-table.ts";

const { KIND } = events;

/** What a receive met: its send; one that was received, or lost, before; none. */
export const MET = { first: 1, again: 2, orphan: 3 };

/** Columns of a message: copies on their way (a link's duplicate adds one), how many of those wait in the inbox. */
const COLUMNS = 4;
const COPIES = 0;
const WAITING = 1;
const LAMPORT = 2;
const INBOX = 3;

export class MessageTable {
  /** By receiver, sender, its incarnation and number: messages of which a copy is on its way. */
  readonly #messages = new IdTable();
  #columns = new Int32Array(64 * COLUMNS);
  #sequences = new Float64Array(64);
  #times = new Float64Array(64);
  /** By receiver and sender: the latest (incarnation, number) sent, to tell twice from orphan. */
  readonly #pairs = new IdTable();
  #latest = new Int32Array(2 * 64);
  /** The message that the last receive met. */
  #met = 0;

  /** Takes in a row; of a receive, says what it met (`MET`), of others 0. */
  see(batch: TraceBatch, row: number): number {
    switch (batch.kind(row)) {
      case KIND.send:
      case KIND.copy:
        this.#send(batch, row);
        return 0;
      case KIND.arrive: {
        const message = this.#find(batch, row);
        if (message >= 0) this.#columns[message * COLUMNS + WAITING]!++;
        return 0;
      }
      case KIND.receive:
        return this.#receive(batch, row);
      case KIND.drop:
        this.#drop(this.#find(batch, row));
        return 0;
      case KIND.crash:
        this.#crash(batch.process(row));
        return 0;
      default:
        return 0;
    }
  }

  /** Of the send that the last receive met: its clock, sequence number, time and inbox. Until the next row. */
  get lamport(): number {
    return this.#columns[this.#met * COLUMNS + LAMPORT]!;
  }

  get sequence(): number {
    return this.#sequences[this.#met]!;
  }

  get timeMicros(): number {
    return this.#times[this.#met]!;
  }

  get inbox(): number {
    return this.#columns[this.#met * COLUMNS + INBOX]!;
  }

  #send(batch: TraceBatch, row: number): void {
    const process = batch.process(row);
    const peer = batch.peer(row);
    const incarnation = batch.senderIncarnation(row);
    const number = batch.message(row);
    const message = this.#messages.place(peer, process, incarnation, number);
    if ((message + 1) * COLUMNS > this.#columns.length) this.#grow();
    const at = message * COLUMNS;
    const columns = this.#columns;
    if (columns[at + COPIES]! > 0) {
      columns[at + COPIES]!++;
      return;
    }
    columns[at + COPIES] = 1;
    columns[at + WAITING] = 0;
    columns[at + LAMPORT] = batch.lamport(row);
    columns[at + INBOX] = batch.inbox(row);
    this.#sequences[message] = batch.first + row;
    this.#times[message] = batch.time(row);
    const pair = this.#pairs.place(peer, process, 0, 0);
    if (2 * pair + 2 > this.#latest.length) this.#latest = doubled(this.#latest);
    this.#latest[2 * pair] = incarnation;
    this.#latest[2 * pair + 1] = number;
  }

  #receive(batch: TraceBatch, row: number): number {
    const message = this.#find(batch, row);
    if (message < 0) return this.#wasSent(batch, row) ? MET.again : MET.orphan;
    const at = message * COLUMNS;
    if (this.#columns[at + WAITING]! > 0) this.#columns[at + WAITING]!--;
    if (--this.#columns[at + COPIES]! === 0) this.#messages.remove(message);
    this.#met = message;
    return MET.first;
  }

  #drop(message: number): void {
    if (message < 0) return;
    const at = message * COLUMNS;
    if (--this.#columns[at + COPIES]! === 0) this.#messages.remove(message);
    // If all that are left wait, the one dropped did too: a full inbox dropped its oldest.
    this.#columns[at + WAITING] = Math.min(
      this.#columns[at + WAITING]!,
      this.#columns[at + COPIES]!,
    );
  }

  /** Was a message with this id, or a later one of the same sender, sent to this receiver? */
  #wasSent(batch: TraceBatch, row: number): boolean {
    const pair = this.#pairs.find(batch.process(row), batch.peer(row), 0, 0);
    if (pair < 0) return false;
    const incarnation = this.#latest[2 * pair]!;
    const ofThis = batch.senderIncarnation(row);
    if (ofThis !== incarnation) return ofThis < incarnation;
    return batch.message(row) <= this.#latest[2 * pair + 1]!;
  }

  /** What waited in the inbox of a crashed process will never be received. Cost: a look at all that is on its way. */
  #crash(process: number): void {
    for (let message = 0; message < this.#messages.places; message++) {
      const at = message * COLUMNS;
      const waiting = this.#columns[at + WAITING]!;
      if (waiting === 0 || this.#messages.part(message, 0) !== process) continue;
      this.#columns[at + WAITING] = 0;
      if ((this.#columns[at + COPIES]! -= waiting) === 0) this.#messages.remove(message);
    }
  }

  #find(batch: TraceBatch, row: number): number {
    const incarnation = batch.senderIncarnation(row);
    return this.#messages.find(
      batch.process(row),
      batch.peer(row),
      incarnation,
      batch.message(row),
    );
  }

  #grow(): void {
    this.#columns = doubled(this.#columns);
    this.#sequences = doubled(this.#sequences);
    this.#times = doubled(this.#times);
  }
}

function doubled<Numbers extends Int32Array | Float64Array>(numbers: Numbers): Numbers {
  const twice = new (numbers.constructor as new (length: number) => Numbers)(2 * numbers.length);
  twice.set(numbers);
  return twice;
}
