// `orrery clean`: makes room under runs/, and touches nothing else.
//
// 1. Only `runs/<system>/<number>` with a run that is over goes: it has run.json and verdicts.json. What goes on, was
//    cut short, or is anything else (experiments, plans, one's own files) stays.
// 2. Links are not followed: neither what looks like a run and is a link, nor what is under one.
// 3. What `latest` points to stays, unless nothing is to be kept.
import { existsSync, lstatSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { EXIT, OrreryError, writing } from "../core/errors.ts";
import { RUN_FILE, VERDICTS_FILE } from "../experiments/record-run.ts";
import { LATEST, RUN_NUMBER, RUNS_ROOT, readField } from "../experiments/run-folder.ts";
import { bytesText } from "./disk.ts";
import { say, tableText } from "./print.ts";

export type CleanOptions = {
  readonly keep: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
};

type Old = { readonly folder: string; readonly bytes: number; readonly made: string };

/** @throws OrreryError "config/option", "files/write" */
export async function clean(options: CleanOptions): Promise<number> {
  const keep = keepOf(options.keep);
  const old = foldersIn(RUNS_ROOT).flatMap((system) => oldRuns(join(RUNS_ROOT, system), keep));
  if (old.length === 0) {
    say(`Nothing to remove: no system has more than ${keep} runs under ${RUNS_ROOT}/.`);
    return EXIT.held;
  }
  const total = old.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = old.map(({ folder, made, bytes }) => [folder, made, bytesText(bytes)]);
  const title = `${old.length} run folders, ${bytesText(total)}`;
  say(tableText({ title, columns: ["folder", "made", "takes"], rows }));
  if (options.dryRun === true) return EXIT.held;
  if (options.yes !== true && !(await isConfirmed())) {
    say("Nothing was removed.");
    return EXIT.held;
  }
  for (const { folder } of old) remove(folder);
  say(`Removed: ${title}.`);
  return EXIT.held;
}

/** @throws OrreryError "config/option" */
function keepOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new OrreryError("config/option", `--keep "${text}" is not a whole number, 0 or more`);
}

/** Names of the folders in a folder, links left out; none if it is not there. */
function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The finished runs of a system but the last `keep`, the oldest first. */
function oldRuns(root: string, keep: number): readonly Old[] {
  const finished = foldersIn(root)
    .filter((name) => RUN_NUMBER.test(name) && isOver(join(root, name)))
    .sort((a, b) => Number(a) - Number(b));
  const latest = keep === 0 ? undefined : latestOf(root);
  return finished
    .slice(0, finished.length - Math.min(keep, finished.length))
    .filter((name) => name !== latest)
    .map((name) => {
      const folder = join(root, name);
      const made = lstatSync(join(folder, RUN_FILE)).mtime;
      return { folder, bytes: bytesOf(folder), made: made.toISOString().slice(0, 16) };
    });
}

const isOver = (folder: string): boolean =>
  typeof readField(join(folder, RUN_FILE), "run") === "object" &&
  existsSync(join(folder, VERDICTS_FILE));

/** What `latest` says, as it says it. */
function latestOf(root: string): string | undefined {
  const link = join(root, LATEST);
  const there = lstatSync(link, { throwIfNoEntry: false });
  return there?.isSymbolicLink() === true
    ? /([^/\\]+)[/\\]?$/.exec(readlinkSync(link))?.[1]
    : undefined;
}

/** Bytes of all files under a folder, a link counting as itself. */
function bytesOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .reduce((sum, { parentPath, name }) => {
      const file = lstatSync(join(parentPath, name), { throwIfNoEntry: false });
      return sum + (file?.size ?? 0);
    }, 0);
}

function remove(folder: string): void {
  const root = dirname(folder);
  const wasLatest = latestOf(root) === basename(folder);
  const link = join(root, LATEST);
  writing(folder, () => {
    rmSync(folder, { recursive: true, force: true });
    if (wasLatest && !existsSync(link)) rmSync(link);
  });
}

/** Asks on the terminal. @throws OrreryError "config/option" where nobody can be asked */
async function isConfirmed(): Promise<boolean> {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    throw new OrreryError("config/option", "nothing was removed: without a terminal say --yes");
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await new Promise<string>((resolve) => {
    // Ctrl-C and Ctrl-D are a no.
    lines.once("close", () => resolve(""));
    lines.question("Remove them? [y/N] ", resolve);
  });
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
