import { KIND } from "../core/trace-event.ts";

/**
 * How many of its last commits the store of a process loses at this event: all when it is wiped, some when
 * the disk lied about them, mostly none.
 */
export function forgottenBy(kind: number, detail: unknown): number {
  if (kind !== KIND.fault || typeof detail !== "string") return 0;
  if (detail === "wiped") return Number.POSITIVE_INFINITY;
  return Number(/^lost (\d+)$/.exec(detail)?.[1] ?? 0);
}
