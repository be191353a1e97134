// Where a lot came from, and where it went: both ways along the jobs of all stages.
import { pushIn } from "../../../core/counting.ts";
import type { JobRecord, LotId, Portion } from "../messages.ts";
import { isAway } from "../stage/desk.ts";
import type { Ledger } from "./ledger.ts";

/** A lot, as far as the books tell. */
export type LotFacts = {
  readonly lot: LotId;
  readonly item: string;
  /** Millionths of a unit, as made. */
  readonly amount: number;
  /** Its maker's name, and the job that made it; undefined if the maker's store is lost. */
  readonly by: string;
  readonly job: JobRecord | undefined;
  /** In words: where it is, or what became of it. */
  readonly where: string;
};

/** How much of a lot a job used, and the lot that it made, if it made one. */
export type Use = { readonly amount: number; readonly into: LotId | null };

export class Genealogy {
  readonly #ledger: Ledger;
  readonly #uses = new Map<LotId, Use[]>();

  /** Cost: one visit of each finished job. */
  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    for (const [process, { finished }] of ledger.books.entries()) {
      for (const job of finished.values()) {
        const into = job.lot === null ? null : ledger.idOf(process, job.lot);
        for (const [lot, amount] of job.inputs) {
          pushIn(this.#uses, lot, { amount, into });
        }
      }
    }
  }

  /** What is known of a lot; undefined if no book names it. */
  facts(lot: LotId): LotFacts | undefined {
    const { maker, tag, number } = this.#ledger.makerOf(lot);
    if (maker === undefined) return undefined;
    const books = this.#ledger.books[maker]!;
    const by = this.#ledger.plant.stages[maker]!.name;
    const job = books.tag === tag ? books.made.get(number) : undefined;
    const received = this.#received(lot);
    if (job === undefined && received === undefined) return undefined;
    const { item, amount } = job ?? received!;
    return { lot, item, amount, by, job, where: this.#where(lot, maker, number) };
  }

  /** The lots that a lot was made of, with how much of each. */
  inputsOf(lot: LotId): readonly Portion[] {
    return this.facts(lot)?.job?.inputs ?? [];
  }

  /** The jobs that used a lot. */
  usesOf(lot: LotId): readonly Use[] {
    return this.#uses.get(lot) ?? [];
  }

  /** All lots that contain some of a lot, nearest first; each once. */
  containing(lot: LotId): readonly LotId[] {
    const found = new Set<LotId>([lot]);
    for (const each of found) {
      for (const { into } of this.usesOf(each)) if (into !== null) found.add(into);
    }
    found.delete(lot);
    return [...found];
  }

  #received(lot: LotId) {
    for (const process of this.#ledger.holders.get(lot) ?? []) {
      const received = this.#ledger.books[process]!.received.get(lot);
      if (received !== undefined) return { ...received, process };
    }
    return undefined;
  }

  #where(lot: LotId, maker: number, number: number): string {
    const { stages } = this.#ledger.plant;
    const received = this.#received(lot);
    if (received !== undefined) {
      const { process } = received;
      const { name } = stages[process]!;
      return this.#ledger.books[process]!.in.has(lot) ? `in use at ${name}` : `used up at ${name}`;
    }
    const { out, settled } = this.#ledger.books[maker]!;
    const on = out.get(number);
    if (on === undefined) return settled.get(number)?.fate ?? "nowhere";
    if (!isAway(on))
      return `${on.state === "available" ? "on the shelf of" : "on its way back to"} ${stages[maker]!.name}`;
    const to = stages[on.to!]!.name;
    return on.state === "lost" ? `lost, sent to ${to}` : `on its way to ${to}`;
  }
}
