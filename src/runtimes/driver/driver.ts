// Drives each process one event at a time: trace the event, step, perform its effects. The runtime
// gives it slots that are due; nothing else calls a handler.
//
// Invariants:
// 1. A process that is down holds nothing: no state, no inbox, no timers, no pending commits.
// 2. The common tick (nothing pending, nothing stored) allocates nothing.
import { INCARNATION_MAX } from "../../core/batch.ts";
import type { Effects } from "../../core/effects.ts";
import { OrreryError } from "../../core/errors.ts";
import type { ClockModel, CrashPoint, Run } from "../../core/run.ts";
import type { Member } from "../../core/system.ts";
import * as events from "../../core/trace-event.ts";
import { Automata } from "./automata.ts";
import * as layout from "./layout.ts";
import { LocalClocks } from "./local-clocks.ts";
import { Pacer } from "./pacer.ts";
import { Performer, type Ports } from "./performer.ts";
import type { ProcessTable } from "./process-table.ts";
import { reserveAbove } from "./reserve.ts";
import { Timers } from "./timers.ts";

const { KIND } = events;
const { FLAG, HOT, HOT_WORDS, NIL, SLOT, SLOT_KIND, SLOT_WORDS } = layout;

export class Driver {
  /** Where the processes stand; the runtime sets `table.now` before each call. */
  readonly table: ProcessTable;
  /** Idle steps, receives and timeouts so far. */
  steps = 0;
  readonly #performer: Performer;
  readonly #ports: Ports;
  readonly #automata: Automata;
  readonly #pacer: Pacer;
  readonly #clocks = new LocalClocks();
  /** Where in its next step an armed process crashes. */
  readonly #points = new Map<number, CrashPoint>();
  readonly #effects: Effects;
  /** Position of the first row of the step under way. */
  #stepRow = 0;

  /** `rates[p]` is in ticks per second, 0 for a process without pace. */
  constructor(
    table: ProcessTable,
    members: readonly Member[],
    rates: Float64Array,
    ports: Ports,
    run: Run,
  ) {
    this.table = table;
    this.#ports = ports;
    this.#automata = new Automata(table, members, ports.store, this.#clocks, run);
    this.#effects = this.#automata.effects;
    this.#performer = new Performer(table, this.#effects, ports, this.#clocks, run);
    this.#pacer = new Pacer(table, members, rates, ports.clock);
    members.forEach(({ clock = [] }, process) => {
      for (const model of clock) this.skew(process, model, false, 0);
    });
  }

  /** The process whose step is, or was last, under way. */
  get stepping(): number {
    return this.#effects.self;
  }

  /** Starts every process, in order. */
  startAll(): void {
    for (let process = 0; process < this.table.count; process++) this.#start(process, 0);
  }

  /**
   * A tick is due: one event from the inbox, or else the idle handler. Returns false if it was called off,
   * which only this knows: whoever queues ticks need not look at their slots, a cache miss each.
   */
  tick(process: number, slot: number): boolean {
    const hot = this.table.hot;
    const at = process * HOT_WORDS;
    if (hot[at + HOT.tick] !== slot) {
      this.table.slots.free(slot);
      return false;
    }
    if (hot[at + HOT.flags] !== 0) {
      this.#hinderedTick(process);
      return true;
    }
    // Reckoned before the step, so that the processor waits for memory but once.
    this.#pacer.advance(process, slot);
    if (hot[at + HOT.waiting] === 0) this.#idle(process);
    else this.#takeNext(process);
    // Its store may have failed it: then the slot, which is in no queue, is nobody's.
    if (hot[at + HOT.tick] === NIL) this.table.slots.free(slot);
    else this.#ports.clock.at(slot);
    return true;
  }

  /** A message reaches its process. */
  arrive(slot: number): void {
    const process = this.table.slots.process(slot);
    const at = process * HOT_WORDS;
    const flags = this.table.hot[at + HOT.flags]!;
    if ((flags & FLAG.down) !== 0) {
      this.table.dropSlot(slot, "down");
    } else if (this.table.hot[at + HOT.tick] !== NIL || (flags & FLAG.paused) !== 0) {
      this.table.enqueue(process, slot);
    } else {
      this.#receive(process, slot);
    }
  }

  /** A timer is due. */
  due(slot: number): void {
    const { slots, hot } = this.table;
    const process = slots.process(slot);
    const at = process * HOT_WORDS;
    if (hot[at + HOT.tick] !== NIL || (hot[at + HOT.flags]! & FLAG.paused) !== 0) {
      slots.words[slot * SLOT_WORDS + SLOT.stamp] = Timers.WAITING;
      this.table.enqueue(process, slot);
    } else {
      this.#timeout(process, slot);
    }
  }

  /** What a timer waited for has come to pass: it is due now, if it is still armed. */
  ring(process: number, timer: string): void {
    this.#performer.ring(process, timer);
  }

  /** The oldest pending commit of a process is durable. */
  durable(slot: number): void {
    const process = this.table.slots.process(slot);
    this.table.slots.free(slot);
    if (this.#performer.durable(process)) this.crash(process);
  }

  /** Crashes a process now, or (with a point) within its next step. Down already: no effect. */
  crash(process: number, point?: CrashPoint): void {
    const { hot } = this.table;
    const at = process * HOT_WORDS;
    if ((hot[at + HOT.flags]! & FLAG.down) !== 0) return;
    if (point !== undefined) {
      this.#points.set(process, point);
      hot[at + HOT.flags]! |= FLAG.armed;
      return;
    }
    this.#automata.forget(process);
    this.#points.delete(process);
    this.#performer.forget(process);
    this.table.clearInbox(process);
    this.#pacer.stop(process);
    this.table.leads.delete(process);
    hot[at + HOT.flags] = FLAG.down | (hot[at + HOT.flags]! & FLAG.policy);
    this.table.record(KIND.crash, process);
  }

  /** A process that is down loses its store: its next incarnation knows nothing of earlier ones. */
  wipe(process: number): void {
    this.#ports.store.wipe(process);
    this.#automata.lives.wipe(process, this.table.incarnation(process));
    this.#traceWiped(process);
  }

  /** Starts a new incarnation from the store. Not down: only a crash still to come is called off. */
  recover(process: number): void {
    const { hot } = this.table;
    const at = process * HOT_WORDS;
    if ((hot[at + HOT.flags]! & FLAG.down) === 0) {
      this.#points.delete(process);
      hot[at + HOT.flags]! &= ~FLAG.armed;
      this.#performer.callOff(process);
      return;
    }
    const reserved = reserveAbove(hot[at + HOT.lamport]!, this.#pacer.rate(process));
    this.#restart(process, this.#automata.lives.bear(process) ? 0 : reserved);
  }

  /**
   * Starts the incarnation of a process that earlier ones, driven elsewhere, made the next; `lamport`
   * is what they left reserved. Of the first `forgotten` ones its store knows nothing.
   */
  begin(process: number, incarnation: number, lamport: number, forgotten: number): void {
    this.#automata.lives.forget(process, forgotten);
    if (forgotten === incarnation - 1 && forgotten > 0) this.#traceWiped(process);
    this.table.hot[process * HOT_WORDS + HOT.incarnation] = incarnation - 1;
    if (incarnation > 1) this.#restart(process, lamport);
    else this.#start(process, 0);
  }

  /** Passes over the ticks of a process that are due before `instant`, and traces how many. */
  skip(process: number, instant: number): number {
    return this.#pacer.skip(process, instant);
  }

  /** Stops a process's steps. Down or paused already: no effect. */
  pause(process: number): void {
    const at = process * HOT_WORDS + HOT.flags;
    if ((this.table.hot[at]! & (FLAG.down | FLAG.paused)) !== 0) return;
    this.table.hot[at]! |= FLAG.paused;
    this.table.record(KIND.pause, process);
  }

  /** Lets them go on; an unpaced process first takes all that has waited. */
  resume(process: number): void {
    const { hot } = this.table;
    const at = process * HOT_WORDS;
    if ((hot[at + HOT.flags]! & FLAG.paused) === 0) return;
    hot[at + HOT.flags]! &= ~FLAG.paused;
    this.table.record(KIND.resume, process);
    this.#drain(process);
  }

  /** At most `rate` steps a second from now on, or (`over`) no longer. */
  slow(process: number, rate: number, over: boolean): void {
    if (over) this.#pacer.quicken(process, rate);
    else this.#pacer.slow(process, rate);
    if ((this.table.flags(process) & (FLAG.down | FLAG.paused)) === 0) this.#drain(process);
  }

  /**
   * A local clock begins to be wrong in this way, or (`over`) no longer is: since `at`, which may be past
   * for who could not act then.
   */
  skew(process: number, model: ClockModel, over: boolean, at: number): void {
    const instant = Math.min(at, this.table.now);
    this.#performer.rearm(process, () => {
      if (over) this.#clocks.end(process, model, instant);
      else this.#clocks.begin(process, model, instant);
    });
  }

  /** All chance from now on comes from another seed. */
  reseed(seed: number): void {
    this.#automata.reseed(seed);
  }

  /** The run ends here: commits that are still pending never became durable. */
  end(): void {
    this.#performer.abandon();
  }

  #traceWiped(process: number): void {
    this.table.record(KIND.fault, process);
    this.table.recorder?.detail("wiped");
  }

  #restart(process: number, lamport: number): void {
    this.table.hot[process * HOT_WORDS + HOT.flags]! &= FLAG.policy;
    this.table.record(KIND.recover, process);
    this.#start(process, lamport);
  }

  #start(process: number, lamport: number): void {
    const { hot } = this.table;
    const at = process * HOT_WORDS;
    const incarnation = ++hot[at + HOT.incarnation]!;
    if (incarnation > INCARNATION_MAX) {
      throw new OrreryError("run/bound", `a process started more than ${INCARNATION_MAX} times`);
    }
    hot[at + HOT.lamport] = lamport;
    hot[at + HOT.sent] = 0;
    if (incarnation > 1) this.#automata.restart(process, incarnation);
    this.#beginStep();
    this.table.record(KIND.start, process);
    this.#pacer.start(process);
    this.#automata.start(process);
    this.#perform(process);
  }

  /** A tick of a process that has a policy, is slowed, paused or about to crash, or waits for commits. */
  #hinderedTick(process: number): void {
    const { hot, slots } = this.table;
    const at = process * HOT_WORDS;
    const slot = hot[at + HOT.tick]!;
    if ((hot[at + HOT.flags]! & FLAG.paused) === 0) {
      // The slot is ours while the step runs: a crash must not kill what is not queued.
      hot[at + HOT.tick] = NIL;
      if (hot[at + HOT.waiting]! > 0) this.#takeBatch(process);
      else if (this.#pacer.rate(process) > 0) this.#idle(process);
      if ((hot[at + HOT.flags]! & FLAG.down) !== 0) {
        slots.free(slot);
        return;
      }
      hot[at + HOT.tick] = slot;
      this.#pacer.adapt(process);
    }
    this.#pacer.next(process, slot);
  }

  /** Takes as many events as the inbox's policy allows at a tick. */
  #takeBatch(process: number): void {
    const { hot, policies } = this.table;
    const at = process * HOT_WORDS;
    for (let left = policies.get(process)?.batch ?? 1; left > 0; left--) {
      if (hot[at + HOT.waiting] === 0 || (hot[at + HOT.flags]! & FLAG.down) !== 0) return;
      this.#takeNext(process);
    }
  }

  /** A process that takes events as they come takes what has waited. */
  #drain(process: number): void {
    const { hot } = this.table;
    const at = process * HOT_WORDS;
    if (hot[at + HOT.tick] !== NIL) return;
    while (hot[at + HOT.waiting]! > 0) this.#takeNext(process);
  }

  #takeNext(process: number): void {
    const slot = this.table.dequeue(process);
    if (this.table.slots.kind(slot) === SLOT_KIND.message) this.#receive(process, slot);
    else this.#timeout(process, slot);
  }

  #receive(process: number, slot: number): void {
    const { hot, slots } = this.table;
    const words = slots.words;
    const word = slot * SLOT_WORDS;
    const from = words[word + SLOT.from]!;
    const stamp = words[word + SLOT.stamp]!;
    const number = words[word + SLOT.number]!;
    const incarnation = words[word + SLOT.incarnation]!;
    const body = slots.body[slot];
    slots.free(slot);
    this.#beginStep();
    const at = process * HOT_WORDS + HOT.lamport;
    const lamport = hot[at]!;
    hot[at] = (lamport > stamp ? lamport : stamp) + 1;
    if (this.table.recorder !== null) {
      this.table.recordMessage(KIND.receive, process, from, number, incarnation);
      this.table.label(body);
    }
    this.#automata.receive(process, from, body);
    this.#perform(process);
  }

  #timeout(process: number, slot: number): void {
    const timer = this.table.slots.body[slot] as string;
    this.#performer.timers.forget(process, timer);
    this.table.slots.free(slot);
    this.#beginStep();
    this.table.hot[process * HOT_WORDS + HOT.lamport]!++;
    this.table.record(KIND.timeout, process);
    this.table.recorder?.detail(timer);
    this.#automata.timeout(process, timer);
    this.#perform(process);
  }

  #idle(process: number): void {
    if (!this.#automata.isIdler(process)) return;
    this.#beginStep();
    this.#automata.idle(process);
    if (this.#effects.stamped === 0) {
      this.table.hot[process * HOT_WORDS + HOT.lamport]!++;
      this.table.record(KIND.internal, process);
    }
    this.#perform(process);
  }

  #beginStep(): void {
    this.steps++;
    if (this.table.recorder !== null) this.#stepRow = this.table.recorder.mark();
  }

  /** Performs what the step asked for; most steps ask for nothing. */
  #perform(process: number): void {
    const at = process * HOT_WORDS + HOT.flags;
    const flags = this.table.hot[at]!;
    if (this.#effects.count === 0 && flags === 0) return;
    let point: CrashPoint | undefined;
    if ((flags & FLAG.armed) !== 0) {
      point = this.#points.get(process);
      this.#points.delete(process);
      this.table.hot[at] = flags & ~FLAG.armed;
    }
    if (this.#performer.perform(process, this.#stepRow, point)) this.crash(process);
  }
}
