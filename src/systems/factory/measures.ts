// What a factory did, measured from its notes: so from the trace of any runtime. Used by its report and by
// experiments.
import type { TraceBatch } from "../../core/batch.ts";
import type { Observer } from "../../core/check.ts";
import type { Json } from "../../core/json.ts";
import type { Run } from "../../core/run.ts";
import { KIND } from "../../core/trace-event.ts";
import type { FactoryParams } from "./definition.ts";
import { plantOf } from "./plant.ts";
import { units } from "./quantity.ts";

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
  readonly amount: number;
};

export type FactoryMeasures = {
  /** The span that was measured, µs of the run; and how many hours of the plant that is. */
  readonly span: number;
  readonly hours: number;
  readonly stages: readonly StageMeasures[];
  /** How often each note was said. */
  readonly said: ReadonlyMap<string, number>;
  /** Final units that left the plant, by item; and the longest time in which none did, µs. */
  readonly shipped: ReadonlyMap<string, number>;
  readonly gap: number;
  /** How long each member had been silent that was taken for down, µs. */
  readonly silences: readonly number[];
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
  amount: number;
};

type Fields = { readonly [field: string]: Json | undefined };

const newTally = (): Tally => ({
  state: "crashed",
  of: [],
  since: 0,
  time: {},
  starved: new Map(),
  jobs: 0,
  good: 0,
  cutOff: 0,
  amount: 0,
});

/** Measures a run from `from` (µs) on. Memory: some hundred bytes a stage. */
export class FactoryMeasurer implements Observer<FactoryMeasures> {
  readonly #run: Run;
  readonly #from: number;
  readonly #scale: number;
  readonly #items: readonly string[];
  readonly #tallies: readonly Tally[];
  readonly #said = new Map<string, number>();
  readonly #shipped = new Map<string, number>();
  readonly #silences: number[] = [];
  #last: number;
  #gap = 0;

  constructor(run: Run, from = 0) {
    const plant = plantOf(run.params as FactoryParams);
    this.#run = run;
    this.#from = from;
    this.#last = from;
    this.#scale = plant.params.timeScale;
    this.#items = plant.stages.map(({ item }) => item);
    this.#tallies = plant.stages.map(newTally);
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const kind = batch.kind(row);
      const tally = this.#tallies[batch.process(row)];
      if (kind === KIND.crash && tally !== undefined) {
        this.#turn(tally, "crashed", [], batch.time(row));
      }
      if (kind !== KIND.internal) continue;
      const { name, fields } = batch.detail(row) as { name: string; fields: Fields };
      this.#hear(batch.process(row), name, fields, batch.time(row));
    }
  }

  end(): FactoryMeasures {
    const { duration } = this.#run;
    for (const tally of this.#tallies) this.#turn(tally, tally.state, tally.of, duration);
    const span = duration - this.#from;
    return {
      span,
      hours: (span * this.#scale) / 3_600e6,
      stages: this.#tallies,
      said: this.#said,
      shipped: this.#shipped,
      gap: Math.max(this.#gap, duration - this.#last),
      silences: this.#silences,
    };
  }

  #hear(process: number, name: string, fields: Fields, time: number): void {
    const tally = this.#tallies[process];
    if (name === "stands") {
      if (tally) this.#turn(tally, fields.is as State, fields.of as string[], time);
      return;
    }
    if (time < this.#from) return;
    this.#said.set(name, (this.#said.get(name) ?? 0) + 1);
    if (name === "member" && fields.is === "down") this.#silences.push(fields.silence as number);
    if (tally === undefined) return;
    if (name === "cut off") tally.cutOff++;
    if (name !== "makes" && name !== "ships") return;
    tally.jobs++;
    tally.good += fields.good as number;
    tally.amount += fields.amount as number;
    if (name === "makes") return;
    const item = this.#items[process]!;
    this.#shipped.set(item, (this.#shipped.get(item) ?? 0) + units(fields.amount as number));
    this.#gap = Math.max(this.#gap, time - this.#last);
    this.#last = time;
  }

  /** A stage is at something else from now on. */
  #turn(tally: Tally, state: State, of: readonly string[], time: number): void {
    const span = Math.max(0, time - Math.max(tally.since, this.#from));
    tally.time[tally.state] = (tally.time[tally.state] ?? 0) + span;
    for (const item of tally.of) tally.starved.set(item, (tally.starved.get(item) ?? 0) + span);
    tally.state = state;
    tally.of = of;
    tally.since = time;
  }
}

/** The metrics of a factory's run, by what each means. */
export const FACTORY_METRICS: { readonly [metric: string]: string } = {
  shipped: "final units that left the plant",
  shipped_per_hour: "the same, an hour of the plant",
  shipped_per_minute: "the same, a minute of the run",
  gap_max: "longest time in which none left, seconds of the run",
  lots_made: "lots made by all stages",
  lots_sent: "lots sent, those sent again after a refusal counted again",
  lots_delivered: "lots taken by their consumers, as their makers heard",
  lots_refused: "lots refused",
  lots_recalled: "lots called back",
  lots_lost: "lots sent to stores that are gone",
  jobs_cut_off: "jobs cut off by breakdowns and crashes",
  running_percent: "share of time in which a stage runs, mean over stages, in %",
  starved_percent: "likewise, starved",
  blocked_percent: "likewise, blocked",
  down_percent: "likewise, with broken equipment",
  crashed_percent: "likewise, without a process",
  plans: "flows that leaders published",
  terms: "how often somebody began to lead",
  detection: "mean silence of members when they were taken for down, seconds",
};

/** A run as one row of those. */
export function factoryMetrics(measures: FactoryMeasures): { readonly [metric: string]: number } {
  const { span, hours, stages, said, shipped, gap, silences } = measures;
  const of = (name: string): number => said.get(name) ?? 0;
  const units = [...shipped.values()].reduce((sum, each) => sum + each, 0);
  const share = (state: State): number =>
    (100 * stages.reduce((sum, { time }) => sum + (time[state] ?? 0), 0)) / (span * stages.length);
  return {
    shipped: units,
    shipped_per_hour: units / hours,
    shipped_per_minute: units / (span / 60e6),
    gap_max: gap / 1e6,
    lots_made: of("makes") + of("ships"),
    lots_sent: of("sent"),
    lots_delivered: of("delivered"),
    lots_refused: of("refused"),
    lots_recalled: of("recalling"),
    lots_lost: of("lost"),
    jobs_cut_off: of("cut off"),
    running_percent: share("running"),
    starved_percent: share("starved"),
    blocked_percent: share("blocked"),
    down_percent: share("down"),
    crashed_percent: share("crashed"),
    plans: of("plans"),
    terms: of("leads"),
    detection: silences.reduce((sum, each) => sum + each, 0) / 1e6 / Math.max(1, silences.length),
  };
}
