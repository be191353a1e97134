// The experiments on factories that ship: read as their user's are, valid by the published schema, and run for a while.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import work from "../src/cli/experiment/worker.ts";
import { findSystem } from "../src/cli/find-system.ts";
import type { Row } from "../src/core/experiment.ts";
import { micros, seconds } from "../src/core/micros.ts";
import { readExperiment } from "../src/experiments/experiment-file.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, "experiments/factory");
const textOf = (name: string): string => readFileSync(join(FOLDER, name), "utf8");
const EXPERIMENTS = readdirSync(FOLDER).filter((name) => textOf(name).includes("\nquestion:"));

/** Long enough for a leader to plan, and for kills. */
const WHILE = seconds(12);
/** A plant of 58 stages beside other tests. */
const PATIENCE = 240_000;

describe.each(EXPERIMENTS)("%s", (name) => {
  const read = () => readExperiment(relative(process.cwd(), join(FOLDER, name)), findSystem);

  test("is valid by the published schema, and asks one question", () => {
    const schema = JSON.parse(
      readFileSync(join(ROOT, "schemas/experiment.json"), "utf8"),
    ) as object;
    const valid = new Ajv2020({ strict: false }).compile(schema);
    const value = parse(textOf(name)) as { readonly question: string };
    expect(valid(value), JSON.stringify(valid.errors)).toBe(true);
    expect(value.question).toMatch(/^[^?.]+\?$/);
  });

  test("counts what comes after its warm-up, and kills before calm", async () => {
    const { cells, warmUp } = await read();
    for (const { run } of cells) {
      expect(warmUp).toBeLessThan(run.duration / 2 + 1);
      for (const { at } of run.faults) expect(at).toBeLessThan(0.8 * run.duration);
    }
  });

  const runsBriefly = async (): Promise<void> => {
    const { cells, show, system } = await read();
    for (const [cell, { run, name: called }] of cells.entries()) {
      const faults = run.faults.filter(({ at }) => at < WHILE);
      const short = { ...run, faults, duration: WHILE };
      const job = { system, cell, run: short, warmUp: micros(0), seeds: [run.seed] };
      const { metrics, failed, error } = JSON.parse(await work(job)) as Row;
      expect([called, error, failed]).toEqual([called, undefined, []]);
      expect(Object.keys(metrics)).toEqual(expect.arrayContaining([...show]));
    }
  };
  test("measures what it shows, and all checks hold, in each cell", runsBriefly, PATIENCE);
});
