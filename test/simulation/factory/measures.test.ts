// What is measured of a factory from its trace agrees with what its stores say, and with laws that know nothing of
// either.
import { describe, expect, test } from "vitest";
import { micros, seconds } from "../../../src/core/micros.ts";
import { newRun } from "../../../src/core/new-run.ts";
import { sim } from "../../../src/runtimes/sim/simulation.ts";
import { auditStores } from "../../../src/systems/factory/books/auditor.ts";
import { totalsOf } from "../../../src/systems/factory/books/totals.ts";
import { factory } from "../../../src/systems/factory/factory.ts";
import type { FactoryParams } from "../../../src/systems/factory/file/definition.ts";
import { type Fields, Material } from "../../../src/systems/factory/measured/material.ts";
import { FactoryMeasurer, STATES } from "../../../src/systems/factory/measured/measures.ts";
import { FACTORY_METRICS, factoryMetrics } from "../../../src/systems/factory/measured/metrics.ts";
import { gapTable, predictFactory } from "../../../src/systems/factory/measured/prediction.ts";
import { SeedTable } from "../../../src/systems/factory/measured/seed-table.ts";
import type { OutLot } from "../../../src/systems/factory/messages.ts";
import { ready } from "../../../src/systems/factory/planning/solver.ts";
import { plantOf } from "../../../src/systems/factory/plant.ts";
import { TraceWriter } from "../../../src/trace/writer.ts";
import { faults, notesOf, type Ran, RIGHT, ran, SHOP } from "./books.ts";
import { example, HOUR, overSeeds } from "./physics.ts";
import { LINE, planned } from "./planned.ts";

await ready();

const LED = {
  plant: { types: 6, perType: 3, complexity: "high", seed: 7 },
  leader: { candidates: 3 },
  policies: { resend: "500ms" },
};

/** A led plant of which somebody is killed ten times a minute. */
const killed = (seed: number): Ran =>
  ran(factory, {
    params: LED,
    seed,
    duration: seconds(240),
    profile: "kills 10/min back 10/min",
  });

describe("material that is followed by notes is where the stores say", () => {
  test.each(overSeeds(12, (seed) => seed))("in a storm without lost stores, seed %d", (seed) => {
    const run = ran(RIGHT, { seed, profile: "crashy" });
    const material = new Material();
    for (const { kind, detail, process, timeMicros } of run.trace) {
      if (kind !== "internal" || detail === undefined) continue;
      const { name, fields } = detail as unknown as { name: string; fields: Fields };
      material.hear(process, name, fields, timeMicros);
    }
    const stores = run.plant.stages.map(({ name }) => run.stores.get(name)!);
    const totals = [...totalsOf(auditStores(run.plant, stores).ledger).values()];
    const sum = (of: (total: (typeof totals)[number]) => number): number =>
      totals.reduce((all, one) => all + of(one), 0);
    const { units } = material;
    expect(notesOf(run, "makes").length).toBeGreaterThan(10);
    expect(units.reserved).toBe(sum(({ reserved }) => reserved));
    expect(units.shelf + units["under way"] + units.queue).toBe(
      sum(({ usable, underway }) => usable + underway),
    );
  });
});

describe("the metrics of a run", () => {
  const run = killed(1);
  const measures = run.trace.observe(new FactoryMeasurer(run.trace.run));
  const metrics = factoryMetrics(run.plant, measures);

  test("are all that are promised, and finite", () => {
    expect(Object.keys(metrics)).toEqual(Object.keys(FACTORY_METRICS));
    for (const [name, value] of Object.entries(metrics)) {
      expect([name, Number.isFinite(value)]).toEqual([name, true]);
    }
  });

  test("give each stage a state at any instant", () => {
    for (const { time } of measures.stages) {
      const all = STATES.reduce((sum, state) => sum + (time[state] ?? 0), 0);
      expect(all).toBe(measures.span);
    }
  });

  test("time recoveries in the order in which they come", () => {
    const planned = measures.recoveries.filter((each) => each.planned !== undefined);
    expect(planned.length).toBeGreaterThan(0);
    for (const { detected = 0, planned: at, adopted, substitute } of planned) {
      expect(detected).toBeGreaterThan(0);
      expect(at).toBeGreaterThanOrEqual(detected);
      if (adopted !== undefined) expect(adopted).toBeGreaterThan(at!);
      if (substitute !== undefined) expect(substitute).toBeGreaterThan(at!);
    }
  });
});

test("Little's law holds for each example within 2 %, once lots have gone all the way", () => {
  // Hours, and of those the first that are not measured: lots of windows and doors take three days.
  const spans = { bicycle: [100, 10], "window-door": [200, 50], "controller-board": [50, 5] };
  for (const [name, [hours, warm]] of Object.entries(spans)) {
    const duration = micros(hours! * HOUR);
    const run = newRun(factory, { params: example(name), duration });
    const measurer = new FactoryMeasurer(run, warm! * HOUR);
    const running = sim.start(factory, run, new TraceWriter((batch) => measurer.see(batch)));
    running.store.keepsLogs = false;
    running.to(duration);
    running.stop();
    const measures = measurer.end();
    const { little_percent } = factoryMetrics(plantOf(run.params as FactoryParams), measures);
    expect([name, little_percent! < 2]).toEqual([name, true]);
  }
});

describe("what a run is held against", () => {
  /** Makers allow five a second, users more. */
  const metricsOf = (...said: string[]) => {
    const run = ran(planned(LINE), { duration: seconds(100), faults: faults(...said) });
    return factoryMetrics(run.plant, run.trace.observe(new FactoryMeasurer(run.trace.run)));
  };

  test("is what those that are there could make", () => {
    // Half of it for a quarter of the first eighty seconds; then none for an eighth.
    const some = metricsOf("crash maker-1 20s..40s", "power user-1,user-2 50s..60s");
    expect(some.alive_percent).toBeCloseTo(100 - 50 / 4 - 100 / 8, 6);
    expect(some.followed_percent).toBeGreaterThan(90);
    expect(some.followed_percent).toBeLessThan(101);
    expect(Math.abs(some.back_percent! - 100)).toBeLessThan(3);
    expect(some.disorder_per_minute).toBeCloseTo(
      3 * some.alive_percent! * (some.followed_percent! / 100),
      6,
    );
  });

  test("shows who does not come back", () => {
    const { alive_percent, back_percent } = metricsOf("crash maker-1 20s");
    expect(alive_percent).toBeCloseTo(100 - (50 * 60) / 80, 6);
    expect(Math.abs(back_percent! - 50)).toBeLessThan(3);
  });

  test("tells a false death from a true one", () => {
    expect(metricsOf("crash maker-1 20s..40s").false_deaths).toBe(0);
    expect(metricsOf("crash maker-1 20s..40s").detection).toBeGreaterThan(0);
    expect(metricsOf("partition maker-1|* 20s..40s").false_deaths).toBe(1);
  });
});

describe("the table of the original", () => {
  test("has its 42 metrics, each over all nodes, and nothing is missing whoever is killed", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { trace } = killed(seed);
      const table = trace.observe(new SeedTable(trace.run));
      const rows = new Map(table.rows.map(([name, ...rest]) => [String(name), rest]));
      const [conservation] = [...rows].filter(([name]) => name.startsWith("conservation"));
      expect(rows.size).toBe(43);
      expect(conservation![1].slice(1)).toEqual([0, 0, 0, 0, 0, 0]);
      const mean = (name: string): number => rows.get(name)![3] as number;
      expect(mean("batches_produced_total")).toBeGreaterThan(0);
      expect(mean("total_manufacture_cycles")).toBeCloseTo(
        mean("successful_manufacture_cycles") + mean("skipped_manufacture_cycles"),
        2,
      );
      expect(mean("batches_requested")).toBe(mean("BatchRequest_sent"));
    }
  });

  test("shows a lot that its maker's store has lost", () => {
    const lost = ran(RIGHT, { faults: faults("wipe saw-1 5s..6s") });
    const table = lost.trace.observe(new SeedTable(lost.trace.run));
    const [, , , most] = table.rows.find(([name]) => String(name).startsWith("conservation"))!;
    expect(most).toBeGreaterThan(0);
  });

  test("counts no lot on the shelf of a store that is lost", () => {
    const lost = ran(factory, { params: SHOP, faults: faults("wipe kettle-1 5s..19.9s") });
    const table = lost.trace.observe(new SeedTable(lost.trace.run));
    const [, nodes, , , mean] = table.rows.find(([name]) => name === "outbound_material_buildup")!;
    const shelves = lost.plant.stages.flatMap(({ name }) =>
      [...lost.stores.get(name)!.keyed].filter(
        ([key, lot]) => key.startsWith("lot/") && (lot as OutLot).state === "available",
      ),
    );
    expect((mean as number) * (nodes as number)).toBeCloseTo(shelves.length, 2);
  });
});

test("the gap to the plan adds up: from the nominal plan to what left", () => {
  const params = { ...example("bicycle"), timeScale: 600 } as unknown as FactoryParams;
  const run = ran(factory, { params, duration: seconds(300) });
  const measures = run.trace.observe(new FactoryMeasurer(run.trace.run));
  const prediction = predictFactory(run.plant)!;
  const metrics = factoryMetrics(run.plant, measures);
  const rows = gapTable(run.plant, prediction, measures)!.rows;
  const worth = rows.map(([, , units]) => Number(units));
  const [nominal, ...rest] = worth;
  const [made, derated] = rest.slice(-2);
  const sum = rest.slice(0, -2).reduce((all, each) => all + each, nominal!);
  expect(sum).toBeCloseTo(made!, 1);
  expect(nominal).toBeCloseTo(14.4045, 2);
  expect(derated).toBeCloseTo(14.122, 2);
  // By its time alone: all that was not worth a job.
  const lost = ["down", "starved", "blocked", "cut"].map((why) => metrics[`limit_${why}_percent`]!);
  const productive = Number(rows.at(-2)![1]);
  expect(lost.reduce((all, each) => all + each, productive)).toBeCloseTo(100, 0);
});
