// What a plant makes with some of its stages, or one more: each class counts by its number of live stages alone.
import { countIn } from "../../../core/counting.ts";
import type { Plant } from "../plant.ts";
import { Kept } from "./kept.ts";
import { planFlow } from "./plan.ts";
import { type Counts, classProblem } from "./problem.ts";
import { FlowProgram } from "./program.ts";
import { simplex } from "./solver.ts";

/** What is left when one stage of a class is lost. */
export type Loss = {
  /** The stage, such as `weld-1`; of those that are alike, the first. */
  readonly without: string;
  readonly kind: string;
  /** How many of its class were live. */
  readonly of: number;
  /** Good final units an hour that are left, and which share of all that is. */
  readonly perHour: number;
  readonly share: number;
};

export type WhatIf = { readonly live?: readonly boolean[]; readonly derate?: boolean };

/** Good final units an hour by the best flow there is. Cost: one small programme, once for each set of classes. */
export const throughputOf = (plant: Plant, options: WhatIf = {}): number =>
  throughput(plant, countsOf(plant, options), options);

/** For each class with a live stage, what the loss of one leaves; the worst first. */
export function nMinusOne(plant: Plant, options: WhatIf = {}): readonly Loss[] {
  const kinds = new Set(plant.stages.map(({ kind }) => kind));
  const losses = [...kinds].flatMap((kind) => lossOf(plant, kind, options) ?? []);
  return losses.sort((a, b) => a.share - b.share);
}

/** What the loss of one stage of a class leaves; undefined if none of it is live. Cost: two small programmes at most. */
export function lossOf(plant: Plant, kind: string, options: WhatIf = {}): Loss | undefined {
  const first = plant.stages.find((stage) => stage.kind === kind && isLive(options, stage.id));
  if (first === undefined) return undefined;
  const counts = countsOf(plant, options);
  const whole = throughput(plant, counts, options);
  const of = counts.get(kind)!;
  const perHour = throughput(plant, new Map(counts).set(kind, of - 1), options);
  return { without: first.name, kind, of, perHour, share: whole === 0 ? 0 : perHour / whole };
}

/** Good final units an hour if a class had one stage more. */
export function oneMore(plant: Plant, kind: string, options: WhatIf = {}): number {
  const counts = countsOf(plant, options);
  return throughput(plant, new Map(counts).set(kind, (counts.get(kind) ?? 0) + 1), options);
}

/** Good final units an hour if each item came from one stage, the first, as the original planned. */
export function oneChain(plant: Plant, options: WhatIf = {}): number {
  const seen = new Set<string>();
  const live = plant.stages.map(({ id, item }) => {
    if (!isLive(options, id) || seen.has(item)) return false;
    seen.add(item);
    return true;
  });
  return throughput(plant, countsOf(plant, { live }), options);
}

const isLive = ({ live }: WhatIf, id: number): boolean => live?.[id] ?? true;

function countsOf({ stages }: Plant, options: WhatIf): Counts {
  const counts = new Map<string, number>();
  for (const { id, kind } of stages) {
    countIn(counts, kind, isLive(options, id) ? 1 : 0);
  }
  return counts;
}

/** Results that are kept for a plant; one with another bill of materials is another plant. */
const KEPT_MAX = 1_000;
const kept = new WeakMap<Plant, Kept<number>>();

function throughput(plant: Plant, counts: Counts, { derate = true }: WhatIf): number {
  const results = kept.get(plant) ?? new Kept<number>(KEPT_MAX);
  kept.set(plant, results);
  const key = [derate, ...counts].join(" ");
  return results.get(key, () => {
    const problem = classProblem(plant, counts, derate);
    const program = new FlowProgram(problem);
    const optimum = simplex(program.program, [program.throughput()]);
    if (typeof optimum !== "string") {
      return program.rates(optimum).delivered.reduce((sum, rate) => sum + rate, 0);
    }
    const left = new Map(counts);
    const live = plant.stages.map(({ kind }) => {
      left.set(kind, left.get(kind)! - 1);
      return left.get(kind)! >= 0;
    });
    return planFlow(plant, { live, derate }).perHour;
  });
}
