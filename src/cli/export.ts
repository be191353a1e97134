// `orrery export`: a kept run in another tool's words.
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { EXIT, OrreryError } from "../core/errors.ts";
import { parseMicros } from "../core/micros.ts";
import { suggestion } from "../core/parse.ts";
import { TRACE_FILE } from "../experiments/record-run.ts";
import { writing } from "../experiments/run-folder.ts";
import type { Choice, Format } from "../formats/format.ts";
import { FORMATS } from "../formats/formats.ts";
import { readTrace } from "../trace/file.ts";

export type ExportOptions = {
  readonly to: string;
  readonly out?: string;
  readonly from?: string;
  readonly until?: string;
  readonly only?: string;
};

/** `orrery export RUN --to FORMAT`: to standard output, or to a new file. */
export async function exportRun(folder: string, options: ExportOptions): Promise<number> {
  const format = formatOf(options.to);
  const sink = sinkOf(options.out);
  try {
    const { result } = await readTrace(join(folder, TRACE_FILE), (header) =>
      format.begin(header, choiceOf(options, header.names), sink.write),
    );
    const where = options.out === undefined ? "" : ` in ${options.out}`;
    tell(`${result.events.toLocaleString("en")} events as ${options.to}${where}`);
    result.notes.forEach(tell);
  } finally {
    sink.close();
  }
  return EXIT.held;
}

/** What is not the export itself must not stand in it. */
const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function formatOf(name: string): Format {
  const format = FORMATS[name];
  if (format !== undefined) return format;
  const hint = suggestion(name, Object.keys(FORMATS));
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
  const file = writing(path, () => {
    try {
      return openSync(path, "wx");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      throw new OrreryError("files/exists", `${path} exists; nothing in it was changed`);
    }
  });
  return {
    write: (text) => writing(path, () => writeSync(file, text)),
    close: () => closeSync(file),
  };
}
