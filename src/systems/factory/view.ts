// A factory as a page shows it, from the notes of its trace: on any runtime, live or kept.
import type { TraceBatch } from "../../core/batch.ts";
import { countIn } from "../../core/counting.ts";
import type { Json } from "../../core/json.ts";
import type { Run } from "../../core/run.ts";
import { KIND } from "../../core/trace-event.ts";
import { flowPlaces } from "../../figures/flow-graph.ts";
import { type FactoryParams, HOUR } from "./file/definition.ts";
import { type Fields, Material } from "./measured/material.ts";
import { STATES } from "./measured/measures.ts";
import type { LotId, Portion } from "./messages.ts";
import { type Plant, plantOf } from "./plant.ts";
import { units } from "./quantity.ts";
import type { FactoryScene, FactoryState, LotTree } from "./view-state.ts";

/** Rates are over the last so many µs of the run. */
const WINDOW = 60e6;
/** Lots on their way that are told of, and lots of which the genealogy is known; the oldest go first. */
const MOVING_MAX = 300;
const LOTS_MAX = 20_000;
/** What happened of late. */
const STORY_MAX = 40;
/** Lots in a tree. */
const TREE_MAX = 200;

type Lot = {
  readonly maker: number;
  readonly made: number;
  readonly amount: number;
  readonly inputs: readonly Portion[];
  /** In words. */
  where: string;
};

type Stage = {
  is: number;
  of: readonly string[];
  shelf: number;
  queue: number;
  jobs: number;
  made: number;
  member: string;
};

/** Notes that are told as they come. */
const TOLD: ReadonlySet<string> = new Set([
  ...["plans", "cannot plan", "leads", "follows", "member", "breaks down", "is mended"],
  ...["cut off", "changes", "lost", "scraps", "risks"],
]);

export class FactoryView {
  readonly #plant: Plant;
  readonly #names: readonly string[];
  readonly #stages: readonly Stage[];
  readonly #scene: FactoryScene;
  readonly #material = new Material();
  /** By lot: from whom to whom, since when. */
  readonly #moving = new Map<LotId, { from: number; to: number; at: number }>();
  /** Lots that arrived over each way of late, and when. */
  readonly #arrivals: { at: number; way: string }[] = [];
  readonly #shipped: { at: number; units: number }[] = [];
  readonly #lots = new Map<LotId, Lot>();
  readonly #jobs = new Map<string, readonly Portion[]>();
  readonly #story: { at: number; who: string; says: string }[] = [];
  #total = 0;
  #now = 0;
  #leader: { name: string; term: number } | null = null;
  #plan: FactoryState["plan"] = null;
  #said: FactoryState | null = null;
  #changed = true;

  constructor(run: Run, names: readonly string[]) {
    this.#plant = plantOf(run.params as FactoryParams);
    this.#names = names;
    this.#stages = this.#plant.stages.map(() => ({
      ...{ is: STATES.indexOf("crashed"), of: [], shelf: 0, queue: 0, jobs: 0, made: 0 },
      member: "",
    }));
    this.#scene = sceneOf(this.#plant);
  }

  see(batch: TraceBatch): void {
    batch.each((row, detail) => {
      const process = batch.process(row);
      this.#now = batch.time(row);
      const kind = batch.kind(row);
      if (kind === KIND.crash) this.#crashed(process);
      else if (kind === KIND.fault && detail === "wiped") this.#wiped(process);
      else if (kind === KIND.start && batch.incarnation(row) > 1) this.#tell(process, "is back");
      if (kind !== KIND.internal || detail === undefined) return;
      const { name, fields } = detail as { name: string; fields: Fields };
      this.#hear(process, name, fields);
    });
    const since = Math.max(0, this.#now - WINDOW);
    forget(this.#arrivals, since);
    forget(this.#shipped, since);
    if (batch.count > 0) this.#changed = true;
  }

  end(): Json {
    return this.state();
  }

  /** The same object until something happens. */
  state(): Json {
    if (this.#changed || this.#said === null) this.#said = this.#state();
    this.#changed = false;
    return this.#said as unknown as Json;
  }

  #state(): FactoryState {
    const span = Math.max(1, Math.min(this.#now, WINDOW)) / HOUR;
    const ways = new Map<string, number>();
    for (const { way } of this.#arrivals) countIn(ways, way);
    const column = <Value>(of: (stage: Stage) => Value): Value[] => this.#stages.map(of);
    const lately = this.#shipped.reduce((sum, each) => sum + each.units, 0);
    const { shelf, queue, reserved } = this.#material.units;
    return {
      scene: this.#scene,
      states: [...STATES],
      now: this.#now,
      is: column(({ is }) => is),
      of: column(({ of }) => [...of]),
      shelf: column((stage) => stage.shelf),
      queue: column((stage) => stage.queue),
      jobs: column((stage) => stage.jobs),
      made: column((stage) => stage.made),
      member: column((stage) => stage.member),
      leader: this.#leader,
      plan: this.#plan,
      perHour: lately / span,
      shipped: this.#total,
      ways: [...ways].map(([way, lots]) => {
        const [from = 0, to = 0] = way.split(">").map(Number);
        return [from, to, lots / span] as const;
      }),
      moving: [...this.#moving]
        .slice(-MOVING_MAX)
        .map(([lot, { from, to, at }]) => [lot, from, to, at] as const),
      underWay: this.#moving.size,
      material: {
        shelf: units(shelf),
        underWay: units(this.#material.units["under way"]),
        queue: units(queue),
        reserved: units(reserved),
      },
      story: [...this.#story],
    };
  }

  /** A lot with all that went into it, as far as it is still known; null if it is not. */
  lot(lot: LotId): Json {
    let left = TREE_MAX;
    const tree = (id: LotId, amount: number | null): LotTree => {
      const known = this.#lots.get(id);
      if (known === undefined) return { lot: id, amount, known: false };
      const { maker, made, inputs, where } = known;
      const { item } = this.#plant.stages[maker]!;
      left -= inputs.length;
      const from = left < 0 ? [] : inputs.map(([input, part]) => tree(input, units(part)));
      const whole = units(known.amount);
      return { lot: id, item, made, amount: amount ?? whole, where, from, known: true };
    };
    return this.#lots.has(lot) ? (tree(lot, null) as unknown as Json) : null;
  }

  #crashed(process: number): void {
    this.#tell(process, "crashes");
    const stage = this.#stages[process];
    if (stage === undefined) {
      if (this.#leader?.name === this.#names[process]) this.#leader = null;
      return;
    }
    stage.is = STATES.indexOf("crashed");
    stage.of = [];
  }

  /** A stage has lost its store, and with it all that it held. */
  #wiped(process: number): void {
    const held = [...this.#lots].filter(([lot]) => this.#material.has(lot));
    this.#material.wiped(process, this.#now);
    for (const [lot, known] of held) if (!this.#material.has(lot)) known.where = "lost";
    const stage = this.#stages[process];
    if (stage !== undefined) Object.assign(stage, { shelf: 0, queue: 0, jobs: 0 });
  }

  #hear(process: number, name: string, fields: Fields): void {
    this.#material.hear(process, name, fields, this.#now);
    if (isTold(name, fields)) this.#tell(process, wordsOf(name, fields));
    const stage = this.#stages[process];
    if (stage === undefined) this.#heardLeader(process, name, fields);
    else this.#heardStage(process, stage, name, fields);
  }

  #heardLeader(process: number, name: string, fields: Fields): void {
    const own = this.#names[process]!;
    if (name === "leads") {
      this.#leader = { name: own, term: fields.term as number };
      for (const stage of this.#stages) stage.member = "";
    } else if (name === "follows" && this.#leader?.name === own) this.#leader = null;
    else if (name === "plans") this.#plan = planOf(fields);
    else if (name === "member") {
      const id = this.#plant.stages.findIndex((each) => each.name === fields.name);
      if (id >= 0) this.#stages[id]!.member = fields.is === "up" ? "" : String(fields.is);
    }
  }

  #heardStage(process: number, stage: Stage, name: string, fields: Fields): void {
    const lot = fields.lot as LotId;
    const job = `${process}/${String(fields.job)}`;
    switch (name) {
      case "stands":
        stage.is = STATES.indexOf(fields.is as (typeof STATES)[number]);
        stage.of = fields.of as readonly string[];
        break;
      case "begins":
        stage.jobs++;
        this.#jobs.set(job, fields.takes as unknown as readonly Portion[]);
        break;
      case "cut off":
        if (fields.policy !== "resume") this.#over(process, stage, job, "scrapped at");
        break;
      case "makes":
      case "ships":
        this.#made(process, stage, job, name === "ships", fields);
        break;
      case "sent":
        stage.shelf--;
        this.#moving.set(lot, { from: process, to: fields.to as number, at: this.#now });
        this.#put(lot, `on its way to ${this.#names[fields.to as number]}`);
        break;
      case "received": {
        const from = fields.from as number;
        stage.queue++;
        this.#moving.delete(lot);
        this.#arrivals.push({ at: this.#now, way: `${from}>${process}` });
        this.#put(lot, `at ${this.#names[process]}`);
        break;
      }
      case "back":
      case "lost":
        this.#moving.delete(lot);
        if (name === "back") stage.shelf++;
        this.#put(lot, name === "back" ? `on the shelf of ${this.#names[process]}` : "lost");
        break;
      case "scraps":
        stage.shelf--;
        this.#put(lot, "scrapped");
        break;
      default:
    }
  }

  #made(process: number, stage: Stage, job: string, final: boolean, fields: Fields): void {
    const inputs = this.#over(process, stage, job, "used by");
    stage.made++;
    const lot = fields.lot as LotId | undefined;
    if (lot === undefined) return;
    const amount = fields.amount as number;
    const where = final ? "has left the plant" : `on the shelf of ${this.#names[process]}`;
    this.#lots.set(lot, { maker: process, made: this.#now, amount, inputs, where });
    if (this.#lots.size > LOTS_MAX) this.#lots.delete(this.#lots.keys().next().value!);
    if (final) {
      this.#total += units(amount);
      this.#shipped.push({ at: this.#now, units: units(amount) });
    } else stage.shelf++;
  }

  /** A job is over. Gives what it took; of what is no more it is said what became of it. */
  #over(process: number, stage: Stage, job: string, says: string): readonly Portion[] {
    const inputs = this.#jobs.get(job) ?? [];
    this.#jobs.delete(job);
    stage.jobs = Math.max(0, stage.jobs - 1);
    for (const [input] of inputs) {
      const known = this.#lots.get(input);
      if (known === undefined || this.#material.has(input)) continue;
      known.where = `${says} ${this.#names[process]}`;
      stage.queue = Math.max(0, stage.queue - 1);
    }
    return inputs;
  }

  #put(lot: LotId, where: string): void {
    const known = this.#lots.get(lot);
    if (known !== undefined) known.where = where;
  }

  #tell(process: number, says: string): void {
    this.#story.push({ at: this.#now, who: this.#names[process] ?? "", says });
    if (this.#story.length > STORY_MAX) this.#story.shift();
  }
}

/** Of a plan what a page shows: it may have many arcs. */
const planOf = ({ term, sequence, perHour, bottleneck }: Fields): FactoryState["plan"] => ({
  ...{ term: term as number, sequence: sequence as number },
  ...{ perHour: perHour as number, bottleneck: bottleneck as string },
});

/** Drops what was before an instant. */
function forget(queue: { readonly at: number }[], since: number): void {
  let old = 0;
  while (old < queue.length && queue[old]!.at < since) old++;
  queue.splice(0, old);
}

/** That somebody is there is news only if he was missed. */
const isTold = (name: string, { is, was }: Fields): boolean =>
  TOLD.has(name) && (name !== "member" || is === "down" || was === "returning");

function wordsOf(name: string, fields: Fields): string {
  switch (name) {
    case "plans":
      return `plans: ${Number(fields.perHour).toPrecision(4)} an hour, ${fields.changed} arcs changed`;
    case "cannot plan":
      return `cannot plan: ${fields.why}`;
    case "leads":
      return `leads, in term ${fields.term}`;
    case "member":
      return `takes ${fields.name} for ${fields.is}`;
    case "cut off":
      return `a job is cut off (${fields.policy})`;
    case "changes":
      return `changes: ${fields.to}`;
    case "lost":
    case "scraps":
      return `${name === "lost" ? "has lost" : "scraps"} ${fields.lot}`;
    case "risks":
      return "knows what each loss would cost";
    default:
      return name;
  }
}

/** What stays as it is: classes and where they stand, stages, which may supply which. */
function sceneOf({ stages, params }: Plant): FactoryScene {
  const kinds = [...new Set(stages.map(({ kind }) => kind))];
  const makers = (item: string): string[] =>
    kinds.filter((kind) => stages.some((stage) => stage.kind === kind && stage.item === item));
  const classes = kinds.map((kind) => {
    const members = stages.filter((stage) => stage.kind === kind);
    const [{ item, bom, final }] = members as [(typeof members)[number]];
    const suppliers = bom.flatMap((line) => makers(line.item));
    const note = final ? `${item}, final` : item;
    return { name: kind, note, ids: members.map(({ id }) => id), suppliers };
  });
  const places = flowPlaces(
    classes.map(({ name, suppliers, ids }) => ({ name, suppliers, stages: ids.length })),
  );
  return {
    names: stages.map(({ name }) => name),
    items: stages.map(({ item }) => item),
    classes,
    places,
    timeScale: params.timeScale,
  };
}
