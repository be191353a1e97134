// The `sim` runtime: all processes in one thread, in virtual time, from one seed. The order is
// total, by (instant, order queued), so the same run gives the same bytes.
import { messageOf, OrreryError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { type Micros, micros } from "../../core/micros.ts";
import { PURPOSE, Streams } from "../../core/random.ts";
import type { Fault, Run } from "../../core/run.ts";
import { type AnySystem, type Member, membersOf, type Pace } from "../../core/system.ts";
import { Driver } from "../driver.ts";
import { initialRate } from "../governor.ts";
import { FLAG } from "../hot.ts";
import { LinkModel } from "../links.ts";
import { RATE_MAX, RATE_MIN } from "../paces.ts";
import type { Clock, Recorder, Running, Runtime, Transport } from "../ports.ts";
import { ProcessTable } from "../process-table.ts";
import { NIL, SLOT, SLOT_KIND, SLOT_WORDS, Slots } from "../slots.ts";
import { EventQueue } from "./queue.ts";
import { MemoryStore } from "./store.ts";

/** Cancelled slots in the queue are swept out when there are this many, and they are half of it. */
const SWEEP_MIN = 65_536;

/** One half of a planned fault. */
type Stroke = { readonly act: "crash" | "recover" | "pause" | "resume"; readonly fault: Fault };

/** A simulated run. Everything happens inside `to`. */
export class Simulation implements Running, Clock, Transport {
  readonly store: MemoryStore;
  readonly names: readonly string[];
  /** Ticks per second of each process, as given or drawn; 0 if unpaced. */
  readonly rates: readonly number[];
  readonly #run: Run;
  readonly #slots: Slots;
  readonly #queue: EventQueue;
  readonly #links: LinkModel;
  readonly #driver: Driver;
  readonly #table: ProcessTable;
  #deliveries = 0;
  #reached = 0;
  #started = false;
  #closed = false;
  /** By process: how many crashes and pauses hold it at present. */
  readonly #held = new Map<number, { crash: number; pause: number }>();

  constructor(system: AnySystem, run: Run, recorder: Recorder | null) {
    const members = membersOf(system, run.params);
    this.names = members.map((member) => member.name);
    this.#run = run;
    this.#slots = new Slots(2 * members.length + 64);
    this.#queue = new EventQueue(this.#slots);
    this.#links = new LinkModel(run.links, run.seed, members.length);
    this.store = new MemoryStore(run.storeDelay, run.seed, members.length);
    this.#table = new ProcessTable(members, this.#slots, recorder);
    const rates = drawRates(members, run.seed);
    this.rates = Array.from(rates);
    const ports = { clock: this, transport: this, store: this.store };
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
    if (this.#slots.dead > SWEEP_MIN && this.#slots.dead > this.#queue.length / 2)
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
    const process = this.names.indexOf(fault.process);
    if (process < 0) {
      throw new OrreryError(
        "config/fault",
        `a fault names process "${fault.process}"; there are ${listed(this.names)}`,
      );
    }
    if (fault.at > this.#run.duration) {
      const [at, end] = [fault.at / 1e6, this.#run.duration / 1e6];
      throw new OrreryError(
        "config/fault",
        `a fault at ${at} s would come after the end, ${end} s`,
      );
    }
    const begins = fault.kind;
    const ends = fault.kind === "crash" ? "recover" : "resume";
    this.#plan(process, fault.at, { act: begins, fault });
    if (fault.until !== undefined) this.#plan(process, fault.until, { act: ends, fault });
  }

  stop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#driver.end();
    this.#table.recorder?.close();
  }

  send(
    now: number,
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: Json,
  ): void {
    const lost = this.#links.loses(from);
    const doubled = this.#links.doubles(from);
    // First the copy, then the losses: a message is never without copies while one is to come.
    if (doubled) this.#driver.doubled(from, to, number, incarnation);
    if (lost) this.#table.drop(to, from, number, incarnation, "lost");
    else this.#launch(now, from, to, stamp, number, incarnation, priority, body);
    if (!doubled) return;
    if (this.#links.loses(from)) this.#table.drop(to, from, number, incarnation, "lost");
    else this.#launch(now, from, to, stamp, number, incarnation, priority, body);
  }

  #launch(
    now: number,
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: Json,
  ): void {
    const slot = this.#slots.take(to, SLOT_KIND.message);
    const words = this.#slots.words;
    const word = slot * SLOT_WORDS;
    words[word + SLOT.from] = from;
    words[word + SLOT.stamp] = stamp;
    words[word + SLOT.number] = number;
    words[word + SLOT.incarnation] = incarnation;
    words[word + SLOT.priority] = priority;
    this.#slots.body[slot] = body;
    this.#queue.push(slot, this.#links.arrival(now, from, to));
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

  #plan(process: number, at: number, stroke: Stroke): void {
    const slot = this.#slots.take(process, SLOT_KIND.fault);
    this.#slots.body[slot] = stroke;
    this.#queue.push(slot, Math.max(at, this.#reached));
  }

  #strike(slot: number): void {
    const process = this.#slots.process(slot);
    const { act, fault } = this.#slots.body[slot] as Stroke;
    this.#slots.free(slot);
    const driver = this.#driver;
    const held = this.#held.get(process) ?? { crash: 0, pause: 0 };
    this.#held.set(process, held);
    // Spans that overlap hold together: a process is up again when the last of them ends.
    held[fault.kind] += act === fault.kind ? 1 : -1;
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
      if (cause instanceof OrreryError && cause.code === "run/bound") throw cause;
      const seconds = this.#table.now / 1e6;
      const name = this.names[this.#driver.stepping] ?? "a process";
      const reason = messageOf(cause);
      const said = `${name} failed at ${seconds} s: ${reason}${placeOf(cause)}`;
      throw new OrreryError("process/threw", said, { cause });
    }
  }
}

/** Where an error was thrown, from its stack: " (ring.mjs:12:5)". */
function placeOf(cause: unknown): string {
  if (!(cause instanceof Error) || cause instanceof OrreryError) return "";
  const place = /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/m.exec(cause.stack ?? "")?.[1];
  return place === undefined ? "" : ` (${place.replace(/^.*\//, "")})`;
}

const listed = (names: readonly string[]): string =>
  names.length <= 8 ? names.join(", ") : `${names[0]} … ${names.at(-1)}`;

/** Each process's first rate: the given one, or drawn from its own stream; 0 for unpaced ones. */
function drawRates(members: readonly Member[], seed: number): Float64Array {
  const streams = new Streams(seed, PURPOSE.pace, members.length);
  return Float64Array.from(members, ({ name, pace }, process) => {
    if (pace === undefined) return 0;
    const { rate } = pace;
    const drawn = rateFor(rate, () => streams.uniform(process));
    if (!(drawn >= RATE_MIN && drawn <= RATE_MAX)) {
      throw new OrreryError(
        "config/value",
        `${name}: rate ${drawn} is not within ${RATE_MIN} … ${RATE_MAX} ticks per second`,
      );
    }
    return drawn;
  });
}

function rateFor(rate: Pace["rate"], uniform: () => number): number {
  if (typeof rate === "number") return rate;
  if ("kind" in rate) return initialRate(rate);
  return rate.min + Math.floor(uniform() * (rate.max - rate.min + 1));
}

/** Virtual time, one thread, one seed. */
export const sim = {
  name: "sim",
  start: (system: AnySystem, run: Run, recorder: Recorder | null): Simulation =>
    new Simulation(system, run, recorder),
} as const satisfies Runtime;
