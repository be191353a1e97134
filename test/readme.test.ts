// What the README shows, run as it stands there.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readMachines } from "../src/runtimes/tcp/machines.ts";

const ROOT = join(import.meta.dirname, "..");
const MAIN = join(ROOT, "dist/cli/main.js");
// Inside the package, so that `import … from "orrery"` finds it, as in a user's clone.
mkdirSync(join(ROOT, "runs"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "runs/readme-"));
afterAll(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const snippets = [...readme.matchAll(/<!-- test: (\S+) -->\n```js\n([\s\S]*?)```/g)];
for (const [, name, code] of snippets) writeFileSync(join(folder, name!), code!);

const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });

test("the README has its two snippets, and the system is some 30 lines", () => {
  expect(snippets.map(([, name]) => name)).toEqual(["ring.mjs", "own.mjs"]);
  const code = snippets[0]![2]!.split("\n").filter((line) => line.trim() !== "");
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

test("the machines of the guide, and those that ship, are what a machine takes", () => {
  const guide = readFileSync(join(ROOT, "docs/guides/machines.md"), "utf8");
  const [, json] = /<!-- test: machines.json -->\n```json\n([\s\S]*?)```/.exec(guide)!;
  writeFileSync(join(folder, "machines.json"), json!);
  const shipped = join(ROOT, "experiments/machines/three.json");
  for (const path of [join(folder, "machines.json"), shipped]) {
    expect(Object.keys(readMachines(path).machines)).toHaveLength(3);
  }
});

test("the library snippet prints that all checks hold", () => {
  const lines = node("own.mjs").trim().split("\n");
  expect(lines.length).toBeGreaterThanOrEqual(4);
  for (const line of lines) expect(line).toMatch(/^holds /);
});

test("the experiment of the guide runs and is answered", () => {
  const guide = readFileSync(join(ROOT, "docs/guides/experiments.md"), "utf8");
  const [, yaml] = /<!-- test: paper.yaml -->\n```yaml\n([\s\S]*?)```/.exec(guide)!;
  writeFileSync(join(folder, "paper.yaml"), yaml!);
  const out = node(MAIN, "experiment", "paper.yaml", "--out", "paper");
  expect(out).toMatch(
    /machine_3\.inbox_growth is larger in few internal events than in many internal events/,
  );
  expect(out).toContain("All checks held in every run.");
});
