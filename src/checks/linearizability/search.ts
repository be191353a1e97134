// Is there an order of operations, each at some instant between its call and its return, in which one
// object would have given these results? Herlihy and Wing 1990 define it; the search is Wing and Gong
// 1993 with Lowe's cache of configurations (2017), as in Porcupine (Athalye 2017), and one thing more:
// operations that never returned are placed only where nothing else fits.
//
// Invariants:
// 1. A configuration is (which operations are placed, the state they lead to). None is tried that was
//    tried with the same operations that returned, and no more of those that never did: what could not
//    be completed with those left to use cannot be completed without them.
// 2. Operations that returned are numbered as they are called. All below `low` are placed, so their part
//    of a configuration is named by `low` and the few placed above it: its size does not grow with the
//    history.
// 3. An operation that only observes is placed as soon as it fits, and nothing else is tried there: it
//    is in nobody's way.
import { canonical } from "../../core/json.ts";
import { type Call, type Model, type ModelState, same } from "./models.ts";

/** An operation of a history; the orders of calls and returns are places in one common order. */
export type Operation = Call & {
  readonly called: number;
  /** Infinity if it never returned: it took effect at any time after its call, or never. */
  readonly returned: number;
};

export type Search =
  | { readonly result: "linearizable"; readonly last: ModelState }
  /** `stuck`: place in what was given of the first operation, as they return, that no order explains. */
  | { readonly result: "not"; readonly stuck: number }
  | { readonly result: "unknown"; readonly steps: number };

/** Configurations to try before giving up: about 1 GB, at worst. */
const STEPS_MAX = 5_000_000;

/**
 * Looks for an order. Time: linear in the history when few operations overlap; exponential in how many
 * do, at worst, up to `stepsMax` configurations.
 */
export function linearize(
  model: Model,
  operations: readonly Operation[],
  stepsMax = STEPS_MAX,
): Search {
  return new Searching(model, operations, stepsMax).run();
}

/** A call or a return of an operation, in the list of those that are to be placed. */
type Entry = {
  /** The operation's number, among those that returned. */
  readonly id: number;
  readonly operation: Operation;
  readonly call: boolean;
  before: Entry | undefined;
  after: Entry | undefined;
  /** The return of a call. */
  readonly match: Entry | undefined;
};

/** A configuration that the search has come to, and what it has still to try from there. */
type Frame = {
  readonly state: ModelState;
  /** The next operation to try, or the first return that must not be passed. */
  next: Entry | undefined;
  /** The next to try of those that never returned. */
  lost: number;
  /** There is but one way on from here, and it was taken. */
  forced: boolean;
  /** What was placed to come here: an operation that returned, or one that never did. */
  readonly entry: Entry | undefined;
  readonly used: number | undefined;
};

const FRESH = { lost: 0, forced: false, entry: undefined, used: undefined };

class Searching {
  readonly #model: Model;
  readonly #stepsMax: number;
  readonly #operations: readonly Operation[];
  /** Operations that never returned, as they were called, and whether they are placed. */
  readonly #lost: readonly Operation[];
  readonly #used: boolean[];
  readonly #head: Entry;
  readonly #placed: Uint8Array;
  /** By configuration of those that returned: which others were placed with it, in ascending order. */
  readonly #tried = new Map<string, (readonly number[])[]>();
  #low = 0;
  /** None from here on is placed. */
  #high = 0;
  /** Operations that returned and are not placed. */
  #owed: number;
  #steps = 0;

  constructor(model: Model, operations: readonly Operation[], stepsMax: number) {
    this.#model = model;
    this.#stepsMax = stepsMax;
    this.#operations = operations;
    const inOrder = [...operations].sort((a, b) => a.called - b.called);
    const returned = inOrder.filter((each) => Number.isFinite(each.returned));
    this.#lost = inOrder.filter((each) => !Number.isFinite(each.returned));
    this.#used = this.#lost.map(() => false);
    this.#placed = new Uint8Array(returned.length);
    this.#owed = returned.length;
    this.#head = listOf(returned);
  }

  run(): Search {
    const first = this.#head.after;
    const path: Frame[] = [{ ...FRESH, state: this.#model.initial, next: first }];
    let furthest: Operation | undefined;
    while (this.#owed > 0) {
      const frame = path.at(-1);
      if (frame === undefined) {
        return { result: "not", stuck: this.#operations.indexOf(furthest!) };
      }
      if (this.#steps > this.#stepsMax) return { result: "unknown", steps: this.#steps };
      const next = this.#advance(frame);
      if (next !== undefined) {
        path.push(next);
        continue;
      }
      const stuck = frame.forced ? undefined : frame.next?.operation;
      if (stuck === undefined) {
        // A dead end further on was this one's.
      } else if (furthest === undefined || stuck.returned > furthest.returned) furthest = stuck;
      path.pop();
      this.#takeBack(frame);
    }
    return { result: "linearizable", last: path.at(-1)!.state };
  }

  /** Places one more operation, in a way not tried before; undefined if there is none. */
  #advance(frame: Frame): Frame | undefined {
    if (frame.forced) return undefined;
    const observer = this.#observer(frame);
    if (observer !== undefined) {
      frame.forced = true;
      this.#place(observer.id);
      this.#lift(observer);
      return { ...FRESH, state: frame.state, next: this.#head.after, entry: observer };
    }
    while (frame.next?.call === true) {
      const entry = frame.next;
      frame.next = entry.after;
      const state = this.#model.step(frame.state, entry.operation);
      if (state === undefined) continue;
      this.#place(entry.id);
      if (this.#isNew(state)) {
        this.#lift(entry);
        return { ...FRESH, state, next: this.#head.after, entry };
      }
      this.#unplace(entry.id);
    }
    const until = frame.next?.operation.returned ?? Number.POSITIVE_INFINITY;
    while (frame.lost < this.#lost.length && this.#lost[frame.lost]!.called < until) {
      const used = frame.lost++;
      if (this.#used[used] === true) continue;
      const state = this.#model.step(frame.state, this.#lost[used]!);
      // One that changes nothing may as well not have happened.
      if (state === undefined || same(state, frame.state)) continue;
      if (!this.#matters(frame.state, state, used)) continue;
      this.#used[used] = true;
      if (this.#isNew(state)) return { ...FRESH, state, next: this.#head.after, used };
      this.#used[used] = false;
    }
    return undefined;
  }

  /** The first that fits and only observes; looked for once a configuration. */
  #observer({ state, next, lost }: Frame): Entry | undefined {
    if (next !== this.#head.after || lost > 0) return undefined;
    for (let entry = next; entry?.call === true; entry = entry.after) {
      if (this.#model.observes?.(entry.operation) !== true) continue;
      if (this.#model.step(state, entry.operation) !== undefined) return entry;
    }
    return undefined;
  }

  /** Would anything that can come next tell whether one that never returned took effect? */
  #matters(without: ModelState, state: ModelState, used: number): boolean {
    const differs = (operation: Operation): boolean => {
      const after = this.#model.step(state, operation);
      if (after === undefined) return false;
      const before = this.#model.step(without, operation);
      return before === undefined || !same(before, after);
    };
    let entry = this.#head.after;
    for (; entry?.call === true; entry = entry.after) if (differs(entry.operation)) return true;
    const until = entry?.operation.returned ?? Number.POSITIVE_INFINITY;
    return this.#lost.some(
      (other, index) =>
        index !== used && this.#used[index] === false && other.called < until && differs(other),
    );
  }

  #takeBack({ entry, used }: Frame): void {
    if (used !== undefined) this.#used[used] = false;
    if (entry === undefined) return;
    this.#unplace(entry.id);
    this.#unlift(entry);
  }

  /** Was this configuration not tried, nor one that left more to use? */
  #isNew(state: ModelState): boolean {
    this.#steps++;
    let name = `${this.#low}`;
    for (let above = this.#low + 1; above < this.#high; above++) {
      if (this.#placed[above] === 1) name += ` ${above}`;
    }
    name += `:${typeof state === "object" ? canonical(state) : `${typeof state}${state}`}`;
    const tried = this.#tried.get(name);
    if (tried?.some((before) => before.every((lost) => this.#used[lost] === true))) return false;
    const used = [...this.#used.keys()].filter((lost) => this.#used[lost] === true);
    if (tried === undefined) this.#tried.set(name, [used]);
    else tried.push(used);
    return true;
  }

  #place(id: number): void {
    this.#placed[id] = 1;
    this.#high = Math.max(this.#high, id + 1);
    while (this.#placed[this.#low] === 1) this.#low++;
  }

  #unplace(id: number): void {
    this.#placed[id] = 0;
    this.#low = Math.min(this.#low, id);
    while (this.#high > 0 && this.#placed[this.#high - 1] === 0) this.#high--;
  }

  #lift(entry: Entry): void {
    remove(entry);
    remove(entry.match!);
    this.#owed--;
  }

  #unlift(entry: Entry): void {
    restore(entry.match!);
    restore(entry);
    this.#owed++;
  }
}

/** Calls and returns in their order, behind a head. `operations` are in the order of their calls. */
function listOf(operations: readonly Operation[]): Entry {
  const open = { before: undefined, after: undefined };
  const moments: { readonly at: number; readonly entry: Entry }[] = [];
  operations.forEach((operation, id) => {
    const match: Entry = { id, operation, call: false, match: undefined, ...open };
    moments.push({ at: operation.called, entry: { id, operation, call: true, match, ...open } });
    moments.push({ at: operation.returned, entry: match });
  });
  moments.sort((a, b) => a.at - b.at);
  const nobody = { call: "", value: null, called: -1, returned: -1 };
  const head: Entry = { id: -1, operation: nobody, call: true, match: undefined, ...open };
  let last = head;
  for (const { entry } of moments) {
    last.after = entry;
    entry.before = last;
    last = entry;
  }
  return head;
}

function remove(entry: Entry): void {
  entry.before!.after = entry.after;
  if (entry.after !== undefined) entry.after.before = entry.before;
}

function restore(entry: Entry): void {
  entry.before!.after = entry;
  if (entry.after !== undefined) entry.after.before = entry;
}
