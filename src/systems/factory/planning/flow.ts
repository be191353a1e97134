// Planned arcs as the flow that stages run by, and back.
import type { Micros } from "../../../core/micros.ts";
import { type Epoch, type Flow, flowOf } from "../flows.ts";
import type { Plant } from "../plant.ts";
import type { PlannedArc } from "../register.ts";

/** Who supplies whom from `at` on by the arcs of a plan, with credits and times under way. */
export function plannedFlow(
  arcs: readonly PlannedArc[],
  plant: Plant,
  at: Micros,
  epoch: Epoch,
): Flow {
  const rates = new Map<number, Map<number, number>>();
  for (const [from, to, rate] of arcs) {
    const suppliers = rates.get(to) ?? new Map<number, number>();
    rates.set(to, suppliers.set(from, rate));
  }
  return flowOf(rates, at, epoch, plant.stages, plant.params);
}

/** What a flow carries, as the running plan that the next one is to stay close to. */
export const arcsOf = ({ inbound }: Flow): readonly PlannedArc[] =>
  inbound.flatMap((lines, to) =>
    lines.flatMap((arcs) => arcs.map(({ from, rate }): PlannedArc => [from, to, rate])),
  );
