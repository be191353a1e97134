// A factory's run in tables and words: what left it, what each stage did and why it stood, and how lots
// were handed over. All of it from notes, so from any runtime's trace.
import { TABLE_ROWS_MAX } from "../../analysis/report.ts";
import type { TraceBatch } from "../../core/batch.ts";
import type { Json } from "../../core/json.ts";
import type { Run } from "../../core/run.ts";
import type { RunReport, Table } from "../../core/table.ts";
import { KIND } from "../../core/trace-event.ts";
import type { FactoryParams } from "./definition.ts";
import { type Plant, plantOf, type StagePlan } from "./plant.ts";
import type { Standing } from "./production.ts";
import { formatAmount, units } from "./quantity.ts";

/** What a stage may be at; together they are all of a run. `crashed`: its process is not there. */
const STATES = [
  "running",
  "starved",
  "blocked",
  "no demand",
  "maintenance",
  "down",
  "held",
  "crashed",
] as const;
type State = (typeof STATES)[number];

/** Notes about hand-offs, as a supplier or a consumer says them. */
const HANDOFFS = ["sent", "delivered", "refused", "recalling", "lost"] as const;

type StageTally = {
  state: State;
  of: readonly string[];
  since: number;
  readonly time: { [state in State]?: number };
  /** Time starved, by item. */
  readonly starved: Map<string, number>;
  jobs: number;
  good: number;
  cutOff: number;
  amount: number;
};

type Fields = { readonly [field: string]: Json | undefined };

/** Sees a run's notes and says what came of it. Memory: some hundred bytes a stage. */
export class FactoryReporter {
  readonly #plant: Plant;
  readonly #run: Run;
  readonly #stages: readonly StageTally[];
  readonly #handoffs = new Map<string, number>();

  constructor(run: Run) {
    this.#run = run;
    this.#plant = plantOf(run.params as FactoryParams);
    this.#stages = this.#plant.stages.map(() => ({
      state: "crashed",
      of: [],
      since: 0,
      time: {},
      starved: new Map(),
      jobs: 0,
      good: 0,
      cutOff: 0,
      amount: 0,
    }));
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const kind = batch.kind(row);
      if (kind !== KIND.internal && kind !== KIND.crash) continue;
      const stage = this.#stages[batch.process(row)];
      if (stage === undefined) continue;
      if (kind === KIND.crash) turn(stage, "crashed", [], batch.time(row));
      else {
        const { name, fields } = batch.detail(row) as { name: string; fields: Fields };
        this.#hear(stage, name, fields, batch.time(row));
      }
    }
  }

  end(): RunReport {
    const { duration } = this.#run;
    for (const stage of this.#stages) turn(stage, stage.state, stage.of, duration);
    const tables = [this.#output(), this.#states(), this.#jobs()];
    return {
      tables: tables.filter(({ rows }) => rows.length > 0),
      findings: this.#findings(),
      prediction: null,
    };
  }

  #hear(stage: StageTally, name: string, fields: Fields, time: number): void {
    if (name === "stands") turn(stage, fields.is as State, fields.of as string[], time);
    else if (name === "makes" || name === "ships") {
      stage.jobs++;
      stage.good += fields.good as number;
      stage.amount += fields.amount as number;
    } else if (name === "cut off") stage.cutOff++;
    else if ((HANDOFFS as readonly string[]).includes(name)) {
      this.#handoffs.set(name, (this.#handoffs.get(name) ?? 0) + 1);
    }
  }

  /** Hours of the plant in this run. */
  get #hours(): number {
    return (this.#run.duration * this.#plant.params.timeScale) / 3_600e6;
  }

  /** Stages of the plant with what they did, those of a kind together. */
  #kinds(): ReadonlyMap<string, readonly (readonly [StagePlan, StageTally])[]> {
    const kinds = new Map<string, (readonly [StagePlan, StageTally])[]>();
    for (const plan of this.#plant.stages) {
      const each = [plan, this.#stages[plan.id]!] as const;
      kinds.set(plan.kind, [...(kinds.get(plan.kind) ?? []), each]);
    }
    return kinds;
  }

  #output(): Table {
    const made = new Map<string, number>();
    for (const { final, item, id } of this.#plant.stages) {
      if (final) made.set(item, (made.get(item) ?? 0) + this.#stages[id]!.amount);
    }
    return {
      title: `What left the plant in ${number(this.#hours)} hours of it`,
      columns: ["item", "units", "per hour"],
      rows: [...made].map(([item, amount]) => [
        item,
        formatAmount(amount),
        number(units(amount) / this.#hours),
      ]),
    };
  }

  #states(): Table {
    const shown = STATES.filter((state) => this.#stages.some(({ time }) => (time[state] ?? 0) > 0));
    const rows = this.#plant.stages.slice(0, TABLE_ROWS_MAX).map(({ id, name }) => {
      const { time, starved } = this.#stages[id]!;
      const shares = shown.map((state) => percent((time[state] ?? 0) / this.#run.duration));
      const most = [...starved].sort(([, a], [, b]) => b - a).slice(0, 2);
      return [name, ...shares, most.map(([item]) => item).join(", ") || "-"];
    });
    return {
      title: titled("How each stage spent its time (%)", this.#plant.stages.length),
      columns: ["stage", ...shown, "starved of"],
      rows,
    };
  }

  #jobs(): Table {
    const rows = [...this.#kinds()].map(([kind, stages]) => {
      const sum = (of: (tally: StageTally) => number): number =>
        stages.reduce((all, [, tally]) => all + of(tally), 0);
      const starts = stages.reduce((all, [plan, { jobs }]) => all + jobs * plan.starts, 0);
      const good = sum((tally) => tally.good);
      return [
        kind,
        stages.length,
        sum(({ jobs }) => jobs),
        sum(({ cutOff }) => cutOff),
        starts > 0 ? percent(good / starts) : "-",
        number(units(sum(({ amount }) => amount)) / this.#hours),
        percent(sum(({ time }) => time.running ?? 0) / (stages.length * this.#run.duration)),
      ];
    });
    return {
      title: "What each class did",
      columns: ["class", "stages", "jobs", "cut off", "good %", "units/h", "running %"],
      rows,
    };
  }

  #findings(): string[] {
    const of = (name: string): number => this.#handoffs.get(name) ?? 0;
    const said = [
      `${of("sent")} lots were sent: ${of("delivered")} delivered, ${of("refused")} refused, ` +
        `${of("recalling")} called back, ${of("lost")} lost.`,
    ];
    const busiest = [...this.#kinds()]
      .map(([kind, stages]) => {
        const running = stages.map(([, { time }]) => (time.running ?? 0) / this.#run.duration);
        return { kind, share: running.reduce((sum, each) => sum + each, 0) / running.length };
      })
      .sort((a, b) => b.share - a.share)[0];
    if (busiest !== undefined) {
      said.push(
        `Busiest is ${busiest.kind}: its stages ran ${percent(busiest.share)} % of the time.`,
      );
    }
    const single = [...this.#kinds()].filter(([, stages]) => stages.length === 1);
    if (single.length > 0) {
      const names = single.map(([kind]) => kind).join(", ");
      said.push(`Single points of failure (classes of one stage): ${names}.`);
    }
    return said;
  }
}

/** A stage is at something else from now on. */
function turn(stage: StageTally, state: State, of: readonly string[], time: number): void {
  const span = time - stage.since;
  stage.time[stage.state] = (stage.time[stage.state] ?? 0) + span;
  for (const item of stage.of) stage.starved.set(item, (stage.starved.get(item) ?? 0) + span);
  stage.state = state satisfies Standing["is"] | "crashed";
  stage.of = of;
  stage.since = time;
}

const percent = (share: number): string => (100 * share).toFixed(1);
const number = (value: number): string => value.toFixed(value < 100 ? 2 : 0);
const titled = (title: string, count: number): string =>
  count > TABLE_ROWS_MAX ? `${title}, the first ${TABLE_ROWS_MAX} of ${count}` : title;
