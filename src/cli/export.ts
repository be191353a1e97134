// `orrery export`: a kept run in another tool's words.
import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Observer } from "../core/check.ts";
import { EXIT, OrreryError } from "../core/errors.ts";
import { parseMicros } from "../core/micros.ts";
import { suggestion } from "../core/parse.ts";
import { TRACE_FILE } from "../experiments/record-run.ts";
import { writing } from "../experiments/run-folder.ts";
import { type Choice, type Exported, type Format, isChosen } from "../formats/format.ts";
import { FORMATS } from "../formats/formats.ts";
import { readTrace, type TraceHeader, traceFile } from "../trace/file.ts";
import { epcis } from "./export-epcis.ts";
import { tlaHandoff } from "./export-handoff.ts";

export type ExportOptions = {
  readonly to: string;
  readonly out?: string;
  readonly from?: string;
  readonly until?: string;
  readonly only?: string;
};

/** An export under way. */
type Exporting = {
  readonly begin: (header: TraceHeader) => Observer<Exported>;
  /** All was written, or nothing more can be. */
  readonly close: () => void;
};

/** `orrery export RUN --to FORMAT`: to standard output, or to a new file. */
export async function exportRun(folder: string, options: ExportOptions): Promise<number> {
  const { begin, close } = options.to === PARQUET ? toParquet(options) : toText(folder, options);
  try {
    const { result } = await readTrace(join(folder, TRACE_FILE), begin);
    const where = options.out === undefined ? "" : ` in ${options.out}`;
    tell(`${result.events.toLocaleString("en")} events as ${options.to}${where}`);
    result.notes.forEach(tell);
  } finally {
    close();
  }
  return EXIT.held;
}

const PARQUET = "parquet";

/** Formats of a single system's runs; some tell more than the trace does, from what else the folder keeps. */
const OF_FOLDER: { readonly [name: string]: (folder: string) => Format } = {
  epcis,
  "tla-handoff": () => tlaHandoff,
};

/** What `--to` may say. */
export const EXPORTS = [...Object.keys(FORMATS), PARQUET, ...Object.keys(OF_FOLDER)];

function toText(folder: string, options: ExportOptions): Exporting {
  const format = formatOf(options.to, folder);
  const { write, close } = sinkOf(options.out);
  return {
    begin: (header) => format.begin(header, choiceOf(options, header.names), write),
    close,
  };
}

/** The form of `trace.parquet` itself, which is no text. */
function toParquet(options: ExportOptions): Exporting {
  const { out } = options;
  if (out === undefined) {
    throw new OrreryError("config/option", "--to parquet is no text: name its file with --out");
  }
  if (existsSync(out)) throw existing(out);
  return {
    begin(header) {
      const choice = choiceOf(options, header.names);
      const file = traceFile(out, header, (time, process) => isChosen(choice, time, process));
      return { see: file.see, end: () => ({ events: file.end(), notes: [] }) };
    },
    close: () => {},
  };
}

/** What is not the export itself must not stand in it. */
const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function formatOf(name: string, folder: string): Format {
  if (Object.hasOwn(FORMATS, name)) return FORMATS[name]!;
  if (Object.hasOwn(OF_FOLDER, name)) return OF_FOLDER[name]!(folder);
  const hint = suggestion(name, EXPORTS);
  throw new OrreryError("config/option", `--to: there is no format "${name}"; ${hint}`);
}

function choiceOf({ from, until, only }: ExportOptions, names: readonly string[]): Choice {
  const processes = only?.split(",").map((name) => {
    const process = names.indexOf(name.trim());
    if (process >= 0) return process;
    const hint = suggestion(name.trim(), names);
    throw new OrreryError("config/option", `--only: no process is named "${name.trim()}"; ${hint}`);
  });
  return {
    from: from === undefined ? 0 : parseMicros(from),
    to: until === undefined ? Number.POSITIVE_INFINITY : parseMicros(until),
    processes: processes === undefined ? null : new Set(processes),
  };
}

type Sink = { readonly write: (text: string) => void; readonly close: () => void };

/** Standard output, or a file that must not exist. */
function sinkOf(path: string | undefined): Sink {
  if (path === undefined) {
    return { write: (text) => process.stdout.write(text), close: () => {} };
  }
  if (existsSync(path)) throw existing(path);
  // What is refused before it begins leaves no file behind.
  let file: number | undefined;
  return {
    write: (text) =>
      writing(path, () => {
        file ??= openSync(path, "wx");
        writeSync(file, text);
      }),
    close: () => {
      if (file !== undefined) closeSync(file);
    },
  };
}

const existing = (path: string): OrreryError =>
  new OrreryError("files/exists", `${path} exists; nothing in it was changed`);
