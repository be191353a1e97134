import { NIL, SLOT, SLOT_WORDS } from "./layout.ts";
import type { Slots } from "./slots.ts";

/**
 * Which timer of which process is armed, and in which slot. Names are few and repeat, so a map per
 * process; processes without timers have none. A cancelled slot is only marked: it is freed by
 * whoever meets it next.
 */
export class Timers {
  /** Where an armed slot is: in the queue, or due and waiting in the inbox. */
  static readonly QUEUED = 0;
  static readonly WAITING = 1;
  readonly #armed = new Map<number, Map<string, number>>();

  remember(process: number, timer: string, slot: number): void {
    const armed = this.#armed.get(process);
    if (armed === undefined) this.#armed.set(process, new Map([[timer, slot]]));
    else armed.set(timer, slot);
  }

  /** The slot in which it was armed, or NIL. */
  forget(process: number, timer: string): number {
    const armed = this.#armed.get(process);
    const slot = armed?.get(timer);
    if (slot === undefined) return NIL;
    armed?.delete(timer);
    return slot;
  }

  /** Those of a process that are not due yet, with their slots. */
  queued(process: number, slots: Slots): readonly (readonly [timer: string, slot: number])[] {
    return [...(this.#armed.get(process) ?? [])].filter(
      ([, slot]) => slots.words[slot * SLOT_WORDS + SLOT.stamp] === Timers.QUEUED,
    );
  }

  /** Disarms all timers of a process. Those that wait in its inbox go with the inbox. */
  clear(process: number, slots: Slots): void {
    for (const slot of this.#armed.get(process)?.values() ?? []) {
      const waits = slots.words[slot * SLOT_WORDS + SLOT.stamp] === Timers.WAITING;
      if (!waits) slots.kill(slot);
    }
    this.#armed.delete(process);
  }
}
