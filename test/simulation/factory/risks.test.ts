// What a leader finds out of the loss of a stage when nothing else is to be done; and that it does not solve twice.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { parseFault } from "../../../src/core/fault-notation.ts";
import type { FactoryParams } from "../../../src/systems/factory/file/definition.ts";
import { parseFactory } from "../../../src/systems/factory/file/params.ts";
import { plannerOf, type Situation } from "../../../src/systems/factory/leading/planner.ts";
import type { PlannedArc } from "../../../src/systems/factory/leading/register.ts";
import { planFlow } from "../../../src/systems/factory/planning/plan.ts";
import { ready } from "../../../src/systems/factory/planning/solver.ts";
import { nMinusOne } from "../../../src/systems/factory/planning/what-if.ts";
import { plantOf } from "../../../src/systems/factory/plant.ts";
import { notesOf, type Ran, ran } from "./books.ts";
import { LED_STORM_PLANT, LINE, planned } from "./planned.ts";

beforeAll(() => ready());

const run = (plant: object, ...faults: readonly string[]): Ran =>
  ran(planned(plant as never), { faults: faults.map(parseFault) });

type Told = { readonly without: string; readonly perHour: number; readonly share: number };
const tableOf = (note: { readonly fields: object }): readonly Told[] =>
  (note.fields as { readonly table: readonly Told[] }).table;

describe("the loss of a stage", () => {
  test("is assessed once in a calm plant, and is what the table of single losses says", () => {
    for (const plant of [LINE, { ...LED_STORM_PLANT, changes: [] }]) {
      const all = run(plant);
      const [risks, ...others] = notesOf(all, "risks");
      expect(others).toEqual([]);
      const losses = nMinusOne(all.plant);
      expect(tableOf(risks!)).toEqual(
        losses
          .filter(({ share }) => share < 0.98)
          .map(({ without, perHour, share }) => ({ without, perHour, share })),
      );
      expect(risks!.fields).toMatchObject({ worst: losses[0]!.without, share: losses[0]!.share });
    }
  });

  test("is assessed anew for those who are left, and again when all are back", () => {
    const all = run(LINE, "crash maker-2 8s..14s");
    const [before, without, after, ...others] = notesOf(all, "risks");
    expect(others).toEqual([]);
    expect(tableOf(before!).map(({ without: name }) => name)).toEqual(["maker-1", "user-1"]);
    expect(tableOf(without!)[0]).toEqual({ without: "maker-1", perHour: 0, share: 0 });
    expect(after!.fields).toEqual(before!.fields);
  });

  test("is nobody's business when its leader is gone: the next one begins anew", () => {
    const all = run(LINE, "crash @leader 2300ms");
    const leaders = new Set(notesOf(all, "leads").map(({ who }) => who));
    expect(leaders.size).toBe(2);
    const last = notesOf(all, "leads").at(-1)!;
    const risks = notesOf(all, "risks").filter(({ at }) => at > last.at);
    expect(risks.map(({ who }) => who)).toEqual([last.who]);
  });
});

describe("a planner", () => {
  const plant = plantOf(parseFactory({ plant: { types: 6, perType: 3 } }) as FactoryParams);
  const everybody = new Map(plant.stages.map(({ kind }) => [kind, 0]));
  const situation = (live: readonly boolean[]): Situation => ({ live, revisions: everybody });
  const liveness = fc.array(
    fc.integer({ min: 0, max: 9 }).map((dice) => dice > 0),
    {
      minLength: plant.stages.length,
      maxLength: plant.stages.length,
    },
  );

  test("answers as if it had never been asked before, whatever it was asked", () => {
    const asked = plannerOf(plant);
    fc.assert(
      fc.property(fc.array(liveness, { minLength: 1, maxLength: 4 }), (all) => {
        let running: readonly PlannedArc[] | null = null;
        for (const live of [...all, ...all]) {
          const known = asked.plan(situation(live), running);
          expect(known).toEqual(plannerOf(plant).plan(situation(live), running));
          if (known.kind === "planned") running = known.arcs;
        }
      }),
      { numRuns: 15 },
    );
  });

  test("gives the very same plan for the same situation and flow, without solving again", () => {
    const planner = plannerOf(plant);
    const all = situation(plant.stages.map(() => true));
    const first = planner.plan(all, null);
    expect(planner.plan(all, null)).toBe(first);
    const { arcs } = planFlow(plant);
    const close = planner.plan(all, arcs);
    expect(close).not.toBe(first);
    // A flow that was read again is the same flow.
    expect(planner.plan(all, JSON.parse(JSON.stringify(arcs)) as typeof arcs)).toBe(close);
  });
});
