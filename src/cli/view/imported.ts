// A log of another tool as a show: checked, told, and replayed like a run that was kept.
import { readFileSync, statSync } from "node:fs";
import { basename, extname } from "node:path";
import { verify } from "../../checks/checks.ts";
import { linearizable } from "../../checks/linearizability/linearizable.ts";
import { register } from "../../checks/linearizability/models.ts";
import { messageOf, OrreryError } from "../../core/errors.ts";
import { KeptShow } from "../../dashboard/kept-show.ts";
import { RowLog } from "../../dashboard/rows.ts";
import { BYTES_MAX, type Imported } from "../../formats/imported.ts";
import { historyTrace, readHistory } from "../../formats/jepsen-history.ts";
import { shivizLog } from "../../formats/shiviz-log.ts";
import type { Trace } from "../../trace/trace.ts";
import { shellLine } from "../request.ts";
import { infoOf } from "./sim.ts";

/** What reads a file, by its ending. */
const READERS: { readonly [ending: string]: (text: string, title: string) => Imported } = {
  ".log": shivizLog,
  ".shiviz": shivizLog,
  ".edn": history,
  ".json": history,
  ".jsonl": history,
};

/** What a register does. */
const REGISTER_CALLS: ReadonlySet<string> = new Set(["read", "write", "cas"]);

/** A history of Jepsen. */
function history(text: string): Imported {
  const moments = readHistory(text);
  const trace = historyTrace(moments);
  const { run, names, batches } = trace;
  const calls = moments.filter(({ process }) => typeof process === "number");
  const clients = new Set(calls.map(({ process }) => process)).size;
  const invoked = calls.filter(({ type }) => type === "invoke").length;
  const isRegister = calls.every(({ f }) => REGISTER_CALLS.has(f));
  return {
    header: { runtime: "tcp", run, names, rates: names.map(() => 0) },
    batches,
    says: [
      `${invoked.toLocaleString("en")} operations of ${clients.toLocaleString("en")} clients`,
      isRegister ? registerVerdict(trace) : "its operations are not a register's: not judged",
    ],
  };
}

function registerVerdict(trace: Trace): string {
  const [verdict] = verify(trace, [linearizable(register())]);
  if (verdict?.result === "holds") return "linearizable, as a register";
  return `not shown to be linearizable: ${verdict?.reason}`;
}

/** Whether this is a file that is read so. */
export const isImported = (path: string): boolean =>
  Object.hasOwn(READERS, extname(path).toLowerCase());

/** @throws OrreryError "files/missing", "log/unreadable", "log/clocks", "log/bound", "history/unreadable" */
export function importedShow(
  path: string,
  { id, speed }: { readonly id: string; readonly speed: number },
): KeptShow {
  const { header, batches, says } = imported(path);
  process.stderr.write(`${[path, ...says.map((line) => `  ${line}`)].join("\n")}\n`);
  const { run, names, rates } = header;
  const log = new RowLog(Number.POSITIVE_INFINITY);
  for (const batch of batches) log.add(batch);
  return new KeptShow({
    info: {
      ...infoOf({ id, title: basename(path), run }, names, rates),
      ...{ source: "log", runtime: header.runtime, duration: run.duration },
      can: ["play", "step"],
    },
    ...{ log, duration: run.duration, speed },
    ...{ stored: undefined, audit: undefined, view: undefined },
    repeat: shellLine(["npx", "orrery", "view", path]),
    says: says.join("; "),
  });
}

function imported(path: string): Imported {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) throw new OrreryError("files/missing", `there is no ${path}`);
  if (bytes > BYTES_MAX) {
    const sizes = `${bytes} bytes, of which at most ${BYTES_MAX} are read`;
    throw new OrreryError("log/bound", `${path} has ${sizes}`);
  }
  const text = textOf(path);
  try {
    return READERS[extname(path).toLowerCase()]!(text, basename(path));
  } catch (cause) {
    if (!(cause instanceof OrreryError)) throw cause;
    throw new OrreryError(cause.code, `${path}, ${cause.message}`, { cause });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new OrreryError("log/unreadable", `${path}: ${messageOf(cause)}`, { cause });
  }
}
