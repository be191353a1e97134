import type { TraceBatch } from "../core/batch.ts";
import { assert, OrreryError } from "../core/errors.ts";
import * as events from "../core/trace-event.ts";
import { IdTable } from "./id-table.ts";
import type { Trace } from "./trace.ts";

const { KIND, OWN } = events;

/** Entries of the clock table; 4 bytes each. */
const ENTRIES_MAX = 250_000_000;

/**
 * Happens-before over a recorded run, by vector clocks: entry p of an event's clock counts the
 * events of process p that happened before it or are it. An event that is none of a process's own
 * (an arrival, a drop) has the clock of the last event there. Time and memory O(n·p).
 * Source: Mattern 1989; Lamport 1978.
 * @throws OrreryError "trace/orphan-receive" if a receive has no send; "run/bound" beyond 1 GB.
 */
export class HappensBefore {
  readonly #clocks: Int32Array;
  readonly #processes: number;
  readonly #owner: Int32Array;

  constructor(trace: Trace) {
    const processes = trace.names.length;
    const { length } = trace;
    if (length * processes > ENTRIES_MAX) {
      throw new OrreryError(
        "run/bound",
        `vector clocks of ${length} events of ${processes} processes do not fit in memory`,
      );
    }
    this.#processes = processes;
    this.#clocks = new Int32Array(length * processes);
    this.#owner = new Int32Array(length);
    this.#fill(trace);
  }

  /** The event's vector clock. The array is a view: do not change it. */
  clock(event: number): Int32Array {
    return this.#clocks.subarray(event * this.#processes, (event + 1) * this.#processes);
  }

  /** Could `a` have had an influence on `b`? O(1). An event does not happen before itself. */
  before(a: number, b: number): boolean {
    if (a === b) return false;
    const process = this.#owner[a]!;
    const ofA = this.#clocks[a * this.#processes + process]!;
    if (ofA > this.#clocks[b * this.#processes + process]!) return false;
    return this.#owner[b] !== process || a < b;
  }

  /** Neither happens before the other, and they are two. */
  concurrent(a: number, b: number): boolean {
    return a !== b && !this.before(a, b) && !this.before(b, a);
  }

  #fill(trace: Trace): void {
    const processes = this.#processes;
    const present = Array.from({ length: processes }, () => new Int32Array(processes));
    /** Messages by their ids, and the events by which they were sent. */
    const messages = new IdTable();
    const sends: number[] = [];
    let sequence = 0;
    for (const batch of trace.batches) {
      for (let row = 0; row < batch.count; row++, sequence++) {
        const process = batch.process(row);
        const kind = batch.kind(row);
        const clock = present[process];
        assert(clock !== undefined, "an event's process is one of the run's");
        this.#owner[sequence] = process;
        if (OWN[kind] === true) clock[process]!++;
        if (kind === KIND.send || kind === KIND.copy) {
          const message = placeOf(messages, batch, row);
          // A copy without its send is one whose record was lost.
          if (kind === KIND.send || sends[message] === undefined) sends[message] = sequence;
        } else if (kind === KIND.receive) {
          const sent = sends[placeOf(messages, batch, row)];
          if (sent === undefined) {
            const id = `${batch.sender(row)}/${batch.senderIncarnation(row)}/${batch.message(row)}`;
            throw new OrreryError("trace/orphan-receive", `event ${sequence} receives ${id}`);
          }
          const stamp = sent * processes;
          for (let p = 0; p < processes; p++) {
            const known = this.#clocks[stamp + p]!;
            if (known > clock[p]!) clock[p] = known;
          }
        }
        const at = sequence * processes;
        for (let p = 0; p < processes; p++) this.#clocks[at + p] = clock[p]!;
      }
    }
  }
}

const placeOf = (messages: IdTable, batch: TraceBatch, row: number): number =>
  messages.place(batch.sender(row), batch.senderIncarnation(row), batch.message(row), 0);
