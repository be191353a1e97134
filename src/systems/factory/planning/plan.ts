// The planner: who makes how much and who supplies whom, so that as many final units as can be leave the
// plant; then as near to the running plan as that allows; then with the fewest lots under way.
import { countIn } from "../../../core/counting.ts";
import { isAssertion, messageOf } from "../../../core/errors.ts";
import type { ProcessId } from "../../../core/process.ts";
import type { PlannedArc } from "../leading/register.ts";
import type { Plant } from "../plant.ts";
import { closestRates } from "./closest.ts";
import { greedyRates } from "./greedy.ts";
import {
  type Counts,
  capacityOf,
  classProblem,
  type Pair,
  type Problem,
  stageProblem,
} from "./problem.ts";
import { FlowProgram, type Prices, type Rates } from "./program.ts";
import { type Goal, type Optimise, type Optimum, type Program, simplex } from "./solver.ts";
import { spread } from "./spread.ts";

/** What a stage does: starts an hour, and which share of its capacity that is. */
export type PlannedStage = { readonly starts: number; readonly use: number };

/** Something that, with a little more of it, would let more leave the plant. */
export type Limit = {
  /** The capacity of a class, the demand for an item, or how much a route carries between two classes. */
  readonly kind: "class" | "demand" | "route";
  /** `bench`; `bicycle`; `weld → oven`. */
  readonly name: string;
  /** Of a class, those that are live. */
  readonly stages: readonly ProcessId[];
  /** The shadow price: final units an hour gained for one more start, demanded unit or carried unit an hour. */
  readonly price: number;
  /** Which share of what leaves the plant rests on it; shares of all limits come to 1. */
  readonly share: number;
};

/** Rates are an hour of the run. A plan is the same bytes for the same input. */
export type Plan = {
  /** Good final units an hour, of all items and of each. */
  readonly perHour: number;
  readonly items: readonly { readonly item: string; readonly perHour: number }[];
  readonly derated: boolean;
  /** By taker, line of its bill of materials, supplier; those without rate are left out. */
  readonly arcs: readonly PlannedArc[];
  /** By id; a stage that is not live does nothing. */
  readonly stages: readonly PlannedStage[];
  /** The greatest share first. Shadow prices are those of one optimum: where limits coincide, one may hide another. */
  readonly limits: readonly Limit[];
  /** Is it the best there is? Otherwise it is only valid, and `reason` says what failed. */
  readonly best: boolean;
  /** Why it is not the best, or why nothing is made. */
  readonly reason: string | null;
};

export type PlanOptions = {
  /** By id. Default: all. */
  readonly live?: readonly boolean[];
  /** Count with what breakdowns and maintenance leave of capacities. Default true. */
  readonly derate?: boolean;
  /** The plan to stay close to; arcs of stages that are not live do not count. */
  readonly running?: readonly PlannedArc[];
  /** Default: `simplex`, for which `ready` must have been awaited. */
  readonly optimise?: Optimise;
};

/**
 * Plans a plant. Without `running` the time depends on its classes, not on its stages; with it, on the stages.
 * It does not throw for what a plant or the solver does: see `best` and `reason`.
 */
export function planFlow(plant: Plant, options: PlanOptions = {}): Plan {
  return new Planning(plant, options).plan();
}

type RatedPair = Pair & { readonly rate: number };

class Planning {
  readonly #plant: Plant;
  readonly #derate: boolean;
  readonly #optimise: Optimise;
  readonly #running: readonly PlannedArc[] | undefined;
  /** Live stages: by class, and all. */
  readonly #live: ReadonlyMap<string, readonly ProcessId[]>;
  readonly #all: ReadonlySet<number>;

  constructor(plant: Plant, options: PlanOptions) {
    const { live, derate = true, running, optimise = simplex } = options;
    this.#plant = plant;
    this.#derate = derate;
    this.#optimise = optimise;
    this.#running = running;
    const byClass = new Map<string, ProcessId[]>();
    for (const { id, kind } of plant.stages) {
      const members = byClass.get(kind) ?? [];
      if (live?.[id] ?? true) members.push(id);
      byClass.set(kind, members);
    }
    this.#live = byClass;
    this.#all = new Set([...byClass.values()].flat());
  }

  plan(): Plan {
    const counts: Counts = new Map([...this.#live].map(([kind, ids]) => [kind, ids.length]));
    const problem = classProblem(this.#plant, counts, this.#derate);
    const program = new FlowProgram(problem);
    const goals = [program.throughput(), program.work(), program.order()];
    const optimum = this.#solve(program.program, goals);
    if (typeof optimum === "string") return this.#greedy(problem, optimum);
    const rates = program.rates(optimum);
    const limits = this.#limits(problem, program.prices(optimum), rates);
    const fresh = this.#spreadOut(problem, rates);
    const pairs = this.#pairs(fresh.pairs);
    const least = sumOf(rates.delivered);
    if (pairs === undefined || least === 0) return { ...this.#planOf(fresh), limits };
    const stages = this.#stageProblem(pairs);
    const closest = closestRates({
      stages,
      classes: problem,
      least,
      solve: (...asked) => this.#solve(...asked),
    });
    if (typeof closest === "string") {
      return { ...this.#planOf(fresh), limits, best: false, reason: `${closest}: planned afresh` };
    }
    const plan = { ...this.#planOf(this.#outcomeOf(stages, pairs, closest.rates)), limits };
    return closest.reason === null ? plan : { ...plan, best: false, reason: closest.reason };
  }

  #solve(program: Program, goals: readonly Goal[]): Optimum | string {
    try {
      return this.#optimise(program, goals);
    } catch (cause) {
      if (isAssertion(cause)) throw cause;
      return `the solver failed: ${messageOf(cause)}`;
    }
  }

  /** Each way of classes as arcs between their stages. */
  #spreadOut({ makers, ways }: Problem, rates: Rates): Outcome {
    const pairs = ways.flatMap(({ from, to, line, most }, way): RatedPair[] => {
      const [givers, takers] = [this.#membersOf(makers[from]!), this.#membersOf(makers[to]!)];
      const rate = rates.carried[way]!;
      if (rate === 0) return [];
      const each = most / (givers.length * takers.length);
      const sparse = spread(givers.length, takers.length);
      const fits = sparse.every(({ share }) => share * rate <= each * (1 + 1e-9));
      const shares = fits ? sparse : spread(givers.length, takers.length, true);
      return shares.map((part) => ({
        from: givers[part.from]!,
        to: takers[part.to]!,
        line,
        now: 0,
        rate: part.share * rate,
      }));
    });
    const starts = this.#plant.stages.map(() => 0);
    const delivered = this.#plant.stages.map(() => 0);
    for (const [index, maker] of makers.entries()) {
      const members = this.#membersOf(maker);
      for (const id of members) {
        starts[id] = rates.starts[index]! / members.length;
        delivered[id] = rates.delivered[index]! / members.length;
      }
    }
    return { pairs, starts, delivered };
  }

  #membersOf({ plan }: Problem["makers"][number]): readonly ProcessId[] {
    return this.#live.get(plan.kind)!;
  }

  /** All pairs of what runs, where both are live, and of `others`; undefined if nothing runs. */
  #pairs(others: readonly Pair[]): readonly Pair[] | undefined {
    if (this.#running === undefined) return undefined;
    const { stages } = this.#plant;
    const pairs = new Map<number, Pair>();
    const put = (pair: Pair) => pairs.set(pair.from * stages.length + pair.to, pair);
    for (const { from, to, line } of others) put({ from, to, line, now: 0 });
    for (const [from, to, rate] of this.#running) {
      const item = stages[from]?.item;
      const line = stages[to]?.bom.findIndex((each) => each.item === item) ?? -1;
      if (line < 0 || !this.#all.has(from) || !this.#all.has(to)) continue;
      put({ from, to, line, now: Math.max(0, rate) });
    }
    return [...pairs.values()].sort((a, b) => a.to - b.to || a.line - b.line || a.from - b.from);
  }

  #stageProblem(pairs: readonly Pair[]): Problem {
    return stageProblem(this.#plant, (id) => this.#all.has(id), pairs, this.#derate);
  }

  /** The present flow of live stages, filled up from all that make what is missing. */
  #greedy(problem: Problem, failure: string): Plan {
    const every = problem.ways.map(() => 1);
    const none = problem.makers.map(() => 0);
    const usual = { starts: none, delivered: none, carried: every };
    const { pairs: fresh } = this.#spreadOut(problem, usual);
    const pairs = this.#pairs(fresh) ?? fresh;
    const stages = this.#stageProblem(pairs);
    const outcome = this.#outcomeOf(stages, pairs, greedyRates(stages));
    const kept =
      this.#running === undefined ? "" : "the present flow is kept where it can be, and ";
    const reason = `${failure}: ${kept}what is missing comes from all that make it`;
    return { ...this.#planOf(outcome), best: false, reason };
  }

  /** Rates of single stages, by their ids. */
  #outcomeOf({ makers }: Problem, pairs: readonly Pair[], rates: Rates): Outcome {
    const starts = this.#plant.stages.map(() => 0);
    const delivered = this.#plant.stages.map(() => 0);
    for (const [index, { plan }] of makers.entries()) {
      starts[plan.id] = rates.starts[index]!;
      delivered[plan.id] = rates.delivered[index]!;
    }
    return {
      pairs: pairs.map((pair, way) => ({ ...pair, rate: rates.carried[way]! })),
      starts,
      delivered,
    };
  }

  #planOf({ pairs, starts, delivered }: Outcome): Plan {
    const { stages } = this.#plant;
    const arcs = pairs
      .filter(({ rate }) => rate > 0)
      .sort((a, b) => a.to - b.to || a.line - b.line || a.from - b.from)
      .map(({ from, to, rate }): PlannedArc => [from, to, rate]);
    const made = new Map<string, number>();
    for (const { id, item, final } of stages) {
      if (final) countIn(made, item, delivered[id]!);
    }
    const perHour = sumOf([...made.values()]);
    return {
      perHour,
      items: [...made].map(([item, rate]) => ({ item, perHour: rate })),
      derated: this.#derate,
      arcs,
      stages: stages.map((plan) => ({
        starts: starts[plan.id]!,
        use: starts[plan.id]! / capacityOf(plan, this.#derate),
      })),
      limits: [],
      best: true,
      reason: perHour > 0 ? null : `nothing can be made: ${this.#missing()}`,
    };
  }

  /** Which items no live stage makes. */
  #missing(): string {
    const { stages } = this.#plant;
    const made = new Set([...this.#all].map((id) => stages[id]!.item));
    const missing = new Set(stages.map(({ item }) => item).filter((item) => !made.has(item)));
    return `no live stage makes ${[...missing].join(" or ")}`;
  }

  #limits(problem: Problem, prices: Prices, rates: Rates): readonly Limit[] {
    const { makers, ways, demand } = problem;
    const all = sumOf(rates.delivered);
    const limits: Limit[] = [];
    const add = (kind: Limit["kind"], name: string, price: number, bound: number) => {
      if (price === 0) return;
      const stages = kind === "class" ? this.#live.get(name)! : [];
      limits.push({ kind, name, stages, price, share: (price * bound) / all });
    };
    for (const [index, { plan, capacity }] of makers.entries()) {
      add("class", plan.kind, prices.makers[index]!, capacity);
    }
    for (const [item, price] of prices.demand) add("demand", item, price, demand.get(item)!);
    for (const [index, { from, to, most }] of ways.entries()) {
      const name = `${makers[from]!.plan.kind} → ${makers[to]!.plan.kind}`;
      add("route", name, prices.ways[index]!, most);
    }
    return limits.sort((a, b) => b.share - a.share);
  }
}

const sumOf = (rates: readonly number[]): number => rates.reduce((sum, rate) => sum + rate, 0);

/** Rates by pair; starts and deliveries by id of a stage. */
type Outcome = {
  readonly pairs: readonly RatedPair[];
  readonly starts: readonly number[];
  readonly delivered: readonly number[];
};
