// The commands of pages: found, split into words, and understood by the program's own parser without running.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { program } from "../src/cli/program.ts";

export const ROOT = join(import.meta.dirname, "..");

/** Every page that a reader meets, by its path from the root. */
export const PAGES: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.startsWith("api"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`)
    .sort(),
];

export const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** The words of a command, as a shell makes them; a comment ends it, and so does what its output goes to. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, single, double, bare] of line.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)) {
    if (bare === "|" || bare?.startsWith("#")) break;
    words.push(single ?? double ?? bare!);
  }
  return words;
}

/** The lines of a page's sh and bash blocks, a continued one as one. */
export function linesOf(text: string): string[] {
  return [...text.matchAll(/^```(?:sh|bash)\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block!
      .replaceAll(/ *\\\n */g, " ")
      .split(/\n| && /)
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#")),
  );
}

/** Commands of ours in a page's prose and tables: `orrery …`. One with an ellipsis is not whole, and left out. */
export function quotedIn(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, "");
  return [...prose.matchAll(/`((?:npx )?orrery (?:[^`]|\n)+)`/g)]
    .map(([, quoted]) => quoted!.replaceAll(/\s+/g, " ").replaceAll("\\|", "|"))
    .filter((quoted) => !quoted.includes("…"));
}

/** The examples below a command's help, without what is said of them. */
export function examplesOf(command: Command): string[] {
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => written.push(text) });
  command.outputHelp();
  const [, examples = ""] = /\nExamples?[^\n]*:\n([\s\S]*)/.exec(written.join("")) ?? [];
  // A shell's start-up file reads what a command prints.
  const lines = examples.replaceAll(
    /^ {2}\w+ +(?:source <\()?(orrery completion \w+).*$/gm,
    "  $1",
  );
  return [...lines.matchAll(/^ {2}((?:[A-Z_]+=\S+ )*orrery\b.*?)(?: {3,}.*)?$/gm)].map(
    ([, example]) => example!,
  );
}

/** The words behind `orrery`, if it is what a line calls. */
export function ours(line: string): readonly string[] | undefined {
  const words = wordsOf(line);
  const at = words.findIndex((word) => !/^(npx|[A-Z_]+=.*)$/.test(word));
  return words[at] === "orrery" ? words.slice(at + 1) : undefined;
}

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

/** Each verb, with the words by which it is called. */
export function verbs(): readonly (readonly [string, Command])[] {
  const named = ({ parent, name }: Command, own: string): string =>
    parent === null ? "" : `${named(parent, parent.name())} ${own || name}`.trim();
  return all(program(() => undefined)).map((command) => [named(command, command.name()), command]);
}

/**
 * What a command says, by the program's own parser, without doing it.
 * @throws CommanderError if there is no such verb or option, or one that is needed is missing
 */
export function understood(words: readonly string[]): { readonly [option: string]: unknown } {
  let options = {};
  const orrery = program(() => undefined);
  for (const command of all(orrery)) {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    // What has verbs of its own does nothing by itself.
    if (command.commands.length > 0) continue;
    command.action((...said: unknown[]) => {
      options = (said.at(-1) as Command).opts();
    });
  }
  orrery.parse([...words], { from: "user" });
  return options;
}

/** Why a command is not understood, or undefined if it is. */
export function misunderstood(words: readonly string[], forgives?: RegExp): string | undefined {
  try {
    understood(words);
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    if (cause.exitCode !== 0 && !forgives?.test(cause.code)) return cause.message;
  }
  return undefined;
}
