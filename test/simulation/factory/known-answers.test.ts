// Physics of which the answers are known: a simulator that gets these wrong is not to be believed in others.
import { describe, expect, test } from "vitest";
import { micros } from "../../../src/core/micros.ts";
import type { Simulation } from "../../../src/runtimes/sim/simulation.ts";
import { parseFactory } from "../../../src/systems/factory/file/params.ts";
import {
  type JobRecord,
  KEY,
  LOG,
  lotId,
  partsOfLot,
  tagOf,
} from "../../../src/systems/factory/messages.ts";
import { plantOf } from "../../../src/systems/factory/plant.ts";
import { units } from "../../../src/systems/factory/quantity.ts";
import {
  complaint,
  example,
  HOUR,
  Level,
  observe,
  overSeeds,
  type Told,
  unfailing,
} from "./physics.ts";

// Nothing is lost here, so nothing need be said again soon.
const policies = { resend: "10min" };

/** Matloff's MachRep1 to 3: two machines, up for an hour and mended in half an hour, both exponential. */
describe("machine repair", () => {
  const HOURS = 1_000;
  const SEEDS = 20;

  type Repaired = { readonly up: number; readonly foundFree: number };

  function repaired(crew: { readonly callAt: number } | undefined, seed: number): Repaired {
    const machine = { segment: "work", count: 2, mtbf: "1h", mttr: "30min" };
    const params = {
      items: { part: {} },
      segments: { work: { produces: { part: 1 }, cycle: "100h" } },
      equipment: { machine: { ...machine, ...(crew && { crew: "fitters" }) } },
      ...(crew && { crews: { fitters: { count: 1, ...crew } } }),
      policies,
    };
    const down = new Set<string>();
    const level = new Level();
    let [breakdowns, alone] = [0, 0];
    observe(
      params,
      HOURS,
      ({ at, who, name }) => {
        if (name === "breaks down") {
          breakdowns++;
          if (down.size === 0) alone++;
          down.add(who);
          level.change(at, 1);
        } else if (name === "is mended") {
          down.delete(who);
          level.change(at, -1);
        }
      },
      { seed },
    );
    return { up: 1 - level.mean(HOURS) / 2, foundFree: alone / breakdowns };
  }

  const sampleOf = (crew: { readonly callAt: number } | undefined, what: keyof Repaired) =>
    overSeeds(SEEDS, (seed) => repaired(crew, seed)[what]);

  test("with somebody each, machines are up two thirds of the time", () => {
    expect(complaint(sampleOf(undefined, "up"), 2 / 3)).toBeUndefined();
  });

  // States are how many are down: 0.4, 0.4, 0.2.
  test("with one for both, they are up 0.6 of it, and he is free for two breakdowns in three", () => {
    expect(complaint(sampleOf({ callAt: 1 }, "up"), 0.6)).toBeUndefined();
    expect(complaint(sampleOf({ callAt: 1 }, "foundFree"), 2 / 3)).toBeUndefined();
  });

  // None down, one and not called, both, one being mended: as 2 : 4 : 3 : 2, so up (4 + 4 + 2) / 22.
  test("with one who comes when both are down, 5/11 of it", () => {
    expect(complaint(sampleOf({ callAt: 2 }, "up"), 5 / 11)).toBeUndefined();
  });
});

/** Source: Hopp, Spearman, Factory Physics, the best case of a line with constant work in process. */
describe("a balanced line of five stations, ten minutes each", () => {
  const N = 5;
  const T = 1 / 6;
  const [WARM_UP, HOURS] = [20, 120];

  /** Jobs are released into the first queue in no time. */
  function line(wip: number): { readonly throughput: number; readonly flowTime: number } {
    const stations = Array.from({ length: N + 1 }, (_, index) => `s${index}`);
    const each = <Made>(make: (name: string, index: number) => Made) =>
      Object.fromEntries(stations.map((name, index) => [name, make(name, index)]));
    const params = {
      items: each(() => ({})),
      segments: each((name, index) => ({
        produces: { [name]: 1 },
        consumes: index === 0 ? {} : { [stations[index - 1]!]: 1 },
        cycle: index === 0 ? "10ms" : "10min",
      })),
      equipment: each((name) => ({ segment: name, buffer: { in: 100, out: 100 } })),
      policies: { ...policies, wip },
    };
    const released: number[] = [];
    let [count, time] = [0, 0];
    observe(params, HOURS, ({ at, who, name }) => {
      if (who === "s0-1" && name === "begins") released.push(at);
      if (name !== "ships") return;
      const since = released.shift()!;
      if (at < WARM_UP) return;
      count++;
      time += at - since;
    });
    return { throughput: count / (HOURS - WARM_UP), flowTime: time / count };
  }

  test.each([1, N - 1, N, 2 * N, 4 * N])("with %i jobs", (wip) => {
    const { throughput, flowTime } = line(wip);
    expect(throughput / Math.min(wip / (N * T), 1 / T)).toBeCloseTo(1, 2);
    expect(flowTime / Math.max(N * T, wip * T)).toBeCloseTo(1, 2);
  });
});

/** Lots on the shelf of the source are the queue: credit limits what is fetched. */
describe("one exponential stage after an exponential source", () => {
  const [WARM_UP, HOURS] = [50, 500];

  function inSystem(load: number, seed: number): number {
    const exponential = (minutes: number) => ({ dist: "exponential", mean: `${minutes}min` });
    const params = {
      items: { job: {}, done: {} },
      segments: {
        arrive: { produces: { job: 1 }, cycle: exponential(3 / load) },
        serve: { produces: { done: 1 }, consumes: { job: 1 }, cycle: exponential(3) },
      },
      equipment: {
        source: { segment: "arrive", buffer: { out: 1e6 } },
        server: { segment: "serve" },
      },
      policies,
    };
    const level = new Level(WARM_UP);
    const change = ({ at, name }: Told): void => {
      if (name === "makes") level.change(at, 1);
      if (name === "ships") level.change(at, -1);
    };
    observe(params, HOURS, change, { seed });
    return level.mean(HOURS);
  }

  test.each([0.5, 0.8])("at a load of %d has ρ / (1 − ρ) jobs in it", (load) => {
    const sample = overSeeds(16, (seed) => inSystem(load, seed));
    expect(complaint(sample, load / (1 - load))).toBeUndefined();
  });
});

/** Lots of an item: how many are present on average, how many went, and for how long those had been, hours. */
type Flow = { present: number; gone: number; stay: number };

/** L = λW. Source: Little 1961. */
describe("the law of Little", () => {
  const [WARM_UP, HOURS] = [20, 420];
  const SPAN = HOURS - WARM_UP;
  /** Looks at the stores, spread evenly and in step with nothing. */
  const LOOKS = 4_000;
  const GOLDEN = (Math.sqrt(5) - 1) / 2;

  const params = example("bicycle");
  const { stages } = plantOf(parseFactory(params));
  const itemOf = new Map(stages.map(({ name, item }) => [name, item]));

  /** The item of each lot on any books, each lot once. */
  function lotsNow({ store }: Simulation): readonly string[] {
    const lots = new Set<string>();
    for (const { id, name } of stages) {
      for (const key of store.load(id).keys()) {
        if (key.startsWith(KEY.in)) lots.add(key.slice(KEY.in.length));
        else if (key.startsWith(KEY.lot))
          lots.add(lotId(name, tagOf(store.idOf(id)), Number(key.slice(KEY.lot.length))));
      }
    }
    return [...lots].map((lot) => itemOf.get(partsOfLot(lot)!.maker)!);
  }

  /** Each lot's life by history: from the job that made it to the one that used the last of it. */
  function lives({ store }: Simulation, ended: (item: string, from: number, to: number) => void) {
    const made = new Map<string, JobRecord>();
    const jobs = stages.flatMap(({ id, name }) =>
      (store.log(id, LOG.jobs) as unknown as JobRecord[]).map((job) => {
        if (job.lot !== null) made.set(lotId(name, tagOf(store.idOf(id)), job.lot), job);
        return job;
      }),
    );
    const left = new Map([...made].map(([lot, { amount }]) => [lot, amount as number]));
    for (const { inputs, to } of jobs.sort((a, b) => a.to - b.to)) {
      for (const [lot, amount] of inputs) {
        left.set(lot, left.get(lot)! - amount);
        const { item, to: from } = made.get(lot)!;
        if (left.get(lot) === 0) ended(item, from / HOUR, to / HOUR);
      }
    }
  }

  test("holds for every item of a factory whose stages break down", () => {
    const flows = new Map<string, Flow>();
    for (const { item, final } of stages) {
      if (!final) flows.set(item, { present: 0, gone: 0, stay: 0 });
    }
    const drive = (running: Simulation): void => {
      for (let look = 0; look < LOOKS; look++) {
        const at = WARM_UP + (SPAN * (look + ((look * GOLDEN) % 1))) / LOOKS;
        running.to(micros(at * HOUR));
        for (const item of lotsNow(running)) flows.get(item)!.present += 1 / LOOKS;
      }
      running.to(micros(HOURS * HOUR));
    };
    const running = observe(params, HOURS, () => {}, { keepsLogs: true, drive });
    lives(running, (item, from, to) => {
      if (to < WARM_UP) return;
      const flow = flows.get(item)!;
      flow.gone++;
      flow.stay += to - from;
    });
    expect(flows.size).toBe(9);
    for (const [item, { present, gone, stay }] of flows) {
      const [rate, mean] = [gone / SPAN, stay / gone];
      expect(Math.abs(present / (rate * mean) - 1), item).toBeLessThan(0.02);
    }
  });
});

/** As a plan and a file mean it: good units an hour, whatever a start gives and however many starts are good. */
describe("a stage that could make more makes what is demanded", () => {
  const HOURS = 20;
  const DEMAND = 60;

  const shipped = (segment: object, lot: number): number => {
    const params = {
      items: { bolt: { lot } },
      segments: { press: { cycle: "10s", ...segment } },
      equipment: { press: { segment: "press" } },
      demand: { bolt: `${DEMAND}/h` },
      policies,
    };
    let amount = 0;
    observe(params as Parameters<typeof observe>[0], HOURS, ({ name, fields }) => {
      if (name === "ships") amount += units(fields.amount as number);
    });
    return amount;
  };

  test.each([
    ["one at a start", { produces: { bolt: 1 } }, 1],
    ["four at a start", { produces: { bolt: 4 } }, 4],
    ["lots of ten, of which half is good", { produces: { bolt: 1 }, yield: 0.5 }, 10],
    ["one at a start, of which half is good", { produces: { bolt: 1 }, yield: 0.5 }, 1],
  ])("%s", (_, segment, lot) => {
    expect(Math.abs(shipped(segment, lot) - HOURS * DEMAND)).toBeLessThanOrEqual(2 * lot);
  });
});

/** What a plan says of the factories that ship, by linear programming. */
describe("a factory in which nothing breaks down makes what its bottleneck allows", () => {
  const [WARM_UP, HOURS] = [20, 200];
  /** The third makes 100 000 lots. */
  const PATIENCE = 240_000;

  const makes = (name: string, optimum: number): void => {
    let shipped = 0;
    observe(unfailing(example(name)), WARM_UP + HOURS, ({ at, name, fields }) => {
      if (name === "ships" && at >= WARM_UP) shipped += fields.good as number;
    });
    expect(Math.abs(shipped / HOURS / optimum - 1)).toBeLessThan(0.02);
  };

  test.each([
    ["bicycle", 14.4045],
    ["window-door", 15.84],
    ["controller-board", 131.6385],
  ])("%s: %d an hour", makes, PATIENCE);
});
