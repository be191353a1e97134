// Lines over time of a run: each process's clock and inbox, sampled from the rows as they come, so that a page that
// joins late has them too, and made true by each frame.
import type { TraceBatch } from "../../../core/batch.ts";
import { KIND } from "../../../core/trace-event.ts";
import type { Frame } from "../../protocol.ts";

/** Samples that are kept; when there are twice as many, every other one goes. */
const KEPT_MAX = 600;
const KEPT_MIN = 60;
/** Values in all: of more processes fewer samples are kept. */
const VALUES_MAX = 600_000;
/** The first distance of samples, µs; it doubles as they are thinned. */
const STEP = 20_000;

/** The lowest, the middle and the highest of all processes. */
export type Spread = { readonly low: number[]; readonly mid: number[]; readonly high: number[] };

const noSpread = (): Spread => ({ low: [], mid: [], high: [] });

export class History {
  /** Seconds of the run, and beside them each process's clock and inbox. */
  readonly seconds: number[] = [];
  readonly lamport: number[][];
  readonly waiting: number[][];
  readonly lamports = noSpread();
  readonly waitings = noSpread();
  /** Events of the whole run so far. */
  readonly rows: number[] = [];
  readonly #kept: number;
  readonly #now: { readonly lamport: Int32Array; readonly waiting: Int32Array };
  #step = STEP;
  /** The last sample stands for the present moment, and goes when the next one comes. */
  #provisional = false;
  /** The last row, if no sample shows what it changed. */
  #unsampled: { readonly time: number; readonly rows: number } | null = null;

  constructor(processes: number) {
    const lines = (): number[][] => Array.from({ length: processes }, () => []);
    this.lamport = lines();
    this.waiting = lines();
    this.#now = { lamport: new Int32Array(processes), waiting: new Int32Array(processes) };
    this.#kept = Math.min(KEPT_MAX, Math.max(KEPT_MIN, VALUES_MAX / Math.max(1, 2 * processes)));
  }

  take(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const [time, rows] = [batch.time(row), batch.first + row + 1];
      this.#holdUntil(time);
      this.#follow(batch, row);
      if (time - this.#lastKept() < this.#step) this.#unsampled = { time, rows };
      else this.#sample(time, rows);
    }
  }

  /** A frame has the truth, and it may be that the run went back. */
  see({ now, standings, rows }: Frame): void {
    this.#holdUntil(now);
    this.#now.lamport.set(standings.lamport);
    this.#now.waiting.set(standings.waiting);
    this.#cut(rows);
    const last = this.seconds.at(-1);
    if (last !== undefined && last * 1e6 > now) return;
    const kept = this.#lastKept();
    this.#push(now, rows);
    this.#provisional = now - kept < this.#step;
  }

  /** Nothing changed since the last row, and for long: a line holds its value from there. */
  #holdUntil(time: number): void {
    const last = this.#unsampled;
    const kept = this.#lastKept();
    if (last !== null && time - kept >= this.#step && last.time > kept) {
      this.#sample(last.time, last.rows);
    }
  }

  #sample(time: number, rows: number): void {
    this.#push(time, rows);
    this.#provisional = false;
    this.#unsampled = null;
  }

  /** What was after so many events never happened. */
  #cut(rows: number): void {
    let kept = this.rows.length;
    while (kept > 0 && this.rows[kept - 1]! > rows) kept--;
    if (kept === this.rows.length) return;
    this.#keep(kept);
    this.#provisional = false;
    this.#unsampled = null;
  }

  /** What a row says of its process's clock and inbox; what befalls one from outside says nothing of them. */
  #follow(batch: TraceBatch, row: number): void {
    const kind = batch.kind(row);
    if (kind === KIND.fault || kind === KIND.drop) return;
    const process = batch.process(row);
    if (kind === KIND.crash) this.#now.waiting[process] = 0;
    else {
      this.#now.lamport[process] = batch.lamport(row);
      this.#now.waiting[process] = batch.inbox(row);
    }
  }

  /** µs of the last sample that stays. */
  #lastKept(): number {
    const seconds = this.seconds.at(this.#provisional ? -2 : -1);
    return seconds === undefined ? Number.NEGATIVE_INFINITY : seconds * 1e6;
  }

  #push(time: number, rows: number): void {
    const last = this.seconds.length - 1;
    if (this.#provisional || this.seconds[last] === time / 1e6) this.#keep(last);
    this.seconds.push(time / 1e6);
    this.rows.push(rows);
    const { lamport, waiting } = this.#now;
    for (let process = 0; process < lamport.length; process++) {
      this.lamport[process]!.push(lamport[process]!);
      this.waiting[process]!.push(waiting[process]!);
    }
    spread(this.lamports, lamport);
    spread(this.waitings, waiting);
    if (this.seconds.length >= 2 * this.#kept) this.#thin();
  }

  *#lines(): Iterable<number[]> {
    yield this.seconds;
    yield this.rows;
    yield* this.lamport;
    yield* this.waiting;
    for (const { low, mid, high } of [this.lamports, this.waitings]) yield* [low, mid, high];
  }

  #keep(samples: number): void {
    for (const line of this.#lines()) line.length = Math.max(0, samples);
  }

  #thin(): void {
    this.#step *= 2;
    for (const line of this.#lines()) {
      const half = line.length >> 1;
      for (let sample = 0; sample < half; sample++) line[sample] = line[2 * sample]!;
      line.length = half;
    }
  }
}

function spread(lines: Spread, values: Int32Array): void {
  const sorted = values.slice().sort();
  lines.low.push(sorted[0] ?? 0);
  lines.mid.push(sorted[sorted.length >> 1] ?? 0);
  lines.high.push(sorted.at(-1) ?? 0);
}
