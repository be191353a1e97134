// What befell the processes and links of a run, from the rows of its trace: crashes, pauses and faults, from when to
// when.
import type { TraceBatch } from "../../../core/batch.ts";
import type { Json } from "../../../core/json.ts";
import { KIND } from "../../../core/trace-event.ts";

/** Only the last of many are kept. */
const KEPT = 2_000;

type Incident = {
  /** Sequence number of the row. */
  readonly row: number;
  readonly time: number;
  readonly process: number;
  readonly kind: number;
  readonly detail: Json;
};

/** Something that holds, or held, for a while; µs. */
export type Trouble = {
  /** Row of its beginning: names it for ever. */
  readonly row: number;
  readonly process: number;
  /** As a fault is written, or `crash machine_1` of what the trace has no words for. */
  readonly says: string;
  readonly from: number;
  /** Null: it holds. The same as `from`: it took no time. */
  readonly to: number | null;
};

const WANTED: ReadonlySet<number> = new Set([
  ...[KIND.crash, KIND.recover, KIND.pause, KIND.resume, KIND.fault],
]);

export class Incidents {
  #all: Incident[] = [];
  /** Rises with each change. */
  version = 0;

  take(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const kind = batch.kind(row);
      if (!WANTED.has(kind)) continue;
      const sequence = batch.first + row;
      // A run that was taken back sends again what came before.
      if (sequence <= (this.#all.at(-1)?.row ?? -1)) continue;
      const [time, process] = [batch.time(row), batch.process(row)];
      const detail = batch.detail(row) ?? null;
      this.#all.push({ row: sequence, time, process, kind, detail });
      this.version++;
    }
    if (this.#all.length > 2 * KEPT) this.#all = this.#all.slice(-KEPT);
  }

  /** What came after so many rows never happened. */
  cut(rows: number): void {
    while (this.#all.length > 0 && this.#all.at(-1)!.row >= rows) {
      this.#all.pop();
      this.version++;
    }
  }

  /** In the order of their beginnings. */
  troubles(names: readonly string[]): readonly Trouble[] {
    const troubles: Trouble[] = [];
    /** Places of those that hold, by their words. */
    const open = new Map<string, number>();
    for (const incident of this.#all) {
      const { act, says } = wordsOf(incident, names);
      const at = open.get(says);
      if (act === "end") {
        if (at !== undefined) troubles[at] = { ...troubles[at]!, to: incident.time };
        open.delete(says);
        continue;
      }
      const { row, process, time } = incident;
      if (act === "begin") open.set(says, troubles.length);
      troubles.push({ row, process, says, from: time, to: act === "begin" ? null : time });
    }
    return troubles;
  }
}

type Words = { readonly act: "begin" | "end" | "once"; readonly says: string };

function wordsOf({ kind, process, detail }: Incident, names: readonly string[]): Words {
  const name = names[process] ?? String(process);
  if (kind === KIND.crash || kind === KIND.recover) {
    return { act: kind === KIND.crash ? "begin" : "end", says: `crash ${name}` };
  }
  if (kind === KIND.pause || kind === KIND.resume) {
    return { act: kind === KIND.pause ? "begin" : "end", says: `pause ${name}` };
  }
  if (typeof detail === "string") return { act: "once", says: `${name}: ${detail}` };
  const { begin, end, spared } = (detail ?? {}) as { readonly [act: string]: Json | undefined };
  if (typeof begin === "string") {
    // A step of a clock stays, and has no end.
    return { act: / step \S+$/.test(begin) ? "once" : "begin", says: begin };
  }
  if (typeof end === "string") return { act: "end", says: end };
  return { act: "once", says: `nobody led: ${String(spared ?? "")}` };
}
