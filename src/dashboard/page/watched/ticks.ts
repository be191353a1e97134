// Where each paced process is between two of its ticks: what turns on the page passes its mark when the process ticks.
import type { TraceBatch } from "../../../core/batch.ts";
import { KIND } from "../../../core/trace-event.ts";

/** As many ticks a turn as keep what turns fastest below this, turns a second. */
const TURNS_MAX = 0.8;

export class Ticks {
  /** µs of the run since when ticks are counted, and when they stopped. */
  readonly #since: Float64Array;
  readonly #stopped: Float64Array;

  constructor(processes: number) {
    this.#since = new Float64Array(processes);
    this.#stopped = new Float64Array(processes);
  }

  take(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const kind = batch.kind(row);
      if (kind === KIND.rate || kind === KIND.start) {
        this.#since[batch.process(row)] = batch.time(row);
      } else if (kind === KIND.crash || kind === KIND.pause) {
        this.#stopped[batch.process(row)] = batch.time(row);
      }
    }
  }

  /** Ticks of a process so far, with what there is of the next; `now` in µs. One that is not up stands. */
  at(process: number, rate: number, now: number, isUp: boolean): number {
    const until = isUp ? now : Math.min(now, this.#stopped[process]!);
    return ((until - this.#since[process]!) * rate) / 1e6;
  }
}

/** How many ticks make a turn, 1, 2, 5, 10, …, if the fastest has that many a second of the page. */
export function ticksPerTurn(fastest: number): number {
  if (!(fastest > TURNS_MAX)) return 1;
  const power = 10 ** Math.floor(Math.log10(fastest / TURNS_MAX));
  return power * [1, 2, 5, 10].find((digit) => digit * power * TURNS_MAX >= fastest)!;
}
