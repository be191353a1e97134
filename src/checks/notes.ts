// Checks that are written over what processes note: the words of a system, not of the platform.
import type { TraceBatch } from "../core/batch.ts";
import type { Check, Observer, Verdict } from "../core/check.ts";
import { calmFrom } from "../core/faults.ts";
import type { Json } from "../core/json.ts";
import { formatMicros, type Micros } from "../core/micros.ts";
import type { Run } from "../core/run.ts";
import { KIND, type NoteDetail, type TraceEvent } from "../core/trace-event.ts";

/** An internal event that has a name. */
export type Note = {
  readonly process: number;
  readonly incarnation: number;
  readonly timeMicros: number;
  readonly name: string;
  readonly fields: { readonly [name: string]: Json | undefined };
  /** The event itself, to be a witness. */
  readonly event: TraceEvent;
};

/** Why a claim does not hold, and the events that prove it. */
export type Failure = { readonly reason: string; readonly witnesses: readonly TraceEvent[] };

/**
 * What looks at the notes of one run. Each method may return what it found: for `always` and
 * `eventually` a failure, for `sometimes` that the case did occur; the first one counts.
 */
export interface Watch {
  note?(note: Note): Failure | undefined;
  /** A process went down, with its state. */
  crash?(event: TraceEvent): Failure | undefined;
  /** The run is over. For `eventually`: what of all that was owed by `due` is still to come? */
  end?(): Failure | undefined;
}

/** What a watch is told of its run. */
export type Watched = {
  readonly run: Run;
  /** Names of the processes, by id. */
  readonly names: readonly string[];
  /**
   * The instant from which no planned fault holds, nor any other disorder that was stated, µs; Infinity if
   * one never ends.
   */
  readonly calm: number;
  /**
   * For `eventually`: what was asked for by this instant, µs, is to have come to pass by the end of the
   * run, after as much calm as was stated.
   */
  readonly due: number;
};

/** Says that something is never to be seen. Cost: one call a note. */
export const always = (name: string, claim: string, begin: (of: Watched) => Watch): Check => ({
  kind: "always",
  name,
  claim,
  begin: (run, names) => new Watching(begin(watched(run, names)), broken),
});

/**
 * Says that in calm, when no fault holds, what is asked for comes to pass within a span, µs. `end` of the
 * watch is asked at the end of the run what is still owed. A run with less calm than that leaves it
 * unknown. `quiet`: a system that disturbs itself, as it was asked to, does not do so after this, µs.
 */
export const eventually = (
  name: string,
  claim: string,
  within: Micros,
  begin: (of: Watched) => Watch,
  quiet = 0,
): Check => ({
  kind: "eventually",
  name,
  claim: `${claim} (within ${formatMicros(within)} of calm)`,
  begin: (run, names) => {
    const of = watched(run, names, within, quiet);
    return new Watching(begin(of), (failure) => owed(failure, of, within));
  },
});

/** Says that a case does occur: a hunt in which it never did has shown little. */
export const sometimes = (name: string, claim: string, begin: (of: Watched) => Watch): Check => ({
  kind: "sometimes",
  name,
  claim,
  begin: (run, names) => new Watching(begin(watched(run, names)), seen),
});

function watched(run: Run, names: readonly string[], within = 0, quiet = 0): Watched {
  const calm = Math.max(quiet, calmFrom(run));
  return { run, names, calm, due: Math.max(calm, run.duration - within) };
}

const broken = (found: Failure | undefined): Verdict | undefined =>
  found && { result: "fails", ...found };

/** What is owed is a failure only after as much calm as was stated. */
function owed(
  found: Failure | undefined,
  { run, calm }: Watched,
  within: Micros,
): Verdict | undefined {
  if (found === undefined || run.duration >= calm + within) return broken(found);
  const lasted = formatMicros(Math.max(0, run.duration - calm) as Micros);
  const reason = Number.isFinite(calm)
    ? `calm lasted ${lasted}, and the claim is for ${formatMicros(within)} of it`
    : "a fault does not end, so there is no calm";
  return { result: "unknown", reason };
}

const seen = (found: Failure | undefined): Verdict | undefined =>
  found === undefined ? { result: "unknown", reason: "it did not occur in this run" } : undefined;

/** Shows notes and crashes to a watch, until it has found something. */
class Watching implements Observer<Verdict> {
  #examined = 0;
  #found: Failure | undefined;
  readonly #watch: Watch;
  readonly #conclude: (found: Failure | undefined) => Verdict | undefined;

  /** `conclude` says what follows from what was found; nothing: the claim holds. */
  constructor(watch: Watch, conclude: (found: Failure | undefined) => Verdict | undefined) {
    this.#watch = watch;
    this.#conclude = conclude;
  }

  see(batch: TraceBatch): void {
    let next = 0;
    for (let row = 0; row < batch.count && this.#found === undefined; row++) {
      const kind = batch.kind(row);
      if (kind === KIND.crash) this.#found = this.#watch.crash?.(batch.event(row));
      if (kind !== KIND.internal) continue;
      while (next < batch.detailRows.length && batch.detailRows[next]! < row) next++;
      if (batch.detailRows[next] !== row) continue;
      this.#examined++;
      this.#found = this.#watch.note?.(noteOf(batch, row));
    }
  }

  end(): Verdict {
    const concluded = this.#conclude(this.#found ?? this.#watch.end?.());
    return concluded ?? { result: "holds", examined: this.#examined };
  }
}

/** The note of a row that has one. */
function noteOf(batch: TraceBatch, row: number): Note {
  const event = batch.event(row);
  const { process, incarnation, timeMicros } = event;
  const { name, fields } = event.detail as NoteDetail;
  return { process, incarnation, timeMicros, name, fields, event };
}
