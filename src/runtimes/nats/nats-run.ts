// The `nats` runtime: processes on whichever hosts offer themselves, messages on subjects, leases and registers kept by
// JetStream. The supervisor is that of all real runtimes; this places its workers.

import { randomBytes } from "node:crypto";
import type { JetStreamManager } from "@nats-io/jetstream";
import { isKeeper } from "../../core/keeper.ts";
import type { Run } from "../../core/run.ts";
import { type AnySystem, membersOf } from "../../core/system.ts";
import { brief } from "../real/layout.ts";
import type { RealOptions } from "../real/options.ts";
import { RealRun } from "../real/supervisor.ts";
import { forgetRun, openBucket, REPLICAS, replicasOf } from "./buckets.ts";
import { follow, openJetStream, openNats, type Reach, telling } from "./connect.ts";
import { type Placed, placed, type Rule } from "./placement.ts";
import { RemoteCrew } from "./remote-crew.ts";
import { KEPT_BUCKET, PARTS_BUCKET } from "./subjects.ts";
import { usable, workersOf } from "./workers.ts";

export type NatsRunOptions = Omit<RealOptions, "workers" | "crew"> & {
  readonly reach: Reach;
  /** Of this program: workers of another are not used. */
  readonly version: string;
  /** Hash of the system's module, if it is one. */
  readonly source: string | null;
  readonly rules: readonly Rule[];
  /** Processes of an OS process; default: as many as make one for each core. */
  readonly perWorker: number | undefined;
};

const BUCKETS = [PARTS_BUCKET, KEPT_BUCKET];

/** Telling all hosts when a run begins takes at most so long, µs. */
const HEAD_START = 500_000;

/**
 * A run that is ready to start, on the workers that are there.
 * @throws OrreryError "config/*", "runtime/cannot", "nats/*"
 */
export async function natsRun(
  system: AnySystem,
  run: Run,
  { reach, version, source, rules, perWorker, ...options }: NatsRunOptions,
): Promise<RealRun> {
  const id = randomBytes(6).toString("hex");
  const connection = await openNats(reach, `orrery run ${id}`);
  try {
    const manager = await openJetStream(connection, reach);
    const hosts = usable(await workersOf(connection), version);
    const members = membersOf(system, run.params);
    const names = members.map(({ name }) => name);
    // A keeper has what it keeps in JetStream: alone, it can start anew wherever there is a host.
    const alone = new Set([...members.keys()].filter((each) => isKeeper(members[each]!.process)));
    const parts = placed(names, hosts, rules, perWorker, alone);
    // A system without a keeper loses nothing with a server.
    await checkBuckets(manager, alone.size === 0 ? () => {} : options.log);
    options.log(`run ${id}: ${whereabouts(parts, names)}`);
    void follow(connection, telling(options.log));
    const common = { connection, run: id, source, hosts, rules, names, placed: parts };
    const crew: RealOptions["crew"] = (events) =>
      new RemoteCrew({ ...common, folder: options.folder, log: options.log, closed }, events);
    // What was kept for this run is kept for nobody else.
    const closed = async (): Promise<void> => {
      await Promise.all(BUCKETS.map((bucket) => forgetRun(manager, bucket, id)));
      await connection.close();
    };
    const workers = (): readonly (readonly number[])[] => parts.map(({ processes }) => processes);
    return new RealRun(system, run, {
      ...options,
      workers,
      crew,
      cluster: id,
      headStart: HEAD_START,
    });
  } catch (cause) {
    await connection.close();
    throw cause;
  }
}

/** Which worker has what. */
function whereabouts(parts: readonly Placed[], names: readonly string[]): string {
  const on = new Map<string, string[]>();
  for (const { worker, processes } of parts) {
    const its = processes.map((process) => names[process]!);
    on.set(worker, [...(on.get(worker) ?? []), ...its]);
  }
  return [...on].map(([worker, its]) => `${brief(its)} on ${worker}`).join("; ");
}

/** Makes the buckets that runs need, and says if a server that is lost would take them with it. */
async function checkBuckets(manager: JetStreamManager, log: (line: string) => void): Promise<void> {
  for (const bucket of BUCKETS) await openBucket(manager, bucket);
  const replicas = (await replicasOf(manager, `KV_${KEPT_BUCKET}`)) ?? 1;
  if (replicas >= REPLICAS) return;
  const servers = replicas === 1 ? "one server" : `${replicas} servers`;
  log(
    `leases and flows are kept by ${servers}, not ${REPLICAS}: one that is lost may take them along`,
  );
}
