// What lasts from one row to another: a process is down or paused, a fault holds.
import type { Json } from "../../../core/json.ts";
import { EVENT_KINDS, KIND } from "../../../core/trace-event.ts";

export type Span = {
  readonly kind: "down" | "paused" | "fault";
  readonly process: number;
  /** A fault in its own words. */
  readonly says: string;
  /** µs, and the sequence numbers of the rows where it begins and ends; infinite: it still holds. */
  readonly from: number;
  readonly begun: number;
  to: number;
  ended: number;
  /** Faults that hold at one time have different tracks, from 0. */
  readonly track: number;
};

type Seen = {
  readonly sequence: number;
  readonly time: number;
  readonly process: number;
  readonly kind: number;
  readonly detail: Json | undefined;
};

/** Kinds of event that begin or end something, by number. */
export const LASTING: readonly boolean[] = EVENT_KINDS.map(({ name }) =>
  ["crash", "recover", "start", "pause", "resume", "fault"].includes(name),
);

export class Spans {
  /** By their beginnings. */
  all: Span[] = [];
  /** Those that hold, by what ends them. */
  readonly #open = new Map<string, Span>();

  /** How many faults hold at one time, at most. */
  get tracks(): number {
    return this.all.reduce((most, { kind, track }) => {
      return kind === "fault" ? Math.max(most, track + 1) : most;
    }, 0);
  }

  see(seen: Seen): void {
    switch (seen.kind) {
      case KIND.crash:
        this.#end("paused", seen);
        this.#begin("down", seen, "");
        break;
      case KIND.recover:
      case KIND.start:
        this.#end("down", seen);
        break;
      case KIND.pause:
        this.#begin("paused", seen, "");
        break;
      case KIND.resume:
        this.#end("paused", seen);
        break;
      case KIND.fault: {
        const { begin, end } = saidOf(seen.detail);
        if (begin !== undefined) this.#begin("fault", seen, begin);
        if (end !== undefined) this.#end("fault", seen, end);
        break;
      }
      default:
    }
  }

  /** Rows from that sequence number on never happened. */
  cut(sequence: number): void {
    this.all = this.all.filter(({ begun }) => begun < sequence);
    this.#open.clear();
    for (const span of this.all) {
      if (span.ended < sequence) continue;
      span.to = Number.POSITIVE_INFINITY;
      span.ended = Number.POSITIVE_INFINITY;
      this.#open.set(keyOf(span.kind, span.process, span.says), span);
    }
  }

  /** What ended before that time, µs, is no longer needed. */
  forget(time: number): void {
    this.all = this.all.filter(({ to }) => to >= time);
  }

  clear(): void {
    this.all = [];
    this.#open.clear();
  }

  #begin(kind: Span["kind"], { process, time, sequence }: Seen, says: string): void {
    const key = keyOf(kind, process, says);
    if (this.#open.has(key)) return;
    const faults = [...this.#open.values()].filter((span) => span.kind === "fault");
    const used = new Set(faults.map((span) => span.track));
    let track = 0;
    while (kind === "fault" && used.has(track)) track++;
    const still = Number.POSITIVE_INFINITY;
    const span = {
      ...{ kind, process, says, track, from: time, begun: sequence },
      ...{ to: still, ended: still },
    };
    this.all.push(span);
    this.#open.set(key, span);
  }

  #end(kind: Span["kind"], { process, time, sequence }: Seen, says = ""): void {
    const key = keyOf(kind, process, says);
    const span = this.#open.get(key);
    if (span === undefined) return;
    span.to = time;
    span.ended = sequence;
    this.#open.delete(key);
  }
}

/** What a row of a fault says; one that befell a store says it as mere text. */
function saidOf(detail: Json | undefined): { readonly begin?: string; readonly end?: string } {
  if (typeof detail !== "object" || detail === null || Array.isArray(detail)) return {};
  const { begin, end } = detail as { readonly [field: string]: Json | undefined };
  return {
    ...(typeof begin === "string" ? { begin } : {}),
    ...(typeof end === "string" ? { end } : {}),
  };
}

const keyOf = (kind: string, process: number, says: string): string =>
  kind === "fault" ? says : `${kind} ${process}`;
