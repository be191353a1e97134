import type { Json } from "../../core/json.ts";
import { PURPOSE, Streams } from "../../core/random.ts";
import type { Delay } from "../../core/run.ts";
import { type Sampler, sampler } from "../links.ts";
import type { Change, Store } from "../ports.ts";

/** Stable storage in memory: what was applied survives a crash of its process. */
export class MemoryStore implements Store {
  readonly #keyed = new Map<number, Map<string, Json>>();
  readonly #logs = new Map<number, Map<string, Json[]>>();
  readonly #seed: number;
  readonly #streams: Streams | null;
  readonly #draw: Sampler | null;

  constructor(delay: Delay | null, seed: number, processes: number) {
    this.#seed = seed;
    this.#draw = delay === null ? null : sampler(delay);
    this.#streams = delay === null ? null : new Streams(seed, PURPOSE.store, processes);
  }

  idOf(process: number): string {
    return `${this.#seed}-${process}`;
  }

  load(process: number): ReadonlyMap<string, Json> {
    return new Map(this.#keyed.get(process));
  }

  /** One log of a process, oldest first: for audits and tools. */
  log(process: number, name: string): readonly Json[] {
    return this.#logs.get(process)?.get(name) ?? [];
  }

  latency(process: number): number {
    return this.#draw === null ? 0 : this.#draw(this.#streams!, process);
  }

  apply(process: number, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === "append") {
        const logs = this.#logs.get(process) ?? new Map<string, Json[]>();
        const log = logs.get(change.log) ?? [];
        log.push(change.value);
        logs.set(change.log, log);
        this.#logs.set(process, logs);
        continue;
      }
      const keyed = this.#keyed.get(process) ?? new Map<string, Json>();
      if (change.kind === "put") keyed.set(change.key, change.value);
      else keyed.delete(change.key);
      this.#keyed.set(process, keyed);
    }
  }
}
