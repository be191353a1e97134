import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { OrreryError, writing } from "../core/errors.ts";

/** Where runs go when nothing else is said: `runs/<system>/<number>`. */
export const RUNS_ROOT = "runs";
/** Beside the numbered folders: a link to the last of them. */
export const LATEST = "latest";
const DIGITS = 4;
/** The name of a run's folder. */
export const RUN_NUMBER = new RegExp(`^\\d{${DIGITS},9}$`);

/**
 * Makes a new folder for a run: `out`, which must not exist, or the next number under
 * `runs/<name>`, to which `latest` then points.
 * @throws OrreryError "files/exists", "files/write"
 */
export function newRunFolder(name: string, out: string | undefined): string {
  return writing(out ?? RUNS_ROOT, () => {
    if (out !== undefined) {
      if (existsSync(out)) {
        throw new OrreryError("files/exists", `${out} exists; nothing in it was changed`);
      }
      mkdirSync(out, { recursive: true });
      return out;
    }
    const root = join(RUNS_ROOT, name);
    mkdirSync(root, { recursive: true });
    const last = Math.max(
      0,
      ...readdirSync(root).map((entry) => (/^\d{1,9}$/.test(entry) ? +entry : 0)),
    );
    for (let number = last + 1; ; number++) {
      const folder = join(root, String(number).padStart(DIGITS, "0"));
      if (tryMake(folder)) return folder;
    }
  });
}

/** Another run may be making the same folder at this moment: whoever makes it has it. */
function tryMake(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

/** Lets `latest` beside a numbered folder under `runs` point to it. Where links are not allowed, does nothing. */
export function linkLatest(folder: string): void {
  const match = new RegExp(`^${RUNS_ROOT}[/\\\\][^/\\\\]+[/\\\\](\\d{${DIGITS},9})$`).exec(folder);
  if (match === null) return;
  const link = join(dirname(folder), LATEST);
  try {
    const there = lstatSync(link, { throwIfNoEntry: false });
    if (there !== undefined && !there.isSymbolicLink()) return; // somebody's own file
    rmSync(link, { force: true });
    symlinkSync(match[1]!, link, "junction");
  } catch {
    // The run is complete without it, and its own folder is printed.
  }
}

/** Writes a text file. @throws OrreryError "files/write" */
export function writeText(path: string, text: string): void {
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  });
}

/** Writes a value as JSON for people. */
export function writeJson(path: string, value: unknown): void {
  writeText(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** What a JSON file says; undefined if it is not there or not JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** A field of a JSON file; undefined if either is not there. */
export const readField = (path: string, name: string): unknown =>
  (readJson(path) as { [name: string]: unknown } | null | undefined)?.[name];

/** The same, if it is a text. */
export function readTextField(path: string, name: string): string | undefined {
  const field = readField(path, name);
  return typeof field === "string" ? field : undefined;
}
