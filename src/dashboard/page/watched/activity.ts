// How much happens at present: events per second of the run, from the last frames.
import type { Frame } from "../../protocol.ts";

/** Frames that are looked back over: about a second. */
const FRAMES = 20;

/** So many counts are enough for a line. */
const COUNTS_MAX = 300;

type Counted = { readonly now: number; readonly rows: number; readonly events: readonly number[] };

export class Activity {
  readonly #frames: Counted[] = [];

  see({ now, rows, standings }: Frame): void {
    const last = this.#frames.at(-1);
    // While a run stands, how it was going stays.
    if (last?.rows === rows && last.now === now) return;
    if (last !== undefined && now < last.now) this.#frames.length = 0;
    this.#frames.push({ now, rows, events: standings.events });
    if (this.#frames.length > FRAMES) this.#frames.shift();
  }

  /** Of the whole run. */
  get perSecond(): number {
    return this.#rate(({ rows }) => rows);
  }

  of(process: number): number {
    return this.#rate(({ events }) => events[process] ?? 0);
  }

  #rate(count: (frame: Counted) => number): number {
    const [first, last] = [this.#frames[0], this.#frames.at(-1)];
    if (first === undefined || last === undefined || last.now <= first.now) return 0;
    return ((count(last) - count(first)) * 1e6) / (last.now - first.now);
  }
}

/**
 * From the counts of events at some seconds, how many there were a second in each whole second; of a long run, in
 * each few. What falls together, as ticks do, is then counted together. Ends with the present,
 * up to which the last holds.
 */
export function perSecond(
  seconds: readonly number[],
  rows: readonly number[],
): [seconds: number[], rates: (number | null)[]] {
  const [first = 0, now = 0] = [seconds[0], seconds.at(-1)];
  const width = Math.max(1, Math.ceil((now - first) / COUNTS_MAX));
  const [starts, rates]: [number[], (number | null)[]] = [[], []];
  let [sample, before] = [0, 0];
  const until = (time: number): number => {
    while (sample < seconds.length && seconds[sample]! < time) before = rows[sample++]!;
    return before;
  };
  let start = Math.ceil(first / width) * width;
  let counted = until(start);
  for (; start + width <= now; start += width) {
    const next = until(start + width);
    starts.push(start);
    rates.push((next - counted) / width);
    counted = next;
  }
  return [
    [...starts, now],
    [...rates, rates.at(-1) ?? null],
  ];
}
