import fc from "fast-check";
import { expect, test } from "vitest";
import { NIL, SLOT_KIND } from "./layout.ts";
import { EventQueue } from "./queue.ts";
import { Slots } from "./slots.ts";

/** The same queue, as plainly as it can be said. */
class SortedList {
  readonly #entries: { slot: number; time: number }[] = [];

  push(slot: number, time: number): void {
    const after = this.#entries.findIndex((entry) => entry.time > time);
    this.#entries.splice(after < 0 ? this.#entries.length : after, 0, { slot, time });
  }

  pop(until: number): number {
    const first = this.#entries[0];
    if (first === undefined || first.time > until) return NIL;
    this.#entries.shift();
    return first.slot;
  }

  /** Takes out the slot at that place, counted around. */
  cancel(place: number): number {
    if (this.#entries.length === 0) return NIL;
    return this.#entries.splice(place % this.#entries.length, 1)[0]!.slot;
  }
}

/** How far ahead: ties, neighbours, each level of the wheel, and centuries. */
const ahead = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 2 ** 11 }),
  fc.integer({ min: 0, max: 2 ** 22 }),
  fc.integer({ min: 0, max: 2 ** 33 }),
  fc.integer({ min: 0, max: 2 ** 44 }),
  fc.integer({ min: 0, max: 2 ** 51 }),
  fc.integer({ min: 0, max: 40 }).map((bits) => 2 ** bits - 1),
  fc.integer({ min: 0, max: 40 }).map((bits) => 2 ** bits),
);

const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ push: ahead, times: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ pop: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ until: ahead }) },
  // Many at neighbouring instants, falling, rising or mixed: what sorting by insertion is worst at.
  {
    weight: 1,
    arbitrary: fc.record({
      burst: fc.integer({ min: 2, max: 900 }),
      from: ahead,
      stride: fc.integer({ min: -7, max: 7 }),
      span: fc.integer({ min: 1, max: 400 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      cancel: fc.array(fc.nat(), { maxLength: 200 }),
      sweep: fc.boolean(),
    }),
  },
);

test("slots come in the order (time, order pushed), however they are pushed", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const slots = new Slots(8);
      const queue = new EventQueue(slots);
      const list = new SortedList();
      let now = 0;
      const pop = (until: number): boolean => {
        const bound = queue.next();
        let slot = queue.pop(until);
        // A cancelled slot is whoever's who meets it, unless it was swept out.
        while (slot !== NIL && slots.kind(slot) === SLOT_KIND.dead) {
          slots.free(slot);
          slot = queue.pop(until);
        }
        expect(slot).toBe(list.pop(until));
        if (slot === NIL) {
          // Whoever waits for the bound and then looks again gets on.
          if (Number.isFinite(bound) && bound <= until) expect(queue.next()).toBeGreaterThan(bound);
          return false;
        }
        expect(bound).toBeLessThanOrEqual(slots.time[slot]!);
        now = slots.time[slot]!;
        return true;
      };
      for (const act of actions) {
        if ("push" in act) {
          for (let time = 0; time < act.times; time++) {
            const slot = slots.take(0, 1);
            slots.time[slot] = now + act.push;
            queue.push(slot);
            list.push(slot, now + act.push);
          }
        } else if ("burst" in act) {
          for (let index = 0; index < act.burst; index++) {
            const slot = slots.take(0, 1);
            const off = (((index * act.stride) % act.span) + act.span) % act.span;
            slots.time[slot] = now + act.from + off;
            queue.push(slot);
            list.push(slot, now + act.from + off);
          }
        } else if ("cancel" in act) {
          for (const place of act.cancel) {
            const slot = list.cancel(place);
            if (slot !== NIL) slots.kill(slot);
          }
          if (act.sweep) queue.sweep();
        } else if ("pop" in act) {
          for (let times = 0; times < act.pop; times++) pop(Number.POSITIVE_INFINITY);
        } else {
          // What is not due stays; pushes at that instant or later are allowed after it.
          const until = now + act.until;
          while (pop(until));
          now = Math.max(now, until);
        }
      }
      while (pop(Number.POSITIVE_INFINITY));
      expect(queue.length).toBe(0);
      expect(slots.dead).toBe(0);
    }),
    { numRuns: 600 },
  );
});

test("many that are due before what was pushed before them keep their order", () => {
  const slots = new Slots(8);
  const queue = new EventQueue(slots);
  const list = new SortedList();
  const push = (time: number): void => {
    const slot = slots.take(0, 0);
    queue.pushAt(slot, time);
    list.push(slot, time);
  };
  // The few are far, and more than few: what is pushed next is due long before them.
  for (let far = 0; far < 30; far++) push(60_000_000 + far);
  for (let near = 1; near <= 5_000; near++) push(near);
  // Within the bucket that is being popped, falling, again and again.
  for (let popped = 1; popped <= 150; popped++) expect(queue.pop(1e9)).toBe(list.pop(1e9));
  for (let near = 2_000; near > 0; near--) push(queue.now + (near % 100));
  for (let slot = list.pop(1e9); slot !== NIL; slot = list.pop(1e9)) {
    expect([queue.pop(1e9), queue.now]).toEqual([slot, slots.time[slot]]);
  }
  expect(queue.pop(1e9)).toBe(NIL);
});

test("a long mixture of ticks and messages keeps its order", () => {
  const slots = new Slots(8);
  const queue = new EventQueue(slots);
  const list = new SortedList();
  const chance = (state: number): number => (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  let state = 7;
  for (let process = 0; process < 300; process++) {
    const slot = slots.take(process, 0);
    slots.time[slot] = process % 5;
    queue.push(slot);
    list.push(slot, process % 5);
  }
  for (let event = 0; event < 60_000; event++) {
    const slot = queue.pop(Number.POSITIVE_INFINITY);
    expect(slot).toBe(list.pop(Number.POSITIVE_INFINITY));
    state = chance(state);
    const time = slots.time[slot]! + ((state >>> 8) % 1_000_000);
    slots.time[slot] = time;
    queue.push(slot);
    list.push(slot, time);
  }
});
