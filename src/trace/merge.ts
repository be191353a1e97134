// The records of several workers become one trace, in an order that extends happens-before.
//
// Invariants:
// 1. Rows of one record keep their order; a row that tells of a message comes after its send.
// 2. Among rows that may come next, the earliest comes; times that skewed clocks would let fall are
//    lifted to the time reached.
// 3. A send whose record was lost is put in before the first row that tells of it, and marked. It
//    is known to be lost when its sender's record has gone past it, or when nothing else can go on.
// 4. While records still grow, sources may be added, and a row that waits for a send waits until it is
//    overdue: what is not there yet is not lost.
import { NONE } from "../core/batch.ts";
import { KIND } from "../core/trace-event.ts";
import type { RecordedRow } from "./record.ts";
import type { TraceWriter } from "./writer.ts";

/** A record, row by row: `head` is the next row, undefined at its end. */
export interface RecordSource {
  readonly head: RecordedRow | undefined;
  /** Is the process's own behaviour recorded here? */
  owns(process: number): boolean;
  next(): void;
  /** It is no longer needed. */
  close?(): void;
}

/** The detail of a send, or of a crash, that no record tells of. */
export const INFERRED = "(inferred)";

/** Rows that tell of a message somebody sent. */
const TELLS = new Set([KIND.arrive, KIND.receive, KIND.drop]);

/** What is known of a process at this point of the trace. */
type Present = {
  incarnation: number;
  lamport: number;
  inbox: number;
  down: boolean;
  /** The highest message number sent, by incarnation. */
  readonly sent: Map<number, number>;
};

export class Merger {
  /** Sends that no record tells of. */
  inferred = 0;
  readonly #sources: readonly RecordSource[];
  readonly #writer: TraceWriter;
  readonly #present: Present[];
  /** Messages that were inferred, so that each is once. */
  readonly #known = new Set<string>();
  /** The source that records a process's own behaviour. */
  readonly #owner = new Map<number, RecordSource>();
  /** Rows up to this instant no longer wait for a send, µs. */
  #overdue = Number.POSITIVE_INFINITY;
  #time = 0;

  constructor(sources: readonly RecordSource[], processes: number, writer: TraceWriter) {
    this.#sources = sources;
    this.#writer = writer;
    this.#present = Array.from({ length: processes }, () => ({
      incarnation: 0,
      lamport: 0,
      inbox: 0,
      down: false,
      sent: new Map(),
    }));
  }

  /** Merges up to `most` rows; false when there are no more, or those that are there wait and are not `overdue`. */
  advance(most: number, overdue = Number.POSITIVE_INFINITY): boolean {
    this.#overdue = overdue;
    for (let left = most; left > 0; left--) {
      const source = this.#choose();
      if (source === undefined) return false;
      const row = source.head!;
      if (!this.#isToldOf(source, row)) this.#infer(row);
      this.#emit(source, row);
      source.next();
      // A send to several is one event: its copies, and what became of them at once, stay with it.
      if (row.kind === KIND.send) this.#copies(source, row);
    }
    return true;
  }

  /** The source with the earliest row that may come; if all wait for a send, the earliest of all. */
  #choose(): RecordSource | undefined {
    let [best, waiting]: (RecordSource | undefined)[] = [];
    for (const source of this.#sources) {
      const { head } = source;
      if (head === undefined) continue;
      if (this.#mayCome(source, head)) {
        if (best === undefined || earlier(head, best.head!)) best = source;
      } else if (waiting === undefined || earlier(head, waiting.head!)) waiting = source;
    }
    if (best !== undefined || waiting === undefined) return best;
    return waiting.head!.time <= this.#overdue ? waiting : undefined;
  }

  #ownerOf(process: number): RecordSource | undefined {
    const known = this.#owner.get(process) ?? this.#sources.find((each) => each.owns(process));
    if (known !== undefined) this.#owner.set(process, known);
    return known;
  }

  #mayCome(source: RecordSource, row: RecordedRow): boolean {
    if (row.kind === KIND.crash && !source.owns(row.process)) {
      // All that the process did comes before what ended it.
      const left = this.#ownerOf(row.process)?.head;
      return left === undefined || left.time >= row.time;
    }
    return this.#isToldOf(source, row) || this.#isLost(row);
  }

  /** Is there a send before it of the message it tells of, if it tells of one? */
  #isToldOf(source: RecordSource, row: RecordedRow): boolean {
    if (!TELLS.has(row.kind) || row.message === NONE || source.owns(row.peer)) return true;
    const sent = this.#present[row.peer]?.sent.get(row.sender);
    return (sent !== undefined && sent >= row.message) || this.#known.has(keyOf(row));
  }

  /** Has the sender's own record gone past this message, or ended? */
  #isLost(row: RecordedRow): boolean {
    const head = this.#ownerOf(row.peer)?.head;
    if (head === undefined) return row.time <= this.#overdue;
    if (head.process !== row.peer) return false;
    return head.incarnation > row.sender;
  }

  #infer(row: RecordedRow): void {
    const sender = this.#present[row.peer]!;
    this.inferred++;
    this.#known.add(keyOf(row));
    // A copy, as what else the send did is not known: nor how its sender's clock stood, but for that
    // it was below what the receiver's became.
    const lamport = Math.max(0, row.kind === KIND.receive ? row.lamport - 1 : sender.lamport);
    const { time, peer, process, message } = row;
    this.#record(time, KIND.copy, peer, row.sender, lamport, sender.inbox, process, message);
    this.#writer.detail(INFERRED);
  }

  #copies(source: RecordSource, sent: RecordedRow): void {
    for (let row = source.head; row !== undefined; row = source.head) {
      const copied = row.kind === KIND.copy && row.process === sent.process;
      const lost = row.kind === KIND.drop && row.peer === sent.process;
      if (row.message !== sent.message || !(copied || lost)) return;
      this.#emit(source, row);
      source.next();
    }
  }

  #emit(source: RecordSource, row: RecordedRow): void {
    const present = this.#present[row.process]!;
    const { kind, time, process, peer, message } = row;
    if (kind === KIND.recover && present.incarnation === 0) return; // before these records began
    if (kind === KIND.recover && !present.down) {
      // Nobody saw it die, but it did.
      const { incarnation, lamport } = present;
      this.#record(time, KIND.crash, process, incarnation, lamport, 0, NONE, NONE);
      this.#writer.detail(INFERRED);
    }
    if (source.owns(process)) {
      // Who recovers knows only afterwards who he was.
      const isNameless = kind === KIND.recover && row.lamport === 0;
      this.#follow(present, isNameless ? { ...row, ...before(present) } : row);
    } else if (kind === KIND.crash) {
      // Killed by somebody else before it could record its first start: to the trace it has not begun.
      if (present.down || present.incarnation === 0) return;
      present.down = true;
      present.inbox = 0;
    }
    const { incarnation, lamport, inbox } = present;
    this.#record(time, kind, process, incarnation, lamport, inbox, peer, message, row.sender);
    if (row.detail !== undefined) this.#writer.detail(row.detail);
  }

  #follow(present: Present, row: RecordedRow): void {
    present.incarnation = row.incarnation;
    present.lamport = row.lamport;
    present.inbox = row.inbox;
    if (row.kind === KIND.crash) present.down = true;
    if (row.kind === KIND.recover || row.kind === KIND.start) present.down = false;
    if (row.kind === KIND.send) present.sent.set(row.incarnation, row.message);
  }

  #record(
    time: number,
    kind: number,
    process: number,
    incarnation: number,
    lamport: number,
    inbox: number,
    peer: number,
    message: number,
    sender = message === NONE ? 0 : incarnation,
  ): void {
    this.#time = Math.max(this.#time, time);
    this.#writer.mark();
    const at = this.#time;
    this.#writer.record(at, kind, process, incarnation, lamport, inbox, peer, message, sender);
  }
}

const before = ({ incarnation, lamport }: Present) => ({ incarnation, lamport, inbox: 0 });

/** Of two that come at one instant, what is done to a message comes before what comes of it. */
const earlier = (a: RecordedRow, b: RecordedRow): boolean =>
  a.time < b.time || (a.time === b.time && !TELLS.has(a.kind) && TELLS.has(b.kind));

const keyOf = ({ peer, sender, message, process }: RecordedRow): string =>
  `${peer}/${sender}/${message}/${process}`;
