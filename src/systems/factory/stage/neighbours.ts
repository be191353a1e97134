// Those with whom a stage has to do, and whether they are there.

import { SILENT } from "../leading/detector.ts";
import type { Desk } from "./desk.ts";

/** Those that it supplies, and those that supply it, by the flow that it knows; in order. */
export function neighbours({ plan, stage }: Desk): readonly number[] {
  const { inbound = [], outbound = [] } = stage.flow ?? {};
  const suppliers = (inbound[plan.id] ?? []).flat().map(({ from }) => from as number);
  return [...new Set([...suppliers, ...(outbound[plan.id] ?? [])])].sort((a, b) => a - b);
}

/** A neighbour is there. Was it silent? Then it can be asked again for what is wanted by now. */
export function heardNeighbour(desk: Desk, from: number): boolean {
  const back = isSilent(desk, from);
  if (desk.plant.leadership !== null) desk.hear(from);
  return back;
}

/** Is a neighbour suspect, and to be asked for nothing new? Of whom it has never heard, it thinks no ill. */
export function isSilent({ plant, stage, now }: Desk, other: number): boolean {
  const heard = stage.heard.get(other);
  if (plant.leadership === null || heard === undefined) return false;
  return now - heard > SILENT * plant.leadership.heartbeat;
}
