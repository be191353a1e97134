// CSV and Parquet, opened by DuckDB: both have what the trace has, and what is cut off is refused.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import abdRegister from "../../examples/abd-register.ts";
import { seconds } from "../../src/core/micros.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { csv } from "../../src/formats/csv.ts";
import { type Choice, isChosen, isWithin, WHOLE } from "../../src/formats/format.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { traceFile } from "../../src/trace/file.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { RIGHT } from "../simulation/factory/books.ts";
import { exported } from "./exported.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-columns-"));
afterAll(() => rmSync(folder, { recursive: true }));

const duck = DuckDBInstance.create().then((instance) => instance.connect());
const asked = async (query: string) => (await (await duck).runAndReadAll(query)).getRowsJson();

/** What is compared of each file: how many rows, sums, and a text that needs quoting. */
const SUMS = `count(*)::INTEGER, sum(sequence)::VARCHAR, sum(time_micros)::VARCHAR, sum(lamport)::INTEGER,
  sum(inbox)::INTEGER, sum(peer)::VARCHAR, sum(message)::VARCHAR, sum(length(detail))::INTEGER`;

function sumsOf(trace: Trace, choice: Choice): readonly (number | string | null)[] {
  const chosen = [...trace].filter((event) => isWithin(choice, event.timeMicros, event.process));
  const sum = (of: (event: (typeof chosen)[number]) => number | undefined): number | null => {
    const known = chosen.map(of).filter((each) => each !== undefined);
    return known.length === 0 ? null : known.reduce((all, each) => all + each, 0);
  };
  const text = (value: number | null): string | null => (value === null ? null : String(value));
  return [
    chosen.length,
    text(sum(({ sequence }) => sequence)),
    text(sum(({ timeMicros }) => timeMicros)),
    sum(({ lamport }) => lamport),
    sum(({ inbox }) => inbox),
    text(sum(({ peer }) => peer)),
    text(sum(({ message }) => message?.number)),
    sum(({ detail }) => (detail === undefined ? undefined : JSON.stringify(detail).length)),
  ];
}

function write(name: string, trace: Trace, choice: Choice = WHOLE): void {
  const { run, names } = trace;
  writeFileSync(join(folder, `${name}.csv`), exported(csv, trace, choice).text);
  const header = { runtime: "sim", run, names, rates: names.map(() => 0) } as const;
  const path = join(folder, `${name}.parquet`);
  trace.observe(traceFile(path, header, (time, process) => isChosen(choice, time, process)));
}

const table = (files: string): string =>
  files.endsWith("csv")
    ? `read_csv('${join(folder, files)}', filename = true, all_varchar = false, sample_size = -1)`
    : `read_parquet('${join(folder, files)}', filename = true)`;

describe.each([
  ["clocks", clocks],
  ["factory", RIGHT],
  ["abd-register", abdRegister],
] as readonly (readonly [string, AnySystem])[])("100 seeds of %s", (name, system) => {
  const expected: (readonly (number | string | null)[])[] = [];
  beforeAll(() => {
    for (let seed = 100; seed < 200; seed++) {
      const trace = simulate(system, { seed, profile: "storm", duration: seconds(1) });
      // Every third one in part.
      const part = { ...WHOLE, from: 200_000, to: 700_000, processes: new Set([0, 2]) };
      const choice = seed % 3 === 0 ? part : WHOLE;
      write(`${name}-${seed}`, trace, choice);
      expected.push(sumsOf(trace, choice));
    }
  });

  test.each(["csv", "parquet"])("DuckDB finds in %s what the traces have", async (extension) => {
    const query = `SELECT ${SUMS} FROM ${table(`${name}-*.${extension}`)} GROUP BY filename ORDER BY filename`;
    expect(await asked(query)).toEqual(expected);
  });
});

test("a file that is cut off is refused", async () => {
  const trace = simulate(RIGHT, { seed: 1, duration: seconds(2) });
  write("cut", trace);
  truncateSync(join(folder, "cut.parquet"), 3_000);
  await expect(asked(`SELECT ${SUMS} FROM ${table("cut.parquet")}`)).rejects.toThrow(/parquet/i);
  const { text } = exported(csv, trace);
  writeFileSync(join(folder, "cut.csv"), text.slice(0, text.lastIndexOf('"')));
  await expect(asked(`SELECT ${SUMS} FROM ${table("cut.csv")}`)).rejects.toThrow();
});
