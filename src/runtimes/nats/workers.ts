// Which workers there are: they are asked, and say who they are.
import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { OrreryError } from "../../core/errors.ts";
import { WORKERS } from "./subjects.ts";
import { type HostInfo, readHost } from "./words.ts";

/** Once workers answered, others are waited for so long, ms. */
const STALL = 300;
/** Nobody answered: it is asked again for so long, ms. */
const PATIENCE = 3_000;

/** All workers that answer, by name. */
export async function workersOf(connection: NatsConnection): Promise<readonly HostInfo[]> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    const found = new Map<string, HostInfo>();
    const strategy = { strategy: "stall", stall: STALL, maxWait: PATIENCE } as const;
    try {
      for await (const said of await connection.requestMany(WORKERS, "", strategy)) {
        const host = readHost(said);
        if (host !== undefined) found.set(host.worker, host);
      }
    } catch {
      // Nobody listens.
    }
    if (found.size > 0 || performance.now() > until) {
      return [...found.values()].sort((a, b) => (a.worker < b.worker ? -1 : 1));
    }
    await sleep(STALL);
  }
}

/** Those that can take part. @throws OrreryError "nats/workers" if there is none, saying why */
export function usable(workers: readonly HostInfo[], version: string): readonly HostInfo[] {
  const fit = workers.filter((each) => !each.draining && each.version === version);
  if (fit.length > 0) return fit;
  const others = workers.map((each) =>
    each.draining ? `${each.worker} is ending` : `${each.worker} is of version ${each.version}`,
  );
  const said =
    others.length === 0 ? "no worker answers" : `no worker can be used: ${others.join("; ")}`;
  throw new OrreryError("nats/workers", said);
}
