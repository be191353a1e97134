// The life of every lot, event by event. What was made, used, received and scrapped is in the stores; when, and
// how often a lot was sent before it was taken, is in the trace alone.
import type { TraceBatch } from "../../../core/batch.ts";
import type { Observer } from "../../../core/check.ts";
import type { Stored } from "../../../core/stored.ts";
import { KIND } from "../../../core/trace-event.ts";
import type { Fields } from "../measured/material.ts";
import { type JobRecord, LOG, type LotId, type Portion, type ScrappedRecord } from "../messages.ts";
import type { Plant } from "../plant.ts";
import { Genealogy } from "./genealogy.ts";
import { type Ledger, ledgerOf } from "./ledger.ts";

/** One attempt to hand a lot over. */
export type Attempt = { readonly g: number; readonly from: number; readonly to: number };

/** What happened to lots, at which stage (by which store), and when: µs since the run began. */
export type CustodyEvent = {
  readonly at: number;
  readonly stage: number;
  readonly store: string;
} & (
  | {
      /** A job ended. `lot`: what it made, if anything was good. */
      readonly kind: "made";
      readonly job: JobRecord;
      readonly lot: LotId | null;
    }
  | {
      /** A job did not end: what it had taken is gone. */
      readonly kind: "cut off";
      readonly job: number;
      readonly inputs: readonly Portion[];
    }
  | ({ readonly kind: "shipped" | "scrapped" } & LotAmount)
  | ({
      /** `back`: on the shelf again; `lost`: nobody knows; `found`: it was taken after all. */
      readonly kind: "sent" | "received" | "back" | "lost" | "found";
      readonly transfer: Attempt;
    } & LotAmount)
);

type LotAmount = { readonly lot: LotId; readonly item: string; readonly amount: number };

/** When something was noted, and its place in the run's order. */
type Moment = { readonly at: number; readonly place: number };
type Move = Moment & {
  readonly kind: "sent" | "back" | "lost" | "found";
  readonly stage: number;
  readonly lot: LotId;
  readonly transfer: Attempt;
};
type Placed = { readonly place: number; readonly event: CustodyEvent };

/** Is shown the trace of a run whose stores are known, and tells the life of their lots. */
export class Custody implements Observer<readonly CustodyEvent[]> {
  readonly #stored: readonly Stored[];
  readonly #ledger: Ledger;
  /** Of notes that may be made once only, by who, what and which. A store that forgot some makes them again: the last counts. */
  readonly #moments = new Map<string, Moment>();
  readonly #moves = new Map<string, Move>();
  readonly #transfers = new Map<LotId, Attempt>();
  readonly #lost = new Set<LotId>();

  constructor(plant: Plant, stored: readonly Stored[]) {
    this.#stored = stored.slice(0, plant.stages.length);
    this.#ledger = ledgerOf(plant, this.#stored).ledger;
  }

  see(batch: TraceBatch): void {
    for (const [index, row] of batch.detailRows.entries()) {
      const stage = batch.process(row);
      if (batch.kind(row) !== KIND.internal || stage >= this.#stored.length) continue;
      const { name, fields } = batch.details[index] as { name: string; fields: Fields };
      this.#note(stage, name, fields, { at: batch.time(row), place: batch.first + row });
    }
  }

  /** In the order in which they were noted. */
  end(): readonly CustodyEvent[] {
    const genealogy = new Genealogy(this.#ledger);
    const placed = this.#stored.flatMap((_, stage) => [...this.#ofStage(stage)]);
    for (const { at, place, kind, stage, lot, transfer } of this.#moves.values()) {
      // Of a lot that only a lost store knew, nothing is known.
      const facts = genealogy.facts(lot);
      if (facts === undefined) continue;
      const { item, amount } = facts;
      const event = { at, stage, store: this.#tag(stage), kind, lot, item, amount, transfer };
      placed.push({ place, event });
    }
    return placed.sort((a, b) => a.place - b.place).map(({ event }) => event);
  }

  #note(stage: number, name: string, fields: Fields, moment: Moment): void {
    const { job } = fields;
    const lot = String(fields.lot);
    switch (name) {
      case "makes":
      case "ships":
        this.#moments.set(`${stage} made ${job}`, moment);
        break;
      case "cut off":
        this.#moments.set(`${stage} cut ${job}`, moment);
        break;
      case "scraps":
        this.#moments.set(`${stage} scraps ${lot}`, moment);
        break;
      case "received":
        this.#moments.set(`${stage} received ${lot}`, moment);
        break;
      case "sent":
        this.#transfers.set(lot, { g: Number(fields.g), from: stage, to: Number(fields.to) });
        this.#move("sent", stage, lot, moment);
        break;
      case "back":
        this.#move("back", stage, lot, moment);
        break;
      case "lost":
        this.#lost.add(lot);
        this.#move("lost", stage, lot, moment);
        break;
      case "delivered":
      case "refused":
        if (this.#lost.delete(lot)) this.#move("found", stage, lot, moment);
        break;
      default:
    }
  }

  #move(kind: Move["kind"], stage: number, lot: LotId, moment: Moment): void {
    const transfer = this.#transfers.get(lot);
    if (transfer === undefined) return;
    this.#moves.set(`${kind} ${lot} ${transfer.g}`, { ...moment, kind, stage, lot, transfer });
  }

  *#ofStage(stage: number): Generator<Placed> {
    const { finished, made, settled, received } = this.#ledger.books[stage]!;
    const here = { stage, store: this.#tag(stage) };
    for (const job of finished.values()) {
      const { at, place } = this.#when(`${stage} made ${job.job}`, job.to);
      const lot = job.lot === null ? null : this.#ledger.idOf(stage, job.lot);
      yield { place, event: { kind: "made", at, ...here, job, lot } };
    }
    for (const value of this.#stored[stage]!.logs.get(LOG.scrapped) ?? []) {
      const { job, inputs } = value as unknown as ScrappedRecord;
      const { at, place } = this.#when(`${stage} cut ${job}`);
      yield { place, event: { kind: "cut off", at, ...here, job, inputs } };
    }
    for (const { lot: number, fate } of settled.values()) {
      const job = made.get(number);
      if (fate === "delivered" || job === undefined) continue;
      const lot = this.#ledger.idOf(stage, number);
      const { item, amount, to } = job;
      const shipped = fate === "shipped";
      const noted = shipped ? `${stage} made ${job.job}` : `${stage} scraps ${lot}`;
      const { at, place } = this.#when(noted, to);
      yield { place, event: { kind: fate, at, ...here, lot, item, amount } };
    }
    for (const { lot, from, item, amount, g } of received.values()) {
      const { at, place } = this.#when(`${stage} received ${lot}`);
      const transfer = { g, from, to: stage };
      yield { place, event: { kind: "received", at, ...here, lot, item, amount, transfer } };
    }
  }

  #tag(stage: number): string {
    return this.#ledger.books[stage]!.tag;
  }

  /** `otherwise`: by the local clock, if the trace does not tell. */
  #when(noted: string, otherwise = 0): Moment {
    return this.#moments.get(noted) ?? { at: otherwise, place: Number.MAX_SAFE_INTEGER };
  }
}
