// What happens to a message between its send and its arrival: one link model around every
// transport. It maps a message to the delays of its copies; no copy means lost. Fair-loss links:
// Cachin, Guerraoui, Rodrigues 2011, §2.4.
import { PURPOSE, Streams } from "../core/random.ts";
import type { Delay, Links } from "../core/run.ts";
import { HOT, HOT_WORDS } from "./driver/layout.ts";

/** Draws from one distribution. */
export type Sampler = (streams: Streams, process: number) => number;

/** A drawn span never exceeds this (a day): a bound on exponential and lognormal tails. */
const DELAY_MAX = 86_400_000_000;

const bounded = (span: number): number => Math.min(Math.max(Math.round(span), 1), DELAY_MAX);

/** A function that draws spans, whole µs in 1 … one day. A constant costs no draw. */
export function sampler(delay: Delay): Sampler {
  switch (delay.kind) {
    case "constant": {
      const span = bounded(delay.micros);
      return () => span;
    }
    case "uniform": {
      const min = Math.max(delay.min, 1);
      const range = Math.max(delay.max, min) - min + 1;
      return (streams, process) => min + Math.floor(streams.uniform(process) * range);
    }
    case "exponential": {
      const excess = delay.mean - delay.min;
      return (streams, process) =>
        bounded(delay.min - excess * Math.log(1 - streams.uniform(process)));
    }
    case "lognormal":
      // Box–Muller 1958, one of the pair.
      return (streams, process) => {
        const radius = Math.sqrt(-2 * Math.log(1 - streams.uniform(process)));
        const normal = radius * Math.cos(2 * Math.PI * streams.uniform(process));
        return bounded(delay.median * Math.exp(delay.sigma * normal));
      };
  }
}

/** The links of a run. Draws come from the sender's link stream. */
export class LinkModel {
  readonly #streams: Streams;
  readonly #draw: Sampler;
  /** Of uniform delays, the common ones, the least and how many there are; else 0. */
  readonly #least: number;
  readonly #spans: number;
  readonly #loss: number;
  readonly #duplicate: number;
  readonly #processes: number;
  /** Latest arrival on each fifo link, by from × processes + to; null when any order will do. */
  readonly #latest: Map<number, number> | null;

  /** The senders' streams lie in their hot words, if those are given. */
  constructor(links: Links, seed: number, processes: number, hot?: Int32Array) {
    const place = hot && { words: hot, stride: HOT_WORDS, at: HOT.link };
    this.#streams = new Streams(seed, PURPOSE.link, processes, place);
    const { delay } = links;
    this.#draw = sampler(delay);
    this.#least = delay.kind === "uniform" ? Math.max(delay.min, 1) : 0;
    this.#spans = delay.kind === "uniform" ? Math.max(delay.max, this.#least) - this.#least + 1 : 0;
    this.#loss = links.loss;
    this.#duplicate = links.duplicate;
    this.#processes = processes;
    this.#latest = links.order === "fifo" ? new Map() : null;
  }

  restart(process: number, incarnation: number): void {
    this.#streams.restart(process, incarnation);
  }

  /** All chance from now on comes from another seed. */
  reseed(seed: number): void {
    this.#streams.reseed(seed);
  }

  /** No copy is ever lost or doubled. */
  get isSure(): boolean {
    return this.#loss === 0 && this.#duplicate === 0;
  }

  /** Does the link lose this copy? */
  loses(from: number): boolean {
    return this.#loss > 0 && this.#streams.uniform(from) < this.#loss;
  }

  /** Does the link make one more of this copy? */
  doubles(from: number): boolean {
    return this.#duplicate > 0 && this.#streams.uniform(from) < this.#duplicate;
  }

  /** When a copy sent now arrives. */
  arrival(now: number, from: number, to: number): number {
    const span =
      this.#spans > 0
        ? this.#least + Math.floor(this.#streams.uniform(from) * this.#spans)
        : this.#draw(this.#streams, from);
    const time = now + span;
    if (this.#latest === null) return time;
    const link = from * this.#processes + to;
    const ordered = Math.max(time, this.#latest.get(link) ?? 0);
    this.#latest.set(link, ordered);
    return ordered;
  }
}
