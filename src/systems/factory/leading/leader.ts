// Who plans the flow. Of several candidates one leads: it holds the lease, and has claimed the flow for its
// term before it does anything else. It may crash at any moment, be slow, or believe that it leads when it
// no longer does: then its next swap fails. Stages adopt only later flows, so an old leader's words are old.
//
// A candidate takes over when it has seen the lease unchanged for as long as it holds, by its own clock. Its
// term is above every term that it, or any stage that speaks to it, has ever seen: terms do not fall, also
// when the keeper has lost its store. What a leader knows it has from what members say: it keeps nothing else.

import type { Json } from "../../../core/json.ts";
import type { KeeperReply } from "../../../core/keeper.ts";
import { micros } from "../../../core/micros.ts";
import type { Context, Process, ProcessId } from "../../../core/process.ts";
import type { Message, MessageOf } from "../messages.ts";
import type { LeaderPlan, Plant } from "../plant.ts";
import { type Leader, newLeader, type Swap } from "./leader-state.ts";
import { agedTo, GREETING, heardOf, isLive, type Member, newMember } from "./membership.ts";
import { haveOtherBills, keyOf, type Planner, situationOf } from "./planner.ts";
import {
  changedArcs,
  FLOW,
  type FlowValue,
  isOwn,
  isSame,
  LEASE,
  type LeaseValue,
  observed,
} from "./register.ts";
import { assessNext, beginAssessment, risksOf } from "./risks.ts";

const LOOK = "look";
const WATCH = "watch";
const REPLAN = "replan";
const SOLVED = "solved";
const ASSESS = "assess";
const TERM = "term";
/** A candidate looks at the lease, and a leader renews it, so many times while it holds. */
export const LOOKS = 4;

/** Plans of more arcs are not told of arc by arc. */
const ARCS_MAX = 500;

/** One process for all candidates. */
export function leader(plant: Plant, planner: Planner): Process<Leader, Message> {
  const plan = plant.leadership!;
  const step = (
    before: Leader,
    context: Context<Message>,
    act: (office: Office) => void,
  ): Leader => {
    const office = new Office(plant, plan, planner, before, context);
    act(office);
    return office.state;
  };
  return {
    start(stored, context) {
      const state = newLeader(context.now, (stored.get(TERM) as number | undefined) ?? 0);
      return step(state, context, (office) => office.look());
    },
    receive: (state, from, message, context) =>
      step(state, context, (office) => {
        if (message.kind === "beat") office.heard(from, message);
        else if (from === plan.keeper && "revision" in message) office.told(message as KeeperReply);
      }),
    timeout: (state, timer, context) =>
      step(state, context, (office) => {
        if (timer === LOOK) office.look();
        else if (timer === WATCH) office.watch();
        else if (timer === REPLAN) office.replan();
        else if (timer === SOLVED) office.publish();
        else if (timer === ASSESS) office.assess();
      }),
  };
}

/** A candidate's work during one step. */
class Office {
  state: Leader;
  readonly #plant: Plant;
  readonly #plan: LeaderPlan;
  readonly #planner: Planner;
  readonly #context: Context<Message>;

  constructor(
    plant: Plant,
    plan: LeaderPlan,
    planner: Planner,
    state: Leader,
    context: Context<Message>,
  ) {
    this.#plant = plant;
    this.#plan = plan;
    this.#planner = planner;
    this.state = state;
    this.#context = context;
  }

  /** From time to time: is somebody leading? And who leads says that he does. */
  look(): void {
    const { role, lease, swap } = this.state;
    const { now } = this.#context;
    if (role === "leading") this.#renew();
    else if (swap !== null) this.#send(swap);
    else if (role === "claiming") this.#ask(FLOW);
    else {
      this.#ask(LEASE);
      // Of a keeper that is silent nobody could be heard.
      const heard = now - lease.told <= this.#plan.lease / 2;
      if (heard && now - lease.since >= this.#plan.lease) this.#takeLease();
    }
    // Not all at the same instants.
    const pause = (this.#plan.lease / LOOKS) * (0.9 + 0.2 * this.#context.random());
    this.#context.setTimer(LOOK, micros(pause));
  }

  /** The keeper has said what a key holds. */
  told(reply: KeeperReply): void {
    const { now } = this.#context;
    const patience = this.#plan.lease / 2;
    if (reply.key === LEASE) this.#set({ lease: observed(this.state.lease, reply, now, patience) });
    else this.#set({ flow: observed(this.state.flow, reply, now, patience) });
    this.#see(this.state.lease.value?.term ?? 0);
    this.#see(this.state.flow.value?.term ?? 0);
    if (this.state.role === "watching") return;
    if (reply.key === LEASE) this.#toldOfLease(reply);
    else this.#toldOfFlow(reply);
  }

  /** A member says that it is there, and which flow it works by. */
  heard(from: number, beat: MessageOf<"beat">): void {
    const { epoch } = beat;
    this.#see(epoch[0]);
    if (this.state.role !== "leading") return;
    if (epoch[0] > this.state.term) {
      // The keeper forgot what this member remembers: lead on, in a term above all.
      this.#takeLease();
      return;
    }
    const member = this.state.members.get(from);
    if (member === undefined) return;
    this.#turn(from, member, heardOf(member, beat, this.#context.now, this.#plan));
  }

  /** What time has made of the members. */
  watch(): void {
    if (this.state.role !== "leading") return;
    for (const [id, member] of this.state.members) {
      const aged = agedTo(member, this.#context.now, this.#plan);
      if (aged.state === "suspect") this.#context.send(id as ProcessId, { kind: "probe" });
      this.#turn(id, member, aged);
    }
    this.#context.setTimer(WATCH, micros(this.#plan.heartbeat / 2));
  }

  /** The members have changed, and have been let settle: is another flow better? */
  replan(): void {
    if (this.state.role !== "leading" || this.state.solved !== null) return;
    const situation = situationOf(this.#plant, this.state.members);
    const key = keyOf(situation);
    if (key === this.state.planned?.live) {
      const assessed = this.state.assessment?.live === key;
      if (!assessed) this.#context.setTimer(ASSESS, this.#plan.lease);
      return;
    }
    const running = this.state.flow.value?.arcs ?? null;
    const outcome = this.#planner.plan(situation, running);
    this.#set({ solved: { live: key, outcome, since: this.#context.now } });
    this.#context.setTimer(SOLVED, this.#plan.solving);
  }

  /** Nothing has changed for a while: what would the loss of a stage cost? */
  assess(): void {
    const situation = situationOf(this.#plant, this.state.members);
    const live = keyOf(situation);
    if (this.state.role !== "leading" || live !== this.state.planned?.live) return;
    const { assessment } = this.state;
    const now = assessment?.live === live ? assessment : beginAssessment(this.#plant, live);
    const next = assessNext(now, (kind) => this.#planner.loss(situation, kind));
    this.#set({ assessment: next });
    if (next.left.length > 0) this.#context.setTimer(ASSESS, this.#plan.solving);
    else this.#context.note("risks", risksOf(next, this.#plan.minGain));
  }

  /** Solving is over. */
  publish(): void {
    const { role, solved, flow, swap } = this.state;
    if (role !== "leading" || solved === null) return;
    if (swap !== null) {
      this.#context.setTimer(SOLVED, this.#plan.solving);
      return;
    }
    const { live, outcome, since } = solved;
    this.#set({ solved: null });
    if (outcome.kind === "failed") {
      this.#set({ planned: { live, perHour: this.state.planned?.perHour ?? 0 } });
      this.#context.note("cannot plan", { why: outcome.why });
    } else if (!isSame(outcome.arcs, flow.value?.arcs) && this.#isWorth(live, outcome.perHour)) {
      const { term } = this.state;
      const sequence = this.state.sequence + 1;
      const { arcs, perHour, bottleneck } = outcome;
      this.#set({ planned: { live, perHour }, sequence });
      this.#swap(FLOW, { term, sequence, leader: this.#context.self, arcs, nonce: this.#nonce() });
      const changed = changedArcs(flow.value?.arcs ?? [], arcs);
      const took = this.#context.now - since;
      const told = arcs.length <= ARCS_MAX ? { arcs: arcs as Json } : {};
      this.#context.note("plans", {
        ...{ term, sequence, perHour, bottleneck, changed, took },
        ...told,
      });
    } else this.#set({ planned: { live, perHour: outcome.perHour } });
    this.#replanSoon();
  }

  /** A flow that counts on who is down is no good; else another must give noticeably more. */
  #isWorth(live: string, perHour: number): boolean {
    const { planned, flow } = this.state;
    const arcs = flow.value?.arcs ?? null;
    if (arcs === null) return true;
    if (planned !== null && haveOtherBills(planned.live, live)) return true;
    const dead = arcs.some(([from, to]) => live[from] === "0" || live[to] === "0");
    // What an earlier leader's flow gives is not known: a plan that stays close to it costs little.
    return dead || planned === null || perHour > planned.perHour * (1 + this.#plan.minGain);
  }

  #turn(id: number, before: Member, after: Member): void {
    if (before === after) return;
    this.#set({ members: new Map(this.state.members).set(id, after) });
    if (before.changed !== after.changed && this.state.planned !== null) this.#replanSoon();
    if (before.state === after.state) return;
    const { name } = this.#plant.stages[id]!;
    const silence = this.#context.now - after.pulse.heard;
    this.#context.note("member", { name, is: after.state, was: before.state, silence });
    // The first plan of a leader waits for all to be heard.
    if (isLive(before) !== isLive(after) && this.state.planned !== null) this.#replanSoon();
  }

  /** Changes that come together are planned for together. */
  #replanSoon(): void {
    this.#context.setTimer(REPLAN, this.#plan.debounce);
    this.#context.cancelTimer(ASSESS);
  }

  /** Tries to hold the lease, in a term above all. */
  #takeLease(): void {
    const term = this.#nextTerm();
    this.#context.put(TERM, term);
    if (this.state.role === "leading") this.#context.note("follows", { term: this.state.term });
    this.#set({ role: "claiming", term, termMax: term, sequence: 0, solved: null });
    this.#swap(LEASE, { holder: this.#context.self, term, beat: 0, nonce: this.#nonce() });
  }

  /** Above all that was heard of; and no other candidate ever has the same, whatever a keeper forgets. */
  #nextTerm(): number {
    const { candidates } = this.#plan;
    const own = candidates.indexOf(this.#context.self);
    const next = this.state.termMax + 1;
    const ahead = (own - (next % candidates.length) + candidates.length) % candidates.length;
    return next + ahead;
  }

  #renew(): void {
    const { term, lease } = this.state;
    const beat = (lease.value?.beat ?? 0) + 1;
    const { swap } = this.state;
    if (swap !== null) this.#send(swap);
    const value = { holder: this.#context.self, term, beat, nonce: this.#nonce() };
    this.#send({ key: LEASE, revision: lease.revision, value });
  }

  #toldOfLease(reply: KeeperReply): void {
    const { role, term, swap, lease } = this.state;
    const { self } = this.#context;
    const holds = lease.value?.holder === self && lease.value.term === term;
    if (role === "leading") {
      if (!holds) this.#follow();
      return;
    }
    if (swap?.key !== LEASE) return;
    if (isOwn(reply, swap.value.nonce)) {
      // First of all the flow is claimed.
      this.#set({ swap: null });
      this.#ask(FLOW);
    } else if (reply.kind === "conflict") this.#follow();
  }

  #toldOfFlow(reply: KeeperReply): void {
    const { role, term, swap, flow } = this.state;
    if (role === "leading" && (flow.value?.term ?? 0) > term) {
      this.#follow();
      return;
    }
    if (swap === null && role === "claiming" && reply.kind === "ok") this.#claim();
    if (swap?.key !== FLOW || reply.kind === "changed") return;
    if (isOwn(reply, swap.value.nonce)) {
      this.#set({ swap: null });
      if (role === "claiming") this.#lead();
    } else if (reply.kind === "conflict") {
      this.#set({ swap: null });
      // Somebody came between, of an earlier term: again, on what he left.
      if (role === "claiming") this.#claim();
      else this.#swap(FLOW, swap.value);
    }
  }

  #claim(): void {
    const { term, flow } = this.state;
    if ((flow.value?.term ?? 0) >= term) {
      this.#takeLease();
      return;
    }
    const arcs = flow.value?.arcs ?? null;
    const { self } = this.#context;
    this.#swap(FLOW, { term, sequence: 0, leader: self, arcs, nonce: this.#nonce() });
  }

  #lead(): void {
    const { now } = this.#context;
    const members = new Map(
      this.#plant.stages.map(({ id }) => [id as number, newMember(now, this.#plan)]),
    );
    this.#set({ role: "leading", members, planned: null, solved: null, assessment: null });
    this.#context.note("leads", { term: this.state.term });
    // Who has missed that it leads is counted too, and who knows a greater term says so.
    this.#context.send(
      this.#plant.stages.map(({ id }) => id),
      { kind: "probe" },
    );
    this.watch();
    // By then all that are there have said so.
    this.#context.setTimer(
      REPLAN,
      micros(Math.max(this.#plan.debounce, GREETING * this.#plan.heartbeat)),
    );
  }

  #follow(): void {
    if (this.state.role === "leading") this.#context.note("follows", { term: this.state.term });
    this.#set({ role: "watching", swap: null, solved: null, members: new Map() });
    this.#context.cancelTimer(WATCH);
    this.#context.cancelTimer(REPLAN);
    this.#context.cancelTimer(SOLVED);
    this.#context.cancelTimer(ASSESS);
  }

  #see(term: number): void {
    if (term > this.state.termMax) this.#set({ termMax: term });
  }

  #nonce(): string {
    const asked = this.state.asked + 1;
    this.#set({ asked });
    return `${this.#context.self}.${this.#context.storeId}.${this.#context.incarnation}.${asked}`;
  }

  #ask(key: string): void {
    this.#context.send(this.#plan.keeper, { kind: "get", key, ask: this.#nonce() });
  }

  #swap(key: string, value: LeaseValue | FlowValue): void {
    const { revision } = key === LEASE ? this.state.lease : this.state.flow;
    const swap = { key, revision, value };
    this.#set({ swap });
    this.#send(swap);
  }

  #send(swap: Swap): void {
    this.#context.send(this.#plan.keeper, { kind: "swap", ...swap, ask: swap.value.nonce });
  }

  #set(change: Partial<Leader>): void {
    this.state = { ...this.state, ...change };
  }
}
