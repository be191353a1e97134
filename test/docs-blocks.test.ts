// Every fenced block of the pages belongs to a test.
import { expect, test } from "vitest";
import { blocksOf, testsText, untested } from "./docs-blocks.ts";
import { PAGES, textOf } from "./docs-commands.ts";

const tests = testsText();

test.each(PAGES)("every block of %s is run, or compared, by a test", (page) => {
  const text = textOf(page);
  const fences = text.match(/^ *(```|~~~)/gm) ?? [];
  expect(fences).toHaveLength(2 * blocksOf(text).length);
  expect(untested(page, text, tests)).toEqual([]);
});

const fenced = (language: string, comment = ""): string =>
  `# A page\n\n${comment}\`\`\`${language}\nanything\n\`\`\`\n`;

test("a block that belongs to no test is named", () => {
  const of = (page: string, text: string) => untested(page, text, tests);
  expect(of("docs/new.md", fenced("ts"))).toEqual(["docs/new.md:3"]);
  expect(of("docs/new.md", fenced("", "<!-- test: nobody -->\n"))).toEqual(["docs/new.md:4"]);
  expect(of("README.md", fenced("js", "<!-- test: ring.mjs -->\n"))).toEqual([]);
  expect(of("docs/new.md", fenced("js", "<!-- test: ring.mjs -->\n"))).toHaveLength(1);
  // Shell is understood wherever it stands; what it prints is compared only where it is run.
  expect(of("docs/guides/hunting.md", fenced("sh"))).toEqual([]);
  expect(of("docs/guides/hunting.md", fenced("sh") + fenced(""))).toHaveLength(1);
  expect(of("docs/guides/hunting.md", fenced("sh", "<!-- run -->\n") + fenced(""))).toEqual([]);
  expect(of("docs/start.md", fenced("sh") + fenced("") + fenced(""))).toHaveLength(1);
  // Only a page that is walked through has files.
  expect(of("docs/start.md", fenced("js", "<!-- file: a.mjs -->\n"))).toEqual([]);
  expect(of("docs/deploy.md", fenced("js", "<!-- file: a.mjs -->\n"))).toHaveLength(1);
});
