// The `sim` runtime: all processes in one thread, in virtual time, from one seed. The order is
// total, by (instant, order queued), so the same run gives the same bytes.
import type { InFlight } from "../../core/audit.ts";
import { OrreryError } from "../../core/errors.ts";
import { formatFault } from "../../core/fault-notation.ts";
import { isCrash } from "../../core/faults.ts";
import type { Json } from "../../core/json.ts";
import { type Micros, micros } from "../../core/micros.ts";
import type { Fault, Run } from "../../core/run.ts";
import { type AnySystem, membersOf } from "../../core/system.ts";
import { KIND } from "../../core/trace-event.ts";
import { blamed } from "../blame.ts";
import { Driver } from "../driver/driver.ts";
import * as layout from "../driver/layout.ts";
import { ProcessTable } from "../driver/process-table.ts";
import { EventQueue, SWEEP_MIN } from "../driver/queue.ts";
import { drawRates } from "../driver/rates.ts";
import { Slots } from "../driver/slots.ts";
import { FaultyStore } from "../faulty-store.ts";
import { LinkLayer } from "../link-layer.ts";
import type { Clock, Recorder, Running, Runtime } from "../ports.ts";
import { RESTART, type Restart, Striker } from "../striker.ts";
import {
  Holds,
  isTraced,
  type ProcessStroke,
  type Stroke,
  strokesOf,
  WHO_LEADS,
} from "../strokes.ts";
import { MemoryStore } from "./store.ts";

const { FLAG, NIL, SLOT, SLOT_KIND, SLOT_WORDS } = layout;

/** A simulated run. Everything happens inside `to`. */
export class Simulation implements Running, Clock {
  readonly store: MemoryStore;
  readonly names: readonly string[];
  /** Ticks per second of each process, as given or drawn; 0 if unpaced. */
  readonly rates: readonly number[];
  readonly #run: Run;
  readonly #slots: Slots;
  readonly #queue: EventQueue;
  readonly #links: LinkLayer;
  readonly #stores: FaultyStore;
  readonly #striker: Striker;
  readonly #driver: Driver;
  readonly #table: ProcessTable;
  #deliveries = 0;
  #turns = 0;
  #reached = 0;
  #started = false;
  #closed = false;
  readonly #holds = new Holds();
  /** A partition that begins while a message is on its way loses it. */
  readonly #cutsArrivals: boolean;

  /** `cutsArrivals`: partitions strike what arrives, and not only what is sent. */
  constructor(system: AnySystem, run: Run, recorder: Recorder | null, cutsArrivals = false) {
    this.#cutsArrivals = cutsArrivals;
    const members = membersOf(system, run.params);
    this.names = members.map((member) => member.name);
    this.#run = run;
    this.#slots = new Slots(2 * members.length + 64);
    this.#queue = new EventQueue(this.#slots);
    this.store = new MemoryStore(run.storeDelay, run.seed, members.length);
    this.#table = new ProcessTable(members, this.#slots, recorder);
    this.#links = new LinkLayer(this.#table, this.#queue, run, members);
    const rates = drawRates(members, run.seed);
    this.rates = Array.from(rates);
    this.#stores = new FaultyStore(
      this.store,
      run.seed,
      members.length,
      (process) => this.#storeFailed(process),
      () => this.#table.now,
    );
    const ports = { clock: this, transport: this.#links, store: this.#stores };
    this.#driver = new Driver(this.#table, members, rates, ports, run);
    this.#striker = new Striker(this.#driver, this.#links, this.#stores);
    for (const fault of run.faults) this.inject(fault);
  }

  get now(): Micros {
    return micros(this.#reached);
  }

  /** Clocks and waiting events of the processes as they are now. */
  peek(process: number): { readonly lamport: number; readonly waiting: number } {
    return { lamport: this.#table.lamport(process), waiting: this.#table.waiting(process) };
  }

  /** Steps taken (starts included) and messages that reached a process, so far. */
  get counts(): { readonly steps: number; readonly deliveries: number } {
    return { steps: this.#driver.steps, deliveries: this.#deliveries };
  }

  /** Slots in the queue: ticks, messages, timers to come, cancelled ones not yet swept out. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Messages on their way or in an inbox. */
  *underway(): Iterable<InFlight> {
    for (const slot of this.#slots.messages()) {
      const from = this.#slots.words[slot * SLOT_WORDS + SLOT.from]!;
      yield { from, to: this.#slots.process(slot), body: this.#slots.body[slot] as Json };
    }
  }

  /** What waits in an inbox, in order: from whom, and what. A timer that is due comes from the process itself. */
  *inbox(process: number): Iterable<readonly [from: number, message: Json]> {
    for (const slot of this.#table.inbox(process)) {
      const body = this.#slots.body[slot] as Json;
      if (this.#slots.kind(slot) === SLOT_KIND.timer) yield [process, { timer: body }];
      else yield [this.#slots.words[slot * SLOT_WORDS + SLOT.from]!, body];
    }
  }

  /** The driver's clock: virtual time. */
  at(slot: number): void {
    if (this.#slots.dead > SWEEP_MIN) this.#queue.sweep();
    this.#queue.push(slot);
  }

  to(instant: Micros): void {
    this.goOn(instant, Number.POSITIVE_INFINITY);
  }

  /** Slots that were taken out of the queue, starts being the first of them: what a debugger steps by. */
  get turns(): number {
    return this.#turns;
  }

  /** Goes on until an instant, or for so many turns. */
  goOn(instant: Micros, turns: number): void {
    const until = Math.min(instant, this.#run.duration);
    if (until < this.#reached || turns <= 0) return;
    const last = this.#turns + turns;
    this.#guard(() => {
      if (!this.#started) {
        this.#driver.startAll();
        this.#started = true;
        this.#turns++;
      }
      this.#advance(until, last);
    });
    this.#checkBounds();
    this.#reached = this.#turns < last ? until : this.#table.now;
    this.#table.now = this.#reached;
  }

  /**
   * All chance from here on comes from another seed: what has happened stays, what will happen does
   * not. Faults that are planned stay planned.
   */
  reseed(seed: number): void {
    this.#driver.reseed(seed);
    this.#links.reseed(seed);
    this.store.reseed(seed);
    this.#stores.reseed(seed);
  }

  /** Does all that is due before an instant, and nothing that is due then. */
  until(instant: number): void {
    if (instant > 0) this.to(micros(instant - 1));
  }

  inject(fault: Fault): void {
    for (const stroke of strokesOf(fault, this.names, this.#run.duration)) {
      this.#keepTail(stroke);
      const slot = this.#slots.take(0, SLOT_KIND.fault);
      this.#slots.body[slot] = stroke;
      this.#queue.pushAt(slot, Math.max(stroke.at, this.#reached));
    }
  }

  /** What a timer of a process waited for has come to pass at the instant reached: the next `to` finds it due. */
  ring(process: number, timer: string): void {
    this.#driver.ring(process, timer);
  }

  /** An instant before which nothing is due. */
  get due(): number {
    return this.#queue.next();
  }

  /** How a process is at the instant reached. */
  standing(process: number): "up" | "down" | "paused" {
    const flags = this.#table.flags(process);
    return flags & FLAG.down ? "down" : flags & FLAG.paused ? "paused" : "up";
  }

  /** Ends whatever crashes and pauses hold a process, and returns them: their planned ends will do nothing. */
  relieve(process: number): readonly Fault[] {
    return this.#holds.relieve(process, this.#reached, (stroke) => this.#strikeProcess(stroke));
  }

  stop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#driver.end();
    this.#table.recorder?.close();
  }

  #advance(until: number, last: number): void {
    const queue = this.#queue;
    const driver = this.#driver;
    const table = this.#table;
    while (this.#turns < last) {
      const slot = queue.pop(until);
      if (slot === NIL) return;
      table.now = queue.now;
      this.#turns++;
      const { to } = queue;
      if ((to & 7) === SLOT_KIND.tick) {
        if (!driver.tick(to >> 3, slot)) this.#turns--;
      } else if ((to & 7) === SLOT_KIND.message) {
        this.#deliveries++;
        if (this.#cutsArrivals && this.#isCut(slot)) table.dropSlot(slot, "partition");
        else driver.arrive(slot);
      } else {
        this.#act(slot);
      }
    }
  }

  #act(slot: number): void {
    switch (this.#slots.kind(slot)) {
      case SLOT_KIND.timer:
        this.#driver.due(slot);
        break;
      case SLOT_KIND.commit:
        this.#driver.durable(slot);
        break;
      case SLOT_KIND.fault:
        this.#strike(slot);
        break;
      default:
        // A timer that was cancelled: nothing happens.
        this.#turns--;
        this.#slots.free(slot);
    }
  }

  #isCut(slot: number): boolean {
    const from = this.#slots.words[slot * SLOT_WORDS + SLOT.from]!;
    return this.#links.cuts(from, this.#slots.process(slot));
  }

  #strike(slot: number): void {
    const stroke = this.#slots.body[slot] as Stroke | Restart;
    this.#slots.free(slot);
    if (stroke.kind === "restart") {
      this.#striker.restart(stroke.process, this.#holds.of(stroke.process));
    } else if (stroke.kind === "link") {
      this.#striker.links(stroke);
      this.#traceFault(Math.max(0, this.names.indexOf(stroke.fault.from[0]!)), stroke);
    } else {
      this.#strikeProcess(stroke);
    }
  }

  #strikeProcess(stroke: ProcessStroke): void {
    const process = this.#holds.whom(stroke, () => this.#table.leader);
    if (process === undefined) {
      if (stroke.act === "end") return;
      this.#table.record(KIND.fault, 0);
      this.#table.recorder?.detail({ spared: formatFault(stroke.fault) });
      return;
    }
    const struck = { ...stroke, process };
    if (isTraced(stroke.fault)) this.#traceFault(process, stroke);
    this.#striker.process(struck, this.#holds.count(struck));
  }

  #traceFault(process: number, { act, fault }: Stroke): void {
    this.#table.record(KIND.fault, process);
    this.#table.recorder?.detail({ [act]: formatFault(fault) });
  }

  /** A process whose commit failed is looked after: it is started again in a while. */
  #storeFailed(process: number): void {
    this.#table.record(KIND.fault, process);
    this.#table.recorder?.detail("store failed");
    const slot = this.#slots.take(0, SLOT_KIND.fault);
    const restart: Restart = { kind: "restart", process };
    this.#slots.body[slot] = restart;
    this.#queue.pushAt(slot, this.#table.now + RESTART);
  }

  /** A store that is to lose its tail must remember it. */
  #keepTail(stroke: Stroke): void {
    const { act, fault } = stroke;
    if (stroke.kind !== "process" || act !== "end") return;
    if (!isCrash(fault) || fault.lost === undefined) return;
    const whom = stroke.process === WHO_LEADS ? this.names.keys() : [stroke.process];
    for (const each of whom) this.store.keepTail(each, fault.lost);
  }

  /** @throws OrreryError "run/bound" if a clock no longer fits in its 31 bits */
  #checkBounds(): void {
    for (let process = 0; process < this.names.length; process++) {
      if (this.#table.lamport(process) >= 0) continue;
      throw new OrreryError("run/bound", `the clock of ${this.names[process]} passed 2^31`);
    }
  }

  /** Says in which process and when a handler threw. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (cause) {
      const name = this.names[this.#driver.stepping] ?? "a process";
      throw blamed(cause, name, this.#table.now);
    }
  }
}

/** Virtual time, one thread, one seed. */
export const sim = {
  name: "sim",
  start: (system: AnySystem, run: Run, recorder: Recorder | null): Simulation =>
    new Simulation(system, run, recorder),
} as const satisfies Runtime;
