// A measured run in tables: those that make sense for any system.
import type { RunReport, Table } from "../core/table.ts";
import type { Measures } from "./measure.ts";

/** Rows beyond this are left to `summary.csv`. */
export const TABLE_ROWS_MAX = 32;

/** What an event of each kind is counted as in the table. */
const KINDS = ["internal", "send", "receive", "timeout"] as const;

export function processTable(measures: Measures, word: string): Table {
  const rows = measures.processes
    .slice(0, TABLE_ROWS_MAX)
    .map((process) => [
      process.name,
      process.rate === undefined ? "-" : String(process.rate),
      ...KINDS.map((kind) => process.events[kind] ?? 0),
      process.finalLamport,
      process.lamportPerSecond.toFixed(2),
      process.jump.mean.toFixed(2),
      process.jump.max,
      process.inbox.mean.toFixed(2),
      process.inbox.max,
      process.inbox.final,
    ]);
  const columns = [word, "ticks/s", ...KINDS.map(plural), "final L", "L/s"];
  const inboxes = ["mean jump", "max", "mean inbox", "max", "final"];
  return {
    title: titled(`Each ${word}`, measures.processes.length),
    columns: [...columns, ...inboxes],
    rows,
  };
}

export function driftTable(measures: Measures): Table {
  const { processes, drift } = measures;
  const rows = drift
    .slice(0, TABLE_ROWS_MAX)
    .map(({ a, b, mean, max, final, finalShare, slopePerSecond }) => [
      `${processes[a]!.name} – ${processes[b]!.name}`,
      mean.toFixed(2),
      max,
      final,
      `${(100 * finalShare).toFixed(1)} %`,
      slopePerSecond.toFixed(3),
    ]);
  return {
    title: titled("Drift |La − Lb|", drift.length),
    columns: ["pair", "mean", "max", "final", "of the larger", "slope/s"],
    rows,
  };
}

/** The report of a system that has none of its own. */
export function plainReport(measures: Measures): RunReport {
  const tables = [processTable(measures, "process"), driftTable(measures)];
  return { tables: tables.filter(({ rows }) => rows.length > 0), findings: [], prediction: null };
}

const plural = (kind: string): string => (kind === "internal" ? kind : `${kind}s`);

const titled = (title: string, count: number): string =>
  count > TABLE_ROWS_MAX ? `${title} (the first ${TABLE_ROWS_MAX} of ${count})` : title;

/** Every figure of a run in long form: metric, of what, value. */
export function summaryRows(measures: Measures): readonly (readonly [string, string, number])[] {
  const rows: [string, string, number][] = [];
  for (const { name, rate, events, jump, inbox, ...numbers } of measures.processes) {
    if (rate !== undefined) rows.push(["rate_per_second", name, rate]);
    for (const [kind, count] of Object.entries(events)) rows.push([`events_${kind}`, name, count]);
    for (const [metric, value] of Object.entries(numbers)) rows.push([snake(metric), name, value]);
    for (const [metric, value] of Object.entries(jump)) {
      rows.push([`jump_${snake(metric)}`, name, value]);
    }
    for (const [metric, value] of Object.entries(inbox)) {
      rows.push([`inbox_${snake(metric)}`, name, value]);
    }
  }
  for (const { a, b, ...numbers } of measures.drift) {
    const pair = `${measures.processes[a]!.name}/${measures.processes[b]!.name}`;
    for (const [metric, value] of Object.entries(numbers)) {
      rows.push([`drift_${snake(metric)}`, pair, value]);
    }
  }
  return rows;
}

const snake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
