// The books of all stages, as their stores tell them: kept up with every commit, or read at once.
import type { Change } from "../../../core/audit.ts";
import { countIn } from "../../../core/counting.ts";
import type { Json } from "../../../core/json.ts";
import { changesIn, type Stored } from "../../../core/stored.ts";
import type { Epoch } from "../flows.ts";
import {
  type InLot,
  type Job,
  type JobRecord,
  KEY,
  LOG,
  type LotId,
  lotId,
  type Memory,
  type OutLot,
  partsOfLot,
  type ReceivedRecord,
  type ScrappedRecord,
  type SettledRecord,
  tagOf,
} from "../messages.ts";
import type { Plant } from "../plant.ts";
import type { KeptPlan } from "../stage/following.ts";

/** The books of one stage. */
export type Books = {
  /** Of the store that holds them; what another store of this stage said is lost. */
  readonly tag: string;
  epoch: Epoch;
  readonly out: Map<number, OutLot>;
  readonly in: Map<LotId, InLot>;
  readonly jobs: Map<number, Job>;
  /** Finished jobs, by number, and of those that made a lot, by that lot's. */
  readonly finished: Map<number, JobRecord>;
  readonly made: Map<number, JobRecord>;
  readonly settled: Map<number, SettledRecord>;
  readonly received: Map<LotId, ReceivedRecord>;
  readonly memories: Map<string, Memory>;
  /** Of lots that came here: used up by finished jobs, and scrapped with unfinished ones. */
  readonly used: Map<LotId, number>;
  readonly scrapped: Map<LotId, number>;
};

/** What a commit touched, to be looked at. */
export type Touched = {
  readonly lots: Set<LotId>;
  readonly jobs: Set<number>;
  readonly records: JobRecord[];
  /** Something that may be written once only was written again. */
  readonly again: string[];
  epochBefore: Epoch | undefined;
  /** Flows that are not what others know by that epoch. */
  readonly contents: string[];
};

const newBooks = (tag: string): Books => ({
  tag,
  epoch: [0, 0],
  out: new Map(),
  in: new Map(),
  jobs: new Map(),
  finished: new Map(),
  made: new Map(),
  settled: new Map(),
  received: new Map(),
  memories: new Map(),
  used: new Map(),
  scrapped: new Map(),
});

export class Ledger {
  readonly plant: Plant;
  readonly books: Books[];
  /** What each planned flow is, by its epoch: the same for all who adopt it. */
  readonly #plans = new Map<string, string>();
  /** Stages whose books name a lot as theirs, by lot. */
  readonly holders = new Map<LotId, Set<number>>();
  readonly #byName: ReadonlyMap<string, number>;

  constructor(plant: Plant) {
    this.plant = plant;
    this.books = plant.stages.map(() => newBooks(""));
    this.#byName = new Map(plant.stages.map(({ name, id }) => [name, id]));
  }

  /** A store begins empty. Lots of which it alone knew are forgotten. */
  opened(process: number, id: string): void {
    for (const lot of this.books[process]?.received.keys() ?? []) {
      this.holders.get(lot)?.delete(process);
    }
    if (process < this.books.length) this.books[process] = newBooks(tagOf(id));
  }

  /** The maker of a lot and its number there; no maker if no stage has that name. */
  makerOf(lot: LotId): {
    readonly maker: number | undefined;
    readonly tag: string;
    readonly number: number;
  } {
    const parts = partsOfLot(lot);
    const maker = parts && this.#byName.get(parts.maker);
    return { maker, tag: parts?.store ?? "", number: parts?.number ?? 0 };
  }

  idOf(maker: number, number: number): LotId {
    return lotId(this.plant.stages[maker]!.name, this.books[maker]!.tag, number);
  }

  /** Every lot that any book names. */
  *lots(): Iterable<LotId> {
    const named = new Set(this.holders.keys());
    for (const [maker, { made, out, settled }] of this.books.entries()) {
      for (const of of [made, out, settled]) {
        for (const number of of.keys()) named.add(this.idOf(maker, number));
      }
    }
    yield* named;
  }

  commit(process: number, changes: readonly Change[]): Touched {
    const touched: Touched = {
      lots: new Set(),
      jobs: new Set(),
      records: [],
      again: [],
      epochBefore: undefined,
      contents: [],
    };
    if (process >= this.books.length) return touched;
    for (const change of changes) {
      if (change.kind === "append") this.#append(process, change.log, change.value, touched);
      else this.#put(process, change.key, change.kind === "put" ? change.value : null, touched);
    }
    return touched;
  }

  /** `value` null: removed. */
  #put(process: number, key: string, value: Json, touched: Touched): void {
    const books = this.books[process]!;
    const name = key.slice(key.indexOf("/") + 1);
    if (key === KEY.epoch) {
      touched.epochBefore ??= books.epoch;
      books.epoch = value as unknown as Epoch;
    } else if (key === KEY.plan) {
      const { epoch, arcs } = value as unknown as KeptPlan;
      const [name, said] = [epoch.join("."), JSON.stringify(arcs)];
      const known = this.#plans.get(name) ?? said;
      if (known !== said) touched.contents.push(name);
      this.#plans.set(name, known);
    } else if (key.startsWith(KEY.lot)) {
      change(books.out, Number(name), value as OutLot | null);
      touched.lots.add(this.idOf(process, Number(name)));
    } else if (key.startsWith(KEY.in)) {
      change(books.in, name, value as InLot | null);
      this.#hold(name, process);
      touched.lots.add(name);
    } else if (key.startsWith(KEY.memory)) {
      change(books.memories, name, value as Memory | null);
    } else if (key.startsWith(KEY.job)) {
      const number = Number(name);
      for (const [lot] of books.jobs.get(number)?.inputs ?? []) touched.lots.add(lot);
      change(books.jobs, number, value as Job | null);
      for (const [lot] of books.jobs.get(number)?.inputs ?? []) touched.lots.add(lot);
      touched.jobs.add(number);
    }
  }

  #append(process: number, log: string, value: Json, touched: Touched): void {
    const books = this.books[process]!;
    if (log === LOG.jobs) {
      const record = value as unknown as JobRecord;
      if (books.finished.has(record.job)) touched.again.push(`job ${record.job} was finished`);
      books.finished.set(record.job, record);
      touched.records.push(record);
      if (record.lot !== null) {
        if (books.made.has(record.lot)) touched.again.push(`lot ${record.lot} was made`);
        books.made.set(record.lot, record);
        touched.lots.add(this.idOf(process, record.lot));
      }
      this.#count(books.used, record.inputs, touched);
    } else if (log === LOG.settled) {
      const record = value as SettledRecord;
      if (books.settled.has(record.lot)) touched.again.push(`lot ${record.lot} was settled`);
      books.settled.set(record.lot, record);
      touched.lots.add(this.idOf(process, record.lot));
    } else if (log === LOG.received) {
      const record = value as ReceivedRecord;
      if (books.received.has(record.lot)) touched.again.push(`${record.lot} was received`);
      books.received.set(record.lot, record);
      this.#hold(record.lot, process);
      touched.lots.add(record.lot);
    } else if (log === LOG.scrapped) {
      this.#count(books.scrapped, (value as unknown as ScrappedRecord).inputs, touched);
    }
  }

  #count(of: Map<LotId, number>, inputs: JobRecord["inputs"], touched: Touched): void {
    for (const [lot, amount] of inputs) {
      countIn(of, lot, amount);
      touched.lots.add(lot);
    }
  }

  #hold(lot: LotId, process: number): void {
    const holders = this.holders.get(lot);
    if (holders === undefined) this.holders.set(lot, new Set([process]));
    else holders.add(process);
  }
}

function change<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

/** Units of a lot that the running jobs of a stage hold. */
export function reservedIn({ jobs }: Books, lot: LotId): number {
  let sum = 0;
  for (const { inputs } of jobs.values()) {
    for (const [of, amount] of inputs) if (of === lot) sum += amount;
  }
  return sum;
}

/** The stores of a factory, read at once, as if each had been one commit. */
export function ledgerOf(
  plant: Plant,
  stored: readonly Stored[],
): { readonly ledger: Ledger; readonly touched: readonly Touched[] } {
  const ledger = new Ledger(plant);
  const touched = stored.map((store, process) => {
    ledger.opened(process, store.id);
    return ledger.commit(process, changesIn(store));
  });
  return { ledger, touched };
}
