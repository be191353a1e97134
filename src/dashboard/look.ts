// What there is to see of one process at the present moment, and what of it a trace alone can tell.
import type { TraceBatch } from "../core/batch.ts";
import { NONE } from "../core/batch.ts";
import type { Json } from "../core/json.ts";
import { KIND } from "../core/trace-event.ts";
import type { Look, Standings } from "./protocol.ts";

/** Keys and messages of a process that are shown, and characters of each. */
const SHOWN_MAX = 200;
const TEXT_MAX = 4_000;

type Waiting = readonly (readonly [from: number, message: Json])[];

/** `waiting`: how many events are in the inbox, if more than those that are known. */
export function lookFrom(
  from: Look["from"],
  process: number,
  stored: ReadonlyMap<string, Json>,
  inbox: Waiting,
  waiting = inbox.length,
): Look {
  const keyed = [...stored].slice(0, SHOWN_MAX);
  const shown = inbox.slice(0, SHOWN_MAX);
  return {
    process,
    from,
    stored: keyed.map(([key, value]) => [key, brief(value)] as const),
    inbox: shown.map(([sender, message]) => [sender, brief(message)] as const),
    more: {
      stored: stored.size - keyed.length,
      inbox: Math.max(0, waiting - shown.length),
    },
  };
}

/** The same as rows tell it, and what of its store can be seen. */
export function lookFromRows(
  rows: readonly TraceBatch[],
  process: number,
  kept: ReadonlyMap<string, Json> | undefined,
  { waiting }: Standings,
): Look {
  const from = kept === undefined ? "trace" : "trace and stores";
  const stored = kept ?? storedBy(rows, process);
  return lookFrom(from, process, stored, waitingFor(rows, process), waiting[process]!);
}

/** A value, unless it is too long: then the beginning of its text. */
function brief(value: Json): Json {
  const text = JSON.stringify(value);
  return text.length <= TEXT_MAX ? value : `${text.slice(0, TEXT_MAX)}…`;
}

/** The keys that a process stored, as far as rows tell; not their values. */
function storedBy(batches: readonly TraceBatch[], process: number): ReadonlyMap<string, null> {
  const keys = new Map<string, null>();
  for (const { batch, row } of rowsOf(batches, process)) {
    const kind = batch.kind(row);
    if (kind === KIND.fault && batch.detail(row) === "wiped") keys.clear();
    if (kind !== KIND.store) continue;
    for (const key of batch.detail(row) as readonly string[]) {
      if (key.startsWith("-")) keys.delete(key.slice(1));
      else if (!key.startsWith("+")) keys.set(key, null);
    }
  }
  return keys;
}

/**
 * The messages that wait in an inbox, as far as rows tell: who sent them, and what they are called. Timers that are due
 * are not told apart, and left out.
 */
function waitingFor(batches: readonly TraceBatch[], process: number): Waiting {
  const waiting: { readonly name: string; readonly from: number }[] = [];
  for (const { batch, row } of rowsOf(batches, process)) {
    const kind = batch.kind(row);
    if (kind === KIND.crash) waiting.length = 0;
    if (batch.message(row) === NONE) continue;
    const name = nameOf(batch, row);
    if (kind === KIND.arrive) waiting.push({ name, from: batch.peer(row) });
    const full = kind === KIND.drop && batch.detail(row) === "inbox full";
    if (kind !== KIND.receive && !full) continue;
    const at = waiting.findIndex((each) => each.name === name);
    if (at >= 0) waiting.splice(at, 1);
  }
  const labels = labelsOf(batches, new Set(waiting.map(({ name }) => name)));
  return waiting.map(({ name, from }) => [from, labels.get(name) ?? null] as const);
}

/** What the messages of these names were called when they were sent. */
function labelsOf(
  batches: readonly TraceBatch[],
  names: ReadonlySet<string>,
): ReadonlyMap<string, Json> {
  const labels = new Map<string, Json>();
  if (names.size === 0) return labels;
  for (const batch of batches) {
    batch.detailRows.forEach((row, index) => {
      if (batch.kind(row) !== KIND.send) return;
      const name = nameOf(batch, row);
      if (names.has(name)) labels.set(name, batch.details[index]!);
    });
  }
  return labels;
}

const nameOf = (batch: TraceBatch, row: number): string =>
  `${batch.sender(row)}/${batch.senderIncarnation(row)}/${batch.message(row)}`;

function* rowsOf(
  batches: readonly TraceBatch[],
  process: number,
): Generator<{ readonly batch: TraceBatch; readonly row: number }> {
  for (const batch of batches) {
    for (let row = 0; row < batch.count; row++) {
      if (batch.process(row) === process) yield { batch, row };
    }
  }
}
