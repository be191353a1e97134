// I11: when a stage dies that others can stand in for, the plant goes on within a bound that is known before.
import { beforeAll, expect, test } from "vitest";
import { trial } from "../../../src/cli/hunt/trial.ts";
import { parseFault } from "../../../src/core/fault-notation.ts";
import type { Json } from "../../../src/core/json.ts";
import { type Micros, seconds } from "../../../src/core/micros.ts";
import { newRun } from "../../../src/core/new-run.ts";
import { Streams } from "../../../src/core/random.ts";
import type { Fault } from "../../../src/core/run.ts";
import type { AnySystem } from "../../../src/core/system.ts";
import type { Simulation } from "../../../src/runtimes/sim/simulation.ts";
import { factory, factoryOf } from "../../../src/systems/factory/factory.ts";
import { plantOf } from "../../../src/systems/factory/plant.ts";
import { RULES } from "../../../src/systems/factory/stage/stage.ts";
import { replanBound, stallBound } from "../../../src/systems/factory/stall.ts";
import { HOUR, observe, type Told } from "./physics.ts";
import { LEADER, LINE } from "./planned.ts";

beforeAll(() => factory.ready!());

const COMPLEXITIES = ["low", "medium", "high"];
const randomPlant = (seed: number) => ({
  leader: { candidates: 3 },
  plant: {
    seed,
    types: 4 + (seed % 5),
    perType: 2 + (seed % 2),
    complexity: COMPLEXITIES[Math.floor(seed / 3) % 3]!,
  },
});

const struck =
  (faults: readonly Fault[]) =>
  (running: Simulation, end: Micros): void => {
    for (const fault of faults) running.inject(fault);
    running.to(end);
  };

/** From the death of a redundant stage on, at a random moment: the longest time without shipping, µs. */
function stall(params: ReturnType<typeof randomPlant>, seed: number, leaderDies: boolean) {
  const plant = plantOf(factory.parse(params));
  const dice = new Streams(seed, 0, 1);
  const redundant = plant.stages.filter(({ id, kind }) =>
    plant.stages.some((other) => other.kind === kind && other.id !== id),
  );
  const { name } = redundant[Math.floor(dice.uniform(0) * redundant.length)]!;
  const at = seconds(30 + 60 * dice.uniform(0));
  const victims = leaderDies ? [name, "@leader"] : [name];
  const faults = victims.map((process): Fault => ({ kind: "crash", process, at }));
  const bound = stallBound(plant, leaderDies);
  let [last, longest] = [at as number, 0];
  const end = at + 1.2 * bound;
  const shipped = (time: number): void => {
    if (time <= at) return;
    longest = Math.max(longest, time - last);
    last = time;
  };
  observe(
    params,
    end / HOUR,
    ({ name: noted, at: hours }) => noted === "ships" && shipped(hours * HOUR),
    { seed, drive: struck(faults) },
  );
  shipped(end);
  return { longest, bound };
}

test("on random plants no stall is longer than the bound, nor if the leader dies with the stage", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { longest, bound } = stall(randomPlant(seed), seed, seed % 2 === 0);
    expect([seed, longest < bound]).toEqual([seed, true]);
  }
});

test("the bound is the sum of what has to happen", () => {
  const line = plantOf(factory.parse(LINE));
  // Three beats, two more and one; debounce; solving; a second for messages.
  const planned = 6 * 200 + 200 + 4 * 0.3 + 1_000;
  // The lease, two looks at it; two beats; solving.
  const takenOver = 1_550 + 400 + 4 * 0.3 + 1_000;
  expect(replanBound(line) / 1e3).toBeCloseTo(planned, 6);
  expect(replanBound(line, true) / 1e3).toBeCloseTo(takenOver, 6);
  // Two makers' shelves, two users with three from each maker, and the one that is waited for, by one maker; it
  // is made, comes, and is used.
  const way = (2 * 3 + 2 * 2 * 3 + 1) * 400 + 400 + 50 + 300;
  expect(stallBound(line) / 1e3).toBeCloseTo(planned + way, 6);
  const slow = plantOf(factory.parse({ ...LINE, leader: { ...LEADER, heartbeat: "1s" } }));
  expect((stallBound(slow) - stallBound(line)) / 1e3).toBeCloseTo(6 * 800, 6);
});

test("of many types that need each other, each is counted once: not each of the ways to it", () => {
  // There are some thousand million ways from the end of this plant to its start.
  const plant = { types: 40, perType: 1, complexity: "high", seed: 7 };
  const bound = stallBound(plantOf(factory.parse({ leader: LEADER, plant })));
  // A second for each, of the one stage that starts.
  expect(bound).toBeGreaterThan(1e9 * 1e6);
});

test("all have adopted a flow without the dead stage within their bound, and hardly before", () => {
  for (const leaderDies of [false, true]) {
    const bound = replanBound(plantOf(factory.parse(LINE)), leaderDies);
    let longest = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const at = seconds(6 + 0.05 * seed);
      const victims = leaderDies ? ["maker-1", "@leader"] : ["maker-1"];
      const faults = victims.map((process): Fault => ({ kind: "crash", process, at }));
      let adopted = 0;
      const told = ({ name, at: hours, fields }: Told): void => {
        if (name !== "adopts" || hours * HOUR < at || fields.sequence === 0) return;
        adopted = Math.max(adopted, hours * HOUR - at);
      };
      observe(LINE, seconds(14) / HOUR, told, { seed, drive: struck(faults) });
      expect([seed, adopted > 0, adopted < bound]).toEqual([seed, true, true]);
      longest = Math.max(longest, adopted);
    }
    // But for the second that is left to messages.
    expect(longest / (bound - seconds(1))).toBeGreaterThan(0.8);
  }
});

test("a plant that ships no more has stopped, and one that goes on after its faults has not", () => {
  const judged = (system: AnySystem, faults: readonly string[], changes: Json = []) => {
    const params = { ...LINE, changes };
    const settings = { params, duration: seconds(60), faults: faults.map(parseFault) };
    const { judgements } = trial(system, newRun(system, settings));
    return judgements.find(({ check }) => check === "production-resumes")?.result;
  };
  const { complete } = RULES.production;
  const stops = factoryOf("stops", {
    ...RULES,
    production: {
      complete: (desk, job) => (desk.now < seconds(10) ? complete(desk, job) : undefined),
    },
  });
  expect(judged(stops, [])).toBe("fails");
  expect(judged(factory, [])).toBe("holds");
  expect(judged(factory, ["crash maker-1 5s..15s", "crash maker-2 5s..15s"])).toBe("holds");
  // Who never comes back is a fault that does not end.
  expect(judged(factory, ["crash maker-1 5s", "crash maker-2 5s"])).toBe("unknown");
  // A plant that has just been changed, or is closed, need not ship.
  const twice = (at: string) => [{ at, segment: "use", consumes: { part: 2 } }];
  expect(judged(stops, [], twice("9s"))).toBe("fails");
  expect(judged(stops, [], twice("59s"))).toBe("unknown");
  expect(judged(factory, [], twice("9s"))).toBe("holds");
  const shut = ["user-1", "user-2"].map((stage) => ({ at: "10s", stage, do: "close" }));
  expect(judged(factory, [], shut)).toBe(undefined);
  expect(judged(factory, [], [...shut, { at: "20s", stage: "user-1", do: "open" }])).toBe(
    undefined,
  );
  const opened = shut.map(({ stage }) => ({ at: "20s", stage, do: "open" }));
  expect(judged(factory, [], [...shut, ...opened])).toBe("holds");
});
