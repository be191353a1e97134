// Books of rows as the page has them, of simulated runs and of rows made by hand.
import causalBroadcast from "../../examples/causal-broadcast.ts";
import twoPhaseCommit from "../../examples/two-phase-commit.ts";
import { NONE, ROW_WORDS, TraceBatch } from "../../src/core/batch.ts";
import type { Json } from "../../src/core/json.ts";
import { seconds } from "../../src/core/micros.ts";
import type { RunSettings } from "../../src/core/new-run.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { type EventKind, KIND } from "../../src/core/trace-event.ts";
import type { Palette } from "../../src/dashboard/page/shell/palette.ts";
import type { Pane } from "../../src/dashboard/page/space-time/pane.ts";
import { RowBook } from "../../src/dashboard/page/watched/row-book.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import type { Trace } from "../../src/trace/trace.ts";

/** Systems that send to one, to several, and with commits in between. */
export const SYSTEMS: readonly AnySystem[] = [clocks, causalBroadcast, twoPhaseCommit];

/** A run in which messages are lost and doubled, and processes crash and pause. */
export const troubled = (system: AnySystem, seed: number, settings: RunSettings = {}): Trace =>
  simulate(system, {
    seed,
    duration: seconds(6),
    profile: "storm",
    links: { loss: 0.1, duplicate: 0.2 },
    ...settings,
  });

export function bookOf(trace: Trace): RowBook {
  const book = new RowBook();
  for (const batch of trace.batches) book.add(batch);
  return book;
}

export type Row = {
  readonly kind: EventKind;
  readonly process: number;
  readonly time?: number;
  readonly peer?: number;
  readonly number?: number;
  readonly sender?: number;
  readonly inbox?: number;
  readonly detail?: Json;
};

/** Rows made by hand as a batch; without a time, each is a millisecond after the one before. */
export function batchOf(rows: readonly Row[], first = 0): TraceBatch {
  const batch = new TraceBatch(rows.length);
  Object.assign(batch, { first, count: rows.length });
  rows.forEach((row, index) => {
    const { kind, process, time, peer, number, sender, inbox, detail } = row;
    const at = time ?? (first + index) * 1_000;
    const tags = KIND[kind] | (1 << 4) | ((sender ?? 0) << 18);
    const words = [at, process, tags, index, inbox ?? 0, peer ?? NONE, number ?? NONE];
    batch.words.set(words, index * ROW_WORDS);
    if (detail === undefined) return;
    batch.detailRows.push(index);
    batch.details.push(detail);
  });
  return batch;
}

export function bookOfRows(rows: readonly Row[]): RowBook {
  const book = new RowBook();
  book.add(batchOf(rows));
  return book;
}

export const PANE: Pane = {
  ...{ from: 0, to: 6e6, width: 1_000, height: 400, gutter: 100, head: 26 },
  ...{ processes: 4, laneHeight: 60, arranged: true, scroll: 0 },
};

export const THEME: Palette = {
  ...{ paper: "#fff", raised: "#eee", ink: "#111", faint: "#777", rule: "#ddd" },
  ...{ accent: "#06c", good: "#080", warn: "#a60", alarm: "#c00" },
  series: ["#01a", "#02a", "#03a", "#04a"],
};
