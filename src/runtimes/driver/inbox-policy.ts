// Inboxes other than the default: another order, a bound, several events a tick. A process that uses
// none of these never comes here.
import type { Inbox } from "../../core/system.ts";
import { HOT, HOT_WORDS, NIL, SLOT, SLOT_KIND, SLOT_WORDS } from "./layout.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Slots } from "./slots.ts";

/** An inbox's policy with its defaults filled in. */
export type InboxPolicy = Required<Inbox>;

/** The default inbox, which has no policy, or what was asked for. */
export function policyOf(inbox: Inbox | undefined): InboxPolicy | undefined {
  if (inbox === undefined) return undefined;
  const policy: InboxPolicy = {
    order: "fifo",
    batch: 1,
    capacity: Number.POSITIVE_INFINITY,
    overflow: "refuse-newest",
    ...inbox,
  };
  const plain =
    policy.order === "fifo" && policy.batch === 1 && policy.capacity === Number.POSITIVE_INFINITY;
  return plain ? undefined : policy;
}

/**
 * Puts a slot in its place. Returns the slot that had no room, to be dropped: the new one, one that
 * waited longest, or NIL. Timers always have room: a process may rest on them.
 */
export function place(
  table: ProcessTable,
  process: number,
  slot: number,
  policy: InboxPolicy,
): number {
  const { slots, hot } = table;
  const isTimer = slots.kind(slot) === SLOT_KIND.timer;
  let dropped = NIL;
  if (!isTimer && hot[process * HOT_WORDS + HOT.waiting]! >= policy.capacity) {
    if (policy.overflow === "refuse-newest") return slot;
    dropped = takeOldest(table, process, policy);
    if (dropped === NIL) return slot; // only timers wait
  }
  const behind = policy.order === "lifo" ? NIL : lastAhead(table, process, slot, policy);
  insert(table, process, slot, behind);
  hot[process * HOT_WORDS + HOT.waiting]!++;
  return dropped;
}

const priorityOf = (slots: Slots, slot: number): number =>
  slots.words[slot * SLOT_WORDS + SLOT.priority]!;

/**
 * The slot behind which a new one goes: the last one, or by priority the last that is at least as
 * urgent. Cost: one step if that is the last one, else one for each that is at least as urgent.
 */
function lastAhead(
  table: ProcessTable,
  process: number,
  slot: number,
  policy: InboxPolicy,
): number {
  const { slots, hot } = table;
  const at = process * HOT_WORDS;
  const head = hot[at + HOT.head]!;
  if (head === NIL) return NIL;
  const tail = hot[at + HOT.tail]!;
  const priority = priorityOf(slots, slot);
  if (policy.order === "fifo" || priorityOf(slots, tail) >= priority) return tail;
  let behind = NIL;
  for (let ahead = head; ahead !== NIL && priorityOf(slots, ahead) >= priority; ) {
    behind = ahead;
    ahead = slots.next(ahead);
  }
  return behind;
}

function insert(table: ProcessTable, process: number, slot: number, behind: number): void {
  const { slots, hot } = table;
  const at = process * HOT_WORDS;
  const next = behind === NIL ? hot[at + HOT.head]! : slots.next(behind);
  slots.link(slot, next);
  if (behind === NIL) hot[at + HOT.head] = slot;
  else slots.link(behind, slot);
  if (next === NIL) hot[at + HOT.tail] = slot;
}

/** Takes out the message that waited longest, or returns NIL. Cost: one step for each that waits. */
function takeOldest(table: ProcessTable, process: number, policy: InboxPolicy): number {
  const { slots, hot } = table;
  const at = process * HOT_WORDS;
  let [oldest, before] = [NIL, NIL];
  for (let slot = hot[at + HOT.head]!, previous = NIL; slot !== NIL; ) {
    const since = oldest === NIL ? Number.POSITIVE_INFINITY : slots.time[oldest]!;
    // Of those that came at one instant, the oldest stands last in a lifo inbox and first in others.
    const older = policy.order === "lifo" ? slots.time[slot]! <= since : slots.time[slot]! < since;
    if (slots.kind(slot) === SLOT_KIND.message && older) [oldest, before] = [slot, previous];
    previous = slot;
    slot = slots.next(slot);
  }
  if (oldest === NIL) return NIL;
  const next = slots.next(oldest);
  if (before === NIL) hot[at + HOT.head] = next;
  else slots.link(before, next);
  if (next === NIL) hot[at + HOT.tail] = before;
  hot[at + HOT.waiting]!--;
  return oldest;
}
