import { describe, expect, test } from "vitest";
import { STORM_PLANT } from "../../../../examples/wrong/factory/storm-plant.ts";
import { parseFault } from "../../../core/fault-notation.ts";
import type { Json } from "../../../core/json.ts";
import { micros, seconds } from "../../../core/micros.ts";
import { newRun } from "../../../core/new-run.ts";
import type { AnyProcess } from "../../../core/process.ts";
import { drawFaults } from "../../../core/profiles.ts";
import { Streams } from "../../../core/random.ts";
import { wrapped } from "../../../core/system.ts";
import { sim } from "../../../runtimes/sim/simulation.ts";
import { factoryOf } from "../factory.ts";
import type { Stage } from "./desk.ts";
import { SmallMap } from "./small-map.ts";
import { RULES } from "./stage.ts";
import { storedStage } from "./stored-stage.ts";

/** What a stage must not forget. */
const DURABLE = ["counts", "epoch", "out", "next", "in", "memories", "jobs", "broken"] as const;

/** In maps, whatever their order: a store keeps none. */
const durable = (stage: Stage) =>
  Object.fromEntries(
    DURABLE.map((part) => {
      const value = stage[part];
      return [part, value instanceof SmallMap ? new Map<unknown, unknown>(value.entries) : value];
    }),
  );

const RIGHT = factoryOf("right", RULES, STORM_PLANT);
const STAGES = 10;

/** States and stores of all stages at ten moments of a run with losses and crashes. */
function moments(seed: number, compare: (state: Stage, stored: ReadonlyMap<string, Json>) => void) {
  const states = new Map<number, Stage>();
  const spy = (process: AnyProcess): AnyProcess => {
    const kept = (self: number, state: Stage): Stage => {
      states.set(self, state);
      return state;
    };
    return {
      start: (stored, context) => kept(context.self, process.start(stored, context)),
      receive: (state, from, message, context) =>
        kept(context.self, process.receive(state, from, message, context)),
      timeout: (state, timer, context) =>
        kept(context.self, process.timeout(state, timer, context)),
    };
  };
  const system = wrapped(RIGHT, spy);
  const faults = ["crash welder-1 4s..6s", "crash booth-1 7s..8s", "crash saw-1 9s..9500ms"];
  const settings = { seed, profile: "lossy", faults: faults.map(parseFault) } as const;
  const asked = newRun(system, { ...settings, strict: true, duration: seconds(20) });
  const running = sim.start(system, drawFaults(system, asked), null);
  const dice = new Streams(seed, 0, 1);
  const instants = Array.from({ length: 10 }, () => dice.uniform(0) * 20e6);
  for (const instant of instants.sort((a, b) => a - b)) {
    running.to(micros(instant));
    for (let process = 0; process < STAGES; process++) {
      compare(states.get(process)!, running.store.load(process));
    }
  }
  running.stop();
}

describe("a stage as its store tells it", () => {
  test("is what it was when it crashed, in all that it must not forget", () => {
    const seen = new Set<string>();
    for (const seed of [1, 2, 3, 4]) {
      moments(seed, (state, stored) => {
        expect(durable(storedStage(stored))).toEqual(durable(state));
        for (const key of stored.keys()) seen.add(key.split("/")[0]!);
      });
    }
    const keys = ["broken", "counts", "epoch", "from", "in", "job", "lot", "next"];
    expect([...seen].sort()).toEqual(expect.arrayContaining(keys));
  });

  test("does not depend on the order in which its store keeps keys", () => {
    moments(5, (_state, stored) => {
      const [once, again] = [stored, new Map([...stored].reverse())].map(storedStage);
      for (const part of ["out", "in", "jobs"] as const) {
        const keys = (stage: Stage) => stage[part].keys;
        expect(keys(again!)).toEqual(keys(once!));
      }
      expect(durable(again!)).toEqual(durable(once!));
    });
  });

  test("of an empty store is one that has just begun", () => {
    const { counts, epoch, out, flow, requests } = storedStage(new Map());
    expect({ counts, epoch, flow }).toEqual({
      ...{ counts: { lot: 0, job: 0, good: 0 }, epoch: [0, 0], flow: null },
    });
    expect([out.size, requests.size]).toEqual([0, 0]);
  });
});
