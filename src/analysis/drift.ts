import { type LevelMeasures, Levels } from "./levels.ts";

/** How far the clocks of two processes are apart: |L_a − L_b| over time. */
export type PairDrift = LevelMeasures & {
  readonly a: number;
  readonly b: number;
  /** The final difference as a share of the larger clock. */
  readonly finalShare: number;
};

/** Up to this many processes every pair is measured; beyond it, each against the leader. */
export const ALL_PAIRS_MAX = 30;

/**
 * The drift between processes, exactly. Cost of a change of clock: one step for each pair the process
 * is in. `leader` is the process with which all are compared when there are too many pairs.
 */
export class Drift {
  readonly #lamports: Float64Array;
  readonly #pairs: { readonly a: number; readonly b: number }[] = [];
  readonly #pairsOf: number[][];
  readonly #levels: Levels;

  constructor(processes: number, leader: number, from: number) {
    this.#lamports = new Float64Array(processes);
    this.#pairsOf = Array.from({ length: processes }, () => []);
    const all = processes <= ALL_PAIRS_MAX;
    for (let a = 0; a < processes; a++) {
      const others = all || a === leader ? processes : 0;
      for (let b = all ? a + 1 : 0; b < others; b++) if (b !== a) this.#add(a, b);
    }
    this.#levels = new Levels(this.#pairs.length, from);
  }

  #add(a: number, b: number): void {
    this.#pairsOf[a]!.push(this.#pairs.length);
    this.#pairsOf[b]!.push(this.#pairs.length);
    this.#pairs.push({ a, b });
  }

  set(process: number, time: number, lamport: number): void {
    this.#lamports[process] = lamport;
    for (const pair of this.#pairsOf[process]!) {
      const { a, b } = this.#pairs[pair]!;
      this.#levels.set(pair, time, Math.abs(this.#lamports[a]! - this.#lamports[b]!));
    }
  }

  measure(end: number): readonly PairDrift[] {
    return this.#pairs.map(({ a, b }, pair) => {
      const measures = this.#levels.measure(pair, end);
      const larger = Math.max(this.#lamports[a]!, this.#lamports[b]!);
      return { a, b, ...measures, finalShare: larger === 0 ? 0 : measures.final / larger };
    });
  }
}
