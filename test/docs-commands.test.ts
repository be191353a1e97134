// Every command that a page or a help shows is one that the program understands; links lead to headings that are there.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { parseFault } from "../src/core/fault-notation.ts";
import { parseMicros } from "../src/core/micros.ts";
import {
  examplesOf,
  linesOf,
  misunderstood,
  ours,
  PAGES,
  quotedIn,
  ROOT,
  textOf,
  understood,
  verbs,
  wordsOf,
} from "./docs-commands.ts";

const scripts = (
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly scripts: { readonly [name: string]: string };
  }
).scripts;

/** Programs of others that pages call. What npm, node and sh are told to run must be there. */
const OTHERS = [
  ...["apt-get", "cd", "curl", "export", "git", "install", "journalctl", "nats-server", "podman"],
  ...["sqlite3", "systemctl", "useradd"],
];

/** What a command names of this repository. */
const SHIPPED = /^(?:examples|experiments|deploy|bench|schemas)\/[\w./-]*\w$/;

/** What is wrong with a line, or undefined. */
function wrongWith(line: string): string | undefined {
  const words = wordsOf(line);
  const missing = words.find((word) => SHIPPED.test(word) && !existsSync(join(ROOT, word)));
  if (missing !== undefined) return `${missing} is not there`;
  const own = ours(line);
  if (own !== undefined) return wrongWithOurs(own);
  const [name = "", verb = "", script = ""] = words;
  if (name === "npm") {
    if (verb === "run") return scripts[script] === undefined ? `no script ${script}` : undefined;
    return /^(ci|test|start|prune)$/.test(verb) ? undefined : `npm ${verb}`;
  }
  if (name === "npx") return verb === "vitest" ? undefined : `npx ${verb}`;
  if (name === "node" || name === "sh") return SHIPPED.test(verb) ? undefined : `${name} ${verb}`;
  return OTHERS.includes(name) ? undefined : `${name} is no program we know`;
}

function wrongWithOurs(words: readonly string[]): string | undefined {
  // Without a verb it prints its help.
  if (words.length === 0) return undefined;
  const wrong = misunderstood(words);
  if (wrong !== undefined) return wrong;
  const options = words.includes("--help") ? {} : understood(words);
  const { fault = [], for: span } = options as { fault?: readonly string[]; for?: string };
  for (const each of fault) parseFault(each);
  if (span !== undefined) parseMicros(span);
  return undefined;
}

const wrongs = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const wrong = wrongWith(line);
    return wrong === undefined ? [] : [`${line}: ${wrong}`];
  });

describe.each(PAGES)("%s", (page) => {
  const text = textOf(page);

  test("has commands that are understood", () => {
    expect(wrongs(linesOf(text))).toEqual([]);
  });

  test("names verbs and options that there are", () => {
    // In prose a command may leave out what it is about.
    const forgiven =
      /missingArgument|missingMandatoryOptionValue|optionMissingArgument|commander\.help/;
    const wrong = quotedIn(text).flatMap((quoted) => {
      const why = misunderstood(ours(quoted)!, forgiven);
      return why === undefined ? [] : [`${quoted}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  test("has links to headings that are there", () => {
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]*#[^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = "", anchor = ""] = target.split("#");
      const to = file === "" ? page : relative(ROOT, join(ROOT, dirname(page), file));
      const anchors = [...textOf(to).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
          .replaceAll(" ", "-"),
      );
      expect(anchors, target).toContain(anchor);
    }
  });
});

test("npm start is the second line of the guide to watching, with leaders", () => {
  const [node, main, ...words] = wordsOf(scripts.start!);
  expect([node, main]).toEqual(["node", "dist/cli/main.js"]);
  const [, shown] = linesOf(textOf("docs/guides/watching.md"));
  expect(words).toEqual([...ours(shown!)!, "--set", "bicycle:leader.candidates=3"]);
  expect(misunderstood(words)).toBeUndefined();
});

test("the parser refuses what does not exist", () => {
  expect(wrongWith("npx orrery run clocks --sed 7")).toContain("--sed");
  expect(wrongWith("npx orrery runs clocks")).toContain("runs");
  expect(wrongWith("npx orrery factory plans x.yaml")).toContain("plans");
  expect(wrongWith("npx orrery check examples/none.ts")).toContain("is not there");
  expect(wrongWith("npm run nothing")).toContain("nothing");
  expect(() => wrongWith('npx orrery run clocks --fault "crush a 1s..2s"')).toThrow();
  expect(wrongWith("npx orrery")).toBeUndefined();
});

test.each(verbs())("orrery %s --help has examples that are understood", (_, command) => {
  const examples = examplesOf(command);
  expect(examples.length).toBeGreaterThan(0);
  expect(wrongs(examples)).toEqual([]);
});

test("docs/README.md leads to every page", () => {
  const map = textOf("docs/README.md");
  const pages = PAGES.filter((page) => /^docs\/(?!decisions\/|README)/.test(page));
  expect(pages.filter((page) => !map.includes(`(${page.slice(5)})`))).toEqual([]);
});
