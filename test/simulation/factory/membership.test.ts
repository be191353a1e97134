// Who is thought to be there, and what comes of it: for the flow, for requests, and in messages.
import { beforeAll, describe, expect, test } from "vitest";
import { parseFault } from "../../../src/core/fault-notation.ts";
import type { Json } from "../../../src/core/json.ts";
import { seconds } from "../../../src/core/micros.ts";
import { newRun } from "../../../src/core/new-run.ts";
import type { AnyProcess } from "../../../src/core/process.ts";
import { wrapped } from "../../../src/core/system.ts";
import { sim } from "../../../src/runtimes/sim/simulation.ts";
import type { FactoryParams } from "../../../src/systems/factory/file/definition.ts";
import type { FlowValue } from "../../../src/systems/factory/leading/register.ts";
import { plantOf } from "../../../src/systems/factory/plant.ts";
import { type Ran, ran, type Said } from "./books.ts";
import { observe } from "./physics.ts";
import { LEADER, LINE, planned } from "./planned.ts";

type Plant = { readonly [field: string]: Json };

beforeAll(() => planned(LINE).ready!());

const run = (faults: readonly string[], plant: Plant = LINE, seed = 1, duration = 20): Ran =>
  ran(planned(plant), { seed, faults: faults.map(parseFault), duration: seconds(duration) });

/** What its leader took a stage for, one after the other, with the second at which it did. */
const states = ({ said }: Ran, stage: string, from = 0): (readonly [is: Json, at: number])[] =>
  said
    .filter(({ name, fields, at }) => name === "member" && fields.name === stage && at >= from)
    .map(({ fields, at }) => [fields.is!, at / 1e6]);
const is = (all: Ran, stage: string, from = 0): Json[] =>
  states(all, stage, from).map(([state]) => state);

const noted = ({ said }: Ran, name: string, from: number, to: number): readonly Said[] =>
  said.filter((each) => each.name === name && each.at >= seconds(from) && each.at < seconds(to));
const shipped = (all: Ran, from: number, to: number): number =>
  noted(all, "ships", from, to).length;

/** After their last sign of life, s: suspect, and down, by the timeout of three beats and two more. */
const SUSPECT = { least: 0.6, most: 0.6 + 0.1 + 0.2 };

/** So long may it be away that it is suspected, and in no case down: s. */
const AWAY = { timeout: 0.75, phi: 0.38 };

describe.each(["timeout", "phi"] as const)("by the detector %s, a stage", (detector) => {
  const plant = { ...LINE, leader: { ...LEADER, detector } };

  test("that is silent is suspected, then down; the flow does without it", () => {
    for (const seed of [1, 2, 3]) {
      const all = run(["crash maker-1 8s"], plant, seed);
      expect(all.violations).toEqual([]);
      const [[up], [suspect, since], [down, dead], ...others] = states(all, "maker-1") as [
        ...[Json, number][],
      ] as [[Json, number], [Json, number], [Json, number]];
      expect([up, suspect, down, others]).toEqual(["up", "suspect", "down", []]);
      if (detector === "timeout") expect(since).toBeGreaterThan(8 + SUSPECT.least - 0.21);
      expect(since).toBeLessThan(8 + SUSPECT.most);
      expect(dead - since).toBeCloseTo(0.4, 1);
      const [plan, ...more] = noted(all, "plans", 8, 20);
      expect(more).toEqual([]);
      expect(plan!.at / 1e6 - dead).toBeLessThan(0.3);
      expect(plan!.fields.perHour).toBeCloseTo(2.5 * 3_600, 3);
      expect(shipped(all, 10, 20) / 10).toBeGreaterThan(2.5 * 0.95);
    }
  });

  test("that gives a sign of life in time is up, and nothing is planned anew", () => {
    let suspected = 0;
    for (const seed of [1, 2, 3, 4, 5]) {
      const faults = [
        `partition maker-1|* 8s..${8 + AWAY[detector]}s`,
        `pause user-2 12s..${12 + AWAY[detector]}s`,
      ];
      const all = run(faults, plant, seed);
      expect(all.violations).toEqual([]);
      for (const stage of ["maker-1", "user-2"]) {
        const [up, ...later] = is(all, stage);
        expect(up).toBe("up");
        if (later.length === 0) continue;
        expect(later).toEqual(["suspect", "up"]);
        suspected++;
      }
      expect(noted(all, "plans", 8, 20)).toEqual([]);
      expect(shipped(all, 10, 12) / 2).toBeGreaterThan(5 * 0.8);
      expect(shipped(all, 14, 20) / 6).toBeGreaterThan(5 * 0.95);
    }
    expect(suspected).toBeGreaterThan(5);
  });

  test("that comes back is counted on again when it has been there for some time, and asked", () => {
    for (const seed of [1, 2, 3]) {
      const all = run(["crash maker-1 8s..12s"], plant, seed);
      expect(all.violations).toEqual([]);
      const [[returning, since], [up, when], ...others] = states(all, "maker-1", seconds(12)) as [
        [Json, number],
        [Json, number],
      ];
      expect([returning, up, others]).toEqual(["returning", "up", []]);
      expect(when - since).toBeGreaterThan(0.5);
      expect(when - since).toBeLessThan(0.9);
      const again = all.said.filter(
        ({ who, name, at }) => who === "maker-1" && name === "sent" && at > seconds(14),
      );
      expect(again.length).toBeGreaterThan(10);
      expect(shipped(all, 14, 20) / 6).toBeGreaterThan(5 * 0.9);
    }
  });
});

test("a stage that comes and goes does not make the flow come and go", () => {
  // Never there for as long as it takes to be counted on.
  const flaps = Array.from(
    { length: 10 },
    (_, flap) => `crash maker-1 ${6 + 2 * flap}s..${7.6 + 2 * flap}s`,
  );
  const all = run(flaps, LINE, 1, 32);
  expect(all.violations).toEqual([]);
  expect(noted(all, "plans", 6, 25.5).length).toBe(1);
  expect(noted(all, "plans", 25.5, 32).length).toBe(1);
  expect(is(all, "maker-1", seconds(26)).at(-1)).toBe("up");
  expect(shipped(all, 28, 32) / 4).toBeGreaterThan(5 * 0.9);
});

test("a stage whose store was lost, and that counts its incarnations anew, is taken in again", () => {
  const all = run([
    "crash maker-1 5s..5100ms",
    "crash maker-1 6s..6100ms",
    "wipe maker-1 8s..8100ms",
  ]);
  expect(all.violations).toEqual([]);
  expect(is(all, "maker-1").at(-1)).toBe("up");
  expect(shipped(all, 13, 20) / 7).toBeGreaterThan(5 * 0.9);
});

test("those who starved while their only supplier was away ask it again, planned anew or not", () => {
  // A job outlasts the time after which nobody asks who is silent: nothing is on order when it comes back.
  const slow = {
    ...LINE,
    segments: { ...LINE.segments, use: { ...LINE.segments.use, cycle: "4s" } },
    equipment: { maker: { segment: "make", count: 1 }, user: { segment: "use", count: 1 } },
  };
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const all = run(["crash maker-1 30s..70s"], slow, seed, 100);
    expect(all.violations).toEqual([]);
    expect(shipped(all, 60, 70)).toBe(0);
    expect([seed, shipped(all, 78, 100) >= 5]).toEqual([seed, true]);
  }
});

test.each(["timeout", "phi"])(
  "of 58 stages nobody is suspected by %s in minutes of work",
  (detector) => {
    const plant = { types: 30, perType: 2, complexity: "low", seed: 1 };
    const params = { plant, leader: { candidates: 3, detector } };
    const seen = new Map<string, number>();
    observe(params, 5 / 60, ({ name, fields }) => {
      if (name !== "member") return;
      const way = `${fields.was} → ${fields.is}`;
      seen.set(way, (seen.get(way) ?? 0) + 1);
    });
    expect([...seen]).toEqual([["down → up", 58]]);
  },
);

describe("messages", () => {
  /** What reached whom by its kind, in five seconds of a plant without faults, by heartbeats of 200 ms. */
  function counted(perType: number) {
    const counts = new Map<string, number>();
    const counting = (process: AnyProcess): AnyProcess => ({
      ...process,
      receive(state, from, message, context) {
        const { kind } = message as { readonly kind: string };
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        return process.receive(state, from, message, context);
      },
    });
    const system = wrapped(planned({ leader: LEADER, plant: { types: 6, perType } }), counting);
    const asked = newRun(system, { duration: seconds(15) });
    const running = sim.start(system, asked, null);
    running.to(seconds(10));
    const before = new Map(counts);
    running.to(seconds(15));
    const { stages } = plantOf(asked.params as FactoryParams);
    const { keyed } = running.store.stored(stages.length);
    const { value } = keyed.get("key/flow") as unknown as { readonly value: FlowValue };
    running.stop();
    const lines = stages.reduce((sum, { bom }) => sum + bom.length, 0);
    const of = (kind: string): number => (counts.get(kind) ?? 0) - (before.get(kind) ?? 0);
    return { stages: stages.length, arcs: value.arcs!.length, lines, of };
  }

  test("of who is there go to the leader and along arcs, and no others grow faster than the plant", () => {
    for (const perType of [2, 6, 12]) {
      const { stages, arcs, lines, of } = counted(perType);
      const beats = 25;
      expect(of("beat") / beats).toBeCloseTo(stages + 2 * arcs, -1);
      expect(of("watch") / beats).toBeCloseTo(stages / 5, 0);
      expect(of("probe") + of("changed")).toBe(0);
      // Each of three looks at the lease, four times while it holds.
      expect(of("get") + of("swap")).toBeLessThan(3 * 4 * 5 * 1.2);
      // Nobody has more suppliers of an item than eight, however large the plant is.
      expect(arcs).toBeLessThanOrEqual(8 * lines);
    }
  });
});
