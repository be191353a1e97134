// What a factory did, measured from its trace: on any runtime. Used by its report and by experiments.
import type { TraceBatch } from "../../../core/batch.ts";
import type { Observer } from "../../../core/check.ts";
import { countIn } from "../../../core/counting.ts";
import type { Json } from "../../../core/json.ts";
import type { Run } from "../../../core/run.ts";
import { KIND } from "../../../core/trace-event.ts";
import { type FactoryParams, HOUR } from "../file/definition.ts";
import { plantOf } from "../plant.ts";
import { units } from "../quantity.ts";
import { type Fields, Material, PLACES, type Place } from "./material.ts";
import { type Phase, PhaseMeasurer } from "./phase.ts";
import { Recoveries, type Recovery } from "./recoveries.ts";

/** What a stage may be at; together they are all of a run. `crashed`: its process is not there. */
export const STATES = [
  "running",
  "starved",
  "blocked",
  "no demand",
  "maintenance",
  "down",
  "held",
  "crashed",
] as const;
export type State = (typeof STATES)[number];

/** What a stage did. Times in µs, amounts in millionths of a unit. */
export type StageMeasures = {
  readonly time: { readonly [state in State]?: number };
  /** Time starved, by item. */
  readonly starved: ReadonlyMap<string, number>;
  readonly jobs: number;
  readonly good: number;
  readonly cutOff: number;
  /** Breakdowns of its equipment, and crashes of its process. */
  readonly failures: number;
  readonly amount: number;
};

/** No profile strikes after this share of a run. */
const DISORDER = 0.8;
/** When this share is left, a plant has long been filled again that had been emptied. */
const CALM = 0.1;

export type FactoryMeasures = {
  /** The span that was measured, µs of the run; and how many hours of the plant that is. */
  readonly span: number;
  readonly hours: number;
  readonly stages: readonly StageMeasures[];
  /** How often each note was said, each kind of message sent by stages, and a commit made by one. */
  readonly said: ReadonlyMap<string, number>;
  readonly sent: ReadonlyMap<string, number>;
  readonly commits: number;
  /** `sent` messages that stages received: some of them twice. */
  readonly announced: number;
  /** Final units that left the plant, by item; and the longest time in which none did, µs. */
  readonly shipped: ReadonlyMap<string, number>;
  readonly gap: number;
  /** Final units that the flows in force promised; null if nobody planned. */
  readonly planned: number | null;
  /** Arcs that each flow after the first changed. */
  readonly changed: readonly number[];
  /** How long each member had been silent that was taken for down, µs. */
  readonly silences: readonly number[];
  /** How often it was one whose process had been there all that time. */
  readonly mistaken: number;
  /** While kills may go on, and when all have long been back. */
  readonly disorder: Phase;
  readonly calm: Phase;
  readonly recoveries: readonly Recovery[];
  /** What a leader found last of the loss of a stage. */
  readonly risks: Fields | null;
  /** Units in the plant, the mean over time, by where they were. */
  readonly wip: { readonly [place in Place]: number };
  /** Unit-µs that units had been in the plant when they left it. */
  readonly sojourn: number;
  /** For each final lot, from the start of the first job of its genealogy, µs. */
  readonly leads: readonly number[];
  /** Time of all jobs that were done, µs. */
  readonly worked: number;
  /** The longest time that a lot was on its way, its answers included, µs. */
  readonly longestWay: number;
};

type Tally = {
  state: State;
  of: readonly string[];
  since: number;
  readonly time: { [state in State]?: number };
  readonly starved: Map<string, number>;
  jobs: number;
  good: number;
  cutOff: number;
  failures: number;
  amount: number;
};

const newTally = (): Tally => ({
  ...{ state: "crashed", of: [], since: 0, time: {}, starved: new Map() },
  ...{ jobs: 0, good: 0, cutOff: 0, failures: 0, amount: 0 },
});

/** Measures a run from `from` (µs) on. Memory: some hundred bytes a stage, a lot in the plant, a lot shipped. */
export class FactoryMeasurer implements Observer<FactoryMeasures> {
  readonly #run: Run;
  readonly #from: number;
  readonly #scale: number;
  readonly #items: readonly string[];
  readonly #tallies: readonly Tally[];
  readonly #said = new Map<string, number>();
  readonly #sent = new Map<string, number>();
  readonly #shipped = new Map<string, number>();
  readonly #silences: number[] = [];
  readonly #changed: number[] = [];
  readonly #leads: number[] = [];
  readonly #recoveries: Recoveries;
  readonly #disorder: PhaseMeasurer;
  readonly #calm: PhaseMeasurer;
  readonly #material: Material;
  readonly #wip: { [place in Place]: number } = {
    ...{ shelf: 0, "under way": 0, queue: 0, reserved: 0 },
  };
  /** Units an hour by the flow in force, and what was promised until `#planFrom`. */
  #perHour: number | null = null;
  #risks: Fields | null = null;
  #promised = 0;
  #planFrom: number;
  #moved: number;
  #last: number;
  #gap = 0;
  #mistaken = 0;
  #commits = 0;
  #announced = 0;
  #sojourn = 0;
  #worked = 0;
  #longestWay = 0;

  constructor(run: Run, from = 0) {
    const plant = plantOf(run.params as FactoryParams);
    this.#run = run;
    this.#from = from;
    this.#last = from;
    this.#moved = from;
    this.#planFrom = from;
    this.#scale = plant.params.timeScale;
    this.#items = plant.stages.map(({ item }) => item);
    this.#tallies = plant.stages.map(newTally);
    this.#recoveries = new Recoveries(plant);
    const { duration } = run;
    this.#disorder = new PhaseMeasurer(plant, from, DISORDER * duration);
    this.#calm = new PhaseMeasurer(plant, Math.max(from, (1 - CALM) * duration), duration);
    this.#material = new Material({
      arrived: (sent, time) => {
        if (time >= from) this.#longestWay = Math.max(this.#longestWay, time - sent);
      },
      left: (amount, made, time) => {
        if (time >= from) this.#sojourn += units(amount) * (time - made);
      },
      done: (began, time) => {
        if (time >= from) this.#worked += time - began;
      },
      shipped: (root, time) => {
        if (time >= from) this.#leads.push(time - root);
      },
    });
  }

  see(batch: TraceBatch): void {
    batch.each((row, detail) => {
      const process = batch.process(row);
      const tally = this.#tallies[process];
      if (tally !== undefined) this.#count(tally, batch, row, detail);
      if (batch.kind(row) !== KIND.internal || detail === undefined) return;
      const { name, fields } = detail as { name: string; fields: Fields };
      this.#hear(process, name, fields, batch.time(row));
    });
  }

  end(): FactoryMeasures {
    const { duration } = this.#run;
    for (const tally of this.#tallies) this.#turn(tally, tally.state, tally.of, duration);
    this.#pass(duration);
    this.#promise(duration);
    const span = duration - this.#from;
    const mean = (place: Place): number => this.#wip[place] / span;
    return {
      ...{ span, hours: (span * this.#scale) / HOUR },
      ...{ stages: this.#tallies, said: this.#said, sent: this.#sent, commits: this.#commits },
      ...{ announced: this.#announced, shipped: this.#shipped },
      gap: Math.max(this.#gap, duration - this.#last),
      planned: this.#perHour === null ? null : this.#promised,
      ...{ changed: this.#changed, silences: this.#silences },
      ...{ mistaken: this.#mistaken, disorder: this.#disorder.end(), calm: this.#calm.end() },
      risks: this.#risks,
      recoveries: this.#recoveries.end().filter(({ at }) => at >= this.#from),
      wip: {
        ...{ shelf: mean("shelf"), "under way": mean("under way") },
        ...{ queue: mean("queue"), reserved: mean("reserved") },
      },
      ...{ sojourn: this.#sojourn, leads: this.#leads, worked: this.#worked },
      longestWay: this.#longestWay,
    };
  }

  /** A row of a stage. */
  #count(tally: Tally, batch: TraceBatch, row: number, detail: Json | undefined): void {
    const time = batch.time(row);
    const process = batch.process(row);
    const measured = time >= this.#from;
    switch (batch.kind(row)) {
      case KIND.crash:
        if (measured) tally.failures++;
        this.#turn(tally, "crashed", [], time);
        this.#recoveries.crashed(process, time);
        this.#disorder.crashed(process, time);
        this.#calm.crashed(process, time);
        break;
      case KIND.start:
        this.#recoveries.started(process, time);
        this.#disorder.started(process, time);
        this.#calm.started(process, time);
        break;
      case KIND.fault:
        if (detail === "wiped") {
          this.#pass(time);
          this.#material.wiped(process, time);
        }
        break;
      case KIND.store:
        if (measured) this.#commits++;
        break;
      case KIND.send:
        if (measured && typeof detail === "string") countIn(this.#sent, detail);
        break;
      case KIND.receive:
        if (measured && detail === "sent") this.#announced++;
        break;
      default:
    }
  }

  #hear(process: number, name: string, fields: Fields, time: number): void {
    const tally = this.#tallies[process];
    this.#recoveries.hear(process, name, fields, time);
    if (name === "plans") this.#planned(fields, time);
    if (name === "risks") this.#risks = fields;
    if (name === "stands") {
      if (tally) this.#turn(tally, fields.is as State, fields.of as string[], time);
      return;
    }
    this.#pass(time);
    this.#material.hear(process, name, fields, time);
    if (time < this.#from) return;
    countIn(this.#said, name);
    if (name === "member" && fields.is === "down") {
      const silence = fields.silence as number;
      this.#silences.push(silence);
      if (this.#recoveries.isUpSince(fields.name as string, time - silence)) this.#mistaken++;
    }
    if (tally === undefined) return;
    if (name === "cut off") tally.cutOff++;
    if (name === "breaks down") tally.failures++;
    if (name !== "makes" && name !== "ships") return;
    tally.jobs++;
    tally.good += fields.good as number;
    tally.amount += fields.amount as number;
    if (name === "makes") return;
    const amount = units(fields.amount as number);
    countIn(this.#shipped, this.#items[process]!, amount);
    this.#disorder.ships(amount, time);
    this.#calm.ships(amount, time);
    this.#gap = Math.max(this.#gap, time - this.#last);
    this.#last = time;
  }

  #planned({ perHour, changed }: Fields, time: number): void {
    if (this.#perHour !== null && time >= this.#from) this.#changed.push(changed as number);
    this.#promise(time);
    this.#perHour = perHour as number;
  }

  /** What the flow in force promised until now. */
  #promise(time: number): void {
    const span = Math.max(0, time - this.#planFrom);
    this.#promised += ((this.#perHour ?? 0) * span) / HOUR;
    this.#planFrom = Math.max(this.#planFrom, time);
  }

  /** Material was where it was until now. */
  #pass(time: number): void {
    const span = time - this.#moved;
    if (span <= 0) return;
    for (const place of PLACES) this.#wip[place] += units(this.#material.units[place]) * span;
    this.#moved = time;
  }

  /** A stage is at something else from now on. */
  #turn(tally: Tally, state: State, of: readonly string[], time: number): void {
    const span = Math.max(0, time - Math.max(tally.since, this.#from));
    tally.time[tally.state] = (tally.time[tally.state] ?? 0) + span;
    for (const item of tally.of) countIn(tally.starved, item, span);
    tally.state = state;
    tally.of = of;
    tally.since = time;
  }
}
