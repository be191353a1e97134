// A log for each process, one line an event, for people.
import type { TraceBatch } from "../core/batch.ts";
import type { Json } from "../core/json.ts";
import { EVENT_KINDS, KIND } from "../core/trace-event.ts";

/** What stands above the lines. */
export const LOG_HEADER = "process        time s  event       L  inbox  peer\n";

/**
 * The row as a line: process, model time in seconds, event, L, inbox length after it, peer, and what
 * else there is to say. Columns line up for names of up to 12 characters.
 */
export function logLine(names: readonly string[], batch: TraceBatch, row: number): string {
  const kind = batch.kind(row);
  const name = names[batch.process(row)] ?? "?";
  const time = (batch.time(row) / 1e6).toFixed(6);
  const peer = names[batch.peer(row)] ?? "";
  const detail = batch.detail(row);
  const said = detail === undefined ? "" : describe(kind, detail);
  const columns = [
    name.padEnd(12),
    time.padStart(12),
    ` ${EVENT_KINDS[kind]!.name.padEnd(8)}`,
    String(batch.lamport(row)).padStart(4),
    String(batch.inbox(row)).padStart(6),
    ` ${peer.padEnd(said === "" ? 0 : 12)}`,
  ];
  return `${columns.join(" ")} ${said}`.trimEnd();
}

function describe(kind: number, detail: Json): string {
  if (kind === KIND.rate) return `${String(detail)}/s`;
  if (typeof detail === "string") return detail;
  return JSON.stringify(detail);
}
