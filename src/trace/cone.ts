import type { TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";
import { pushIn } from "../core/counting.ts";
import { KIND, OWN } from "../core/trace-event.ts";
import { Flight } from "./flight.ts";
import { forgottenBy } from "./forgotten.ts";

const NOBODY = -1;
const ROWS_MIN = 4_096;

/**
 * The causal cone of an event: by sequence number, 1 for what it depends on, what depends on it, and itself. An
 * incarnation depends on what the one before it stored, and on no more. 9 bytes an event, time O(n).
 */
export class ConeObserver implements Observer<Uint8Array> {
  readonly #event: number;
  /** The event before each at its process, and the send of a receive; or nobody. */
  #before = new Int32Array(ROWS_MIN);
  #sent = new Int32Array(ROWS_MIN);
  #rows = 0;
  readonly #last: ({ readonly event: number; readonly incarnation: number } | undefined)[] = [];
  /** The commits that the store of each process still has. */
  readonly #commits = new Map<number, number[]>();
  readonly #flight = new Flight<number>();

  constructor(event: number) {
    this.#event = event;
  }

  see(batch: TraceBatch): void {
    this.#makeRoom(batch.first + batch.count);
    batch.each((row, detail) => this.#see(batch, row, detail));
    this.#rows = batch.first + batch.count;
  }

  end(): Uint8Array {
    const chosen = new Uint8Array(this.#rows);
    if (this.#event >= this.#rows) return chosen;
    const causes = (event: number): readonly number[] => [this.#before[event]!, this.#sent[event]!];
    chosen[this.#event] = 1;
    for (let event = this.#event + 1; event < this.#rows; event++) {
      if (causes(event).some((cause) => chosen[cause] === 1)) chosen[event] = 1;
    }
    // What came before is marked last, so that its other consequences are not.
    for (let event = this.#event; event >= 0; event--) {
      if (chosen[event] !== 1) continue;
      for (const cause of causes(event)) if (cause !== NOBODY) chosen[cause] = 1;
    }
    return chosen;
  }

  #see(batch: TraceBatch, row: number, detail: unknown): void {
    const event = batch.first + row;
    const process = batch.process(row);
    const kind = batch.kind(row);
    this.#before[event] = NOBODY;
    this.#sent[event] = NOBODY;
    if (kind === KIND.receive || kind === KIND.drop) {
      this.#sent[event] = this.#flight.land(batch, row) ?? NOBODY;
    }
    const forgotten = forgottenBy(kind, detail);
    if (forgotten > 0) this.#commits.get(process)?.splice(-forgotten);
    // What else happens to a process or a message, from outside, is in nobody's order.
    const isOrdered = kind === KIND.copy || kind === KIND.store || kind === KIND.crash;
    if (OWN[kind] !== true && !isOrdered) return;
    const send = this.#flight.sendOf(batch, row);
    if (send !== undefined) {
      // It says what its send says, also where a link made it long after that.
      this.#before[event] = send;
      this.#flight.leave(batch, row, send);
      return;
    }
    const incarnation = batch.incarnation(row);
    const last = this.#last[process];
    // An incarnation whose first step never became durable has no start.
    const isSame = last?.incarnation === incarnation;
    this.#before[event] = (isSame ? last.event : this.#commits.get(process)?.at(-1)) ?? NOBODY;
    this.#last[process] = { event, incarnation };
    if (kind === KIND.store) pushIn(this.#commits, process, event);
    // A copy without its send is one whose record was lost.
    if (kind === KIND.send || kind === KIND.copy) this.#flight.leave(batch, row, event);
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#before.length) return;
    const longer = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(Math.max(rows, 2 * array.length));
      copy.set(array);
      return copy;
    };
    this.#before = longer(this.#before);
    this.#sent = longer(this.#sent);
  }
}
