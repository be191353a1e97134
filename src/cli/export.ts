// `orrery export`: a kept run in another tool's words.
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, OrreryError } from "../core/errors.ts";
import { parseMicros } from "../core/micros.ts";
import { suggestion } from "../core/parse.ts";
import { TRACE_FILE } from "../experiments/record-run.ts";
import { writing } from "../experiments/run-folder.ts";
import { type Choice, type Format, WHOLE } from "../formats/format.ts";
import { FORMATS } from "../formats/formats.ts";
import { ConeObserver } from "../trace/cone.ts";
import { readTrace } from "../trace/file.ts";
import { EXPORT_FORMATS } from "./examples.ts";
import { collectorAt, postSpans } from "./post-spans.ts";

export type ExportOptions = {
  readonly to: string;
  readonly out?: string;
  readonly from?: string;
  readonly until?: string;
  readonly only?: string;
  readonly cone?: string;
  readonly post?: string;
};

/** `orrery export RUN --to FORMAT`: to standard output, to a new file, or to a collector of spans. */
export async function exportRun(folder: string, options: ExportOptions): Promise<number> {
  const format = await formatOf(options.to);
  const url = collectorOf(options);
  const events = await coneOf(folder, options.cone);
  if (url === undefined) {
    await write(folder, options, { format, events, out: options.out });
    return EXIT.held;
  }
  // A run may be larger than memory, and a collector slower than the run is read.
  const passing = options.out === undefined ? mkdtempSync(join(tmpdir(), "orrery-")) : undefined;
  try {
    const out = options.out ?? join(passing!, "spans.jsonl");
    await write(folder, options, { format, events, out });
    const { requests, rejected, says } = await postSpans(out, url);
    tell(`posted to ${url.href} in ${requests.toLocaleString("en")} requests`);
    if (rejected > 0) tell(`${rejected.toLocaleString("en")} spans were rejected there`);
    says.forEach(tell);
    return rejected > 0 ? EXIT.world : EXIT.held;
  } finally {
    if (passing !== undefined) rmSync(passing, { recursive: true });
  }
}

type Writing = {
  readonly format: Format;
  readonly events: Uint8Array | null;
  readonly out: string | undefined;
};

async function write(
  folder: string,
  options: ExportOptions,
  { format, events, out }: Writing,
): Promise<void> {
  const sink = sinkOf(out);
  try {
    const { result } = await readTrace(join(folder, TRACE_FILE), (header) =>
      format.begin(header, { ...choiceOf(options, header.names), events }, sink.write),
    );
    const where = options.out === undefined ? "" : ` in ${options.out}`;
    tell(`${result.events.toLocaleString("en")} events as ${options.to}${where}`);
    result.notes.forEach(tell);
  } finally {
    sink.close();
  }
}

/** What is not the export itself must not stand in it. */
const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function formatOf(name: string): Promise<Format> {
  // What draws is loaded by nobody else.
  if (name === "svg") return (await import("./export-svg.ts")).svg;
  const format = FORMATS[name];
  if (format !== undefined) return format;
  const hint = suggestion(name, EXPORT_FORMATS);
  throw new OrreryError("config/option", `--to: there is no format "${name}"; ${hint}`);
}

function collectorOf({ to, post }: ExportOptions): URL | undefined {
  if (post === undefined) return undefined;
  if (to === "otlp") return collectorAt(post);
  throw new OrreryError("config/option", `--post sends spans: say --to otlp, not --to ${to}`);
}

/** The causal cone of an event, found by a pass of its own; null if none was asked for. */
async function coneOf(folder: string, text: string | undefined): Promise<Uint8Array | null> {
  if (text === undefined) return null;
  const event = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(event)) {
    throw new OrreryError("config/option", `--cone "${text}" is not an event's sequence number`);
  }
  const { result, rows } = await readTrace(join(folder, TRACE_FILE), () => new ConeObserver(event));
  if (event < rows) return result;
  const last = `the last of its events is ${rows - 1}`;
  throw new OrreryError("config/option", `--cone ${event}: the run has no such event; ${last}`);
}

function choiceOf({ from, until, only }: ExportOptions, names: readonly string[]): Choice {
  const processes = only?.split(",").map((name) => {
    const process = names.indexOf(name.trim());
    if (process >= 0) return process;
    const hint = suggestion(name.trim(), names);
    throw new OrreryError("config/option", `--only: no process is named "${name.trim()}"; ${hint}`);
  });
  return {
    ...WHOLE,
    ...(from === undefined ? {} : { from: parseMicros(from) }),
    ...(until === undefined ? {} : { to: parseMicros(until) }),
    ...(processes === undefined ? {} : { processes: new Set(processes) }),
  };
}

type Sink = { readonly write: (text: string) => void; readonly close: () => void };

/** Standard output, or a file that must not exist. */
function sinkOf(path: string | undefined): Sink {
  if (path === undefined) {
    return { write: (text) => writeOut(Buffer.from(text)), close: () => {} };
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

const STANDARD_OUTPUT = 1;
/** How long a reader that is slower than we are is left alone, ms. */
const PATIENCE = 5;

/** Waits for whoever reads, so that what is not read yet does not pile up in memory. */
function writeOut(bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length; ) {
    try {
      from += writeSync(STANDARD_OUTPUT, bytes, from);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // Whoever reads has seen enough.
      if (code === "EPIPE") process.exit(EXIT.held);
      if (code !== "EAGAIN") throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE);
    }
  }
}
