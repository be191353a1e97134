// What docs/seeds.md and the help of verbs say to try is tried, as far as it ends soon in virtual time.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { blockNamed } from "./docs-blocks.ts";
import { examplesOf, ours, quotedIn, ROOT, textOf, verbs } from "./docs-commands.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-"));
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(join(folder, "my-system.mjs"), blockNamed("README.md", "ring.mjs"));
for (const shared of ["examples", "experiments"])
  symlinkSync(join(ROOT, shared), join(folder, shared));

/** Takes longer, needs a network or a person, or is run by another test. */
const NOT_HERE =
  /^(experiment|machine|collect|worker|view|maelstrom|node|agree|new|clean|completion)\b|--on (tcp|nats)|--nats|--post|--keep-going|factory-storm|causal-broadcast/;

/** Exit statuses that are the answer: a wrong rule is caught; a short run has no calm to judge by. */
const ENDS: readonly (readonly [RegExp, number])[] = [
  [/send-before-increment|examples\/wrong/, 1],
  [/engineeringChanges/, 2],
];

/** A hunt, and what it asks of a failure, show as much with few seeds. */
const shortened = (line: string): string => {
  if (/^orrery check /.test(line)) return `${line.replace(/ --seeds \d+/, "")} --seeds 3 --jobs 1`;
  return /^orrery why /.test(line) ? `${line} --seeds 10 --moments 3 --jobs 1` : line;
};

/** Runs command lines, one after the other in one process, and says how each ended. */
const MANY = `
  import { readFileSync, writeFileSync } from "node:fs";
  const { program } = await import(process.argv[1]);
  const { complain } = await import(process.argv[2]);
  const ended = [];
  for (const words of JSON.parse(readFileSync("commands.json", "utf8"))) {
    let status = 0;
    try {
      await program((code) => { status = code; }).parseAsync(words, { from: "user" });
    } catch (cause) {
      status = complain(cause);
    }
    ended.push(status);
  }
  writeFileSync("ended.json", JSON.stringify(ended));
`;

function ends(lines: readonly string[]): number[] {
  writeFileSync(join(folder, "commands.json"), JSON.stringify(lines.map((line) => ours(line)!)));
  const dist = (name: string): string => new URL(`../dist/cli/${name}`, import.meta.url).href;
  const args = ["--input-type=module", "-e", MANY, dist("program.js"), dist("print.js")];
  const { stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(stderr).not.toMatch(/Error/);
  return JSON.parse(readFileSync(join(folder, "ended.json"), "utf8")) as number[];
}

test("what can be tried in virtual time ends as it should", () => {
  const said = [
    ...verbs().flatMap(([, command]) => examplesOf(command)),
    ...quotedIn(textOf("docs/seeds.md")),
  ];
  const lines = [...new Set(said.map((line) => shortened(line.replace(/^npx /, ""))))].filter(
    (line) => !NOT_HERE.test(ours(line)!.join(" ")),
  );
  // Looks at kept runs come after the runs.
  const order = [/^orrery factory generate/, /^orrery (run|check|experiment)/, /^/];
  const rank = (line: string): number => order.findIndex((each) => each.test(line));
  const last = (line: string): number => (/bicycle.yaml|^orrery run clocks$/.test(line) ? 1 : 0);
  lines.sort((a, b) => rank(a) - rank(b) || last(a) - last(b));
  expect(lines.length).toBeGreaterThan(35);
  const expected = lines.map((line) => [line, ENDS.find(([which]) => which.test(line))?.[1] ?? 0]);
  const statuses = ends(lines);
  expect(lines.map((line, index) => [line, statuses[index]])).toEqual(expected);
}, 180_000);

test("the tallies of docs/seeds.md are those of docs/findings.md", () => {
  const seeds = textOf("docs/seeds.md");
  const findings = textOf("docs/findings.md");
  const verdicts = /\*\*(confirmed|refuted|depends|confounded)\*\*/g;
  let all = 0;
  for (const section of findings.split(/^## Seed /m).slice(1)) {
    const counts = new Map<string, number>();
    const rows = section.split("\n").filter((line) => line.startsWith("|"));
    for (const [, verdict] of rows.join("\n").matchAll(verdicts)) {
      counts.set(verdict!, (counts.get(verdict!) ?? 0) + 1);
    }
    const number = section.slice(0, 3);
    const told = seeds.split(/^## Seed /m).find((each) => each.startsWith(number))!;
    for (const [verdict, count] of counts) {
      const word = verdict === "depends" ? "depends?" : verdict;
      expect(told).toMatch(new RegExp(`${count} ${word}\\b`));
      all += count;
    }
  }
  expect(seeds).toContain(`all ${all} claims`);
  expect(textOf("README.md")).toContain(`of ${all} claims`);
  expect(textOf("CHANGELOG.md")).toContain(`${all} claims`);
  expect(textOf("docs/README.md")).toContain(`${all} claims`);
});
