// What shells complete, asked of the shells themselves.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, describe, expect, test } from "vitest";
import { VALUES } from "../src/cli/completion.ts";
import { program } from "../src/cli/program.ts";
import { orreryIn } from "./orrery.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "cells.yaml"), "");
mkdirSync(join(folder, "runs"));

const SHELLS = ["bash", "zsh", "fish"];
for (const shell of SHELLS) {
  writeFileSync(join(folder, shell), orreryIn(folder, ["completion", shell]).stdout);
}

const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

/** What a shell offers for a line whose last word is being typed. */
const ASK: { readonly [shell: string]: (line: string) => readonly string[] } = {
  bash: (line) => [
    ...["--norc", "-c"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: these are bash's
    'source ./bash; COMP_WORDS=("${@}"); COMP_CWORD=$(($# - 1)); _orrery; printf "%s\\n" "${COMPREPLY[@]}"',
    ...["bash", ...line.split(" ")],
  ],
  fish: (line) => ["--no-config", "-c", `source ./fish; complete -C "${line}"`],
};

const offered = (shell: string, line: string): string[] => {
  const { stdout } = spawnSync(shell, ASK[shell]!(line), { cwd: folder, encoding: "utf8" });
  const words = stdout.split("\n").map((word) => word.split("\t")[0]!);
  return words.filter((word) => word !== "").sort();
};

describe.each(Object.keys(ASK))("%s", (shell) => {
  test.skipIf(!has(shell)).each([
    ["orrery r", ["report", "run"]],
    ["orrery run clocks --on ", ["nats", "sim", "tcp"]],
    ["orrery agree a.yaml --on sim,", ["sim,nats", "sim,tcp"]],
    ["orrery run clocks --fi", ["--fifo"]],
    ["orrery run cloc", ["clocks"]],
    ["orrery run ce", ["cells.yaml"]],
    ["orrery experiment ce", ["cells.yaml"]],
    ["orrery export runs --to sh", ["shiviz"]],
    ["orrery check clocks --profile sw", ["swizzle"]],
    ["orrery factory ", ["audit", "generate", "metrics", "plan", "trace"]],
    ["orrery factory plan --w", ["--without"]],
    ["orrery completion ", ["bash", "fish", "zsh"]],
    ["orrery new ", []],
  ])("completes %j", (line, words) => {
    expect(offered(shell, line)).toEqual(words);
  });
});

test.skipIf(!has("zsh"))("zsh takes the script, and completes orrery by it", () => {
  const script = 'autoload -U compinit; compinit -D -u; source ./zsh; print "$_comps[orrery]"';
  const { stdout, stderr } = spawnSync("zsh", ["-f", "-c", script], {
    cwd: folder,
    encoding: "utf8",
  });
  expect([stdout, stderr]).toEqual(["_orrery\n", ""]);
});

test("every verb and every option of the program is in every script", () => {
  const verbs = (command: Command): readonly Command[] =>
    command.commands.flatMap((each) => [each, ...verbs(each)]);
  for (const shell of SHELLS) {
    const script = orreryIn(folder, ["completion", shell]).stdout;
    for (const verb of verbs(program(() => undefined))) {
      expect(script).toContain(verb.name());
      for (const { long } of verb.options) {
        expect(script).toContain(shell === "fish" ? `-l ${long!.slice(2)}` : long);
      }
    }
  }
});

test("values are of options that there are", () => {
  const all = program(() => undefined).commands.flatMap((verb) => [verb, ...verb.commands]);
  const flags = new Set(all.flatMap(({ options }) => options.map((option) => option.flags)));
  expect(Object.keys(VALUES).filter((each) => !flags.has(each))).toEqual([]);
});

test("an unknown shell is refused, with the one that may be meant", () => {
  const { status, stderr } = orreryIn(folder, ["completion", "fihs"]);
  expect([status, stderr]).toEqual([64, expect.stringContaining('did you mean "fish"')]);
});
