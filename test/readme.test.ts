// What the README shows, and the guide to experiments that goes on from it, run as it stands there.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, expect, test } from "vitest";
import { blockNamed } from "./docs-blocks.ts";
import { ROOT, textOf } from "./docs-commands.ts";
import { MAIN } from "./orrery.ts";

// Inside the package, so that `import … from "orrery"` finds it, as in a user's clone.
mkdirSync(join(ROOT, "runs"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "runs/readme-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ring = blockNamed("README.md", "ring.mjs");
writeFileSync(join(folder, "ring.mjs"), ring);
writeFileSync(join(folder, "own.mjs"), blockNamed("README.md", "own.mjs"));

const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });

test("the system of one's own is some 30 lines", () => {
  const code = ring.split("\n").filter((line) => line.trim() !== "");
  expect(code.length).toBeLessThanOrEqual(38);
});

test("the system of one's own runs, is crashed, and goes on", () => {
  const fault = ["--fault", "crash node_2 300ms..800ms", "--strict", "--for", "10s"];
  const out = node(MAIN, "run", "./ring.mjs", ...fault, "--out", "ring", "--json");
  const result = JSON.parse(out) as {
    verdicts: { result: string }[];
    metrics: { processes: { name: string; events: { [kind: string]: number } }[] };
  };
  expect(result.verdicts.every((verdict) => verdict.result === "holds")).toBe(true);
  for (const { events } of result.metrics.processes) expect(events.internal).toBeGreaterThan(100);
  const log = readFileSync(join(folder, "ring/logs/node_2.log"), "utf8");
  const after = log.slice(log.indexOf("recover"));
  expect(after.match(/internal.*token/g)!.length).toBeGreaterThan(100);
});

test("the system of one's own runs as OS processes too, is killed, and goes on", () => {
  const fault = ["--on", "tcp", "--fault", "crash node_2 300ms..800ms", "--for", "4s"];
  const out = node(MAIN, "run", "./ring.mjs", ...fault, "--out", "ring-tcp", "--json");
  const result = JSON.parse(out) as { verdicts: { result: string }[]; runtime: string };
  expect(result.runtime).toBe("tcp");
  expect(result.verdicts.every((verdict) => verdict.result === "holds")).toBe(true);
  const log = readFileSync(join(folder, "ring-tcp/logs/node_2.log"), "utf8");
  expect(log.slice(log.indexOf("recover")).match(/internal.*token/g)!.length).toBeGreaterThan(20);
});

test("the library snippet prints that all checks hold", () => {
  const lines = node("own.mjs").trim().split("\n");
  expect(lines.length).toBeGreaterThanOrEqual(4);
  for (const line of lines) expect(line).toMatch(/^holds /);
});

test("the experiment of the guide runs and is answered, and its results are read", async () => {
  writeFileSync(join(folder, "paper.yaml"), blockNamed("docs/guides/experiments.md", "paper.yaml"));
  const out = node(MAIN, "experiment", "paper.yaml");
  expect(out).toContain(blockNamed("docs/guides/experiments.md", "paper.txt"));
  expect(out).toContain("All checks held in every run.");

  const here = (sql: string): string =>
    sql.replaceAll(/'(runs\/\S+|wide\.csv)'/g, `'${folder}/$1'`);
  const duck = await (await DuckDBInstance.create()).connect();
  const rowsOf = async (sql: string) => (await duck.runAndReadAll(here(sql))).getRowsJson();
  const cells = await rowsOf(blockNamed("docs/guides/results.md", "mean.sql"));
  expect(cells).toHaveLength(2);
  for (const [cell, mean, [low, high]] of cells as [string, number, [number, number]][]) {
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
    const csv = readFileSync(join(folder, "runs/paper/summary.csv"), "utf8");
    const [, own] = new RegExp(`^"?${cell}"?,drift_mean,100,[^,]*,[^,]*,([^,]*)`, "m").exec(csv)!;
    expect(Number(own)).toBeCloseTo(mean, 9);
  }
  await duck.run(here(blockNamed("docs/guides/results.md", "wide.sql")));
  const wide =
    "SELECT count(*)::INTEGER, avg(drift_mean) FROM 'wide.csv' GROUP BY cell ORDER BY cell";
  expect(await rowsOf(wide)).toEqual(
    cells.map(([, mean]) => [100, expect.closeTo(mean as number)]),
  );

  // One of its runs, as the guide repeats it.
  const [, repeat = ""] = /`npx orrery (run clocks [^`]*)`/.exec(textOf("docs/guides/results.md"))!;
  const again = JSON.parse(node(MAIN, ...repeat.split(" "), "--json")) as {
    readonly metrics: { readonly processes: readonly { readonly inbox: { final: number } }[] };
  };
  const row = "FROM 'runs/paper/results.parquet' WHERE cell LIKE 'few%' AND seed = 17";
  expect(await rowsOf(`SELECT value ${row} AND metric = 'machine_3.inbox_final'`)).toEqual([
    [again.metrics.processes[2]!.inbox.final],
  ]);

  const [, kinds = ""] = /duckdb -c "([^"]*)"/.exec(textOf("docs/reference/trace.md"))!;
  const counts = new Map((await rowsOf(kinds)) as [string, string][]);
  const waiting = again.metrics.processes.reduce((sum, { inbox }) => sum + inbox.final, 0);
  expect(Number(counts.get("arrive")) - Number(counts.get("receive"))).toBe(waiting);
});
