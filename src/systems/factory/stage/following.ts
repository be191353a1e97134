// A stage follows whoever leads: it says that it is there, and adopts later flows. Without a leader, or
// without the keeper, it works on by the flow that it has, for as long as that lasts.
import type { KeeperReply } from "../../../core/keeper.ts";
import { micros } from "../../../core/micros.ts";
import type { ProcessId } from "../../../core/process.ts";
import { type Epoch, type Flow, flowOf } from "../flows.ts";
import { FLOW, type FlowValue, type PlannedArc } from "../leading/register.ts";
import { KEY, type Message } from "../messages.ts";
import type { Plant } from "../plant.ts";
import type { Desk } from "./desk.ts";
import type { Handoff } from "./handoff.ts";
import { neighbours } from "./neighbours.ts";
import { adopt, isLater, resumeFlow } from "./requests.ts";

export const BEAT = "beat";
/** Changes may be missed: the keeper is asked every so many beats. */
const POLL = 5;

/** A planned flow as a stage keeps it. */
export type KeptPlan = { readonly epoch: Epoch; readonly arcs: readonly PlannedArc[] };

const known = new WeakMap<readonly PlannedArc[], Flow>();

/** The flow that planned arcs make; the same one for the same arcs and epoch. */
export function flowFrom(plant: Plant, { epoch, arcs }: KeptPlan): Flow {
  const before = known.get(arcs);
  if (before !== undefined && before.epoch[0] === epoch[0] && before.epoch[1] === epoch[1]) {
    return before;
  }
  const rates = new Map<number, Map<number, number>>();
  for (const [from, to, rate] of arcs) {
    const suppliers = rates.get(to) ?? new Map<number, number>();
    rates.set(to, suppliers.set(from, rate));
  }
  const flow = flowOf(rates, micros(0), epoch, plant.stages, plant.params);
  known.set(arcs, flow);
  return flow;
}

/** Takes up the flow that it followed before, and looks for whoever leads. */
export function beginFollowing(desk: Desk, kept: KeptPlan | undefined): void {
  const { leadership } = desk.plant;
  if (leadership === null) return;
  if (kept !== undefined) resumeFlow(desk, flowFrom(desk.plant, kept));
  desk.send(leadership.keeper, { kind: "watch", key: FLOW, ask: "watch" });
  beat(desk);
}

/** Says that it is there: to whoever leads, and to those with whom it has to do. */
export function beat(desk: Desk): void {
  const { leadership } = desk.plant;
  if (leadership === null) return;
  const { stage, context } = desk;
  const beats = stage.beats + 1;
  desk.set({ beats });
  const others = stage.leader === null ? neighbours(desk) : [stage.leader, ...neighbours(desk)];
  context.send(others as ProcessId[], beatOf(desk));
  if (beats % POLL === 0 || stage.leader === null) {
    desk.send(leadership.keeper, { kind: "watch", key: FLOW, ask: "watch" });
  }
  context.setTimer(BEAT, micros(leadership.heartbeat));
}

/** A sign of life. */
export const beatOf = ({ context, stage }: Desk): Message => ({
  kind: "beat",
  incarnation: context.incarnation,
  epoch: stage.epoch,
  changed: stage.changed,
});

/** The keeper says what the flow is. */
export function toldByKeeper(desk: Desk, reply: KeeperReply, handoff: Handoff): void {
  const value = reply.value as FlowValue | null;
  if (reply.key !== FLOW || value === null) return;
  const epoch: Epoch = [value.term, value.sequence];
  // Whoever leads in a term below what is known here must hear of that, or nobody follows him.
  const old = isLater(desk.stage.epoch, epoch);
  if (old || desk.stage.leader !== value.leader) desk.send(value.leader, beatOf(desk));
  if (old) return;
  if (desk.stage.leader !== value.leader) desk.set({ leader: value.leader });
  const { arcs } = value;
  if (arcs === null || !isLater(epoch, desk.stage.epoch)) return;
  const kept = { epoch, arcs };
  adopt(desk, handoff, flowFrom(desk.plant, kept));
  desk.context.put(KEY.plan, kept);
}
