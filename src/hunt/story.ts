// A failing run in words: the few events that matter, out of thousands.
//
// What matters is found by walking back from the witnesses: to the step in which each happened, to the
// message or timer that began that step, to the step that sent the message, and so on; and by looking
// for what faults did to the processes and messages on that way. Ranked, the best are told in their order.

import { LEADER } from "../core/faults.ts";
import { carriedBy } from "../core/links.ts";
import { type FaultDetail, PRINTED, type TraceEvent } from "../core/trace-event.ts";
import type { Trace } from "../trace/trace.ts";
import { type Facts, factsOf, messageKey } from "./facts.ts";
import type { Finding } from "./findings.ts";
import type { Book } from "./spy.ts";
import { bodyOf, secondsText, sentenceOf } from "./words.ts";

/** Lines of a story. */
const LINES_MAX = 14;
/** So many faults, or lost messages, are all told. */
const FEW = 3;
/** The lowest rank of what followed on a witness. */
const FORTH_MIN = 84;
/** Steps back from a witness. */
const DEPTH_MAX = 12;

export type StoryLine = {
  /** Sequence number of its event. */
  readonly sequence: number;
  readonly timeMicros: number;
  readonly process: number;
  readonly text: string;
  /** From here on it was as good as bound to fail. */
  readonly decisive: boolean;
};

export type Story = {
  readonly check: string;
  readonly reason: string;
  readonly lines: readonly StoryLine[];
};

/**
 * Tells a failing run. `decided` is the instant at which it became bound to fail, if one is known. Time
 * and memory: a few passes over its events.
 */
export function tell(trace: Trace, finding: Finding, book: Book, decided?: number): Story {
  const dull = (event: TraceEvent): boolean => {
    const body = bodyOf(event, book);
    return body !== undefined && carriedBy(body) === undefined;
  };
  const chooser = new Chooser([...trace], finding, trace.run.faults.length, dull);
  const deciding = new Set(decided === undefined ? [] : chooser.rankDecisive(decided));
  const chosen = chooser.choose();
  const lines = chosen.map((event) => ({
    sequence: event.sequence,
    timeMicros: event.timeMicros,
    process: event.process,
    text: sentenceOf(event, trace.names, book, chooser.facts),
    decisive: deciding.has(event.sequence),
  }));
  return { check: finding.check, reason: finding.reason, lines };
}

/** Events in words, with their times; those that say nothing to a reader are left out. */
export function sentences(events: readonly TraceEvent[], trace: Trace, book: Book): string[] {
  const facts = factsOf(trace);
  return events
    .filter(({ kind }) => !UNTOLD.has(kind))
    .map(
      (event) => `${secondsText(event.timeMicros)}  ${sentenceOf(event, trace.names, book, facts)}`,
    );
}

const UNTOLD = new Set(["arrive", "rate", "recover"]);

/** Kinds of which the decisive ones are told, and how many of them. */
const TELLING = new Set(["send", "receive", "drop", "internal", "timeout", "crash", "fault"]);
const DECISIVE_MAX = 3;
const OUTSIDE = new Set(["crash", "fault", "drop"]);
const STEP_BEGINS = new Set(["start", "receive", "timeout"]);
const STRUCK = new Set(["crash", "recover", "pause", "resume"]);

class Chooser {
  readonly facts: Facts;
  readonly #events: readonly TraceEvent[];
  readonly #finding: Finding;
  /** How many are planned. */
  readonly #faults: number;
  /** Acknowledgements of links, which tell nothing. */
  readonly #dull: (event: TraceEvent) => boolean;
  /** Rank by sequence number: the highest are told. */
  readonly #ranks = new Map<number, number>();
  /** Processes on the way to the witnesses. */
  readonly #people = new Set<number>();

  constructor(
    events: readonly TraceEvent[],
    finding: Finding,
    faults: number,
    dull: (event: TraceEvent) => boolean,
  ) {
    this.#dull = dull;
    this.#faults = faults;
    this.#events = events;
    this.#finding = finding;
    this.facts = factsOf(events);
  }

  /** Sends, losses, notes and faults of the decisive instant. Gives their sequence numbers. */
  rankDecisive(instant: number): readonly number[] {
    const there = this.#events.filter(
      (event) => event.timeMicros === instant && TELLING.has(event.kind) && !this.#dull(event),
    );
    // If something from outside struck then, that is it; other things only fell together with it.
    const struck = there.filter(({ kind }) => OUTSIDE.has(kind));
    const chosen = struck.length > 0 ? struck : there;
    const some = chosen.slice(0, DECISIVE_MAX).map(({ sequence }) => sequence);
    for (const sequence of some) this.#rank(sequence, 97);
    return some;
  }

  choose(): readonly TraceEvent[] {
    for (const witness of this.#finding.witnesses) {
      this.#rank(witness.sequence, 100);
      this.#back(witness.sequence, this.#finding.kind === "eventually" ? 2 : DEPTH_MAX);
    }
    if (this.#finding.kind === "eventually") this.#forth();
    this.#rankFaults();
    const best = [...this.#ranks].sort(([a, x], [b, y]) => y - x || b - a).slice(0, LINES_MAX);
    return best
      .map(([sequence]) => this.#events[sequence]!)
      .sort((a, b) => a.sequence - b.sequence);
  }

  #rank(sequence: number, rank: number): void {
    this.#ranks.set(sequence, Math.max(rank, this.#ranks.get(sequence) ?? 0));
  }

  /** From an event to the step it belongs to, and on to what caused that. */
  #back(from: number, depthMax: number): void {
    const lost = this.#events[from]!.kind === "drop";
    let at = lost ? this.facts.sendOf(this.#events[from]!)?.sequence : from;
    for (let depth = 0; depth < depthMax && at !== undefined; depth++) {
      const first: number = this.#stepOf(at);
      const begin: TraceEvent = this.#events[first]!;
      this.#people.add(begin.process);
      // That a program prints says less than what made it do so.
      const begins = STEP_BEGINS.has(begin.kind) && begin.detail !== PRINTED;
      if (begins) this.#rank(first, isFirst(begin) ? 50 : 96 - 5 * depth);
      this.#rankStep(first, 90 - 7 * depth);
      if (begin.kind !== "receive") {
        at = begin.kind === "timeout" ? this.#previousStep(first) : undefined;
        continue;
      }
      at = this.facts.sendOf(begin)?.sequence;
    }
  }

  /** Notes and writes of a step: what the process made of what it was given. */
  #rankStep(first: number, rank: number): void {
    const { process } = this.#events[first]!;
    for (let at = first; at < this.#events.length; at++) {
      const event = this.#events[at]!;
      if (at > first && this.#beginsStep(event, process)) return;
      if (event.process !== process) continue;
      if (event.kind === "internal" && event.detail !== undefined) this.#rank(at, rank);
      else if (event.kind === "store") this.#rank(at, rank - 14);
    }
  }

  #beginsStep({ kind, process }: TraceEvent, of: number): boolean {
    return process === of && (STEP_BEGINS.has(kind) || STRUCK.has(kind));
  }

  /** The event with which the step of an event began. */
  #stepOf(at: number): number {
    const { process, kind } = this.#events[at]!;
    if (STRUCK.has(kind)) return at;
    for (let before = at; before >= 0; before--) {
      const event = this.#events[before]!;
      if (event.process === process && STEP_BEGINS.has(event.kind)) return before;
    }
    return at;
  }

  #previousStep(at: number): number | undefined {
    const { process } = this.#events[at]!;
    for (let before = at - 1; before >= 0; before--) {
      const event = this.#events[before]!;
      if (event.process !== process) continue;
      const receives = event.kind === "receive" && !this.#dull(event);
      if (receives || event.kind === "start") return before;
    }
    return undefined;
  }

  /** What became of what followed on a witness: for what should have come to pass. */
  #forth(): void {
    const witness = this.#finding.witnesses[0];
    if (witness === undefined) return;
    const steps = [this.#stepOf(witness.sequence)];
    let rank = 94;
    for (const first of steps.values()) {
      for (const end of this.#endsOf(first)) {
        if (this.#dull(end) || rank <= FORTH_MIN) continue;
        this.#rank(end.sequence, rank--);
        this.#people.add(end.process);
        if (end.kind !== "receive") continue;
        this.#rankStep(end.sequence, rank--);
        steps.push(end.sequence);
      }
    }
  }

  /** Where the messages of a step came, or were lost. */
  #endsOf(first: number): TraceEvent[] {
    const { process } = this.#events[first]!;
    const sent = new Set<string>();
    const ends: TraceEvent[] = [];
    let within = true;
    for (let at = first; at < this.#events.length; at++) {
      const event = this.#events[at]!;
      if (at > first && this.#beginsStep(event, process)) within = false;
      const { kind } = event;
      if (within && event.process === process && (kind === "send" || kind === "copy")) {
        sent.add(messageKey(event));
      }
      const ended = kind === "receive" || kind === "drop";
      if (ended && sent.delete(messageKey(event))) ends.push(event);
      if (!within && sent.size === 0) break;
    }
    return ends;
  }

  /** The last messages between those on the way that faults lost or doubled. */
  #struckMessages(until: number): ReadonlySet<number> {
    const struck = this.#events.filter((event) => {
      const { kind, detail, process, peer, sequence } = event;
      const isStruck = kind === "drop" || (kind === "copy" && detail === "duplicate");
      const near = this.#people.has(process) && peer !== undefined && this.#people.has(peer);
      return isStruck && near && sequence <= until && !this.#dull(event);
    });
    return new Set(struck.slice(-FEW).map(({ sequence }) => sequence));
  }

  /** Faults, and what they did to the processes and messages on the way. */
  #rankFaults(): void {
    const last = this.#finding.witnesses.at(-1)?.sequence ?? this.#events.length;
    const causal = this.#finding.kind === "eventually" ? this.#events.length : last;
    const few = this.#faults <= FEW;
    const struckMessages = this.#struckMessages(causal);
    for (const event of this.#events) {
      const { kind, sequence, process } = event;
      if (sequence > causal) return;
      const near = this.#people.has(process);
      // That it recovers is said by its start.
      if (kind === "recover") continue;
      if (STRUCK.has(kind)) this.#rank(sequence, near ? (few ? 83 : 76) : 40);
      else if (kind === "fault") this.#rank(sequence, faultRank(event, few));
      else if (struckMessages.has(sequence)) this.#rank(sequence, 83);
      else if (kind === "start" && event.incarnation > 1) this.#rank(sequence, near ? 82 : 40);
    }
  }
}

/** That a run began is known. */
const isFirst = ({ kind, incarnation }: TraceEvent): boolean =>
  kind === "start" && incarnation === 1;

/** Beginnings matter more than ends; single lost messages show as their drop. */
function faultRank({ detail }: TraceEvent, few: boolean): number {
  if (typeof detail === "string") return 77;
  if (detail === undefined || detail === null || Array.isArray(detail)) return 40;
  const said = detail as FaultDetail;
  if (said.begin === undefined) return 45;
  return /^(loss|duplicate) \S+ \S+ 1$/.test(said.begin) && !said.begin.includes(LEADER)
    ? 20
    : few
      ? 84
      : 72;
}
