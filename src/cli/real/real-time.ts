// How a run on real clocks kept time, as it is kept beside its trace and shown.
import type { Table } from "../../core/table.ts";
import type { WireHealth } from "../../runtimes/real/ledger.ts";
import type { Pacing } from "../../runtimes/real/pacing.ts";

/** How the machines kept time, and what their wires met. */
export type RealTime = { readonly pacing: readonly Pacing[]; readonly wire: WireHealth };

/** Beside the trace: what does not belong to the model. */
export const REAL_TIME_FILE = "real-time.json";

/** Rows of the table of machines. */
const ROWS_MAX = 32;

export function pacingTable(pacing: readonly Pacing[]): Table {
  const milli = (span: number): string => (span / 1e3).toFixed(2);
  return {
    title: `Real time${pacing.length > ROWS_MAX ? ` (the first ${ROWS_MAX} of ${pacing.length})` : ""}`,
    columns: [
      "process",
      "ticks/s",
      "achieved",
      "ticks",
      "skipped",
      "late p50 ms",
      "p99",
      "max",
      "CPU %",
      "MB",
    ],
    rows: pacing
      .slice(0, ROWS_MAX)
      .map((each) => [
        each.name,
        each.nominalPerSecond > 0 ? String(each.nominalPerSecond) : "-",
        each.achievedPerSecond.toFixed(3),
        each.ticks,
        each.skipped,
        milli(each.lateP50Micros),
        milli(each.lateP99Micros),
        milli(each.lateMaxMicros),
        (100 * each.cpuShare).toFixed(1),
        Math.round(each.residentBytes / 1e6),
      ]),
  };
}
