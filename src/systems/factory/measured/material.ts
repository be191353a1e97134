// Where material is, followed from the notes of stages: so from the trace of any runtime. A unit is in the plant
// from the job that makes it to the job that uses it up; final units leave when they are made.
import type { Json } from "../../../core/json.ts";
import type { LotId, Portion } from "../messages.ts";

/** Where units of a lot may be: at their maker, under way (or on their way back), at their consumer, in a job. */
export const PLACES = ["shelf", "under way", "queue", "reserved"] as const;
export type Place = (typeof PLACES)[number];

export type Fields = { readonly [field: string]: Json | undefined };

/** Amounts in millionths of a unit, times in µs of the run. */
type Held = {
  /** In whose hands it is: its maker's, until a consumer has it. */
  holder: number;
  readonly made: number;
  /** When the first job of its genealogy began. */
  readonly root: number;
  /** Units in the lot, where they are as a whole, and those of them that jobs hold. */
  amount: number;
  place: Exclude<Place, "reserved">;
  /** Since when it is there. */
  since: number;
  reserved: number;
};

type Job = { readonly takes: readonly Portion[]; readonly began: number; readonly root: number };

/** What becomes of material, for those who measure it. */
export type Watching = {
  /** A lot has come to its consumer. */
  arrived?(sent: number, time: number): void;
  /** Units leave: they are used up, scrapped, or lost. */
  left?(amount: number, made: number, time: number): void;
  /** A job is done. */
  done?(began: number, time: number): void;
  /** A final lot leaves; the first job of its genealogy began at `root`. */
  shipped?(root: number, time: number): void;
};

/** Follows lots. Memory: lots in the plant, and jobs that run. Of lots made before it watched it knows nothing. */
export class Material {
  readonly #watching: Watching;
  readonly #lots = new Map<LotId, Held>();
  readonly #jobs = new Map<string, Job>();
  readonly #units: { [place in Place]: number } = {
    shelf: 0,
    "under way": 0,
    queue: 0,
    reserved: 0,
  };

  constructor(watching: Watching = {}) {
    this.#watching = watching;
  }

  /** Millionths of a unit in the plant, by where they are. */
  get units(): { readonly [place in Place]: number } {
    return this.#units;
  }

  /** Is there anything left of a lot? */
  has(lot: LotId): boolean {
    return this.#lots.has(lot);
  }

  /** A stage has said something. Cost: constant, but for the portions of a job. */
  hear(process: number, name: string, fields: Fields, time: number): void {
    const job = `${process}/${String(fields.job)}`;
    switch (name) {
      case "begins":
        this.#begin(job, fields.takes as unknown as readonly Portion[], time);
        break;
      case "makes":
      case "ships":
        this.#end(process, job, name === "ships", fields, time);
        break;
      case "cut off":
        if (fields.policy !== "resume") this.#cutOff(job, fields.policy === "scrap", time);
        break;
      case "sent":
        this.#move(process, fields.lot, "under way", time);
        break;
      case "received":
        this.#move(process, fields.lot, "queue", time);
        break;
      case "back":
        this.#move(process, fields.lot, "shelf", time);
        break;
      case "scraps":
      case "lost":
        // What was written off while its consumer had it is still there.
        if (this.#lots.get(fields.lot as LotId)?.place !== "queue")
          this.#leave(fields.lot as LotId, time);
        break;
      default:
    }
  }

  /** A stage has lost its store, and with it all that it held. */
  wiped(process: number, time: number): void {
    for (const [lot, { holder }] of this.#lots) if (holder === process) this.#leave(lot, time);
  }

  #begin(job: string, takes: readonly Portion[], time: number): void {
    let root = time;
    for (const [lot, amount] of takes) {
      const held = this.#lots.get(lot);
      if (held === undefined) continue;
      root = Math.min(root, held.root);
      this.#reserve(held, amount);
    }
    this.#jobs.set(job, { takes, began: time, root });
  }

  #end(process: number, job: string, final: boolean, { lot, amount }: Fields, time: number): void {
    const { takes = [], began = time, root = time } = this.#jobs.get(job) ?? {};
    this.#jobs.delete(job);
    for (const portion of takes) this.#use(portion, time);
    this.#watching.done?.(began, time);
    if (lot === undefined) return;
    const units = amount as number;
    if (final) this.#watching.shipped?.(root, time);
    else {
      const place = "shelf";
      this.#lots.set(lot as LotId, {
        ...{ holder: process, made: time, root },
        ...{ amount: units, place, since: time, reserved: 0 },
      });
      this.#units[place] += units;
    }
  }

  #cutOff(job: string, scrap: boolean, time: number): void {
    for (const [lot, amount] of this.#jobs.get(job)?.takes ?? []) {
      if (scrap) this.#use([lot, amount], time);
      else {
        const held = this.#lots.get(lot);
        if (held !== undefined) this.#reserve(held, -amount);
      }
    }
    this.#jobs.delete(job);
  }

  #reserve(held: Held, amount: number): void {
    held.reserved += amount;
    this.#units.reserved += amount;
    this.#units[held.place] -= amount;
  }

  /** Units that a job held are no more. */
  #use([lot, amount]: Portion, time: number): void {
    const held = this.#lots.get(lot);
    if (held === undefined) return;
    held.reserved -= amount;
    held.amount -= amount;
    this.#units.reserved -= amount;
    this.#watching.left?.(amount, held.made, time);
    if (held.amount === 0) this.#lots.delete(lot);
  }

  #move(holder: number, lot: Json | undefined, place: Held["place"], time: number): void {
    const held = this.#lots.get(lot as LotId);
    if (held === undefined) return;
    if (place === "queue") this.#watching.arrived?.(held.since, time);
    const free = held.amount - held.reserved;
    this.#units[held.place] -= free;
    this.#units[place] += free;
    held.place = place;
    held.since = time;
    held.holder = holder;
  }

  #leave(lot: LotId, time: number): void {
    const held = this.#lots.get(lot);
    if (held === undefined) return;
    this.#units[held.place] -= held.amount - held.reserved;
    this.#units.reserved -= held.reserved;
    this.#watching.left?.(held.amount, held.made, time);
    this.#lots.delete(lot);
  }
}
