// The hand-off of a lot, so that it is in one place at any instant, whatever is lost, repeated, late, or
// crashes: custody rests on the stores of the two stages alone, not on clocks, flows or who is thought dead.
//
// Rules (../../../docs/explanation/hand-off.md):
// R1 What a message says is stored in the commit before it leaves, and said again until the peer answers.
// R2 Every message names the lot and the generation of its transfer; answers to another one are ignored.
// R3 The consumer decides once, and gives the same answer to the same question for ever; a refusal too is
//    stored, also of what it never saw.
// R4 The supplier takes a lot back on that consumer's refusal of that generation alone: never on silence,
//    on a report of death, or on anybody's order.
// R6 What was decided is forgotten only when the supplier has heard it.
//
// Each function is a row of the state machine; they are values, so that a test can plant a mistake in one.

import { countIn } from "../../../core/counting.ts";
import { creditMax, transportOf } from "../flows.ts";
import {
  type LotId,
  type MessageOf,
  type OutLot,
  partsOfLot,
  type RecallMessage,
  type SentMessage,
  type Transfer,
} from "../messages.ts";
import { arcsOf, type Desk, isAway } from "./desk.ts";

export type Handoff = {
  /** Supplier: a lot on the shelf goes to who asked for it. */
  dispatch(desk: Desk, number: number, to: number, store: string, request: string): void;
  /** Supplier: says again what is not answered yet. */
  repeat(desk: Desk, number: number): void;
  /** Supplier: wants a lot under way back. */
  recall(desk: Desk, number: number): void;
  /** Supplier: it was taken, for good. */
  confirmed(
    desk: Desk,
    from: number,
    message: MessageOf<"confirm" | "waiting" | "refuse" | "gone">,
  ): void;
  /** Supplier: it will not be taken; it comes back. */
  refused(
    desk: Desk,
    from: number,
    message: MessageOf<"confirm" | "waiting" | "refuse" | "gone">,
  ): void;
  /** Consumer: a lot is on its way here. */
  announced(desk: Desk, from: number, message: SentMessage): void;
  /** Consumer: its goods are here. */
  arrived(desk: Desk, lot: LotId): void;
  /** Consumer: its supplier would like it back. */
  recalled(desk: Desk, from: number, message: RecallMessage): void;
};

/** Names a transfer in an answer. */
const naming = ({ lot, g, place }: Transfer): Transfer => ({ lot, g, place });

/** Whose lots these are: what became of them is remembered by this. */
const makerOf = (lot: LotId, from: number): string => `${from}/${partsOfLot(lot)?.store ?? ""}`;

/** The lot here that an answer of `from` is about: of this very transfer, and not settled yet. */
export function answered(
  desk: Desk,
  from: number,
  { lot, g }: Transfer,
): readonly [number: number, lot: OutLot] | undefined {
  const parts = partsOfLot(lot);
  if (parts === undefined || desk.idOf(parts.number) !== lot) return undefined;
  const held = desk.stage.out.get(parts.number);
  if (held === undefined || !isAway(held) || held.to !== from || held.g !== g) return undefined;
  return [parts.number, held];
}

export const HANDOFF: Handoff = {
  dispatch(desk, number, to, store, request) {
    const lot = desk.stage.out.get(number)!;
    const place = desk.takePlace(to);
    const { amount, g } = lot;
    desk.setLot(number, { amount, state: "sent", g: g + 1, to, store, place, request });
    desk.note("sent", { lot: desk.idOf(number), to, g: g + 1 });
    this.repeat(desk, number);
  },

  repeat(desk, number) {
    const { to, amount, state, g, place, store, request } = desk.stage.out.get(number)!;
    const settled = desk.settledTo(to!, store!);
    const which = { lot: desk.idOf(number), g, place: place!, settled, store: store! };
    if (state === "recalling") desk.send(to!, { kind: "recall", ...which });
    else {
      const { item } = desk.plan;
      desk.send(to!, { kind: "sent", ...which, item, amount, request: request! });
    }
    desk.expectAnswer(number, desk.stage.resends.get(number)?.wait ?? desk.plant.resend);
  },

  recall(desk, number) {
    const lot = desk.stage.out.get(number)!;
    desk.setLot(number, { ...lot, state: "recalling" });
    desk.note("recalling", { lot: desk.idOf(number), to: lot.to! });
    desk.forgetResend(number);
    this.repeat(desk, number);
  },

  confirmed(desk, from, message) {
    const found = answered(desk, from, message);
    if (found === undefined) return;
    const [number, { store, g }] = found;
    desk.log("settled", { lot: number, fate: "delivered", to: from, store: store!, g });
    desk.settle(number);
    desk.note("delivered", { lot: message.lot, to: from });
  },

  refused(desk, from, message) {
    const found = answered(desk, from, message);
    if (found === undefined) return;
    const [number, { amount, g }] = found;
    const due = desk.now + way(desk, desk.plan.id, from);
    desk.setLot(number, { amount, state: "returning", g, to: from, due });
    desk.forgetResend(number);
    desk.note("refused", { lot: message.lot, by: from });
  },

  announced(desk, from, message) {
    const { lot, place, settled, store, item, amount } = message;
    if (store !== desk.store) {
      desk.send(from, { kind: "gone", ...naming(message) });
      return;
    }
    if (answerAgain(desk, from, message)) return;
    const why = unwanted(desk, from, message);
    const maker = makerOf(lot, from);
    if (why !== undefined) {
      desk.remember(maker, place, "refused", settled);
      desk.note("refuses", { lot, why });
      desk.send(from, { kind: "refuse", ...naming(message), why });
      return;
    }
    desk.forget(maker, settled);
    desk.removeRequest(message.request);
    const due = desk.now + way(desk, from, desk.plan.id);
    desk.setIn(lot, { from, item, amount, left: amount, g: message.g, place, due });
    if (due <= desk.now) this.arrived(desk, lot);
    else desk.send(from, { kind: "waiting", ...naming(message) });
  },

  arrived(desk, lot) {
    const { from, item, amount, left, g, place } = desk.stage.in.get(lot)!;
    desk.setIn(lot, { from, item, amount, left, g, place, due: null });
    desk.remember(makerOf(lot, from), place, "taken", 0);
    desk.log("received", { lot, from, item, amount, g });
    desk.note("received", { lot, from });
    desk.send(from, { kind: "confirm", lot, g, place });
  },

  recalled(desk, from, message) {
    const { lot, place, settled, store } = message;
    if (store !== desk.store) {
      desk.send(from, { kind: "gone", ...naming(message) });
      return;
    }
    const held = desk.stage.in.get(lot);
    const awaited = held !== undefined && held.due !== null && held.place === place;
    if (!awaited && answerAgain(desk, from, message)) return;
    if (awaited) desk.removeIn(lot);
    desk.remember(makerOf(lot, from), place, "refused", settled);
    desk.note("gives back", { lot, to: from });
    desk.send(from, { kind: "refuse", ...naming(message), why: "recalled" });
  },
};

/** Answers a question that was decided before, in the same way; false if it is a new one. */
function answerAgain(desk: Desk, from: number, message: SentMessage | RecallMessage): boolean {
  const { lot, place, settled } = message;
  const held = desk.stage.in.get(lot);
  if (held !== undefined) {
    const { g, place, due } = held;
    desk.send(from, { kind: due === null ? "confirm" : "waiting", lot, g, place });
    return true;
  }
  const memory = desk.memory(makerOf(lot, from));
  // The sender has heard it long ago: this is an old copy, and nobody waits for an answer.
  if (place < memory.settled || place < settled) return true;
  if (memory.taken.includes(place)) desk.send(from, { kind: "confirm", ...naming(message) });
  else if (memory.refused.includes(place)) {
    desk.send(from, { kind: "refuse", ...naming(message), why: "as before" });
  } else return false;
  return true;
}

/** Why a lot is not wanted, if it is not. */
function unwanted(desk: Desk, from: number, { item, amount }: SentMessage): string | undefined {
  const { plan, stage, plant } = desk;
  const line = desk.bill.findIndex((each) => each.item === item && each.need > 0);
  if (line < 0) return "it is not on the bill of materials";
  if (plant.stages[from]?.item !== item) return "it is not what its maker makes";
  const arc = arcsOf(stage, plan.id, line).find((each) => each.from === from);
  if (arc === undefined && plant.recalls) return "its maker no longer supplies this stage";
  // What was under way when the flow changed is finished: make before break.
  const credit = arc?.credit ?? creditMax(plant, from, plan.id);
  return (booked(desk).get(from) ?? 0) + amount > credit ? "there is no room" : undefined;
}

/** Units from each supplier that are on the books here: on their way, waiting, or in use. */
export function booked({ stage }: Desk): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  for (const { from, left } of stage.in.values) countIn(sums, from, left);
  for (const { inputs } of stage.jobs.values) {
    for (const [lot, amount] of inputs) {
      const held = stage.in.get(lot);
      if (held !== undefined) countIn(sums, held.from, amount);
    }
  }
  return sums;
}

/** Units of a lot that running jobs hold. */
export function reservedOf(desk: Desk, lot: LotId): number {
  let sum = 0;
  for (const { inputs } of desk.stage.jobs.values) {
    for (const [of, amount] of inputs) if (of === lot) sum += amount;
  }
  return sum;
}

/** How long goods are on their way, µs; also where none go by the flow of now. */
export function way({ stage, plant }: Desk, supplier: number, consumer: number): number {
  for (const arcs of stage.flow?.inbound[consumer] ?? []) {
    for (const { from, transport } of arcs) if (from === supplier) return transport;
  }
  const { stages, params } = plant;
  return transportOf(stages[supplier]!, stages[consumer]!, params);
}
