// Room on the disk: how much a run will take, said before it is made.
import { existsSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { OrreryError } from "../core/errors.ts";
import { micros } from "../core/micros.ts";
import type { Run } from "../core/run.ts";
import { type AnySystem, membersOf } from "../core/system.ts";
import { LOGS_MAX } from "../experiments/logs.ts";
import { RUNS_ROOT } from "../experiments/run-folder.ts";
import { drawRates } from "../runtimes/driver/rates.ts";
import { sim } from "../runtimes/sim/simulation.ts";
import { TraceWriter } from "../trace/writer.ts";

/** What is larger is said before it is made, bytes. */
const LARGE = 1e9;
/** An estimate may be so much too high, and what it says still be sure not to fit. */
const SURELY = 2;
/** Bytes of a row, measured on runs of clocks: in the trace, in the logs, in the records of OS processes. */
const ROW = { trace: 11, logs: 55, records: 31 };
/** Bytes of an experiment's run: its line in the journal, its row of the results. */
const RESULT = 3_000;
/** A run with fewer seconds of processes, or ticks, than this is not large, whatever it does. */
const SMALL = 1_000_000;
/** So many processes take a while to start: they are not rehearsed, but taken to record a row a tick. */
const CROWD = 10_000;
/** A rehearsal begins with so much model time, µs, and tries twice as much, until it has so many rows, or took so long, ms. */
const FIRST = 100_000;
const ROWS = 50_000;
const REHEARSAL = 100;

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Such as "1.2 GB". */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1e3 ** power).toPrecision(3))} ${UNITS[power]}`;
}

/** Says it if a run that is to be kept in a folder is large. @throws OrreryError "files/room" if it cannot fit */
export function foreseeRun(system: AnySystem, run: Run, real: boolean, folder = RUNS_ROOT): void {
  let rates: Float64Array;
  try {
    rates = drawRates(membersOf(system, run.params), run.seed);
  } catch {
    return; // What cannot be rehearsed may still run elsewhere.
  }
  const ticks = (rates.reduce((sum, rate) => sum + Math.max(1, rate), 0) * run.duration) / 1e6;
  if (ticks < SMALL) return;
  const rows = rates.length > CROWD ? ticks : rowsOf(system, run);
  const logs = rates.length <= LOGS_MAX ? ROW.logs : 0;
  foresee(rows * (ROW.trace + logs + (real ? ROW.records : 0)), "the run", folder);
}

/** The same of so many runs of an experiment. */
export const foreseeResults = (runs: number, folder: string): void =>
  foresee(runs * RESULT, "the results", folder);

/** Rows of a run, from its first part in virtual time: what that does in its second half it goes on doing. */
function rowsOf(system: AnySystem, run: Run): number {
  let rows = 0;
  const writer = new TraceWriter((batch) => {
    rows += batch.count;
  });
  const running = sim.start(system, run, writer);
  const began = performance.now();
  const marks: { readonly time: number; readonly rows: number }[] = [{ time: 0, rows: 0 }];
  try {
    for (let time = FIRST; time < run.duration; time *= 2) {
      running.to(micros(time));
      writer.flush();
      marks.push({ time: running.now, rows });
      if (rows > ROWS || performance.now() - began > REHEARSAL) break;
    }
  } catch {
    // What goes wrong is told by the run itself.
  }
  running.stop();
  const [before, last] = [marks.at(-2) ?? marks[0]!, marks.at(-1)!];
  if (last.time === before.time) return 0;
  const slope = (last.rows - before.rows) / (last.time - before.time);
  return last.rows + slope * (run.duration - last.time);
}

function foresee(bytes: number, what: string, folder: string): void {
  if (bytes < LARGE) return;
  const free = freeBytes(resolve(folder));
  const there = free === undefined ? "" : `; ${bytesText(free)} are free`;
  const said = `${what} will take about ${bytesText(bytes)} of disk${there}`;
  if (free !== undefined && bytes / SURELY > free) throw new OrreryError("files/room", said);
  process.stderr.write(`  ${said}\n`);
}

/** What this user may still write in a folder, which need not be there yet; undefined where the disk does not say. */
function freeBytes(folder: string): number | undefined {
  if (!existsSync(folder)) return freeBytes(dirname(folder));
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
