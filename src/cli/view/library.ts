// Folders of runs and experiments, as the page lists and opens them. What is served of them is what the list names, and
// is looked up there: no path comes from outside.
import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { OrreryError } from "../../core/errors.ts";
import type { KeptFolder } from "../../dashboard/protocol.ts";
import type { Library } from "../../dashboard/server.ts";
import type { Show } from "../../dashboard/show.ts";
import { EXPERIMENT_FILE } from "../../experiments/journal.ts";
import { RUN_FILE, TRACE_FILE, VERDICTS_FILE } from "../../experiments/record-run.ts";
import { FAILURE_FILE } from "../hunt/failure.ts";

/** How deep below a root folders are looked for, and how many are listed. */
const DEPTH_MAX = 4;
const FOLDERS_MAX = 5_000;
/** A list this old is made anew, ms. */
const AGE_MAX = 1_000;
/** Larger files are neither read for the list nor served, bytes. */
const DESCRIPTION_MAX = 16_000_000;
const FILE_MAX = 64_000_000;
const REPORT_FILE = "report.html";
const FIGURES = "figures";
/** Folders within a run's or an experiment's that hold none. */
const INNER = new Set([FIGURES, "logs", "records", "stores"]);
const SAID_MAX = 300;

type Listed = KeptFolder & { readonly path: string };
type Fields = { readonly [name: string]: unknown };

export class FolderLibrary implements Library {
  readonly #roots: readonly string[];
  readonly #show: (folder: string, id: string) => Promise<Show>;
  #listed: Promise<ReadonlyMap<string, Listed>> = Promise.resolve(new Map());
  #at = Number.NEGATIVE_INFINITY;
  /** What was read of folders, and how they were then. */
  readonly #known = new Map<string, { readonly as: string; readonly listed: Listed }>();

  /** `roots`: where folders are. `show` makes a show of that id of one. */
  constructor(roots: readonly string[], show: (folder: string, id: string) => Promise<Show>) {
    this.#roots = roots;
    this.#show = show;
  }

  async list(): Promise<readonly KeptFolder[]> {
    const all = [...(await this.#all()).values()].map(({ path: _, ...folder }) => folder);
    return all.sort((a, b) => b.when - a.when || (a.title < b.title ? -1 : 1));
  }

  async file(folder: string, name: string): Promise<Uint8Array | undefined> {
    const listed = (await this.#all()).get(folder);
    if (listed === undefined) return undefined;
    const { path, report, figures } = listed;
    if (name === report) return await bytesOf(join(path, name), FILE_MAX);
    return figures.includes(name) ? await bytesOf(join(path, FIGURES, name), FILE_MAX) : undefined;
  }

  async open(folder: string, id: string): Promise<Show> {
    const listed = (await this.#all()).get(folder);
    if (listed === undefined) throw new OrreryError("files/missing", "there is no such folder");
    return await this.#show(listed.path, id);
  }

  /** All folders, by id; however often one asks. */
  #all(): Promise<ReadonlyMap<string, Listed>> {
    const now = performance.now();
    if (now - this.#at > AGE_MAX) {
      this.#at = now;
      this.#listed = this.#find();
    }
    return this.#listed;
  }

  async #find(): Promise<ReadonlyMap<string, Listed>> {
    const found = new Map<string, Listed>();
    for (const root of this.#roots) await this.#walk(root, 0, found);
    return found;
  }

  async #walk(path: string, depth: number, found: Map<string, Listed>): Promise<void> {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    const listed = await this.#describe(path, entries);
    if (listed !== undefined) found.set(listed.id, listed);
    if (depth === DEPTH_MAX) return;
    for (const entry of entries) {
      if (found.size >= FOLDERS_MAX) return;
      // Links lead to what is listed itself, or elsewhere.
      if (!entry.isDirectory() || INNER.has(entry.name)) continue;
      await this.#walk(join(path, entry.name), depth + 1, found);
    }
  }

  async #describe(path: string, entries: readonly Dirent[]): Promise<Listed | undefined> {
    const has = (name: string): boolean =>
      entries.some((each) => each.isFile() && each.name === name);
    const main = [EXPERIMENT_FILE, RUN_FILE].find(has);
    if (main === undefined) return undefined;
    // Verdicts are written last but for figures, a report, a failure.
    const last = has(VERDICTS_FILE) ? VERDICTS_FILE : main;
    const when = await changed(join(path, last));
    const as = [
      when,
      await changed(join(path, FIGURES)),
      ...entries.map(({ name }) => name),
    ].join();
    const known = this.#known.get(path);
    if (known?.as === as) return known.listed;
    const listed = await describe(path, when, { main, has });
    this.#known.set(path, { as, listed });
    return listed;
  }
}

/** Last change of a file or folder, ms of Unix time; 0 if it is not there. */
const changed = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => Math.round(mtimeMs),
    () => 0,
  );

type Has = (name: string) => boolean;

async function describe(
  path: string,
  when: number,
  { main, has }: { readonly main: string; readonly has: Has },
): Promise<Listed> {
  const verdicts = await readFields(path, VERDICTS_FILE);
  const failure = has(FAILURE_FILE) ? await readFields(path, FAILURE_FILE) : undefined;
  const fields = await readFields(path, main);
  const run = (fields.run ?? {}) as Fields;
  const experiment = main === EXPERIMENT_FILE;
  return {
    id: createHash("sha256").update(path).digest("hex").slice(0, 20),
    path,
    kind: experiment ? "experiment" : failure === undefined ? "run" : "failure",
    title: path,
    system: textOf(experiment ? fields.system : run.system),
    runtime: textOf(fields.runtime),
    says: textOf(experiment ? fields.question : failure?.reason),
    seed: typeof run.seed === "number" ? run.seed : null,
    when,
    verdicts: experiment ? ofExperiment(verdicts) : ofRun(verdicts),
    opens: has(TRACE_FILE),
    report: has(REPORT_FILE) ? REPORT_FILE : null,
    figures: await figuresOf(path),
  };
}

/** Verdicts on a run, each of one check. What is only sometimes need not be in every run. */
function ofRun(verdicts: Fields): KeptFolder["verdicts"] {
  const all = (Array.isArray(verdicts) ? verdicts : []) as readonly Fields[];
  const count = (result: string): number =>
    all.filter((each) => each.kind !== "sometimes" && each.result === result).length;
  return { held: count("holds"), failed: count("fails"), unknown: count("unknown") };
}

/** Of an experiment's runs: in how many a check failed, and how many broke. */
function ofExperiment({ runs, failed, broken }: Fields): KeptFolder["verdicts"] {
  const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value : []);
  const wrong = listOf(failed).flatMap(({ runs: each }) => listOf(each));
  const distinct = new Set(wrong.map(({ cell, seed }) => `${cell}/${seed}`)).size;
  const unknown = listOf(broken).length;
  const all = typeof runs === "number" ? runs : 0;
  return { held: Math.max(0, all - distinct - unknown), failed: distinct, unknown };
}

async function figuresOf(path: string): Promise<readonly string[]> {
  const entries = await readdir(join(path, FIGURES), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && /\.(svg|png)$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

/** What a JSON file of a folder says; nothing, if it cannot be read. */
async function readFields(path: string, name: string): Promise<Fields> {
  const bytes = await bytesOf(join(path, name), DESCRIPTION_MAX);
  try {
    return (JSON.parse(Buffer.from(bytes ?? []).toString()) ?? {}) as Fields;
  } catch {
    return {};
  }
}

async function bytesOf(path: string, most: number): Promise<Uint8Array | undefined> {
  try {
    return (await stat(path)).size <= most ? await readFile(path) : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value.slice(0, SAID_MAX) : "";
