import fc from "fast-check";
import { expect, test } from "vitest";
import type { Context } from "../../../core/process.ts";
import { parseFactory } from "../file/params.ts";
import type { Message } from "../messages.ts";
import { type MaintenanceWindow, type Plant, plantOf, type StagePlan } from "../plant.ts";
import { Desk } from "./desk.ts";
import { keepWindows } from "./equipment.ts";
import { storedStage } from "./stored-stage.ts";

const PLANT: Plant = plantOf(parseFactory({}));

/** Whether a stage is in a window at an instant of its clock, and when it looks again. */
function lookedAt(now: number, maintenance: readonly MaintenanceWindow[]) {
  let next: number | undefined;
  const context = {
    now,
    setTimer: (_timer: string, delay: number) => {
      next = delay;
    },
  } as unknown as Context<Message>;
  const plan: StagePlan = { ...PLANT.stages[0]!, maintenance };
  const desk = new Desk(PLANT, plan, storedStage(new Map()), context);
  keepWindows(desk, plan);
  return { inside: desk.stage.maintenance, next };
}

const DAILY = { every: 100, for: 20, first: 30 };

test("a window opens first at its first instant, and then again and again", () => {
  expect(lookedAt(0, [DAILY])).toEqual({ inside: false, next: 30 });
  expect(lookedAt(29, [DAILY])).toEqual({ inside: false, next: 1 });
  expect(lookedAt(30, [DAILY])).toEqual({ inside: true, next: 20 });
  expect(lookedAt(49, [DAILY])).toEqual({ inside: true, next: 1 });
  expect(lookedAt(50, [DAILY])).toEqual({ inside: false, next: 80 });
  expect(lookedAt(130, [DAILY])).toEqual({ inside: true, next: 20 });
  expect(lookedAt(1_045, [DAILY])).toEqual({ inside: true, next: 5 });
});

test("a clock that is before all windows waits for the first, however far back it was set", () => {
  expect(lookedAt(-500, [DAILY])).toEqual({ inside: false, next: 530 });
});

test("a stage without windows never looks", () => {
  expect(lookedAt(5, [])).toEqual({ inside: false, next: undefined });
});

test("of several windows any keeps it, and the next to turn is looked at", () => {
  const other = { every: 60, for: 10, first: 45 };
  expect(lookedAt(46, [DAILY, other])).toEqual({ inside: true, next: 4 });
  expect(lookedAt(50, [DAILY, other])).toEqual({ inside: true, next: 5 });
  expect(lookedAt(55, [DAILY, other])).toEqual({ inside: false, next: 50 });
});

test("who looks when it said that it would misses no opening and no end", () => {
  const window = fc
    .record({
      every: fc.integer({ min: 2, max: 50 }),
      share: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      first: fc.integer({ min: 0, max: 60 }),
    })
    .map(({ every, share, first }) => ({
      every,
      first,
      for: Math.max(1, Math.floor(every * share)),
    }));
  const isInside = (now: number, { every, first, for: lasts }: MaintenanceWindow): boolean =>
    now >= first && (now - first) % every < lasts;
  fc.assert(
    fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), (windows) => {
      let looks = 0;
      let inside = false;
      for (let now = 0; now < 300; now++) {
        if (now === looks) {
          const seen = lookedAt(now, windows);
          inside = seen.inside;
          looks = now + seen.next!;
        }
        const truly = windows.some((each) => isInside(now, each));
        expect([now, inside]).toEqual([now, truly]);
      }
    }),
  );
});
