// The planner as a leader calls it: for whom there is, by the bills that are in force.
import { isLive, type Member } from "./membership.ts";
import { planFlow } from "./planning/plan.ts";
import type { Plant } from "./plant.ts";
import type { PlannedArc } from "./register.ts";
import { isOpenAfter, revisionAfter } from "./revisions.ts";

/** A plan, or why there is none. */
export type Outcome =
  | {
      readonly kind: "planned";
      readonly arcs: readonly PlannedArc[];
      /** Units of final items an hour of the run. */
      readonly perHour: number;
      readonly bottleneck: string;
    }
  | { readonly kind: "failed"; readonly why: string };

/** What a plan is made for. */
export type Situation = {
  /** By id: stages that are there, and open. */
  readonly live: readonly boolean[];
  /** The revision of the bill of each class, in the order of classes. */
  readonly revisions: ReadonlyMap<string, number>;
};

/** Plans for a situation, staying close to what runs. Pure and synchronous. */
export type Planner = (situation: Situation, running: readonly PlannedArc[] | null) => Outcome;

/** The situation, as members tell it. */
export function situationOf({ stages }: Plant, members: ReadonlyMap<number, Member>): Situation {
  const revisions = new Map<string, number>();
  const live = stages.map(({ id, kind, changes }) => {
    const member = members.get(id);
    const changed = member?.changed ?? 0;
    // The furthest of its members says where a class is.
    const revision = Math.max(revisionAfter(changes, changed), revisions.get(kind) ?? 0);
    revisions.set(kind, revision);
    return member !== undefined && isLive(member) && isOpenAfter(changes, changed);
  });
  return { live, revisions };
}

/** Names a situation: the same for the same. */
export const keyOf = ({ live, revisions }: Situation): string =>
  `${live.map(Number).join("")} ${billsKey(revisions)}`;

const billsKey = (revisions: ReadonlyMap<string, number>): string =>
  [...revisions.values()].join(".");

/** Do two situations differ in bills? Then a flow for the one is none for the other. */
export const haveOtherBills = (one: string, other: string): boolean =>
  one.split(" ")[1] !== other.split(" ")[1];

/** Plans by linear programme; a solver that fails is a plan that failed, never a leader that does. */
export function plannerOf(plant: Plant): Planner {
  const derate = plant.leadership?.derate ?? true;
  let latest: { readonly key: string; readonly plant: Plant } | undefined;
  return ({ live, revisions }, running) => {
    const key = billsKey(revisions);
    if (latest?.key !== key) latest = { key, plant: plantBy(plant, revisions) };
    const plan = planFlow(latest.plant, { live, derate, ...(running !== null && { running }) });
    if (plan.perHour === 0) return { kind: "failed", why: plan.reason ?? "nothing can be made" };
    const { arcs, perHour, limits } = plan;
    return { kind: "planned", arcs, perHour, bottleneck: limits[0]?.name ?? "none" };
  };
}

/** The plant with the bills that are in force, without what they do not take. Default: as it begins. */
export const plantBy = (plant: Plant, revisions: Situation["revisions"] = new Map()): Plant => ({
  ...plant,
  stages: plant.stages.map((stage) => ({
    ...stage,
    bom: stage.bills[revisions.get(stage.kind) ?? 0]!.filter(({ need }) => need > 0),
  })),
});
