// When processes tick: at their rates, at rates that adapt, or slowed by a fault, which gives a pace to
// a process that has none.
import { assert } from "../../core/errors.ts";
import type { Member } from "../../core/system.ts";
import { KIND } from "../../core/trace-event.ts";
import type { Clock } from "../ports.ts";
import { Governor } from "./governor.ts";
import * as layout from "./layout.ts";
import { Paces } from "./paces.ts";
import type { ProcessTable } from "./process-table.ts";

const { FLAG, HOT, HOT_WORDS, NIL, SLOT_KIND } = layout;

export class Pacer {
  readonly #table: ProcessTable;
  readonly #clock: Clock;
  readonly #members: readonly Member[];
  readonly #paces: Paces;
  readonly #rates: Float64Array;
  /** As given, or as adapted: without what faults make of it. */
  readonly #own: Float64Array;
  readonly #governors = new Map<number, Governor>();
  /** The rates to which faults hold processes down. */
  readonly #caps = new Map<number, number[]>();

  /** `rates[p]` is in ticks per second, 0 for a process without pace. */
  constructor(table: ProcessTable, members: readonly Member[], rates: Float64Array, clock: Clock) {
    this.#table = table;
    this.#members = members;
    this.#rates = rates;
    this.#own = rates.slice();
    this.#clock = clock;
    this.#paces = new Paces(members.length);
  }

  /** Ticks per second that a process has of its own, 0 for none. */
  rate(process: number): number {
    return this.#rates[process]!;
  }

  /** A process starts now: its ticks are counted from here. */
  start(process: number): void {
    const pace = this.#members[process]?.pace?.rate;
    this.#own[process] = this.#rates[process]!;
    if (typeof pace === "object" && "kind" in pace) {
      this.#governors.set(process, new Governor(pace, this.#table.now));
    }
    this.#tickFrom(process);
  }

  /** The next tick is due a period after this one was, not after now: being late must not add up. */
  advance(process: number, slot: number): void {
    this.#table.slots.time[slot]! += this.#paces.advance(process);
  }

  /** Queues the next tick. */
  next(process: number, slot: number): void {
    this.advance(process, slot);
    this.#clock.at(slot);
  }

  /** Lets an adaptive rate follow the inbox. */
  adapt(process: number): void {
    const waiting = this.#table.waiting(process);
    const rate = this.#governors.get(process)?.adapt(this.#table.now, waiting);
    if (rate === undefined) return;
    this.#own[process] = rate;
    this.#setRate(process, this.#capped(process, rate));
  }

  /** Passes over the ticks of a process that are due before `instant`, and traces how many. */
  skip(process: number, instant: number): number {
    const { time } = this.#table.slots;
    const slot = this.#table.hot[process * HOT_WORDS + HOT.tick]!;
    let skipped = 0;
    for (; time[slot]! < instant; skipped++) time[slot]! += this.#paces.advance(process);
    this.#table.record(KIND.skip, process);
    this.#table.recorder?.detail(skipped);
    this.#clock.at(slot);
    return skipped;
  }

  /** At most `rate` steps a second from now on. */
  slow(process: number, rate: number): void {
    this.#caps.set(process, [...(this.#caps.get(process) ?? []), rate]);
    this.#change(process);
  }

  /** That is over. */
  quicken(process: number, rate: number): void {
    const caps = [...(this.#caps.get(process) ?? [])];
    const at = caps.indexOf(rate);
    assert(at >= 0, "a cap that is over was one");
    caps.splice(at, 1);
    if (caps.length > 0) this.#caps.set(process, caps);
    else this.#caps.delete(process);
    this.#change(process);
  }

  /** The process is down: no more ticks. */
  stop(process: number): void {
    const at = process * HOT_WORDS + HOT.tick;
    const tick = this.#table.hot[at]!;
    if (tick !== NIL) this.#table.slots.kill(tick);
    this.#table.hot[at] = NIL;
  }

  #change(process: number): void {
    if ((this.#table.flags(process) & FLAG.down) !== 0) return;
    this.stop(process);
    this.#tickFrom(process);
  }

  /** Sets the pace that a process has now, if any, and its next tick. */
  #tickFrom(process: number): void {
    const { hot, slots, now } = this.#table;
    const at = process * HOT_WORDS;
    const rate = this.#capped(process, this.#own[process]!);
    if (this.#caps.has(process)) hot[at + HOT.flags]! |= FLAG.slowed;
    else hot[at + HOT.flags]! &= ~FLAG.slowed;
    if (rate === 0) return;
    this.#setRate(process, rate);
    const tick = slots.take(process, SLOT_KIND.tick);
    hot[at + HOT.tick] = tick;
    slots.time[tick] = now + this.#paces.advance(process);
    this.#clock.at(tick);
  }

  #capped(process: number, rate: number): number {
    const caps = this.#caps.get(process);
    if (caps === undefined) return rate;
    const cap = Math.min(...caps);
    return rate === 0 ? cap : Math.min(rate, cap);
  }

  /** Sets a rate from now on, and traces it. */
  #setRate(process: number, rate: number): void {
    this.#table.record(KIND.rate, process);
    this.#table.recorder?.detail(rate);
    this.#paces.set(process, rate);
  }
}
