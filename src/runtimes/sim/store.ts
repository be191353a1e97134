import { countIn } from "../../core/counting.ts";
import type { Json } from "../../core/json.ts";
import { PURPOSE, Streams } from "../../core/random.ts";
import type { Delay } from "../../core/run.ts";
import { changesIn, type Stored } from "../../core/stored.ts";
import { type Sampler, sampler } from "../links.ts";
import type { Change, Store } from "../ports.ts";

/** What a key held, or how long a log was, before a change. */
type Undo =
  | { readonly key: string; readonly value: Json | undefined }
  | { readonly log: string; readonly length: number };

/** Is told of all that becomes of the stores. */
export interface StoreWatcher {
  /** A store is empty, under this id. */
  opened(process: number, id: string): void;
  commit(process: number, changes: readonly Change[]): void;
}

/** The map of that process: an empty one, kept from now on, if it has none yet. */
function mapIn<Value>(maps: Map<number, Map<string, Value>>, process: number): Map<string, Value> {
  let map = maps.get(process);
  if (map === undefined) {
    map = new Map();
    maps.set(process, map);
  }
  return map;
}

/** Stable storage in memory: what was applied survives a crash of its process. */
export class MemoryStore implements Store {
  readonly #keyed = new Map<number, Map<string, Json>>();
  readonly #logs = new Map<number, Map<string, Json[]>>();
  /** How often each was wiped. */
  readonly #wipes = new Map<number, number>();
  /** How to undo the last commits of those that are going to lose them; null if nobody is. */
  #tails: Map<number, { most: number; readonly commits: Undo[][] }> | null = null;
  #watcher: StoreWatcher | undefined;
  /** Logs are kept; without, they are forgotten: for runs of years whose history nobody reads. */
  keepsLogs = true;
  readonly #seed: number;
  readonly #processes: number;
  readonly #streams: Streams | null;
  readonly #draw: Sampler | null;

  constructor(delay: Delay | null, seed: number, processes: number) {
    this.#seed = seed;
    this.#processes = processes;
    this.#draw = delay === null ? null : sampler(delay);
    this.#streams = delay === null ? null : new Streams(seed, PURPOSE.store, processes);
  }

  idOf(process: number): string {
    const wipes = this.#wipes.get(process);
    return `${this.#seed}-${process}${wipes === undefined ? "" : `-${wipes}`}`;
  }

  load(process: number): ReadonlyMap<string, Json> {
    return new Map(this.#keyed.get(process));
  }

  /** One log of a process, oldest first: for audits and tools. */
  log(process: number, name: string): readonly Json[] {
    return this.#logs.get(process)?.get(name) ?? [];
  }

  /** All that a process has stored, as it is now: later changes do not reach it. */
  stored(process: number): Stored {
    const logs = [...(this.#logs.get(process) ?? [])].filter(([, log]) => log.length > 0);
    return {
      id: this.idOf(process),
      keyed: this.load(process),
      logs: new Map(logs.map(([name, log]) => [name, [...log]])),
    };
  }

  /** Tells of all stores as they are, and of each commit from now on. */
  watch(watcher: StoreWatcher): void {
    this.#watcher = watcher;
    for (let process = 0; process < this.#processes; process++) this.#tell(process);
  }

  fails(): boolean {
    return false;
  }

  latency(process: number): number {
    return this.#draw === null ? 0 : this.#draw(this.#streams!, process);
  }

  reseed(seed: number): void {
    this.#streams?.reseed(seed);
  }

  apply(process: number, changes: readonly Change[]): void {
    const undo: Undo[] | undefined = this.#tails?.has(process) ? [] : undefined;
    const keyed = mapIn(this.#keyed, process);
    for (const change of changes) {
      if (change.kind === "append") {
        if (this.keepsLogs) this.#append(process, change.log, change.value, undo);
        continue;
      }
      undo?.push({ key: change.key, value: keyed.get(change.key) });
      if (change.kind === "put") keyed.set(change.key, change.value);
      else keyed.delete(change.key);
    }
    if (undo !== undefined) this.#remember(process, undo);
    this.#watcher?.commit(process, changes);
  }

  #append(process: number, name: string, value: Json, undo: Undo[] | undefined): void {
    const logs = mapIn(this.#logs, process);
    const log = logs.get(name);
    undo?.push({ log: name, length: log?.length ?? 0 });
    if (log === undefined) logs.set(name, [value]);
    else log.push(value);
  }

  /** Remembers how to undo the last commits of a process: a planned fault will have it lose them. */
  keepTail(process: number, commits: number): void {
    this.#tails ??= new Map();
    const tail = this.#tails.get(process) ?? { most: 0, commits: [] };
    tail.most = Math.max(tail.most, commits);
    this.#tails.set(process, tail);
  }

  wipe(process: number): void {
    this.#keyed.delete(process);
    this.#logs.delete(process);
    countIn(this.#wipes, process);
    this.#tails?.get(process)?.commits.splice(0);
    this.#watcher?.opened(process, this.idOf(process));
  }

  loseTail(process: number, commits: number): number {
    const remembered = this.#tails?.get(process)?.commits ?? [];
    const lost = remembered.splice(Math.max(0, remembered.length - commits)).reverse();
    for (const commit of lost) {
      for (const change of commit.reverse()) this.#undo(process, change);
    }
    this.#tell(process);
    return lost.length;
  }

  /** Tells what a store holds, as if it had been one commit. */
  #tell(process: number): void {
    if (this.#watcher === undefined) return;
    const { id, keyed, logs } = this.stored(process);
    this.#watcher.opened(process, id);
    if (keyed.size + logs.size > 0) this.#watcher.commit(process, changesIn({ id, keyed, logs }));
  }

  #remember(process: number, undo: Undo[]): void {
    const tail = this.#tails!.get(process)!;
    tail.commits.push(undo);
    if (tail.commits.length > tail.most) tail.commits.shift();
  }

  #undo(process: number, change: Undo): void {
    if ("log" in change) {
      this.#logs.get(process)?.get(change.log)?.splice(change.length);
    } else if (change.value === undefined) this.#keyed.get(process)?.delete(change.key);
    else this.#keyed.get(process)?.set(change.key, change.value);
  }
}
