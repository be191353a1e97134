import type { TraceBatch } from "../core/batch.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import * as events from "../core/trace-event.ts";

const { EVENT_KINDS, KIND, OWN } = events;

/** The last event of each process that Lamport's rules speak of. Six numbers a process. */
export class PreviousEvents {
  readonly #fields: number[][] = [];

  /** Is the row an event of its process? */
  static counts(batch: TraceBatch, row: number): boolean {
    return OWN[batch.kind(row)] === true;
  }

  /** A wiped store does not know what its process was: what follows has nothing before it. */
  forget(batch: TraceBatch, row: number): void {
    if (batch.kind(row) !== KIND.fault || batch.detail(row) !== "wiped") return;
    delete this.#fields[batch.process(row)];
  }

  /** Clock of the process's last event, or −1. */
  lamport(process: number): number {
    return this.#fields[process]?.[0] ?? -1;
  }

  event(process: number): TraceEvent {
    const [lamport = 0, sequence = 0, timeMicros = 0, kind = 0, incarnation = 0, inbox = 0] =
      this.#fields[process] ?? [];
    return {
      sequence,
      timeMicros,
      process,
      incarnation,
      kind: EVENT_KINDS[kind]!.name,
      lamport,
      inbox,
    };
  }

  set(batch: TraceBatch, row: number): void {
    const process = batch.process(row);
    let fields = this.#fields[process];
    if (fields === undefined) fields = this.#fields[process] = [0, 0, 0, 0, 0, 0];
    fields[0] = batch.lamport(row);
    fields[1] = batch.first + row;
    fields[2] = batch.time(row);
    fields[3] = batch.kind(row);
    fields[4] = batch.incarnation(row);
    fields[5] = batch.inbox(row);
  }
}
