// The planner as a leader calls it.
import type { Planner } from "./leader.ts";
import { planFlow } from "./planning/plan.ts";
import type { Plant } from "./plant.ts";

/** Plans for whoever is live; a solver that fails is a plan that failed, never a leader that does. */
export function plannerOf(plant: Plant): Planner {
  const derate = plant.leadership?.derate ?? true;
  return (live, running) => {
    const plan = planFlow(plant, { live, derate, ...(running !== null && { running }) });
    if (plan.perHour === 0) return { kind: "failed", why: plan.reason ?? "nothing can be made" };
    const { arcs, perHour, limits } = plan;
    return { kind: "planned", arcs, perHour, bottleneck: limits[0]?.name ?? "none" };
  };
}
