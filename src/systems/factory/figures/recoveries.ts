// What a crash of a stage costs in time, where a leader plans: until it is taken for down, until there is a
// flow without it, until all that are there have adopted that, and until a lot leaves the plant after that.
import type { Figure } from "../../../core/figure.ts";
import type { Epoch } from "../flows.ts";
import type { Plant } from "../plant.ts";
import { isLater } from "../requests.ts";
import type { Heard, Part } from "./heard.ts";

const STEPS = ["taken for down", "a flow without it", "adopted by all", "a lot left after that"];
/** Crashes that are kept; later ones are counted alone. */
const CASES_MAX = 500;

/** A crash and what followed; µs. */
type Case = {
  readonly stage: number;
  readonly at: number;
  /** When each of the steps was taken. */
  readonly steps: (number | null)[];
  /** Of the flow without it, and who has not adopted that yet. */
  epoch: Epoch | undefined;
  waiting: Set<number>;
};

type Fields = (Heard & { kind: "note" })["fields"];

export class Recoveries implements Part {
  readonly #plant: Plant;
  readonly #ids: ReadonlyMap<string, number>;
  /** Whom each leader counts on. */
  readonly #views = new Map<number, Set<number>>();
  readonly #up = new Set<number>();
  #epoch: Epoch = [0, 0];
  /** Whom the last flow counts on. */
  #used: ReadonlySet<number> = new Set();
  /** What is not over, by stage. */
  readonly #open = new Map<number, Case>();
  readonly #cases: Case[] = [];
  #crashes = 0;

  constructor(plant: Plant) {
    this.#plant = plant;
    this.#ids = new Map(plant.stages.map(({ id, name }) => [name, id]));
  }

  hear(heard: Heard): void {
    const { at, process } = heard;
    const isStage = process < this.#plant.stages.length;
    if (heard.kind === "crash") {
      if (isStage) this.#crash(process, at);
    } else if (heard.kind === "start") {
      if (isStage) this.#back(process);
    } else this.#note(heard.name, process, heard.fields, at);
  }

  figure(): Figure | undefined {
    const followed = this.#cases.filter(({ steps }) => steps.some((step) => step !== null));
    if (followed.length === 0) return undefined;
    return {
      name: "recoveries",
      title: "What follows the crash of a stage",
      subtitle: `crashes of stages: ${followed.length} of ${this.#crashes}${this.#others(followed.length)}`,
      shows: {
        kind: "strips",
        unit: "seconds since the crash",
        steps: STEPS,
        cases: followed.map(({ stage, at, steps }) => ({
          name: this.#plant.stages[stage]!.name,
          values: steps.map((step) => (step === null ? null : (step - at) / 1e6)),
        })),
      },
    };
  }

  #others(followed: number): string {
    if (followed === this.#crashes) return "";
    const later = this.#cases.length === CASES_MAX ? ", or came later" : "";
    return `; the others were back soon, or in no flow${later}`;
  }

  #crash(stage: number, at: number): void {
    this.#up.delete(stage);
    this.#crashes++;
    this.#open.delete(stage);
    for (const each of this.#open.values()) this.#heardOf(each, stage, at);
    if (!this.#used.has(stage) || this.#cases.length === CASES_MAX) return;
    const steps = STEPS.map(() => null);
    const begun: Case = { stage, at, steps, epoch: undefined, waiting: new Set() };
    this.#cases.push(begun);
    this.#open.set(stage, begun);
  }

  /** Who is back before there was a flow without it needs none any more. */
  #back(stage: number): void {
    this.#up.add(stage);
    if (this.#open.get(stage)?.epoch === undefined) this.#open.delete(stage);
  }

  #note(name: string, process: number, fields: Fields, at: number): void {
    if (name === "leads") this.#views.set(process, new Set());
    else if (name === "member") this.#member(process, fields, at);
    else if (name === "plans") this.#plans(process, epochOf(fields), at);
    else if (name === "adopts") {
      for (const each of this.#open.values()) {
        if (each.epoch === undefined || isLater(each.epoch, epochOf(fields))) continue;
        this.#heardOf(each, process, at);
      }
    } else if (name === "ships") {
      for (const { stage, steps } of this.#open.values()) {
        if (steps[2] === null) continue;
        steps[3] = at;
        this.#open.delete(stage);
      }
    }
  }

  #member(leader: number, { name, is }: Fields, at: number): void {
    const stage = this.#ids.get(name as string)!;
    const view = this.#views.get(leader);
    // A suspect is counted on until there is a verdict.
    if (is === "up" || is === "suspect") view?.add(stage);
    else view?.delete(stage);
    const open = this.#open.get(stage);
    if (is === "down" && open !== undefined) open.steps[0] ??= at;
  }

  #plans(leader: number, epoch: Epoch, at: number): void {
    // Who led before may still plan, and nobody listens.
    if (!isLater(epoch, this.#epoch)) return;
    this.#epoch = epoch;
    this.#used = new Set(this.#views.get(leader));
    for (const each of this.#open.values()) {
      if (each.epoch !== undefined || this.#used.has(each.stage)) continue;
      each.epoch = epoch;
      each.steps[1] = at;
      each.waiting = new Set(this.#up);
    }
  }

  /** Somebody has adopted the flow of a case, or is gone and will not. */
  #heardOf({ steps, waiting }: Case, process: number, at: number): void {
    if (waiting.delete(process) && waiting.size === 0) steps[2] = at;
  }
}

const epochOf = ({ term, sequence }: Fields): Epoch => [term as number, sequence as number];
