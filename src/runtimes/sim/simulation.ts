// The `sim` runtime: all processes in one thread, in virtual time, from one seed. The order is
// total, by (instant, order queued), so the same run gives the same bytes.
import { OrreryError } from "../../core/errors.ts";
import { type Micros, micros } from "../../core/micros.ts";
import { formatFault } from "../../core/notation.ts";
import type { Fault, Run } from "../../core/run.ts";
import { type AnySystem, membersOf } from "../../core/system.ts";
import { KIND } from "../../core/trace-event.ts";
import { blamed } from "../blame.ts";
import { Driver } from "../driver.ts";
import { FLAG } from "../hot.ts";
import { LinkLayer } from "../link-layer.ts";
import type { Clock, Recorder, Running, Runtime } from "../ports.ts";
import { ProcessTable } from "../process-table.ts";
import { EventQueue } from "../queue.ts";
import { drawRates } from "../rates.ts";
import { NIL, SLOT, SLOT_KIND, SLOT_WORDS, Slots } from "../slots.ts";
import { Holds, type LinkStroke, type ProcessStroke, type Stroke, strokesOf } from "../strokes.ts";
import { MemoryStore } from "./store.ts";

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
  readonly #driver: Driver;
  readonly #table: ProcessTable;
  #deliveries = 0;
  #reached = 0;
  #started = false;
  #closed = false;
  readonly #holds = new Holds();

  constructor(system: AnySystem, run: Run, recorder: Recorder | null) {
    const members = membersOf(system, run.params);
    this.names = members.map((member) => member.name);
    this.#run = run;
    this.#slots = new Slots(2 * members.length + 64);
    this.#queue = new EventQueue(this.#slots);
    this.store = new MemoryStore(run.storeDelay, run.seed, members.length);
    this.#table = new ProcessTable(members, this.#slots, recorder);
    this.#links = new LinkLayer(this.#table, this.#queue, run, this.names);
    const rates = drawRates(members, run.seed);
    this.rates = Array.from(rates);
    const ports = { clock: this, transport: this.#links, store: this.store };
    this.#driver = new Driver(this.#table, members, rates, ports, run);
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

  /** The driver's clock: virtual time. */
  at(slot: number, time: number): void {
    this.#queue.sweep();
    this.#queue.push(slot, time);
  }

  to(instant: Micros): void {
    const until = Math.min(instant, this.#run.duration);
    if (until < this.#reached) return;
    this.#guard(() => {
      if (!this.#started) this.#driver.startAll();
      this.#started = true;
      this.#advance(until);
    });
    this.#checkBounds();
    this.#reached = until;
    this.#table.now = until;
  }

  inject(fault: Fault): void {
    for (const stroke of strokesOf(fault, this.names, this.#run.duration)) {
      const slot = this.#slots.take(0, SLOT_KIND.fault);
      this.#slots.body[slot] = stroke;
      this.#queue.push(slot, Math.max(stroke.at, this.#reached));
    }
  }

  stop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#driver.end();
    this.#table.recorder?.close();
  }

  #advance(until: number): void {
    const queue = this.#queue;
    const driver = this.#driver;
    const table = this.#table;
    for (;;) {
      const slot = queue.pop(until);
      if (slot === NIL) return;
      table.now = queue.now;
      const target = this.#slots.words[slot * SLOT_WORDS + SLOT.to]!;
      switch (target & 7) {
        case SLOT_KIND.tick:
          driver.tick(target >> 3);
          break;
        case SLOT_KIND.message:
          this.#deliveries++;
          driver.arrive(slot);
          break;
        case SLOT_KIND.timer:
          driver.due(slot);
          break;
        case SLOT_KIND.commit:
          driver.durable(slot);
          break;
        case SLOT_KIND.fault:
          this.#strike(slot);
          break;
        default:
          this.#slots.free(slot);
      }
    }
  }

  #strike(slot: number): void {
    const stroke = this.#slots.body[slot] as Stroke;
    this.#slots.free(slot);
    if (stroke.kind === "link") this.#strikeLinks(stroke);
    else this.#strikeProcess(stroke);
  }

  #strikeLinks({ act, fault }: LinkStroke): void {
    if (act === "begin") this.#links.begin(fault);
    else this.#links.end(fault);
    this.#table.record(KIND.fault, Math.max(0, this.names.indexOf(fault.from[0]!)));
    this.#table.recorder?.detail({ [act]: formatFault(fault) });
  }

  #strikeProcess(stroke: ProcessStroke): void {
    const { act, process, fault } = stroke;
    const driver = this.#driver;
    const held = this.#holds.count(stroke);
    if (act === "crash") driver.crash(process, fault.kind === "crash" ? fault.point : undefined);
    else if (act === "pause") driver.pause(process);
    else if (act === "resume" && held.pause === 0) driver.resume(process);
    else if (act === "recover" && held.crash === 0) {
      const down = (this.#table.flags(process) & FLAG.down) !== 0;
      if (down) this.#links.restart(process, this.#table.incarnation(process) + 1);
      driver.recover(process);
      if (held.pause > 0) driver.pause(process);
    }
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
