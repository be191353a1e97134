// What a plant can make, and where a run that made less lost it: at the class that limits it, time by time.
import type { Table } from "../../../core/table.ts";
import { meanOf } from "../cycle.ts";
import { type Limit, planFlow } from "../planning/plan.ts";
import { capacityOf } from "../planning/problem.ts";
import { isReady } from "../planning/solver.ts";
import type { Plant, StagePlan } from "../plant.ts";
import { type FactoryMeasures, STATES, type State } from "./measures.ts";

/** Good final units an hour of the plant by the best flow there is. */
export type FactoryPrediction = {
  /** With what breakdowns and maintenance leave of capacities; and if nothing ever failed. */
  readonly perHour: number;
  readonly nominal: number;
  /** What limits it first. */
  readonly limit: Limit | null;
};

const known = new WeakMap<Plant, FactoryPrediction | null>();

/** Predicts a plant; null if it cannot be planned, or if the solver is not loaded. Cost: two plans, once a plant. */
export function predictFactory(plant: Plant): FactoryPrediction | null {
  const before = known.get(plant);
  if (before !== undefined || !isReady()) return before ?? null;
  const [derated, nominal] = [true, false].map((derate) => planFlow(plant, { derate }));
  const { timeScale } = plant.params;
  const prediction =
    derated!.best && nominal!.best
      ? {
          perHour: derated!.perHour / timeScale,
          nominal: nominal!.perHour / timeScale,
          limit: derated!.limits[0] ?? null,
        }
      : null;
  known.set(plant, prediction);
  return prediction;
}

/** How the stages of the class that limits a plant spent their time. */
export type LimitTime = {
  readonly members: readonly StagePlan[];
  readonly shareOf: (state: State) => number;
  /** What jobs that were done take, of all time. */
  readonly productive: number;
};

/** Null where no class limits the plant. */
export function timeOfLimit(
  plant: Plant,
  limit: Limit | null,
  { stages, span }: Pick<FactoryMeasures, "stages" | "span">,
): LimitTime | null {
  if (limit?.kind !== "class") return null;
  const members = plant.stages.filter(({ kind }) => kind === limit.name);
  const share = (of: (stage: StagePlan) => number): number =>
    members.reduce((sum, stage) => sum + of(stage), 0) / (span * members.length);
  return {
    members,
    shareOf: (state) => share(({ id }) => stages[id]!.time[state] ?? 0),
    productive: share(({ id, cycle, parallel }) => (stages[id]!.jobs * meanOf(cycle)) / parallel),
  };
}

/**
 * What became of the time of the class that limits the plant, and what each part of it is worth in final units:
 * together they are the way from the nominal plan to what left the plant. Null where no class limits it.
 */
export function gapTable(
  plant: Plant,
  { perHour, nominal, limit }: FactoryPrediction,
  { stages, span, hours, shipped }: FactoryMeasures,
): Table | null {
  const time = timeOfLimit(plant, limit, { stages, span });
  if (time === null) return null;
  const { members, shareOf, productive } = time;
  const row = (cause: string, share: number): readonly (string | number)[] => [
    cause,
    percent(share),
    signed(-share * nominal),
  ];
  const lost = STATES.filter((state) => state !== "running")
    .map((state) => [state, shareOf(state)] as const)
    .filter(([, share]) => share > 0);
  const made = [...shipped.values()].reduce((sum, each) => sum + each, 0) / hours;
  const counted = 1 - capacityOf(members[0]!, true) / capacityOf(members[0]!, false);
  return {
    title: `Where the time of what limits the plant went (${members[0]!.kind})`,
    columns: ["", "% of its time", "units/h"],
    rows: [
      ["planned, if nothing ever failed", 100, nominal.toFixed(2)],
      ...lost.map(([state, share]) => row(state, share)),
      row("running, without a job's worth: cut off, slow, shared", shareOf("running") - productive),
      ["yield, and what is still in the plant", "", signed(made - productive * nominal)],
      ["left the plant", percent(productive), made.toFixed(2)],
      ["planned, with what failures leave", percent(1 - counted), perHour.toFixed(2)],
    ],
  };
}

/** A share in % for people. */
export const percent = (share: number): string => (100 * share).toFixed(1);
const signed = (value: number): string => (value >= 0.005 ? "+" : "") + value.toFixed(2);
