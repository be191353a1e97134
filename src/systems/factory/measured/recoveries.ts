// What the plant did about each crash of a stage, from the trace: when it was missed, planned for, and made up for.

import type { Plant } from "../plant.ts";
import type { Fields } from "./material.ts";

/** A crash of a stage. Times in µs since it; what did not come to pass before the next start of it is absent. */
export type Recovery = {
  readonly process: number;
  readonly at: number;
  /** A leader took it for down. */
  readonly detected?: number;
  /** A flow without it was published; and the last of the stages that were there then adopted that. */
  readonly planned?: number;
  readonly adopted?: number;
  /** After that, the first lot of what it makes came from another. */
  readonly substitute?: number;
  /** And the first final lot left the plant. */
  readonly shipped?: number;
};

type Open = { -readonly [field in keyof Recovery]: Recovery[field] } & {
  epoch?: string;
  /** Who need not adopt it: they are, or have been, down since then. */
  absent?: Set<number>;
};

/** Memory: one small record a crash. */
export class Recoveries {
  readonly #plant: Plant;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #all: Open[] = [];
  /** The last crash of each stage that is down. */
  readonly #down = new Map<number, Open>();
  /** When those that are there were started. */
  readonly #up = new Map<number, number>();
  /** Of those that were planned for, what still may come. */
  #waiting: Open[] = [];

  constructor(plant: Plant) {
    this.#plant = plant;
    this.#ids = new Map(plant.stages.map(({ name, id }) => [name, id]));
  }

  crashed(process: number, at: number): void {
    if (process >= this.#plant.stages.length) return;
    const open: Open = { process, at };
    this.#all.push(open);
    for (const { absent } of this.#waiting) absent!.add(process);
    this.#down.set(process, open);
    this.#up.delete(process);
  }

  started(process: number, at: number): void {
    this.#down.delete(process);
    this.#up.set(process, at);
  }

  /** Has it been there all the time since then? */
  isUpSince(name: string, since: number): boolean {
    const start = this.#up.get(this.#ids.get(name)!);
    return start !== undefined && start <= since;
  }

  hear(process: number, name: string, fields: Fields, time: number): void {
    switch (name) {
      case "member":
        if (fields.is === "down") this.#missed(this.#ids.get(fields.name as string), time);
        break;
      case "plans":
        this.#planned(epochOf(fields), time);
        break;
      case "adopts":
        for (const open of this.#waiting) {
          const follows = open.epoch === epochOf(fields) && !open.absent!.has(process);
          if (!follows) continue;
          open.adopted = time - open.at;
          // It left before all had followed.
          delete open.shipped;
        }
        break;
      case "received":
        if (this.#waiting.length > 0) this.#received(fields.from as number, time);
        break;
      case "ships":
        for (const open of this.#waiting) {
          if (open.adopted !== undefined) open.shipped ??= time - open.at;
        }
        break;
      default:
    }
  }

  end(): readonly Recovery[] {
    return this.#all.map(({ epoch: _, absent: __, ...recovery }) => recovery);
  }

  #missed(process: number | undefined, time: number): void {
    const open = process === undefined ? undefined : this.#down.get(process);
    if (open !== undefined) open.detected ??= time - open.at;
  }

  #planned(epoch: string, time: number): void {
    // What an earlier plan has not brought about is this one's to do.
    this.#waiting = this.#waiting.filter(
      ({ substitute, shipped }) => substitute === undefined || shipped === undefined,
    );
    for (const open of this.#down.values()) {
      if (open.detected === undefined || open.planned !== undefined) continue;
      open.planned = time - open.at;
      open.epoch = epoch;
      open.absent = new Set(this.#down.keys());
      this.#waiting.push(open);
    }
  }

  /** Somebody has a lot from one who does not work by the old flow any more. */
  #received(from: number, time: number): void {
    const { stages } = this.#plant;
    for (const open of this.#waiting) {
      if (open.adopted === undefined || open.substitute !== undefined) continue;
      const alike = from !== open.process && stages[from]?.item === stages[open.process]!.item;
      if (alike) open.substitute = time - open.at;
    }
  }
}

const epochOf = ({ term, sequence }: Fields): string => `${String(term)}.${String(sequence)}`;
