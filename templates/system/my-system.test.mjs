// node --test my-system/my-system.test.mjs
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./cli/main.js", import.meta.resolve("orrery")));
const kept = mkdtempSync(join(tmpdir(), "my-system-"));
after(() => rmSync(kept, { recursive: true }));

/** Hunts through so many seeds, each with faults of its own; 0 if all claims hold, 1 if one fails. */
function check(file, seeds) {
  const system = fileURLToPath(new URL(file, import.meta.url));
  const out = join(kept, file);
  // A failure is not made small and told here: its finding is enough.
  const args = [MAIN, "check", system, "--seeds", seeds, "--whole", "--out", out, "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.ok(status === 0 || status === 1, stderr);
  return { status, failures: JSON.parse(stdout).failures };
}

test("what is claimed holds, whatever fails", () => {
  assert.equal(check("my-system.ts", "50").status, 0);
});

test("the check finds what is wrong with wrong.ts", () => {
  assert.equal(check("wrong.ts", "50").failures[0].check, "counted-once");
});
