// Makes the effects of a step happen: commit first, then stamp and trace, then let the sends leave.
//
// Invariant: what a process does leaves only after the commit of its step, and commits of one
// process are durable in the order of its steps. A crash erases the suffix that was not durable.
import type { Effects } from "../../core/effects.ts";
import * as effect from "../../core/effects.ts";
import { OrreryError } from "../../core/errors.ts";
import { copied, freeze, type Json } from "../../core/json.ts";
import type { CrashPoint, Run } from "../../core/run.ts";
import * as events from "../../core/trace-event.ts";
import type { Clock, Store, Transport } from "../ports.ts";
import { type Commit, Commits, changesOf, keysOf } from "./commits.ts";
import * as layout from "./layout.ts";
import type { LocalClocks } from "./local-clocks.ts";
import type { ProcessTable } from "./process-table.ts";
import { Timers } from "./timers.ts";

const { EFFECT } = effect;
const { KIND } = events;
const { FLAG, HOT, HOT_WORDS, NIL, SLOT, SLOT_KIND, SLOT_WORDS } = layout;

/** The ports through which effects reach the world. */
export type Ports = {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly store: Store;
};

/** The notes by which a process says that it leads, and no longer does. */
const LEADS = "leads";
const FOLLOWS = "follows";

export class Performer {
  readonly timers = new Timers();
  readonly #table: ProcessTable;
  readonly #effects: Effects;
  readonly #ports: Ports;
  readonly #clocks: LocalClocks;
  readonly #commits = new Commits();
  /** Subtracted from L to get the stamp: 1 for programs that send before they increment. */
  readonly #stampOffset: 0 | 1;
  readonly #strict: boolean;

  constructor(table: ProcessTable, effects: Effects, ports: Ports, clocks: LocalClocks, run: Run) {
    this.#table = table;
    this.#effects = effects;
    this.#ports = ports;
    this.#clocks = clocks;
    this.#stampOffset = run.lamport === "standard" ? 0 : 1;
    this.#strict = run.strict;
  }

  /**
   * Performs the effects of the step whose first row is at `from`. Returns true if the process goes
   * down now: its commit failed, or the crash that was planned for this step (at `point`) strikes.
   */
  perform(process: number, from: number, point: CrashPoint | undefined): boolean {
    const pending = (this.#table.flags(process) & FLAG.pending) !== 0;
    if (this.#effects.stored === 0 && !pending && point === undefined) {
      this.#emit(process, null);
      return false;
    }
    const { recorder } = this.#table;
    const to = recorder?.position ?? 0;
    const failed = this.#effects.stored > 0 && this.#ports.store.fails(process);
    if (point === "before-commit" || failed) {
      recorder?.hold(from, to);
      recorder?.erase(from, to);
      return true;
    }
    const changes = changesOf(this.#effects);
    if (changes.length > 0) {
      this.#table.record(KIND.store, process);
      recorder?.detail(keysOf(changes));
    }
    const latency = changes.length === 0 ? 0 : this.#ports.store.latency(process);
    if (latency === 0 && !pending && point === undefined) {
      this.#ports.store.apply(process, changes);
      this.#emit(process, null);
      return false;
    }
    const { now } = this.#table;
    const commit: Commit = { changes, outbox: [], from, to: 0, point, slot: NIL, due: now };
    this.#emit(process, commit);
    commit.to = recorder?.position ?? 0;
    if (latency === 0 && !pending) return this.#leave(process, commit);
    commit.slot = this.#table.slots.take(process, SLOT_KIND.commit);
    this.#commits.push(process, commit, now + latency);
    this.#table.hot[process * HOT_WORDS + HOT.flags]! |= FLAG.pending;
    recorder?.hold(from, commit.to);
    this.#table.slots.time[commit.slot] = commit.due;
    this.#ports.clock.at(commit.slot);
    return false;
  }

  /** The oldest pending commit of a process is durable. Returns true if its crash strikes now. */
  durable(process: number): boolean {
    const commit = this.#commits.shift(process);
    if (this.#commits.pending(process) === 0) {
      this.#table.hot[process * HOT_WORDS + HOT.flags]! &= ~FLAG.pending;
    }
    this.#table.recorder?.settle(commit.from, commit.to);
    return this.#leave(process, commit);
  }

  /** Calls off a crash that waits for a commit to become durable. */
  callOff(process: number): void {
    this.#commits.callOff(process);
  }

  /** Erases the rows of all that is pending. */
  abandon(): void {
    for (const { from, to } of this.#commits.all()) this.#table.recorder?.erase(from, to);
  }

  /** Loses what a crash loses here: pending commits with their rows, and timers. */
  forget(process: number): void {
    for (const commit of this.#commits.clear(process)) {
      this.#table.recorder?.erase(commit.from, commit.to);
      this.#table.slots.kill(commit.slot);
    }
    this.timers.clear(process, this.#table.slots);
  }

  /** What a durable step sent leaves, but for what the planned crash catches. */
  #leave(process: number, commit: Commit): boolean {
    const { store, transport } = this.#ports;
    const { outbox, point } = commit;
    if (commit.changes.length > 0) store.apply(process, commit.changes);
    let leaving = outbox.length;
    if (point === "after-commit") leaving = 0;
    if (point === "between-copies") leaving = Math.floor(outbox.length / 2);
    outbox.forEach(({ to, stamp, number, incarnation, priority, body }, index) => {
      if (index >= leaving) this.#table.drop(to, process, number, incarnation, "sender crashed");
      else transport.send(process, to, stamp, number, incarnation, priority, body);
    });
    return point !== undefined;
  }

  /** Stamps, traces and performs sends, notes and timers; sends go to `commit` if it must wait. */
  #emit(process: number, commit: Commit | null): void {
    const effects = this.#effects;
    for (let index = 0; index < effects.count; index++) {
      const first = effects.first[index];
      const second = effects.second[index];
      switch (effects.kinds[index]) {
        case EFFECT.send:
          this.#send(process, first as number | readonly number[], second as Json, index, commit);
          break;
        case EFFECT.note:
          this.#table.hot[process * HOT_WORDS + HOT.lamport]!++;
          this.#table.record(KIND.internal, process);
          if (first === LEADS) this.#table.leads.set(process, this.#table.now);
          else if (first === FOLLOWS) this.#table.leads.delete(process);
          // A copy: the process may go on to change what it noted.
          this.#table.recorder?.detail({ name: first as string, fields: copied(second as Json) });
          break;
        case EFFECT.setTimer:
          this.#setTimer(process, first as string, second as number);
          break;
        case EFFECT.cancelTimer:
          this.#cancelTimer(process, first as string);
          break;
      }
    }
  }

  #send(
    process: number,
    to: number | readonly number[],
    body: Json,
    index: number,
    commit: Commit | null,
  ): void {
    const hot = this.#table.hot;
    const at = process * HOT_WORDS;
    const lamport = ++hot[at + HOT.lamport]!;
    const stamp = lamport - this.#stampOffset;
    const number = hot[at + HOT.sent]!++;
    const sent = this.#strict ? freeze(copied(body)) : body;
    const priority = this.#effects.priorities[index]!;
    if (typeof to === "number") {
      this.#sendCopy(KIND.send, process, to, stamp, number, priority, sent, commit);
      return;
    }
    for (let copy = 0; copy < to.length; copy++) {
      const kind = copy === 0 ? KIND.send : KIND.copy;
      this.#sendCopy(kind, process, to[copy]!, stamp, number, priority, sent, commit);
    }
  }

  #sendCopy(
    kind: number,
    process: number,
    to: number,
    stamp: number,
    number: number,
    priority: number,
    body: Json,
    commit: Commit | null,
  ): void {
    const table = this.#table;
    if (!(to >= 0 && to < table.count) || !Number.isInteger(to)) {
      throw new OrreryError("process/effect", `a message was sent to process ${to}, which is none`);
    }
    const incarnation = table.incarnation(process);
    if (table.recorder !== null) {
      table.recordMessage(kind, process, to, number, incarnation);
      if (kind === KIND.send) table.label(body);
    }
    if (commit !== null) commit.outbox.push({ to, stamp, number, incarnation, priority, body });
    else {
      const { transport } = this.#ports;
      transport.send(process, to, stamp, number, incarnation, priority, body);
    }
  }

  #setTimer(process: number, timer: string, delay: number): void {
    this.#cancelTimer(process, timer);
    const { now } = this.#table;
    const due = this.#clocks.differs(process)
      ? this.#clocks.when(process, now, this.#clocks.elapsed(process, now) + delay)
      : now + Math.round(delay);
    this.#arm(process, timer, Math.max(now + 1, due));
  }

  /** A timer that waits for its time, if it is armed, is due now. */
  ring(process: number, timer: string): void {
    const { slots, now } = this.#table;
    const slot = this.timers.queued(process, slots).find(([name]) => name === timer)?.[1];
    if (slot === undefined) return;
    this.timers.forget(process, timer);
    slots.kill(slot);
    this.#arm(process, timer, now);
  }

  /** A process's clock changes: its timers will have waited for as long as it then thinks. */
  rearm(process: number, change: () => void): void {
    const { slots, now } = this.#table;
    const armed = this.timers.queued(process, slots);
    const goals = armed.map(([, slot]) => this.#clocks.elapsed(process, slots.time[slot]!));
    change();
    armed.forEach(([timer, slot], index) => {
      slots.kill(slot);
      this.#arm(process, timer, this.#clocks.when(process, now, goals[index]!));
    });
  }

  #arm(process: number, timer: string, due: number): void {
    const { slots } = this.#table;
    const slot = slots.take(process, SLOT_KIND.timer);
    slots.body[slot] = timer;
    slots.words[slot * SLOT_WORDS + SLOT.stamp] = Timers.QUEUED;
    slots.words[slot * SLOT_WORDS + SLOT.priority] = 0;
    this.timers.remember(process, timer, slot);
    slots.time[slot] = due;
    this.#ports.clock.at(slot);
  }

  #cancelTimer(process: number, timer: string): void {
    const { slots, hot } = this.#table;
    const slot = this.timers.forget(process, timer);
    if (slot === NIL) return;
    const waits = slots.words[slot * SLOT_WORDS + SLOT.stamp] === Timers.WAITING;
    if (waits) hot[process * HOT_WORDS + HOT.waiting]!--;
    slots.kill(slot);
  }
}
