// A system of one's own as `orrery new` begins it: it runs, its test passes, editors find its types.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { orreryIn } from "./orrery.ts";

const ROOT = join(import.meta.dirname, "..");
const TSC = join(ROOT, "node_modules/.bin/tsc");
mkdirSync(join(ROOT, "runs"), { recursive: true });
const outside = mkdtempSync(join(tmpdir(), "orrery-new-"));
const inside = mkdtempSync(join(ROOT, "runs/new-"));
afterAll(() => {
  for (const folder of [outside, inside]) rmSync(folder, { recursive: true });
});

describe.each([
  ["in an empty folder", outside, /node .*main\.js check my-ring\/my-ring\.ts/, "", 2],
  // How Orrery is found is what differs here: one of the two tests shows it.
  ["in the repository", inside, /npx orrery check my-ring\/my-ring\.ts/, "claimed", 1],
])("%s", (_, folder, said, pattern, passing) => {
  const made = orreryIn(folder, ["new", "my-ring"]);

  test("it says what it wrote, and the three commands to go on with", () => {
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(made.stdout).toMatch(said);
    expect(made.stdout).toMatch(
      / run my-ring\/my-ring\.ts[\s\S]* check [\s\S]*node --test my-ring/,
    );
    const files = ["my-ring.test.mjs", "my-ring.ts", "tsconfig.json", "wrong.ts"];
    expect(readdirSync(join(folder, "my-ring")).sort()).toEqual(files);
  });

  test("it runs, all its claims hold, and TypeScript has nothing to say", () => {
    const run = ["run", "my-ring/my-ring.ts", "--for", "10s", "--out", "kept"];
    const { status, stdout } = orreryIn(folder, run);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/holds +counted-once/)]);
    execFileSync(TSC, ["-p", "my-ring"], { cwd: folder, stdio: "pipe" });
  });

  test("its own test passes: the claim holds under faults, and the mistake is found", () => {
    // This test's own runner is not the one that the scaffold is run by.
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const args = ["--test", "--test-name-pattern", pattern, "my-ring/my-ring.test.mjs"];
    const ran = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env });
    expect([ran.status, ran.stdout]).toEqual([0, expect.stringContaining(`pass ${passing}`)]);
  });
});

test("what exists is left as it is; a name that cannot be one is refused, and nothing is made", () => {
  writeFileSync(join(outside, "taken"), "precious");
  const before = readdirSync(outside);
  const refused = (name: string) => {
    const { status, stderr } = orreryIn(outside, ["new", name]);
    return [status, /\[(.*)\]/.exec(stderr)?.[1]];
  };
  expect(refused("taken")).toEqual([69, "files/exists"]);
  expect(refused("my-ring")).toEqual([69, "files/exists"]);
  const names = ["../up", "Ring", "x".repeat(41), "clocks"];
  for (const name of names) {
    const [status] = refused(name);
    expect([name, status]).toEqual([name, 64]);
  }
  expect(readdirSync(outside)).toEqual(before);
});
