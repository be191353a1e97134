// Snippets of guides that are parts of a file: each is put where the guide says it goes, and does there what it says.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import missingRetry from "../examples/wrong/missing-retry.ts";
import { verify } from "../src/checks/checks.ts";
import type { Check } from "../src/core/check.ts";
import type { Json } from "../src/core/json.ts";
import { seconds } from "../src/core/micros.ts";
import type { System } from "../src/core/system.ts";
import { simulate } from "../src/runtimes/sim/simulate.ts";
import { readMachines } from "../src/runtimes/tcp/machines.ts";
import { blockNamed, blocksOf } from "./docs-blocks.ts";
import { ROOT, textOf } from "./docs-commands.ts";
import { observe, type Told } from "./simulation/factory/physics.ts";

mkdirSync(join(ROOT, "runs"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "runs/snippets-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the machines of the guide, and those that ship, are what a machine takes", () => {
  const shipped = readFileSync(join(ROOT, "experiments/machines/three.json"), "utf8");
  for (const [json, count] of [
    [blockNamed("docs/guides/machines.md", "machines.json"), 3],
    [blockNamed("docs/guides/machines.md", "secret.json"), 2],
    [shipped, 3],
  ] as const) {
    const path = join(folder, "machines.json");
    writeFileSync(path, json);
    expect(Object.keys(readMachines(path).machines)).toHaveLength(count);
  }
});

const stools = blocksOf(textOf("docs/guides/factory.md")).find(({ act }) => act === "file")!.text;

/** The guide's plant with some lines more, and what it notes within so many hours. */
function notesOf(more: string, hours: number): readonly Told[] {
  const notes: Told[] = [];
  const plant = parse(`${stools}\n${more}`) as { readonly [field: string]: Json };
  observe(plant, hours, (note) => notes.push(note));
  return notes;
}

test("the flow in the guide to factories is followed, and changes when it says", () => {
  const sent = notesOf(blockNamed("docs/guides/factory.md", "flow"), 16);
  const of = (name: string, who: string, from: number, to: number): readonly Told[] =>
    sent.filter((each) => each.name === name && each.who === who && each.at > from && each.at < to);
  const places = (who: string, from: number, to: number): number =>
    new Set(of("sent", who, from, to).map(({ fields }) => fields.to)).size;
  expect([places("saw-1", 0, 8), places("saw-2", 0, 8)]).toEqual([3, 3]);
  // What was asked for before is still sent.
  expect([places("saw-1", 9, 16), places("saw-2", 9, 16)]).toEqual([1, 3]);
  for (const builder of ["builder-1", "builder-2", "builder-3"]) {
    expect(of("ships", builder, 9, 16).length).toBeGreaterThan(10);
  }
});

test("the engineering changes in the guide to factories happen, and the plant goes on", () => {
  const notes = notesOf(blockNamed("docs/guides/factory.md", "engineering"), 2);
  const changes = notes.filter(({ name }) => name === "changes");
  expect(changes.length).toBeGreaterThan(5);
  expect(Math.max(...changes.map(({ at }) => at))).toBeLessThanOrEqual(1 / 6);
  expect(notes.some(({ name, at }) => name === "ships" && at > 1)).toBe(true);
});

/** The checks of the guide to hunting, as a module that TypeScript and Node take as it stands. */
const CLAIMS = `
import { always, eventually, mutualExclusion, type Note, seconds, sometimes, type System } from "orrery";
export const claimed: Pick<System<{ readonly processes: number }>, "checks"> = {
${blockNamed("docs/guides/hunting.md", "checks")}};
export const unique = [
${blockNamed("docs/guides/hunting.md", "unique")}];
`;

/** Two who each issue a number. */
const issuers = (numbers: readonly number[]): System<null> => ({
  name: "issuers",
  parse: () => null,
  processes: () =>
    numbers.map((n, index) => ({
      name: `desk_${index + 1}`,
      process: {
        start(_stored, context) {
          context.note("issued", { n });
          return null;
        },
        receive: () => null,
        timeout: () => null,
      },
    })),
});

test("the checks in the guide to hunting have their types, hold of what is right, and find what is wrong", async () => {
  const path = join(folder, "claims.ts");
  writeFileSync(path, CLAIMS);
  const options = { paths: { orrery: ["../../dist/index.d.ts"] } };
  const config = { extends: "../../tsconfig.json", compilerOptions: options, include: ["*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "pipe" });

  type Claims = {
    readonly claimed: { readonly checks: (params: { readonly processes: number }) => Check[] };
    readonly unique: readonly Check[];
  };
  const { claimed, unique } = (await import(path)) as Claims;
  const { default: tokenRing } = await import("../examples/token-ring.ts");
  const checks = claimed.checks({ processes: 4 });
  const judged = (system: System<{ readonly processes: number }>) =>
    verify(simulate(system, { duration: seconds(20), links: { loss: 0.1 } }), checks).map(
      ({ check, result }) => [check, result],
    );
  expect(judged(tokenRing)).toEqual([
    ["mutual-exclusion", "holds"],
    ["everybody-enters", "holds"],
    ["passed-again", "holds"],
  ]);
  expect(judged(missingRetry)).toContainEqual(["everybody-enters", "fails"]);

  const issued = (...numbers: number[]) => verify(simulate(issuers(numbers)), unique);
  expect(issued(7, 8)).toMatchObject([{ check: "unique", result: "holds" }]);
  expect(issued(7, 7)).toMatchObject([{ result: "fails", reason: "desk_2 issued 7 again" }]);
});
