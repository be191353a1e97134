import type { Change } from "./audit.ts";
import type { Json } from "./json.ts";

/** All that a process's stable store holds at one instant: for audits and tools. */
export type Stored = {
  /** Names the store; new when it was wiped. */
  readonly id: string;
  readonly keyed: ReadonlyMap<string, Json>;
  /** Oldest first. */
  readonly logs: ReadonlyMap<string, readonly Json[]>;
};

/** All of it, as the changes of one commit. */
export function changesIn({ keyed, logs }: Stored): Change[] {
  const changes: Change[] = [...keyed].map(([key, value]) => ({ kind: "put", key, value }));
  for (const [log, values] of logs) {
    for (const value of values) changes.push({ kind: "append", log, value });
  }
  return changes;
}
