// Vector clocks of a run as it goes by, counting chosen events alone: so they are numbered anew, and what happened
// in between still carries the order on.
//
// Invariants:
// 1. A host is one incarnation of a process. Its entry rises by one at each counted event of its own, from 1.
// 2. An entry of a host that has no counted event yet is 0, and is in no vector that is read.
// 3. An incarnation knows what the one before it had stored (and not lost) when it went down, and no more.
import type { TraceBatch } from "../core/batch.ts";
import { OrreryError } from "../core/errors.ts";
import { KIND, OWN } from "../core/trace-event.ts";
import type { TraceHeader } from "../trace/file.ts";
import { Flight } from "../trace/flight.ts";
import { forgottenBy } from "../trace/forgotten.ts";

const HOSTS_MAX = 10_000;

/** A process's present incarnation. */
type Stand = {
  readonly incarnation: number;
  readonly host: number;
  /** By host; those beyond its end are 0. */
  clock: Int32Array;
};

/** Source: Mattern 1989. Time and memory: one copy of a vector a send and a commit. */
export class VectorClocks {
  /** Process and incarnation of each host. */
  readonly hosts: { readonly process: number; readonly incarnation: number }[] = [];
  /** Receives whose send is not in the trace: nothing is known of what came before them. */
  orphans = 0;
  readonly #stands: (Stand | undefined)[] = [];
  /** What each process knew at its last commits, oldest first; as many as may ever be lost, and one more. */
  readonly #commits = new Map<number, Int32Array[]>();
  readonly #commitsMax: number;
  readonly #flight = new Flight<Int32Array>();

  constructor({ run }: TraceHeader) {
    const lost = run.faults.map((fault) => ("lost" in fault ? (fault.lost ?? 0) : 0));
    this.#commitsMax = 1 + lost.reduce((sum, each) => sum + each, 0);
  }

  /** Takes the next row of the trace; `counted` says whether it is an event of its process that counts. */
  see(batch: TraceBatch, row: number, detail: unknown, counted: boolean): void {
    const process = batch.process(row);
    const kind = batch.kind(row);
    const forgotten = forgottenBy(kind, detail);
    if (forgotten > 0) this.#commits.get(process)?.splice(-forgotten);
    if (kind === KIND.drop) this.#flight.land(batch, row);
    // Counted or not, these make a host, or carry the order on.
    const matters = OWN[kind] === true || kind === KIND.copy || kind === KIND.store;
    if (!counted && !matters) return;
    const stand = this.#standOf(process, batch.incarnation(row));
    if (kind === KIND.receive) {
      const stamp = this.#flight.land(batch, row);
      if (stamp === undefined) this.orphans++;
      else stand.clock = merged(stand.clock, stamp);
    }
    if (counted) stand.clock[stand.host]!++;
    if (kind === KIND.send || kind === KIND.copy) {
      // A copy has the stamp of its send; its own, if the record of that was lost.
      const stamp = this.#flight.sendOf(batch, row) ?? stand.clock.slice();
      this.#flight.leave(batch, row, stamp);
    }
    if (kind === KIND.store) this.#commit(process, stand.clock);
  }

  /** The host at which a process now is. */
  hostOf(process: number): number {
    return this.#stands[process]!.host;
  }

  /** Its clock after the last row of it; lent. Entries of other hosts than those here are 0. */
  clockOf(process: number): Int32Array {
    return this.#stands[process]!.clock;
  }

  #standOf(process: number, incarnation: number): Stand {
    const present = this.#stands[process];
    if (present?.incarnation === incarnation) return present;
    if (this.hosts.length === HOSTS_MAX) {
      throw new OrreryError("run/bound", `vector clocks of more than ${HOSTS_MAX} incarnations`);
    }
    const host = this.hosts.push({ process, incarnation }) - 1;
    const known = this.#commits.get(process)?.at(-1) ?? new Int32Array(0);
    const clock = merged(new Int32Array(host + 1), known);
    const stand: Stand = { incarnation, host, clock };
    this.#stands[process] = stand;
    return stand;
  }

  #commit(process: number, clock: Int32Array): void {
    const commits = this.#commits.get(process) ?? [];
    this.#commits.set(process, commits);
    commits.push(clock.slice());
    if (commits.length > this.#commitsMax) commits.shift();
  }
}

/** The greater of each entry: in the first array, if it is long enough. */
function merged(into: Int32Array, other: Int32Array): Int32Array {
  let target = into;
  if (other.length > into.length) {
    target = new Int32Array(other.length);
    target.set(into);
  }
  for (let host = 0; host < other.length; host++) {
    if (other[host]! > target[host]!) target[host] = other[host]!;
  }
  return target;
}
