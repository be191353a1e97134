import type { TraceBatch } from "../../core/batch.ts";
import { KIND } from "../../core/trace-event.ts";

/** What processes did since they started here: events, ticks, and how late those were. */
export class Tally {
  readonly #events: Float64Array;
  readonly #sent: Float64Array;
  readonly #received: Float64Array;
  readonly #ticks: Float64Array;
  readonly #skipped: Float64Array;
  readonly #began: Float64Array;
  /** µs from its start to its last tick, without pauses. */
  readonly #ticking: Float64Array;
  readonly #paused = new Map<number, number>();
  #late = new Map<number, number[]>();
  #dropped = 0;

  constructor(processes: number) {
    this.#events = new Float64Array(processes);
    this.#sent = new Float64Array(processes);
    this.#received = new Float64Array(processes);
    this.#ticks = new Float64Array(processes);
    this.#skipped = new Float64Array(processes);
    this.#began = new Float64Array(processes);
    this.#ticking = new Float64Array(processes);
  }

  begin(process: number, now: number): void {
    this.#began[process] = now;
  }

  /** It is paused from now on, or no longer: that time does not count. */
  pause(process: number, now: number, paused: boolean): void {
    const since = this.#paused.get(process);
    if (paused && since === undefined) this.#paused.set(process, now);
    if (paused || since === undefined) return;
    this.#began[process]! += now - since;
    this.#paused.delete(process);
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const [process, kind] = [batch.process(row), batch.kind(row)];
      this.#events[process]!++;
      if (kind === KIND.send || kind === KIND.copy) this.#sent[process]!++;
      else if (kind === KIND.receive) this.#received[process]!++;
      else if (kind === KIND.drop) this.#dropped++;
    }
  }

  /** Copies that were lost, as was seen here: of messages from processes here, or to them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** A tick came at `now`, `late` µs after it was due. */
  tick(process: number, now: number, late: number): void {
    this.#ticks[process]!++;
    this.#ticking[process] = now - this.#began[process]!;
    const lates = this.#late.get(process);
    if (lates === undefined) this.#late.set(process, [late]);
    else lates.push(late);
  }

  skip(process: number, ticks: number): void {
    this.#skipped[process]! += ticks;
  }

  of(process: number) {
    return {
      events: this.#events[process]!,
      sent: this.#sent[process]!,
      received: this.#received[process]!,
      ticks: this.#ticks[process]!,
      skipped: this.#skipped[process]!,
      ticking: this.#ticking[process]!,
    };
  }

  /** Lateness of the ticks of each process since it was last asked for, µs. */
  takeLateness(): readonly (readonly [process: number, late: readonly number[]])[] {
    const late = [...this.#late];
    this.#late = new Map();
    return late;
  }
}
