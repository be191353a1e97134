// How far another host's clock is off ours. Of the time of day nothing is asked: hosts may disagree on that by hours.
import type { NatsConnection } from "@nats-io/transport-node";
import { monotonic } from "../real/clock.ts";
import { workerSubject } from "./subjects.ts";

/** Readings, of which the quickest is taken; and how long each may take, ms. */
const READINGS = 15;
const PATIENCE = 2_000;

/**
 * A worker's monotonic clock less ours, µs; good to half of what the quickest of some readings took. Undefined if it
 * does not answer. Source: Cristian 1989, probabilistic clock synchronization.
 */
export async function offsetOf(
  connection: NatsConnection,
  worker: string,
): Promise<number | undefined> {
  let [best, offset]: [number, number | undefined] = [Number.POSITIVE_INFINITY, undefined];
  for (let reading = 0; reading < READINGS; reading++) {
    const before = monotonic();
    const asked = connection.request(workerSubject(worker, "time"), "", { timeout: PATIENCE });
    const now = Number((await asked.catch(() => undefined))?.string());
    const after = monotonic();
    if (!Number.isFinite(now) || after - before >= best) continue;
    best = after - before;
    offset = Math.round(now - (before + after) / 2);
  }
  return offset;
}
