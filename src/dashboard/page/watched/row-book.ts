// The rows that the page has of the shown run: the last of many, in plain columns, so that drawing and searching them
// costs no objects. What belongs together is found as rows come: a message's send and what became of it, the send
// of a copy, what lasts from one row to another.
//
// Invariants:
// 1. Rows are in the run's order: times never fall, and a send stands before whatever tells of its message.
// 2. `mate` of a receive, arrive or drop is the send or copy it tells of. `mate` of a send or copy is where it ended, if
//    it did: its receive, its drop, or the crash that took it out of an inbox.
// 3. After `cut` the book is as if only the rows before had been added.
import { NONE, type TraceBatch } from "../../../core/batch.ts";
import type { Json } from "../../../core/json.ts";
import { KIND } from "../../../core/trace-event.ts";
import { placeIn } from "../place-in.ts";
import { LASTING, Spans } from "./spans.ts";

/** Rows that are kept; when there are twice as many, the older half goes. */
const KEPT = 200_000;
/** A list of what waits in an inbox may hold so many that no longer do. */
const STALE_MAX = 64;

/** Where a copy of a message is. */
const ON_WAY = 0;
const WAITING = 1;
const ENDED = 2;

export class RowBook {
  /** Sequence number of row 0, and how many there are. */
  first = 0;
  count = 0;
  /** Rises whenever rows that were there change their place or go. */
  shifts = 0;
  readonly time: Float64Array;
  readonly process: Int32Array;
  readonly kind: Uint8Array;
  readonly lamport: Int32Array;
  readonly inbox: Int32Array;
  readonly peer: Int32Array;
  readonly incarnation: Uint16Array;
  /** Of a message: its sender's incarnation, and his how-many-th it is; −1: none. */
  readonly senderIncarnation: Uint16Array;
  readonly number: Int32Array;
  /** The other end of a message (invariant 2); −1: none. */
  readonly mate: Int32Array;
  /** Of a send or copy: the send that it is one of, which is itself if that one is unknown; else −1. */
  readonly origin: Int32Array;
  readonly spans = new Spans();
  readonly #kept: number;
  readonly #place: Uint8Array;
  #details: (Json | undefined)[] = [];
  /** Sends and copies by message and receiver: the latest of each bucket, and of each the one before it. */
  readonly #latest: Int32Array;
  readonly #before: Int32Array;
  /** Last send of each process, and rows of sends that wait in its inbox, with some that no longer do. */
  readonly #lastSend: number[] = [];
  readonly #waiting: number[][] = [];

  constructor(kept = KEPT) {
    const size = 2 * kept;
    this.#kept = kept;
    this.time = new Float64Array(size);
    this.process = new Int32Array(size);
    this.kind = new Uint8Array(size);
    this.lamport = new Int32Array(size);
    this.inbox = new Int32Array(size);
    this.peer = new Int32Array(size);
    this.incarnation = new Uint16Array(size);
    this.senderIncarnation = new Uint16Array(size);
    this.number = new Int32Array(size);
    this.mate = new Int32Array(size);
    this.origin = new Int32Array(size);
    this.#place = new Uint8Array(size);
    this.#before = new Int32Array(size);
    this.#latest = new Int32Array(2 ** Math.ceil(Math.log2(size))).fill(NONE);
  }

  get end(): number {
    return this.first + this.count;
  }

  get firstTime(): number {
    return this.count === 0 ? 0 : this.time[0]!;
  }

  get lastTime(): number {
    return this.count === 0 ? 0 : this.time[this.count - 1]!;
  }

  add(batch: TraceBatch): void {
    // A gap: the server kept no older rows.
    if (batch.first !== this.end) this.#clear(batch.first);
    batch.each((row, detail) => {
      if (this.count === 2 * this.#kept) this.#forget(this.#kept);
      this.#put(batch, row, detail);
    });
  }

  /** Rows from that sequence number on never happened. */
  cut(sequence: number): void {
    const left = Math.max(0, sequence - this.first);
    if (left >= this.count) return;
    for (let row = this.count - 1; row >= left; row--) {
      if (this.isSend(row)) this.#latest[this.#bucket(row)] = this.#before[row]!;
    }
    this.#details.length = left;
    this.count = left;
    this.shifts++;
    this.spans.cut(this.first + left);
    this.#recall();
  }

  /** The detail of a row, if it has one. */
  detail(row: number): Json | undefined {
    return this.#details[row];
  }

  /** Did a message set out at this row? */
  isSend(row: number): boolean {
    return this.kind[row] === KIND.send || this.kind[row] === KIND.copy;
  }

  /** The first row at or after a time, µs; `count` if there is none. */
  rowAt(time: number): number {
    return placeIn(this.time, time, this.count);
  }

  #put(batch: TraceBatch, row: number, detail: Json | undefined): void {
    const at = this.count++;
    const process = batch.process(row);
    const kind = batch.kind(row);
    this.time[at] = batch.time(row);
    this.process[at] = process;
    this.kind[at] = kind;
    this.lamport[at] = batch.lamport(row);
    this.inbox[at] = batch.inbox(row);
    this.peer[at] = batch.peer(row);
    this.incarnation[at] = batch.incarnation(row);
    this.senderIncarnation[at] = batch.senderIncarnation(row);
    this.number[at] = batch.message(row);
    this.mate[at] = NONE;
    this.origin[at] = NONE;
    this.#place[at] = ON_WAY;
    this.#details.push(detail);
    if (batch.message(row) !== NONE) this.#pair(at, kind);
    else if (kind === KIND.crash) this.#crash(at);
    if (!LASTING[kind]) return;
    this.spans.see({ sequence: this.first + at, time: this.time[at]!, process, kind, detail });
  }

  #pair(row: number, kind: number): void {
    if (kind === KIND.send || kind === KIND.copy) this.#send(row, kind);
    else if (kind === KIND.arrive) this.#arrive(row);
    else if (kind === KIND.receive || kind === KIND.drop) this.#end(row, kind);
  }

  #send(row: number, kind: number): void {
    const process = this.process[row]!;
    this.origin[row] = kind === KIND.copy ? this.#originOf(row) : row;
    if (kind === KIND.send) this.#lastSend[process] = row;
    this.#remember(row);
  }

  /** Of a copy to another receiver it is the send before; of a link's duplicate, that of the message it doubles. */
  #originOf(copy: number): number {
    const last = this.#lastSend[this.process[copy]!] ?? NONE;
    if (last !== NONE && this.#isSameMessage(last, copy)) return last;
    const doubled = this.#find(copy, ON_WAY);
    return doubled === NONE ? copy : this.origin[doubled]!;
  }

  #isSameMessage(a: number, b: number): boolean {
    return (
      this.number[a] === this.number[b] && this.senderIncarnation[a] === this.senderIncarnation[b]
    );
  }

  #arrive(row: number): void {
    const sent = this.#find(row, ON_WAY);
    if (sent === NONE) return;
    this.mate[row] = sent;
    if (this.#place[sent] === ON_WAY) this.#wait(this.process[row]!, sent);
  }

  #wait(process: number, sent: number): void {
    this.#place[sent] = WAITING;
    (this.#waiting[process] ??= []).push(sent);
  }

  #end(row: number, kind: number): void {
    const sent = this.#find(row, kind === KIND.receive ? WAITING : ON_WAY);
    if (sent === NONE) return;
    this.mate[row] = sent;
    if (this.#place[sent] === ENDED) return;
    this.#place[sent] = ENDED;
    this.mate[sent] = row;
    const process = this.process[row]!;
    const waiting = this.#waiting[process] ?? [];
    if (waiting.length > 2 * this.inbox[row]! + STALE_MAX) {
      this.#waiting[process] = waiting.filter((each) => this.#place[each] === WAITING);
    }
  }

  /** What waited at a process that crashes is lost there. */
  #crash(row: number): void {
    const process = this.process[row]!;
    for (const sent of this.#waiting[process] ?? []) {
      if (this.#place[sent] !== WAITING) continue;
      this.#place[sent] = ENDED;
      this.mate[sent] = row;
    }
    this.#waiting[process] = [];
  }

  /**
   * Of the sends and copies of a row's message to that receiver the oldest that is in this place; else the oldest
   * that has not ended, else the oldest of all: it came twice, and no row tells of the doubling.
   */
  #find(row: number, place: number): number {
    let [best, rank] = [NONE, 0];
    for (let at = this.#latest[this.#bucket(row)]!; at !== NONE; at = this.#before[at]!) {
      if (!this.#isSameCopy(at, row)) continue;
      const found = this.#place[at]!;
      const ranked = found === place ? 3 : found === ENDED ? 1 : 2;
      if (ranked >= rank) [best, rank] = [at, ranked];
    }
    return best;
  }

  #isSameCopy(sent: number, row: number): boolean {
    if (!this.#isSameMessage(sent, row)) return false;
    const [process, peer] = [this.process[sent], this.peer[sent]];
    if (this.isSend(row)) return process === this.process[row] && peer === this.peer[row];
    return process === this.peer[row] && peer === this.process[row];
  }

  #bucket(row: number): number {
    const own = this.isSend(row);
    const sender = own ? this.process[row]! : this.peer[row]!;
    const receiver = own ? this.peer[row]! : this.process[row]!;
    // Odd constants of Murmur3 and of the golden ratio.
    let hash = Math.imul(sender + 1, 0x9e3779b1) ^ Math.imul(receiver + 1, 0x85ebca6b);
    hash ^= Math.imul(this.number[row]! + 1, 0xc2b2ae35) + this.senderIncarnation[row]!;
    hash ^= hash >>> 15;
    return (hash ^ (hash >>> 7)) & (this.#latest.length - 1);
  }

  #remember(row: number): void {
    const bucket = this.#bucket(row);
    this.#before[row] = this.#latest[bucket]!;
    this.#latest[bucket] = row;
  }

  /** Where messages are, by the rows that are left. */
  #recall(): void {
    const { count, kind, mate } = this;
    this.#lastSend.length = 0;
    this.#waiting.length = 0;
    for (let row = 0; row < count; row++) {
      if (this.isSend(row)) {
        if (kind[row] === KIND.send) this.#lastSend[this.process[row]!] = row;
        if (mate[row]! < count && mate[row] !== NONE) continue;
        mate[row] = NONE;
        this.#place[row] = ON_WAY;
      } else if (kind[row] === KIND.arrive && mate[row] !== NONE) {
        const sent = mate[row]!;
        if (this.#place[sent] === ON_WAY) this.#wait(this.process[row]!, sent);
      }
    }
  }

  /** Drops the oldest rows. */
  #forget(rows: number): void {
    const { time, process, kind, lamport, inbox, peer, incarnation, number, mate, origin } = this;
    const columns = [time, process, kind, lamport, inbox, peer, incarnation, number, mate, origin];
    for (const column of [...columns, this.senderIncarnation, this.#place]) {
      column.copyWithin(0, rows, this.count);
    }
    this.#details = this.#details.slice(rows);
    this.first += rows;
    this.count -= rows;
    this.shifts++;
    this.#latest.fill(NONE);
    for (let row = 0; row < this.count; row++) {
      mate[row] = Math.max(NONE, mate[row]! - rows);
      // A copy whose send is gone stands for it.
      if (this.isSend(row)) {
        origin[row] = origin[row]! < rows ? row : origin[row]! - rows;
        this.#remember(row);
      }
    }
    this.spans.forget(this.time[0]!);
    this.#recall();
  }

  #clear(first: number): void {
    this.first = first;
    this.count = 0;
    this.shifts++;
    this.#details = [];
    this.#latest.fill(NONE);
    this.#lastSend.length = 0;
    this.#waiting.length = 0;
    this.spans.clear();
  }
}
