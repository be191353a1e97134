// A run that was kept as a show. One of virtual time whose execution gives the same rows once more is executed: it can
// be stepped, struck and branched like any. All others are replayed.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { TraceBatch } from "../../core/batch.ts";
import { OrreryError } from "../../core/errors.ts";
import type { Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import { KeptShow } from "../../dashboard/kept-show.ts";
import { RowLog } from "../../dashboard/rows.ts";
import type { Dashboard } from "../../dashboard/server.ts";
import type { Show } from "../../dashboard/show.ts";
import { RUN_FILE, TRACE_FILE } from "../../experiments/record-run.ts";
import { readTextField } from "../../experiments/run-folder.ts";
import { STORED_FILE } from "../../experiments/stored-file.ts";
import { guarded } from "../../runtimes/guard.ts";
import { STORES } from "../../runtimes/real/stored-files.ts";
import { sim } from "../../runtimes/sim/simulation.ts";
import { readTrace, type TraceHeader } from "../../trace/file.ts";
import { linesOf } from "../../trace/record.ts";
import { TraceWriter } from "../../trace/writer.ts";
import { keptStores } from "../audits.ts";
import { findSystem } from "../find-system.ts";
import { repeatOf } from "../request.ts";
import { shippedOf } from "../systems.ts";
import { judgeOf } from "./audit.ts";
import { infoOf, simShow, viewOf } from "./sim.ts";

/** Of a longer trace only the first rows are loaded. */
const ROWS_MAX = 1_000_000;
/** A run of more rows is not executed again, to see whether it is the same. */
const AGAIN_MAX = 200_000;
/** Turns that are done before others may have the thread. */
const SLICE = 5_000;

/** What a folder keeps of a run. */
type Kept = {
  readonly folder: string;
  readonly header: TraceHeader;
  readonly log: RowLog;
  /** Rows of the whole trace. */
  readonly rows: number;
  readonly digest: string;
  readonly repeat: string;
  readonly module: string | undefined;
  readonly system: AnySystem | undefined;
};

/** @throws OrreryError "files/missing", "trace/unreadable" */
export async function keptShow(
  dashboard: Dashboard,
  { folder, id, speed }: { readonly folder: string; readonly id: string; readonly speed: number },
): Promise<Show> {
  const kept = await readKept(folder);
  const { header, system, rows } = kept;
  if (header.runtime !== "sim" || system === undefined || rows > AGAIN_MAX) {
    return replayed(kept, id, speed, null);
  }
  if (!(await isSame(system, kept))) {
    const says =
      "executed again it is another run, as what executes it has changed: it is replayed";
    return replayed(kept, id, speed, says);
  }
  const { run } = header;
  const named = kept.module ?? run.system;
  return simShow(dashboard, {
    ...{ id, title: folder, system, run, speed },
    repeat: (asked) => (asked === run ? kept.repeat : repeatOf(named, system, asked, [])),
  });
}

async function readKept(folder: string): Promise<Kept> {
  const trace = join(folder, TRACE_FILE);
  if (!existsSync(trace)) {
    const records = join(folder, "records");
    const hint = existsSync(records)
      ? `a run that did not end, or goes on; orrery collect ${records}/*.record`
      : `no run's folder: it has no ${TRACE_FILE}`;
    throw new OrreryError("files/missing", `${folder} is ${hint}`);
  }
  const log = new RowLog(Number.POSITIVE_INFINITY);
  const digest = createHash("sha256");
  const begin = (header: TraceHeader) => ({
    see(batch: TraceBatch): void {
      log.add(batch);
      if (header.runtime === "sim" && log.end <= AGAIN_MAX) digest.update(linesOf(batch));
    },
    end: () => undefined,
  });
  const { header, rows } = await readTrace(trace, begin, ROWS_MAX);
  const module = readTextField(join(folder, RUN_FILE), "module");
  const system = await systemOf(header.run, module);
  return {
    folder,
    header,
    log,
    rows,
    digest: digest.digest("hex"),
    repeat: readTextField(join(folder, RUN_FILE), "repeat") ?? "",
    module,
    system,
  };
}

/** The system of a run, if it ships or its module is still there and can be loaded. */
async function systemOf(run: Run, module: string | undefined): Promise<AnySystem | undefined> {
  const shipped = shippedOf(run)?.system;
  if (shipped !== undefined || module === undefined) {
    await shipped?.ready?.();
    return shipped;
  }
  try {
    return guarded(await findSystem(module));
  } catch (cause) {
    if (cause instanceof OrreryError) return undefined;
    throw cause;
  }
}

/** Does the run give the same rows once more? */
async function isSame(system: AnySystem, { header, digest }: Kept): Promise<boolean> {
  const again = createHash("sha256");
  let rows = 0;
  const writer = new TraceWriter((batch) => {
    rows += batch.count;
    if (rows <= AGAIN_MAX) again.update(linesOf(batch));
  });
  const { run } = header;
  const running = sim.start(system, run, writer);
  try {
    while (running.now < run.duration && rows <= AGAIN_MAX) {
      running.goOn(run.duration, SLICE);
      await setImmediate();
    }
  } catch (cause) {
    // As far as a run went whose handler threw, it was kept.
    if (!(cause instanceof OrreryError)) throw cause;
  }
  running.stop();
  return again.digest("hex") === digest;
}

function replayed(kept: Kept, id: string, speed: number, says: string | null): KeptShow {
  const { folder, header, log, rows, repeat, system } = kept;
  const { run, names, rates, runtime } = header;
  const part = log.end < rows;
  const stores = storesOf(folder, names);
  const judge = stores === undefined ? undefined : judgeOf(system, run);
  const parts = `only the first ${log.end} of ${rows} events are here`;
  return new KeptShow({
    info: {
      ...infoOf({ id, title: folder, run }, names, rates),
      source: "kept",
      runtime,
      duration: part ? log.time(log.end - 1) : run.duration,
      can: judge === undefined ? ["play", "step"] : ["play", "step", "audit"],
    },
    log,
    duration: part ? log.time(log.end - 1) : run.duration,
    stored: part || stores === undefined ? undefined : (process) => stores()[process]?.keyed,
    audit: judge && (() => judge(stores!(), [])),
    view: viewOf(run, names),
    repeat,
    says: part ? parts : says,
    speed,
  });
}

/** The stores that a folder keeps, read when they are first asked for; undefined if it keeps none. */
function storesOf(folder: string, names: readonly string[]) {
  const kept = [STORED_FILE, STORES].some((name) => existsSync(join(folder, name)));
  if (!kept) return undefined;
  let stores: ReturnType<typeof keptStores>;
  return () => (stores ??= keptStores(folder, names) ?? []);
}
