// A stage: equipment that turns lots into lots. All that it must not forget is in its store, and it comes
// back from that alone; what it hears from others it may lose.
import type { Json } from "../../../core/json.ts";
import { micros } from "../../../core/micros.ts";
import type { Context, Process } from "../../../core/process.ts";
import type { Flow } from "../flows.ts";
import { type InLot, KEY, type Message, type MessageOf, type OutLot } from "../messages.ts";
import type { Plant, StagePlan } from "../plant.ts";
import { type Alarm, Desk, type Resend, type Stage } from "./desk.ts";
import {
  armBreakdown,
  BREAKDOWN,
  breakDown,
  keepWindows,
  MAINTENANCE,
  mend,
  mended,
  REPAIR,
} from "./equipment.ts";
import { BEAT, beat, beatOf, beginFollowing, type KeptPlan, toldByKeeper } from "./following.ts";
import { answered, HANDOFF, type Handoff, way } from "./handoff.ts";
import { makeChanges } from "./make-changes.ts";
import { heardNeighbour, neighbours } from "./neighbours.ts";
import {
  beginJobs,
  interrupt,
  jobOf,
  nextDemand,
  PRODUCTION,
  type Production,
  resume,
  standsBecause,
} from "./production.ts";
import { adopt, ask, replenish, requested, resumeFlow, serve, unavailable } from "./requests.ts";
import { storedStage } from "./stored-stage.ts";
import { keepTime, shortenWays } from "./waits.ts";

/** The parts of a stage in which a test can plant a mistake. */
export type Rules = { readonly handoff: Handoff; readonly production: Production };

export const RULES: Rules = { handoff: HANDOFF, production: PRODUCTION };

/** Timers beside the alarms and those of jobs. */
const FLOW = "flow";
const DEMAND = "demand";
const CHANGES = "changes";
const POLL = "poll";
/** A lot that is awaited is asked after when it should be there, and so many resends later. */
const PATIENCE = 8;

/** One process for all stages of a plant: what differs between them is in their plans. */
export function stage(plant: Plant, rules: Rules = RULES): Process<Stage, Message> {
  const { handoff, production } = rules;
  const step = (
    before: Stage,
    context: Context<Message>,
    act: (desk: Desk, plan: StagePlan) => void,
    all = false,
  ): Stage => {
    const plan = plant.stages[context.self]!;
    const desk = new Desk(plant, plan, before, context);
    keepTime(desk);
    act(desk, plan);
    settle(desk, handoff, before, all);
    return desk.stage;
  };
  return {
    start: (stored, context) =>
      step(storedStage(stored), context, (desk, plan) => takeUp(desk, plan, handoff, stored), true),
    receive: (before, from, message, context) =>
      step(before, context, (desk) => hear(desk, from, message, handoff)),
    timeout: (before, timer, context) =>
      step(
        before,
        context,
        (desk, plan) => {
          const job = jobOf(timer);
          if (job !== undefined) {
            if (desk.stage.jobs.has(job)) production.complete(desk, job);
          } else if (timer in ALARMS) {
            ALARMS[timer as Alarm](desk, handoff, desk.rang(timer as Alarm));
          } else TIMERS[timer]?.(desk, plan, handoff);
        },
        timer === DEMAND || timer === POLL,
      ),
  };
}

/** Begins, or begins again where its store says that it was. */
function takeUp(
  desk: Desk,
  plan: StagePlan,
  handoff: Handoff,
  stored: ReadonlyMap<string, Json>,
): void {
  const { plant, stage, now } = desk;
  const { broken, epoch } = stage;
  const known = plant.flows.find(
    (flow) => flow.epoch[0] === epoch[0] && flow.epoch[1] === epoch[1],
  );
  if (known !== undefined) resumeFlow(desk, known);
  followPlan(desk, handoff);
  beginFollowing(desk, stored.get(KEY.plan) as KeptPlan | undefined);
  shortenWays(desk);
  followChanges(desk);
  interrupt(desk);
  for (const [number, { due }] of stage.jobs.entries) {
    if (!desk.stage.jobs.has(number)) continue;
    // Its machine worked on while it was away, unless that was down.
    if (broken === null) resume(desk, number, due - now);
  }
  for (const [number, { state }] of stage.out.entries) {
    if (state === "sent" || state === "recalling") handoff.repeat(desk, number);
  }
  keepWindows(desk, plan);
  if (broken !== null) mend(desk, plan);
  else armBreakdown(desk, plan);
  if (stored.size === 0) return;
  sayWhatIsThere(desk);
  greet(desk);
}

/** What its store gave back; ghosts are on their way from, or to, one with whom the flow has nothing to do. */
function sayWhatIsThere({ stage, plan, context }: Desk): void {
  const arcs = stage.flow?.inbound[plan.id]?.flat() ?? [];
  const suppliers = new Set(arcs.map(({ from }) => from as number));
  const consumers = stage.flow?.outbound[plan.id] ?? new Set();
  const isAwaited = ({ due, from }: InLot): boolean => due !== null && !suppliers.has(from);
  const isSent = ({ state, to }: OutLot): boolean => state === "sent" && !consumers.has(to!);
  context.note("takes up", {
    inbound: stage.in.size,
    outbound: stage.out.size,
    ghostsIn: stage.in.where(isAwaited).length,
    ghostsOut: stage.out.where(isSent).length,
  });
}

/** Those with whom it has to do by the flow are told that it is there again. */
function greet(desk: Desk): void {
  for (const other of neighbours(desk)) desk.send(other, { kind: "hello" });
}

/** What is done with each kind of message. */
const HEARD: {
  readonly [Kind in Message["kind"]]: (
    desk: Desk,
    from: number,
    message: MessageOf<Kind>,
    handoff: Handoff,
  ) => void;
} = {
  request: (desk, from, message, handoff) => requested(desk, handoff, from, message),
  unavailable,
  sent: (desk, from, message, handoff) => handoff.announced(desk, from, message),
  recall: (desk, from, message, handoff) => handoff.recalled(desk, from, message),
  confirm: (desk, from, message, handoff) => handoff.confirmed(desk, from, message),
  refuse: (desk, from, message, handoff) => handoff.refused(desk, from, message),
  waiting: awaited,
  gone: lose,
  hello: (desk, from, _message, handoff) => greeted(desk, handoff, from),
  repaired(desk, _from, { at }) {
    if (desk.stage.broken?.at === at) mended(desk);
  },
  beat(desk, from) {
    if (heardNeighbour(desk, from)) replenish(desk);
  },
  probe(desk, from) {
    desk.send(from, beatOf(desk));
  },
  ok: (desk, _from, reply, handoff) => toldByKeeper(desk, reply, handoff),
  conflict: (desk, _from, reply, handoff) => toldByKeeper(desk, reply, handoff),
  changed: (desk, _from, reply, handoff) => toldByKeeper(desk, reply, handoff),
  get: () => {},
  swap: () => {},
  watch: () => {},
  "how many"(desk, from) {
    desk.send(from, { kind: "finished", count: desk.stage.counts.lot });
  },
  finished(desk, _from, { count }) {
    desk.set({ finished: Math.max(desk.stage.finished, count) });
  },
  broken: () => {},
};

function hear(desk: Desk, from: number, message: Message, handoff: Handoff): void {
  (HEARD[message.kind] as (...heard: Parameters<typeof hear>) => void)(
    desk,
    from,
    message,
    handoff,
  );
}

/** It is under way: no need to ask before it can be there. */
function awaited(desk: Desk, from: number, message: MessageOf<"waiting">): void {
  const found = answered(desk, from, message);
  if (found === undefined || found[1].state === "lost") return;
  const [number] = found;
  desk.expectAnswer(number, way(desk, desk.plan.id, from) + PATIENCE * desk.plant.resend);
}

/** What was sent to a store that is lost: nobody knows whether it was used. */
function lose(desk: Desk, from: number, message: MessageOf<"gone">): void {
  const found = answered(desk, from, message);
  if (found === undefined || found[1].state === "lost") return;
  const [number, lot] = found;
  desk.setLot(number, { ...lot, state: "lost" });
  desk.forgetResend(number);
  desk.note("lost", { lot: message.lot, to: from });
}

/** A neighbour is there again: he has forgotten what he was asked for, and may not know what he was sent. */
function greeted(desk: Desk, handoff: Handoff, from: number): void {
  for (const [id, { to }] of desk.stage.requests.entries) if (to === from) ask(desk, id);
  for (const [number, { to, state }] of desk.stage.out.entries) {
    if (to === from && (state === "sent" || state === "recalling")) handoff.repeat(desk, number);
  }
}

/** Can a job begin, or a lot leave, that could not before? */
const isNews = (now: Stage, before: Stage): boolean =>
  isWanting(now, before) ||
  now.requests !== before.requests ||
  now.out !== before.out ||
  now.orders !== before.orders ||
  now.broken !== before.broken ||
  now.maintenance !== before.maintenance ||
  now.finished !== before.finished ||
  now.counts !== before.counts;

/** Can it want more than before? Not if a request is only said again later. */
const isWanting = (now: Stage, before: Stage): boolean =>
  now.in !== before.in ||
  now.jobs !== before.jobs ||
  now.requests.keys !== before.requests.keys ||
  now.flow !== before.flow ||
  now.changed !== before.changed;

/**
 * The last of a step: what can be done now is done, and what is waited for is timed. `all`: whatever has
 * changed; a step that changes nothing that matters costs next to nothing.
 */
function settle(desk: Desk, handoff: Handoff, before: Stage, all: boolean): void {
  const { plan, plant } = desk;
  if (all || isNews(desk.stage, before)) {
    serve(desk, handoff);
    beginJobs(desk);
    if (all || isWanting(desk.stage, before)) replenish(desk);
    sayHowItStands(desk);
  }
  const { stage } = desk;
  if (plant.line?.last === plan.id && stage.counts.lot > stage.finished) {
    desk.set({ finished: stage.counts.lot });
    desk.send(plant.line.first, { kind: "finished", count: stage.counts.lot });
  }
  const { armed, resends, requests } = stage;
  if (all || resends !== before.resends || !armed.has("resend")) {
    desk.setAlarm("resend", earliest(resends.values));
  }
  if (all || requests !== before.requests || !armed.has("ask")) {
    desk.setAlarm("ask", earliest(requests.values));
  }
  if (all || stage.in !== before.in || stage.out !== before.out || !armed.has("goods")) {
    desk.setAlarm("goods", earliestGoods(stage));
  }
}

function sayHowItStands(desk: Desk): void {
  const { stage, plant } = desk;
  const running = stage.jobs.size > 0 && stage.broken === null;
  const stands = running ? undefined : standsBecause(desk);
  const { is, of = [] } = stands ?? { is: "running" };
  const standing = of.length === 0 ? is : [is, ...of].join(" ");
  if (standing !== stage.standing) {
    desk.set({ standing });
    desk.note("stands", { is, of: of as string[], open: stage.requests.size });
  }
  if (is !== "no demand") return;
  const wanted = nextDemand(desk);
  if (wanted !== undefined) desk.context.setTimer(DEMAND, micros(Math.max(1, wanted - desk.now)));
  else desk.context.setTimer(POLL, plant.resend);
}

function earliest(all: readonly { readonly due: number }[]): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const { due } of all) least = Math.min(least, due);
  return least === Number.POSITIVE_INFINITY ? undefined : least;
}

function earliestGoods({ in: held, out }: Stage): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const { due } of held.values) if (due !== null) least = Math.min(least, due);
  for (const { due, state } of out.values) if (state === "returning") least = Math.min(least, due!);
  return least === Number.POSITIVE_INFINITY ? undefined : least;
}

const ALARMS: { readonly [alarm in Alarm]: (desk: Desk, handoff: Handoff, now: number) => void } = {
  resend(desk, handoff, now) {
    const isDue = ({ due }: Resend): boolean => due <= now;
    for (const number of desk.stage.resends.where(isDue)) handoff.repeat(desk, number);
  },
  ask(desk, _handoff, now) {
    for (const id of desk.stage.requests.where(({ due }) => due <= now)) ask(desk, id);
  },
  goods(desk, handoff, now) {
    const isHere = ({ due }: InLot): boolean => due !== null && due <= now;
    for (const lot of desk.stage.in.where(isHere)) handoff.arrived(desk, lot);
    const isBack = ({ state, due }: OutLot): boolean => state === "returning" && due! <= now;
    for (const number of desk.stage.out.where(isBack)) {
      const { amount, g } = desk.stage.out.get(number)!;
      desk.setLot(number, { amount, state: "available", g });
      desk.note("back", { lot: desk.idOf(number) });
    }
  },
};

const TIMERS: {
  readonly [timer: string]: (desk: Desk, plan: StagePlan, handoff: Handoff) => void;
} = {
  [FLOW]: (desk, _plan, handoff) => followPlan(desk, handoff),
  [BREAKDOWN]: breakDown,
  [REPAIR](desk, plan) {
    if (plan.breakdown?.crew === undefined) mended(desk);
    else mend(desk, plan);
  },
  [MAINTENANCE]: keepWindows,
  [BEAT]: beat,
  [CHANGES]: followChanges,
  [DEMAND]: () => {},
  [POLL](desk) {
    desk.send(desk.plant.line!.last, { kind: "how many" });
  },
};

/** Makes the changes whose instants have come, and waits for the next. */
function followChanges(desk: Desk): void {
  const next = makeChanges(desk);
  if (next !== undefined) desk.context.setTimer(CHANGES, micros(Math.max(1, next - desk.now)));
}

/** Adopts the latest flow of the file whose instant has come, and waits for the next. */
function followPlan(desk: Desk, handoff: Handoff): void {
  const { plant, now } = desk;
  let current: Flow | undefined;
  for (const flow of plant.flows) {
    if (flow.at > now) {
      desk.context.setTimer(FLOW, micros(flow.at - now));
      break;
    }
    current = flow;
  }
  if (current !== undefined) adopt(desk, handoff, current);
}
