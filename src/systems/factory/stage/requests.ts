// Who asks whom for how much. Requests are soft: lost, repeated or forgotten, they cost time and no lot.

import type { Epoch, Flow } from "../flows.ts";
import { KEY, type MessageOf } from "../messages.ts";
import { arcsOf, type Desk, isAway } from "./desk.ts";
import { booked, type Handoff } from "./handoff.ts";
import { isSilent } from "./neighbours.ts";
import { SmallMap } from "./small-map.ts";

/** Who has our request on his list is asked again after so many times the first wait. */
export const PATIENCE = 64;
const LATER = 8;

/** The greater of two epochs comes later. */
export const isLater = ([term, sequence]: Epoch, [otherTerm, other]: Epoch): boolean =>
  term > otherTerm || (term === otherTerm && sequence > other);

/** Supplier: a request is served from the shelf, or put on the list. */
export function requested(
  desk: Desk,
  handoff: Handoff,
  from: number,
  request: MessageOf<"request">,
): void {
  const { id, store } = request;
  const why = notFor(desk, from, request);
  if (why !== undefined) {
    desk.send(from, { kind: "unavailable", id, why });
    return;
  }
  const [number] = desk.stage.out.where((lot) => lot.request === id && isAway(lot));
  if (number !== undefined) {
    handoff.repeat(desk, number);
    return;
  }
  const { orders } = desk.stage;
  if (!orders.some((order) => order.id === id))
    desk.set({ orders: [...orders, { id, from, store }] });
  if (serve(desk, handoff)) return;
  const dues = desk.stage.jobs.values.map(({ due }) => due - desk.now);
  const within = dues.length === 0 ? {} : { within: Math.max(0, Math.min(...dues)) };
  desk.send(from, { kind: "unavailable", id, why: "none yet", ...within });
}

/** Why a request is not for this stage, if it is not. */
function notFor(
  { plan, plant, stage }: Desk,
  from: number,
  { item, epoch }: MessageOf<"request">,
): MessageOf<"unavailable">["why"] | undefined {
  if (item !== plan.item) return "not made here";
  if (plant.stages[from]?.bom.some((line) => line.item === item) !== true)
    return "not on your bill";
  const supplied = stage.flow?.outbound[plan.id]?.has(from) === true;
  return supplied || isLater(epoch, stage.epoch) ? undefined : "not in the flow";
}

/** Supplier: what is on the shelf goes to those on the list, in the order in which they asked. */
export function serve(desk: Desk, handoff: Handoff): boolean {
  let served = false;
  if (desk.stage.orders.length === 0) return served;
  for (const number of desk.stage.out.where(({ state }) => state === "available")) {
    const [order, ...others] = desk.stage.orders;
    if (order === undefined) break;
    desk.set({ orders: others });
    handoff.dispatch(desk, number, order.from, order.store, order.id);
    served = true;
  }
  return served;
}

/** Consumer: asks each supplier for as many lots as there is credit for. */
export function replenish(desk: Desk): void {
  const { plan, bill, stage } = desk;
  const units = booked(desk);
  for (let index = 0; index < bill.length; index++) {
    const { item, need, lot } = bill[index]!;
    if (need === 0) continue;
    for (const { from, credit } of arcsOf(stage, plan.id, index)) {
      if (isSilent(desk, from)) continue;
      let open = (units.get(from) ?? 0) + lot * openTo(desk, from);
      for (; open + lot <= credit; open += lot) order(desk, from, item);
    }
  }
}

function order(desk: Desk, supplier: number, item: string): void {
  const asked = desk.stage.asked + 1;
  desk.set({ asked });
  const id = `${desk.store}.${desk.context.incarnation}.${asked}`;
  desk.setRequest(id, { to: supplier, item, due: 0, wait: desk.plant.resend });
  ask(desk, id);
}

function openTo({ stage }: Desk, supplier: number): number {
  let count = 0;
  for (const { to } of stage.requests.values) if (to === supplier) count++;
  return count;
}

/** Consumer: says a request, for the first time or again. */
export function ask(desk: Desk, id: string): void {
  const request = desk.stage.requests.get(id)!;
  const { to, item, wait } = request;
  desk.setRequest(id, { to, item, due: desk.now + wait, wait: desk.longer(wait) });
  desk.send(to, { kind: "request", id, item, store: desk.store, epoch: desk.stage.epoch });
}

/** Consumer: it is on a list, or will not be served soon: there is no haste to ask again. */
export function unavailable(
  desk: Desk,
  from: number,
  { id, within }: MessageOf<"unavailable">,
): void {
  const request = desk.stage.requests.get(id);
  if (request?.to !== from) return;
  const { to, item } = request;
  const { resend } = desk.plant;
  const wait = within === undefined ? PATIENCE * resend : within + LATER * resend;
  desk.setRequest(id, { to, item, due: desk.now + wait, wait: resend });
}

/** Takes a later flow. What is under way is finished, or called back if the policy says so. */
export function adopt(desk: Desk, handoff: Handoff, flow: Flow): void {
  if (!isLater(flow.epoch, desk.stage.epoch)) return;
  resumeFlow(desk, flow);
  desk.context.put(KEY.epoch, [...flow.epoch]);
  desk.note("adopts", { term: flow.epoch[0], sequence: flow.epoch[1] });
  const { plan, plant } = desk;
  const consumers = flow.outbound[plan.id]!;
  if (!plant.recalls) return;
  for (const [number, { state, to }] of desk.stage.out.entries) {
    if (state === "sent" && !consumers.has(to!)) handoff.recall(desk, number);
  }
}

/** Works by a flow that it has adopted, now or in an earlier incarnation. */
export function resumeFlow(desk: Desk, flow: Flow): void {
  const { plan, stage } = desk;
  desk.set({ flow, epoch: flow.epoch, taken: new SmallMap() });
  const consumers = flow.outbound[plan.id]!;
  const suppliers = new Set(flow.inbound[plan.id]!.flat().map(({ from }) => from as number));
  desk.set({ orders: stage.orders.filter(({ from }) => consumers.has(from)) });
  for (const [id, { to }] of stage.requests.entries) if (!suppliers.has(to)) desk.removeRequest(id);
}
