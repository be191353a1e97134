// `orrery worker`: offers this host to runs and experiments, until it is told to stop.
import { availableParallelism, hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, messageOf, OrreryError } from "../../core/errors.ts";
import { sourceOf } from "../../experiments/experiment-file.ts";
import {
  follow,
  openJetStream,
  openNats,
  type ReachOptions,
  reachOf,
  telling,
} from "../../runtimes/nats/connect.ts";
import { Health } from "../../runtimes/nats/health.ts";
import { JobHost } from "../../runtimes/nats/job-host.ts";
import { workerFamilies } from "../../runtimes/nats/metrics.ts";
import type { PartOrder } from "../../runtimes/nats/words.ts";
import { WorkerHost } from "../../runtimes/nats/worker-host.ts";
import { metricsPage } from "../../runtimes/real/open-metrics.ts";
import { openPool } from "../experiment/pool.ts";
import { moduleOf } from "../find-system.ts";
import { say } from "../print.ts";
import { listenForStop } from "../progress.ts";
import { wholeNumber } from "../request.ts";
import { VERSION } from "../version.ts";
import { type MetricsOptions, serveMetrics } from "./serve-metrics.ts";

export type OfferOptions = ReachOptions &
  MetricsOptions & {
    readonly name?: string;
    readonly label?: readonly string[];
    readonly cores?: string;
    readonly folder?: string;
  };

const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;
const CORES_MAX = 4_096;
/** Servers that are not there yet are tried again after this, ms. */
const AGAIN = 1_000;

/** `orrery worker`. Returns when it was told to stop, and has let go of what it had. */
export async function offer(options: OfferOptions): Promise<number> {
  const name = options.name ?? hostname().replaceAll(/[^\w-]/g, "-");
  if (!NAME.test(name)) {
    throw new OrreryError("config/option", `--name "${name}": use A-Z a-z 0-9 _ -`);
  }
  // What is wrong is said before servers are waited for.
  const what = offerOf(options);
  const health = new Health(name, VERSION);
  // It can be asked before there is a server, as that is what is to be seen then.
  const metrics = await serveMetrics(options, {
    metrics: () => metricsPage(workerFamilies(health.read())),
    health: () => ({
      well: health.connected,
      says: `${health.connected ? "" : "not "}connected to NATS`,
    }),
  });
  try {
    if (metrics !== undefined) say(`metrics at ${metrics.url}`);
    return await stay(name, options, what, health);
  } finally {
    metrics?.close();
  }
}

type Offer = ReturnType<typeof offerOf>;

/** @throws OrreryError "config/option" */
const offerOf = (options: OfferOptions) => ({
  reach: reachOf(options, process.env),
  labels: labelsOf(options.label ?? []),
  cores:
    options.cores === undefined
      ? availableParallelism()
      : wholeNumber("--cores", options.cores, CORES_MAX),
});

async function stay(
  name: string,
  options: OfferOptions,
  { reach, labels, cores }: Offer,
  health: Health,
): Promise<number> {
  const log = (line: string): void => void process.stderr.write(`  ${line}\n`);
  const signals = listenForStop();
  const connection = await connected(reach, `orrery worker ${name}`, signals, log);
  if (connection === undefined) return EXIT.held;
  health.connects(connection);
  void follow(connection, telling(log));
  const folder = options.folder ?? join("workers", name);
  try {
    const manager = await openJetStream(connection, reach);
    const jobs = new JobHost(connection, {
      worker: name,
      cores,
      version: VERSION,
      unfit,
      jetstream: manager.jetstream(),
      open: () => openPool(cores),
      log,
    });
    const host = new WorkerHost(connection, {
      name,
      version: VERSION,
      folder,
      labels,
      cores,
      reach,
      entry: new URL("./nats-worker.js", import.meta.url),
      jobs: () => jobs.jobs,
      unfit,
      log,
    });
    await host.open();
    health.offers(host);
    jobs.open();
    const said = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    say(
      `worker ${name} at ${connection.getServer()}: ${cores} cores, ${said.join(", ") || "no labels"}; stores in ${folder}`,
    );
    await Promise.race([signals.heard, connection.closed()]);
    log("stops: takes nothing new, and lets go of what it has");
    await Promise.all([host.close(), jobs.close()]);
  } finally {
    signals.end();
    await connection.close();
  }
  return EXIT.held;
}

/** Waits for servers that are not there yet; undefined if it was told to stop meanwhile. */
async function connected(
  reach: ReturnType<typeof reachOf>,
  name: string,
  signals: ReturnType<typeof listenForStop>,
  log: (line: string) => void,
) {
  let said = false;
  while (!signals.stopped()) {
    try {
      return await openNats(reach, name);
    } catch (cause) {
      if (!(cause instanceof OrreryError) || cause.code !== "nats/unreachable") throw cause;
      if (!said) log(`${cause.message}; trying again each second`);
      said = true;
      await Promise.race([sleep(AGAIN), signals.heard]);
    }
  }
  return undefined;
}

/** @throws OrreryError "config/option" */
function labelsOf(pairs: readonly string[]): { readonly [label: string]: string } {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [label = "", value = "", ...rest] = pair.split("=");
      if (NAME.test(label) && value !== "" && rest.length === 0) return [label, value];
      throw new OrreryError("config/option", `--label "${pair}": write it as site=paris`);
    }),
  );
}

/** Why a part or a job cannot run here: its system is not here, or is another. */
function unfit({ system, source }: Pick<PartOrder, "system" | "source">): string | undefined {
  try {
    if (moduleOf(system) === undefined) return undefined;
    const here = sourceOf(system);
    if (here === null) return `there is no ${system} here`;
    if (here === source) return undefined;
    return `${system} is not the same here as where the run was started`;
  } catch (cause) {
    return messageOf(cause);
  }
}
