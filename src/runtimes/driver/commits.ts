// Commits that are on their way to durability, in the order of each process's steps.
import { EFFECT, type Effects } from "../../core/effects.ts";
import { assert, OrreryError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { CrashPoint } from "../../core/run.ts";
import type { Change } from "../ports.ts";

/** One copy of a message that waits for its commit. */
export type Outgoing = {
  readonly to: number;
  readonly stamp: number;
  readonly number: number;
  readonly incarnation: number;
  readonly priority: number;
  readonly body: Json;
};

/** What a step will do once it is durable. */
export type Commit = {
  readonly changes: readonly Change[];
  readonly outbox: Outgoing[];
  /** Rows of the step in the trace: from … to − 1. */
  readonly from: number;
  to: number;
  /** Where, once durable, it meets the crash that was planned for it. */
  point: CrashPoint | undefined;
  slot: number;
  due: number;
};

/** The most commits of one process that may be pending; a store that slow is a broken one. */
const PENDING_MAX = 1_000_000;

export class Commits {
  readonly #pending = new Map<number, Commit[]>();

  pending(process: number): number {
    return this.#pending.get(process)?.length ?? 0;
  }

  /** Queues a commit; it is due at `due`, but never before the one ahead of it. */
  push(process: number, commit: Commit, due: number): void {
    const pending = this.#pending.get(process) ?? [];
    if (pending.length >= PENDING_MAX) {
      throw new OrreryError(
        "run/bound",
        `more than ${PENDING_MAX} commits of a process are pending`,
      );
    }
    commit.due = Math.max(due, pending.at(-1)?.due ?? 0);
    pending.push(commit);
    this.#pending.set(process, pending);
  }

  shift(process: number): Commit {
    const commit = this.#pending.get(process)?.shift();
    assert(commit !== undefined, "a durable commit was pending");
    return commit;
  }

  all(): readonly Commit[] {
    return [...this.#pending.values()].flat();
  }

  /** Calls off crashes planned within pending commits. */
  callOff(process: number): void {
    for (const commit of this.#pending.get(process) ?? []) commit.point = undefined;
  }

  /** Forgets all of a process; returns them. */
  clear(process: number): readonly Commit[] {
    const pending = this.#pending.get(process) ?? [];
    this.#pending.delete(process);
    return pending;
  }
}

/** The changes to the store that a step asked for, in order. */
export function changesOf(effects: Effects): Change[] {
  const changes: Change[] = [];
  for (let index = 0; effects.stored > 0 && index < effects.count; index++) {
    const key = effects.first[index] as string;
    const value = effects.second[index] as Json;
    switch (effects.kinds[index]) {
      case EFFECT.put:
        changes.push({ kind: "put", key, value });
        break;
      case EFFECT.remove:
        changes.push({ kind: "remove", key });
        break;
      case EFFECT.append:
        changes.push({ kind: "append", log: key, value });
        break;
    }
  }
  return changes;
}

/** What a store event says: the keys put, removed (with a minus) and appended to (with a plus). */
export function keysOf(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    if (change.kind === "put") return change.key;
    return change.kind === "remove" ? `-${change.key}` : `+${change.log}`;
  });
}
