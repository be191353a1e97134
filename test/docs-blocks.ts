// Fenced blocks of pages: what each holds, what the comment above it says of it, and by which test it is run.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, textOf } from "./docs-commands.ts";

export type Block = {
  /** The line of its first fence. */
  readonly line: number;
  /** `<!-- test: name -->` above it; the others are of pages that are walked through. */
  readonly act: "test" | "file" | "more" | "change" | "run" | undefined;
  readonly name: string;
  readonly language: string;
  readonly text: string;
};

const BLOCK =
  /(?:^<!-- (?<act>\w+)(?:: (?<name>\S+))? -->\n)?^```(?<language>.*)\n(?<text>[\s\S]*?)^```$/gm;

export const blocksOf = (text: string): readonly Block[] =>
  [...text.matchAll(BLOCK)].map(({ groups, index }) => {
    const { act, name = "", language = "", text: inside = "" } = groups!;
    const line = text.slice(0, index).split("\n").length + (act === undefined ? 0 : 1);
    return { line, act: act as Block["act"], name, language, text: inside };
  });

/** The block of a page below `<!-- test: name -->`. Who calls this runs it. */
export function blockNamed(page: string, name: string): string {
  const blocks = blocksOf(textOf(page)).filter((each) => each.act === "test" && each.name === name);
  if (blocks.length !== 1) throw new Error(`${page} has ${blocks.length} blocks ${name}`);
  return blocks[0]!.text;
}

/**
 * Pages that test/start.test.ts walks through, and how many outputs they show. Of guides only what is marked
 * `<!-- run -->` is run, and compared with what follows.
 */
export const WALKED: { readonly [page: string]: number } = {
  "docs/start.md": 7,
  "docs/explanation/logical-time.md": 4,
  "docs/explanation/hand-off.md": 2,
  "docs/guides/hunting.md": 3,
  "docs/guides/factory.md": 1,
};

export const isGuide = (page: string): boolean => page.startsWith("docs/guides/");

/** All tests' text, by which it is seen what they take of pages. */
export const testsText = (): string =>
  readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => readFileSync(join(ROOT, "test", name), "utf8"))
    .join("\n");

/** Blocks that no test runs, as `page:line`. */
export function untested(page: string, text: string, tests: string): readonly string[] {
  // Compared with what prints it, to the letter.
  if (text.startsWith("<!-- Printed from ")) return [];
  const walked = WALKED[page] !== undefined;
  let shown = false;
  const alone = blocksOf(text).filter(({ act, name, language }) => {
    const called = new RegExp(`blockNamed\\(\\s*"${page}",\\s*"${name}"`);
    if (act === "test") return !called.test(tests);
    // docs-commands.test.ts reads them all; what follows a line that is run is compared with what it printed.
    const isShell = language === "sh" || language === "bash";
    const isOutput = language === "" && shown;
    shown = isShell ? walked && (!isGuide(page) || act === "run") : shown && !isOutput;
    if (isShell || isOutput) return false;
    return !(walked && (act === "file" || act === "more" || act === "change"));
  });
  return alone.map(({ line }) => `${page}:${line}`);
}
