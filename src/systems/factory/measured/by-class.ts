// What the stages of each class did together.
import { pushIn } from "../../../core/counting.ts";
import type { Plant, StagePlan } from "../plant.ts";
import type { FactoryMeasures, StageMeasures } from "./measures.ts";

/** A stage and what it did. */
export type Did = readonly [plan: StagePlan, did: StageMeasures];

/** Stages with what they did, by class. */
export function byClass(
  { stages }: Plant,
  measures: Pick<FactoryMeasures, "stages">,
): ReadonlyMap<string, readonly Did[]> {
  const classes = new Map<string, Did[]>();
  for (const plan of stages) pushIn(classes, plan.kind, [plan, measures.stages[plan.id]!]);
  return classes;
}

/** For which share of a span stages ran, the mean over all. */
export const runningShare = (stages: readonly Did[], span: number): number =>
  stages.reduce((sum, [, { time }]) => sum + (time.running ?? 0), 0) / (stages.length * span);
