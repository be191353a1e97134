// `orrery export`: a kept run in another tool's words.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Observer } from "../../core/check.ts";
import { EXIT, OrreryError } from "../../core/errors.ts";
import { parseMicros } from "../../core/micros.ts";
import { suggestion } from "../../core/parse.ts";
import { TRACE_FILE } from "../../experiments/record-run.ts";
import { type Choice, type Exported, type Format, isChosen, WHOLE } from "../../formats/format.ts";
import { FORMATS } from "../../formats/formats.ts";
import { ConeObserver } from "../../trace/cone.ts";
import { readTrace, type TraceHeader, traceFile } from "../../trace/file.ts";
import { EXPORT_FORMATS } from "../examples.ts";
import { mustBeNew, sinkOf } from "../sink.ts";
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

/** An export under way. */
type Exporting = {
  readonly begin: (header: TraceHeader) => Observer<Exported>;
  /** All was written, or nothing more can be. */
  readonly close: () => void;
};

/** `orrery export RUN --to FORMAT`: to standard output, to a new file, or to a collector of spans. */
export async function exportRun(folder: string, options: ExportOptions): Promise<number> {
  const url = collectorOf(options);
  if (url === undefined) {
    await write(folder, options, options.out);
    return EXIT.held;
  }
  // A run may be larger than memory, and a collector slower than the run is read.
  const passing = options.out === undefined ? mkdtempSync(join(tmpdir(), "orrery-")) : undefined;
  try {
    const out = options.out ?? join(passing!, "spans.jsonl");
    await write(folder, options, out);
    const { requests, rejected, says } = await postSpans(out, url);
    tell(`posted to ${url.href} in ${requests.toLocaleString("en")} requests`);
    if (rejected > 0) tell(`${rejected.toLocaleString("en")} spans were rejected there`);
    says.forEach(tell);
    return rejected > 0 ? EXIT.world : EXIT.held;
  } finally {
    if (passing !== undefined) rmSync(passing, { recursive: true });
  }
}

async function write(
  folder: string,
  options: ExportOptions,
  out: string | undefined,
): Promise<void> {
  const format = await formatOf(options.to, folder);
  const events = await coneOf(folder, options.cone);
  const chosen = (names: readonly string[]): Choice => ({ ...choiceOf(options, names), events });
  const { begin, close } = format === null ? toParquet(out, chosen) : toText(format, out, chosen);
  try {
    const { result } = await readTrace(join(folder, TRACE_FILE), begin);
    const where = options.out === undefined ? "" : ` in ${options.out}`;
    tell(`${result.events.toLocaleString("en")} events as ${options.to}${where}`);
    result.notes.forEach(tell);
  } finally {
    close();
  }
}

type Chosen = (names: readonly string[]) => Choice;

function toText(format: Format, out: string | undefined, chosen: Chosen): Exporting {
  const { write, close } = sinkOf(out);
  return { begin: (header) => format.begin(header, chosen(header.names), write), close };
}

/** The form of `trace.parquet` itself, which is no text. */
function toParquet(out: string | undefined, chosen: Chosen): Exporting {
  if (out === undefined) {
    throw new OrreryError("config/option", "--to parquet is no text: name its file with --out");
  }
  mustBeNew(out);
  return {
    begin(header) {
      const choice = chosen(header.names);
      const file = traceFile(out, header, (batch, row) => isChosen(choice, batch, row));
      return { see: file.see, end: () => ({ events: file.end(), notes: [] }) };
    },
    close: () => {},
  };
}

/** What is not the export itself must not stand in it. */
const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** The format of that name, null being that of the trace itself. Some tell more, from what else the folder keeps. */
async function formatOf(name: string, folder: string): Promise<Format | null> {
  if (Object.hasOwn(FORMATS, name)) return FORMATS[name]!;
  switch (name) {
    case "parquet":
      return null;
    // What draws, and what knows of factories, is loaded by nobody else.
    case "svg":
      return (await import("./svg.ts")).svg;
    case "epcis":
      return (await import("./epcis.ts")).epcis(folder);
    case "tla-handoff":
      return (await import("./handoff.ts")).tlaHandoff;
  }
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
