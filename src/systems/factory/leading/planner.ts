// The planner as a leader calls it: for whom there is, by the bills that are in force.

import { Kept } from "../planning/kept.ts";
import { planFlow } from "../planning/plan.ts";
import { type Loss, lossOf } from "../planning/what-if.ts";
import type { Plant } from "../plant.ts";
import { isOpenAfter, revisionAfter } from "../revisions.ts";
import { isLive, type Member } from "./membership.ts";
import { isSame, type PlannedArc } from "./register.ts";

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

/** Pure and synchronous: what it answers hangs on nothing but what it is asked. */
export interface Planner {
  /** Plans for a situation, staying close to what runs. */
  plan(situation: Situation, running: readonly PlannedArc[] | null): Outcome;
  /** What the loss of one stage of a class would leave; undefined if none of it is live. */
  loss(situation: Situation, kind: string): Loss | undefined;
}

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

/** Situations of which the last plan is kept. */
const KEPT_MAX = 64;

/**
 * Plans by linear programme; a solver that fails is a plan that failed, never a leader that does. For a situation
 * that it knows, and the same running flow, it does not solve again.
 */
export function plannerOf(plant: Plant): Planner {
  const derate = plant.leadership?.derate ?? true;
  const plants = new Kept<Plant>(2);
  const kept = new Kept<Planned>(KEPT_MAX);
  const plantIn = ({ revisions }: Situation): Plant =>
    plants.get(billsKey(revisions), () => plantBy(plant, revisions));
  const solve = (situation: Situation, running: Running): Outcome => {
    const { live } = situation;
    const plan = planFlow(plantIn(situation), { live, derate, ...(running && { running }) });
    if (plan.perHour === 0) return { kind: "failed", why: plan.reason ?? "nothing can be made" };
    const { arcs, perHour, limits } = plan;
    return { kind: "planned", arcs, perHour, bottleneck: limits[0]?.name ?? "none" };
  };
  return {
    plan(situation, running) {
      const known = kept.get(keyOf(situation), () => ({ running: undefined, outcome: undefined }));
      if (known.outcome === undefined || !isSame(known.running, running)) {
        known.outcome = solve(situation, running);
        known.running = running;
      }
      return known.outcome;
    },
    loss: (situation, kind) => lossOf(plantIn(situation), kind, { live: situation.live, derate }),
  };
}

type Running = readonly PlannedArc[] | null;
type Planned = { running: Running | undefined; outcome: Outcome | undefined };

/** The plant with the bills that are in force, without what they do not take. Default: as it begins. */
export const plantBy = (plant: Plant, revisions: Situation["revisions"] = new Map()): Plant => ({
  ...plant,
  stages: plant.stages.map((stage) => ({
    ...stage,
    bom: stage.bills[revisions.get(stage.kind) ?? 0]!.filter(({ need }) => need > 0),
  })),
});
