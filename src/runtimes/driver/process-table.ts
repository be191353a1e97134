// What every runtime knows of its processes at every event, and their inboxes.
//
// Invariants:
// 1. `waiting` counts the events in an inbox that are alive; a cancelled timer may still be linked.
// 2. `tick` is NIL for a process that is unpaced, down, or (see Driver) in a hindered tick.
import * as batch from "../../core/batch.ts";
import type { Member } from "../../core/system.ts";
import * as events from "../../core/trace-event.ts";
import type { Recorder } from "../ports.ts";
import { type InboxPolicy, place, policyOf } from "./inbox-policy.ts";
import * as layout from "./layout.ts";
import type { Slots } from "./slots.ts";

const { NONE } = batch;
const { KIND, labelOf } = events;
const { FLAG, HOT, HOT_WORDS, NIL, SLOT, SLOT_KIND, SLOT_WORDS } = layout;

export class ProcessTable {
  /** In an array, because a plain field would allocate a number object each time it is handed on. */
  readonly #now = new Float64Array(1);
  readonly count: number;
  readonly hot: Int32Array;
  readonly slots: Slots;
  readonly recorder: Recorder | null;
  /** Of those that have one. */
  readonly policies = new Map<number, InboxPolicy>();

  /** Who noted that they lead, and when. */
  readonly leads = new Map<number, number>();

  constructor(members: readonly Member[], slots: Slots, recorder: Recorder | null) {
    this.count = members.length;
    this.slots = slots;
    this.recorder = recorder;
    this.hot = new Int32Array(HOT_WORDS * members.length);
    members.forEach(({ inbox, pace }, process) => {
      const at = process * HOT_WORDS;
      this.hot[at + HOT.head] = NIL;
      this.hot[at + HOT.tick] = NIL;
      const policy = policyOf(inbox);
      if (policy !== undefined) this.policies.set(process, policy);
      const adapts = typeof pace?.rate === "object" && "kind" in pace.rate;
      if (policy !== undefined || adapts) this.hot[at + HOT.flags] = FLAG.policy;
    });
  }

  /** The present instant. */
  get now(): number {
    return this.#now[0]!;
  }

  set now(instant: number) {
    this.#now[0] = instant;
  }

  incarnation(process: number): number {
    return this.hot[process * HOT_WORDS + HOT.incarnation]!;
  }

  lamport(process: number): number {
    return this.hot[process * HOT_WORDS + HOT.lamport]!;
  }

  waiting(process: number): number {
    return this.hot[process * HOT_WORDS + HOT.waiting]!;
  }

  flags(process: number): number {
    return this.hot[process * HOT_WORDS + HOT.flags]!;
  }

  /** Of those that lead, the latest to have said so. */
  get leader(): number | undefined {
    const [latest] = [...this.leads].sort(([, a], [, b]) => b - a);
    return latest?.[0];
  }

  /** Puts a message or a due timer behind all that waits, or where the inbox's policy puts it. */
  enqueue(process: number, slot: number): void {
    const hot = this.hot;
    const at = process * HOT_WORDS;
    if ((hot[at + HOT.flags]! & FLAG.policy) !== 0) {
      const policy = this.policies.get(process);
      if (policy !== undefined) {
        this.#enqueueBy(policy, process, slot);
        return;
      }
    }
    this.slots.link(slot, NIL);
    if (hot[at + HOT.head] === NIL) hot[at + HOT.head] = slot;
    else this.slots.link(hot[at + HOT.tail]!, slot);
    hot[at + HOT.tail] = slot;
    hot[at + HOT.waiting]!++;
    if (this.recorder !== null) this.#recordArrival(process, slot);
  }

  #enqueueBy(policy: InboxPolicy, process: number, slot: number): void {
    const dropped = place(this, process, slot, policy);
    if (dropped !== slot && this.recorder !== null) this.#recordArrival(process, slot);
    if (dropped !== NIL) this.dropSlot(dropped, "inbox full");
  }

  #recordArrival(process: number, slot: number): void {
    if (this.slots.kind(slot) === SLOT_KIND.timer) {
      this.record(KIND.arrive, process);
      return;
    }
    const words = this.slots.words;
    const word = slot * SLOT_WORDS;
    const number = words[word + SLOT.number]!;
    const incarnation = words[word + SLOT.incarnation]!;
    this.recordMessage(KIND.arrive, process, words[word + SLOT.from]!, number, incarnation);
  }

  /** Traces a copy that will not be received. */
  drop(to: number, from: number, number: number, incarnation: number, reason: string): void {
    this.recordMessage(KIND.drop, to, from, number, incarnation);
    this.recorder?.detail(reason);
  }

  /** Drops a message that has reached its process, and frees its slot. */
  dropSlot(slot: number, reason: string): void {
    const { words } = this.slots;
    const word = slot * SLOT_WORDS;
    const to = this.slots.process(slot);
    const incarnation = words[word + SLOT.incarnation]!;
    this.drop(to, words[word + SLOT.from]!, words[word + SLOT.number]!, incarnation, reason);
    this.slots.free(slot);
  }

  /** Takes the oldest living event out of an inbox that has one. The slot is the caller's then. */
  dequeue(process: number): number {
    const hot = this.hot;
    const at = process * HOT_WORDS;
    let slot = hot[at + HOT.head]!;
    hot[at + HOT.head] = this.slots.next(slot);
    while (this.slots.kind(slot) === SLOT_KIND.dead) {
      this.slots.free(slot);
      slot = hot[at + HOT.head]!;
      hot[at + HOT.head] = this.slots.next(slot);
    }
    hot[at + HOT.waiting]!--;
    return slot;
  }

  /** The slots of what is alive in an inbox, in the order in which it will be taken. */
  *inbox(process: number): Iterable<number> {
    let slot = this.hot[process * HOT_WORDS + HOT.head]!;
    for (; slot !== NIL; slot = this.slots.next(slot)) {
      if (this.slots.kind(slot) !== SLOT_KIND.dead) yield slot;
    }
  }

  clearInbox(process: number): void {
    const at = process * HOT_WORDS;
    let slot = this.hot[at + HOT.head]!;
    while (slot !== NIL) {
      const next = this.slots.next(slot);
      this.slots.free(slot);
      slot = next;
    }
    this.hot[at + HOT.head] = NIL;
    this.hot[at + HOT.waiting] = 0;
  }

  /** Traces an event that concerns no message. */
  record(kind: number, process: number): void {
    this.recordMessage(kind, process, NONE, NONE, 0);
  }

  /** Says what the message of the last row is called, if it is called anything. */
  label(message: unknown): void {
    if (this.recorder === null) return;
    const label = labelOf(message);
    if (label !== undefined) this.recorder.detail(label);
  }

  recordMessage(kind: number, process: number, peer: number, number: number, sent: number): void {
    if (this.recorder === null) return;
    const hot = this.hot;
    const at = process * HOT_WORDS;
    this.recorder.record(
      this.now,
      kind,
      process,
      hot[at + HOT.incarnation]!,
      hot[at + HOT.lamport]!,
      hot[at + HOT.waiting]!,
      peer,
      number,
      sent,
    );
  }
}
