// The tutorial and what else shows output, done to the letter: its files are written as it goes, its commands run, its outputs compared.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { blocksOf, isGuide, WALKED } from "./docs-blocks.ts";
import { ROOT, textOf, wordsOf } from "./docs-commands.ts";
import { orreryIn } from "./orrery.ts";

mkdirSync(join(ROOT, "runs"), { recursive: true });
const all = mkdtempSync(join(ROOT, "runs/start-"));
afterAll(() => rmSync(all, { recursive: true }));

/** A hunt's speed is of the machine. */
const steady = (text: string): string =>
  text.replaceAll(/; [\d,]+ seeds\/s on \d+ cores?, [\d,]+ a core/g, "; … seeds/s");

/** What is shown stands in what was printed, in that order; "…" stands for lines left out. */
function expectShown(shown: string, printed: string): void {
  let from = 0;
  for (const part of steady(shown).split(/^…\n/m)) {
    const at = steady(printed).indexOf(part, from);
    expect(at >= 0 ? part : printed, "what is printed").toBe(part);
    from = at + part.length;
  }
}

/** A diff as one edit: what it says was there, and what is there afterwards. */
function changed(before: string, diff: string): string {
  const side = (sign: string): string =>
    diff
      .split("\n")
      .filter((line) => line.startsWith(" ") || line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join("");
  expect(before).toContain(side("-"));
  return before.replace(side("-"), () => side("+"));
}

function act(folder: string, how: string, name: string, text: string): void {
  const path = join(folder, name);
  const before = how === "file" ? "" : readFileSync(path, "utf8");
  writeFileSync(path, how === "change" ? changed(before, text) : before + text);
}

/** A page is served until Ctrl-C; threads change no result, and cost their start. */
const ALSO: { readonly [verb: string]: readonly string[] } = {
  view: ["--for", "1s"],
  check: ["--jobs", "1"],
  experiment: ["--jobs", "1"],
  why: ["--jobs", "1"],
};

/** Runs a block; of several commands, what the last one printed. */
function run(folder: string, block: string): string {
  let printed = "";
  for (const line of block.trim().split("\n")) {
    if (/^(git clone|cd|npm ci)\b|stability-map/.test(line)) continue;
    const [npx, orrery, ...words] = wordsOf(line);
    expect([npx, orrery]).toEqual(["npx", "orrery"]);
    const { stdout, stderr, status } = orreryIn(folder, [...words, ...(ALSO[words[0]!] ?? [])]);
    expect([0, 1], `${line}: ${stderr}`).toContain(status);
    printed = stdout;
  }
  return printed;
}

test.each(Object.entries(WALKED))(
  "files, commands and outputs of %s are what happens",
  (page, outputs) => {
    // Inside the package, so that `import … from "orrery"` finds it, as in a user's clone.
    const folder = mkdtempSync(join(all, "page-"));
    for (const shared of ["examples", "experiments"]) {
      symlinkSync(join(ROOT, shared), join(folder, shared));
    }
    const chosen = isGuide(page);
    let printed: string | undefined;
    let compared = 0;
    for (const { act: how, name, language, text } of blocksOf(textOf(page))) {
      if (language === "sh") printed = chosen && how !== "run" ? undefined : run(folder, text);
      else if (how === "file" || how === "more" || how === "change") act(folder, how, name, text);
      else if (language === "" && printed !== undefined) {
        expectShown(text, printed);
        if (chosen) printed = undefined;
        compared++;
      }
    }
    expect(compared).toBe(outputs);
    if (page !== "docs/guides/hunting.md") return;
    const drawn = readFileSync(join(folder, "runs/stale-timer/0001/figures/story.svg"), "utf8");
    expect(drawn).toBe(readFileSync(join(ROOT, "docs/images/story.svg"), "utf8"));
  },
  120_000,
);

test("the first version of the tutorial's system is some 30 lines", () => {
  const code = blocksOf(textOf("docs/start.md"))
    .filter(({ act }) => act === "file" || act === "more")
    .slice(0, 3)
    .flatMap(({ text }) => text.split("\n").filter((line) => line !== ""));
  expect(code.length).toBeLessThanOrEqual(32);
});
