// A stage's books during one step: what it knows, being changed, and written to its store as it changes.
// A state is never changed itself; a step works on a copy of just those parts that it touches.
import type { Json } from "../../../core/json.ts";
import { type Micros, micros } from "../../../core/micros.ts";
import type { Context, ProcessId } from "../../../core/process.ts";
import type { Arc, Epoch, Flow } from "../flows.ts";
import {
  type InLot,
  type Job,
  KEY,
  LOG,
  type LotId,
  lotId,
  type Memory,
  type Message,
  type OutLot,
  tagOf,
} from "../messages.ts";
import type { BomLine, Plant, StagePlan } from "../plant.ts";
import { revisionAfter } from "../revisions.ts";
import type { SmallMap } from "./small-map.ts";

/** A request that waits for an answer. */
export type Request = {
  readonly to: number;
  readonly item: string;
  /** When it is said again, by the local clock, and how long to wait after that. */
  readonly due: number;
  readonly wait: number;
};

/** A request of somebody else's that could not be served yet. */
export type Order = { readonly id: string; readonly from: number; readonly store: string };

/** When a lot under way is spoken of again. */
export type Resend = { readonly due: number; readonly wait: number };

/** Timers of which there is one, armed for the earliest of what waits for it. */
export type Alarm = "resend" | "ask" | "goods";

export type Stage = {
  /** Durable: the last numbers given to lots and jobs, the amount that was good so far; and all under KEY. */
  readonly counts: { readonly lot: number; readonly job: number; readonly good: number };
  readonly epoch: Epoch;
  readonly out: SmallMap<number, OutLot>;
  readonly next: SmallMap<number, number>;
  readonly in: SmallMap<LotId, InLot>;
  readonly memories: SmallMap<string, Memory>;
  readonly jobs: SmallMap<number, Job>;
  /** The equipment is down since then, by the local clock, and mending it takes so long. */
  readonly broken: { readonly at: number; readonly takes: number } | null;
  /** How many of the changes that are planned for it it has made. */
  readonly changed: number;
  /** Volatile. */
  readonly flow: Flow | null;
  readonly requests: SmallMap<string, Request>;
  readonly asked: number;
  readonly orders: readonly Order[];
  readonly resends: SmallMap<number, Resend>;
  /** Units taken of each supplier under this flow: who is behind his rate comes next. */
  readonly taken: SmallMap<number, number>;
  readonly maintenance: boolean;
  /** Lots that have left the line, as far as its first stage knows. */
  readonly finished: number;
  readonly standing: string;
  /** Who leads, as far as it knows; beats said so far; when each neighbour was heard last. */
  readonly leader: number | null;
  readonly beats: number;
  readonly heard: SmallMap<number, number>;
  readonly armed: SmallMap<Alarm, number>;
  /** What the local clock said when this changed last. */
  readonly clock: number;
};

/** Silence is waited for twice as long each time, up to so many times the first wait. */
export const WAIT_MAX = 8;

/** By which suppliers a stage is given an item of its bill of materials (by line), in the flow it knows. */
export const arcsOf = ({ flow }: Stage, consumer: number, line: number): readonly Arc[] =>
  flow?.inbound[consumer]?.[line] ?? [];

/** Somebody else may have it. */
export const isAway = ({ state }: OutLot): boolean =>
  state === "sent" || state === "recalling" || state === "lost";

/** Spelled out: a spread takes twenty times as long where a part is a number beyond 2³¹, as instants are. */
const copyOf = (stage: Stage, clock: number): Stage => ({
  counts: stage.counts,
  epoch: stage.epoch,
  out: stage.out,
  next: stage.next,
  in: stage.in,
  memories: stage.memories,
  jobs: stage.jobs,
  broken: stage.broken,
  changed: stage.changed,
  flow: stage.flow,
  requests: stage.requests,
  asked: stage.asked,
  orders: stage.orders,
  resends: stage.resends,
  taken: stage.taken,
  maintenance: stage.maintenance,
  finished: stage.finished,
  standing: stage.standing,
  leader: stage.leader,
  beats: stage.beats,
  heard: stage.heard,
  armed: stage.armed,
  clock,
});

export class Desk {
  readonly plant: Plant;
  readonly plan: StagePlan;
  readonly context: Context<Message>;
  readonly #before: Stage;
  /** The state before, until something changes; then a copy that is this step's own. */
  #now: Stage;

  constructor(plant: Plant, plan: StagePlan, before: Stage, context: Context<Message>) {
    this.plant = plant;
    this.plan = plan;
    this.context = context;
    this.#before = before;
    this.#now = before;
  }

  get stage(): Stage {
    return this.#now;
  }

  /** What a job takes now. */
  get bill(): readonly BomLine[] {
    return this.plan.bills[revisionAfter(this.plan.changes, this.#now.changed)]!;
  }

  get now(): Micros {
    return this.context.now;
  }

  /** The tag of this stage's store. */
  get store(): string {
    return tagOf(this.context.storeId);
  }

  /** Changes what is not durable. */
  set(change: Partial<Stage>): void {
    Object.assign(this.#own(), change);
  }

  count(change: Partial<Stage["counts"]>): void {
    const counts = { ...this.#now.counts, ...change };
    this.context.put(KEY.counts, counts);
    this.set({ counts });
  }

  idOf(number: number): LotId {
    return lotId(this.plan.name, this.store, number);
  }

  setLot(number: number, lot: OutLot): void {
    this.context.put(`${KEY.lot}${number}`, lot);
    this.#own().out = this.#now.out.with(number, lot);
  }

  /** It is nobody's business any more: from now on it is history. */
  settle(number: number): void {
    this.context.remove(`${KEY.lot}${number}`);
    this.#own().out = this.#now.out.without(number);
    this.forgetResend(number);
  }

  /** The place of the next transfer to a consumer. */
  takePlace(consumer: number): number {
    const place = this.#now.next.get(consumer) ?? 0;
    this.context.put(`${KEY.next}${consumer}`, place + 1);
    this.#own().next = this.#now.next.with(consumer, place + 1);
    return place;
  }

  /** All transfers to that store of a consumer below this place are over. */
  settledTo(consumer: number, store: string): number {
    let least = this.#now.next.get(consumer) ?? 0;
    for (const lot of this.#now.out.values) {
      if (lot.to === consumer && lot.store === store && isAway(lot)) {
        least = Math.min(least, lot.place!);
      }
    }
    return least;
  }

  setIn(lot: LotId, held: InLot): void {
    this.context.put(`${KEY.in}${lot}`, held);
    this.#own().in = this.#now.in.with(lot, held);
  }

  setLeft(lot: LotId, { from, item, amount, g, place, due }: InLot, left: number): void {
    this.setIn(lot, { from, item, amount, left, g, place, due });
  }

  removeIn(lot: LotId): void {
    this.context.remove(`${KEY.in}${lot}`);
    this.#own().in = this.#now.in.without(lot);
  }

  memory(of: string): Memory {
    return this.#now.memories.get(of) ?? { settled: 0, taken: [], refused: [] };
  }

  /** Remembers what became of a transfer; it is asked again until its sender has heard it. */
  remember(of: string, place: number, verdict: "taken" | "refused", settled: number): void {
    const { taken, refused } = this.memory(of);
    this.#setMemory(of, settled, {
      taken: verdict === "taken" ? [...taken, place] : taken,
      refused: verdict === "refused" ? [...refused, place] : refused,
    });
  }

  /** Its sender has heard what became of all transfers below that place. */
  forget(of: string, settled: number): void {
    const memory = this.memory(of);
    if (settled > memory.settled) this.#setMemory(of, settled, memory);
  }

  #setMemory(of: string, settled: number, { taken, refused }: Omit<Memory, "settled">): void {
    const from = Math.max(this.memory(of).settled, settled);
    const asked = (places: readonly number[]): number[] => places.filter((each) => each >= from);
    const memory = { settled: from, taken: asked(taken), refused: asked(refused) };
    this.context.put(`${KEY.memory}${of}`, memory);
    this.#own().memories = this.#now.memories.with(of, memory);
  }

  setJob(number: number, job: Job): void {
    this.context.put(`${KEY.job}${number}`, job);
    this.#own().jobs = this.#now.jobs.with(number, job);
    this.context.setTimer(`${KEY.job}${number}`, micros(Math.max(1, job.due - this.now)));
  }

  removeJob(number: number): void {
    this.context.remove(`${KEY.job}${number}`);
    this.context.cancelTimer(`${KEY.job}${number}`);
    this.#own().jobs = this.#now.jobs.without(number);
  }

  setBroken(broken: Stage["broken"]): void {
    if (broken === null) this.context.remove(KEY.broken);
    else this.context.put(KEY.broken, broken);
    this.set({ broken });
  }

  log(name: keyof typeof LOG, record: Json): void {
    this.context.append(LOG[name], record);
  }

  note(name: string, fields: { readonly [field: string]: Json }): void {
    this.context.note(name, fields);
  }

  send(to: number, message: Message): void {
    this.context.send(to as ProcessId, message);
  }

  setRequest(id: string, request: Request): void {
    this.#own().requests = this.#now.requests.with(id, request);
  }

  removeRequest(id: string): void {
    const requests = this.#now.requests.without(id);
    if (requests !== this.#now.requests) this.#own().requests = requests;
  }

  /** A lot is spoken of again after this wait, and then after twice as long. */
  expectAnswer(number: number, wait: number): void {
    this.#own().resends = this.#now.resends.with(number, {
      due: this.now + wait,
      wait: this.longer(wait),
    });
  }

  forgetResend(number: number): void {
    const resends = this.#now.resends.without(number);
    if (resends !== this.#now.resends) this.#own().resends = resends;
  }

  longer(wait: number): number {
    return Math.min(2 * wait, WAIT_MAX * this.plant.resend);
  }

  /** Somebody gave a sign of life. */
  hear(from: number): void {
    this.#own().heard = this.#now.heard.with(from, this.now);
  }

  take(supplier: number, amount: number): void {
    this.#own().taken = this.#now.taken.with(
      supplier,
      (this.#now.taken.get(supplier) ?? 0) + amount,
    );
  }

  setAlarm(alarm: Alarm, due: number | undefined): void {
    const { armed } = this.#now;
    if (armed.get(alarm) === due) return;
    if (due === undefined) {
      this.context.cancelTimer(alarm);
      this.#own().armed = this.#now.armed.without(alarm);
      return;
    }
    this.context.setTimer(alarm, micros(Math.max(1, due - this.now)));
    this.#own().armed = this.#now.armed.with(alarm, due);
  }

  /** An alarm went off: what was due by the instant for which it was armed is due, whatever the clock says. */
  rang(alarm: Alarm): number {
    const due = this.#now.armed.get(alarm) ?? this.now;
    this.#own().armed = this.#now.armed.without(alarm);
    return Math.max(due, this.now);
  }

  /** The state as this step may change it: a copy, from the first change on. */
  #own(): { -readonly [part in keyof Stage]: Stage[part] } {
    if (this.#now === this.#before) this.#now = copyOf(this.#before, this.context.now);
    return this.#now;
  }
}
