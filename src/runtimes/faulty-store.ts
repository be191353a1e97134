// Faults of stores, around the store of any runtime: commits that take longer, or fail.
import type { Json } from "../core/json.ts";
import { PURPOSE, Streams } from "../core/random.ts";
import type { StoreTrouble } from "../core/run.ts";
import { type Sampler, sampler } from "./links.ts";
import type { Change, Store } from "./ports.ts";

type Ailing = {
  readonly trouble: StoreTrouble;
  readonly delay: Sampler | null;
  /** When it ends, µs: no commit is held back for longer. */
  readonly until: number;
};

export class FaultyStore implements Store {
  readonly #store: Store;
  readonly #seed: number;
  readonly #processes: number;
  readonly #failed: (process: number) => void;
  readonly #now: () => number;
  readonly #ailing = new Map<number, Ailing[]>();
  /** Draws of their own: without faults a store's dice are the same. */
  #streams: Streams | null = null;

  /** `failed` is told whose commit fails, before that process goes down. */
  constructor(
    store: Store,
    seed: number,
    processes: number,
    failed: (process: number) => void,
    now: () => number,
  ) {
    this.#now = now;
    this.#store = store;
    this.#failed = failed;
    this.#seed = seed;
    this.#processes = processes;
  }

  begin(process: number, trouble: StoreTrouble, until = Number.POSITIVE_INFINITY): void {
    this.#streams ??= new Streams(this.#seed, PURPOSE.storeFault, this.#processes);
    const ailing = this.#ailing.get(process) ?? [];
    ailing.push({ trouble, delay: trouble.kind === "slow" ? sampler(trouble.delay) : null, until });
    this.#ailing.set(process, ailing);
  }

  end(process: number, trouble: StoreTrouble): void {
    const ailing = this.#ailing.get(process) ?? [];
    const at = ailing.findIndex((each) => each.trouble === trouble);
    if (at >= 0) ailing.splice(at, 1);
    if (ailing.length === 0) this.#ailing.delete(process);
  }

  /** All chance from now on comes from another seed. */
  reseed(seed: number): void {
    this.#streams?.reseed(seed);
  }

  idOf(process: number): string {
    return this.#store.idOf(process);
  }

  load(process: number): ReadonlyMap<string, Json> {
    return this.#store.load(process);
  }

  fails(process: number): boolean {
    let fails = this.#store.fails(process);
    for (const { trouble } of this.#ailing.get(process) ?? []) {
      if (trouble.kind === "full") fails = true;
      if (trouble.kind !== "failing") continue;
      fails = this.#streams!.uniform(process) < trouble.probability || fails;
    }
    if (fails) this.#failed(process);
    return fails;
  }

  latency(process: number): number {
    let latency = this.#store.latency(process);
    if (this.#ailing.size === 0) return latency;
    for (const { delay, until } of this.#ailing.get(process) ?? []) {
      if (delay !== null) latency += Math.min(delay(this.#streams!, process), until - this.#now());
    }
    return latency;
  }

  apply(process: number, changes: readonly Change[]): void {
    this.#store.apply(process, changes);
  }

  wipe(process: number): void {
    this.#store.wipe(process);
  }

  loseTail(process: number, commits: number): number {
    return this.#store.loseTail(process, commits);
  }
}
