// The audit of a run's stores as one of its checks.
import type { Auditor, Change, InFlight, Violation } from "../core/audit.ts";
import type { TraceBatch } from "../core/batch.ts";
import type { Check, Observer, Verdict } from "../core/check.ts";
import { KIND, type TraceEvent } from "../core/trace-event.ts";

export const AUDIT = "audit";

/**
 * Follows the commits of a run with a system's auditor. Its check fails with the store event of the first
 * commit that was wrong. Commits that come when the trace is over are judged alike.
 */
export class Audit {
  readonly #auditor: Auditor;
  /** Commits so far, by process; and of them, how many store events were seen, and the last. */
  readonly #commits: number[];
  readonly #seen: number[];
  readonly #last: (TraceEvent | undefined)[];
  #first: { readonly violation: Violation; readonly commit: number } | undefined;
  #witness: TraceEvent | undefined;

  constructor(auditor: Auditor, processes: number) {
    this.#auditor = auditor;
    this.#commits = new Array<number>(processes).fill(0);
    this.#seen = new Array<number>(processes).fill(0);
    this.#last = new Array<TraceEvent | undefined>(processes).fill(undefined);
  }

  /** A store begins empty. */
  opened(process: number, id: string): void {
    this.#auditor.opened(process, id);
  }

  commit(process: number, changes: readonly Change[]): void {
    this.#commits[process]!++;
    this.#auditor.commit(process, changes);
    this.#note(process);
  }

  /** Looks at what is under way now. */
  underway(messages: Iterable<InFlight>): void {
    this.#auditor.underway(messages);
    this.#note();
  }

  get check(): Check {
    return {
      kind: "always",
      name: AUDIT,
      claim: "Every store is right, and all of them together: nothing lost, nothing used twice.",
      begin: () => this.#observer(),
    };
  }

  /** The first violation came to light: in this commit, or (without a process) in its own stage's last. */
  #note(process?: number): void {
    const violation = this.#auditor.found[0];
    if (violation === undefined || this.#first !== undefined) return;
    const whose = process ?? violation.process;
    const commit = this.#commits[whose]!;
    this.#first = { violation: { ...violation, process: whose }, commit };
    if (this.#seen[whose]! >= commit) this.#witness = this.#last[whose];
  }

  #observer(): Observer<Verdict> {
    return {
      see: (batch) => this.#see(batch),
      end: () => {
        if (this.#first === undefined) return { result: "holds", examined: sum(this.#commits) };
        const { invariant, says, process } = this.#first.violation;
        const witness = this.#witness ?? this.#last[process];
        const witnesses = witness === undefined ? [] : [witness];
        return { result: "fails", reason: `${invariant}: ${says}`, witnesses };
      },
    };
  }

  #see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      if (batch.kind(row) !== KIND.store) continue;
      const process = batch.process(row);
      const seen = ++this.#seen[process]!;
      if (this.#first !== undefined && this.#witness !== undefined) continue;
      this.#last[process] = batch.event(row);
      if (this.#first?.violation.process === process && this.#first.commit === seen) {
        this.#witness = this.#last[process];
      }
    }
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
