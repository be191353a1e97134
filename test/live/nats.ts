// Runs on nats, for tests: workers as OS processes on this host or on hosts of their own, and the supervisor in here.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VERSION } from "../../src/cli/version.ts";
import { newRun, type RunSettings } from "../../src/core/new-run.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { sourceOf } from "../../src/experiments/experiment-file.ts";
import { reachOf } from "../../src/runtimes/nats/connect.ts";
import { natsRun } from "../../src/runtimes/nats/nats-run.ts";
import type { Rule } from "../../src/runtimes/nats/placement.ts";
import { heard, MAIN, type Started } from "../orrery.ts";
import { until } from "../waiting.ts";
import type { Host } from "./hosts.ts";
import { during, type Live } from "./tcp.ts";

/** Parts of a run may take long to start on a busy host, s. */
const PATIENCE = 60;

export type Worker = {
  readonly name: string;
  /** All that it said so far. */
  readonly said: () => string;
  readonly pid: () => number;
  /** Kills it with all its parts, as a host that loses power. */
  readonly kill: () => Promise<void>;
  /** Tells it to end, and waits; its exit status. */
  readonly stop: () => Promise<number | null>;
  /** Starts it again, where its stores are. */
  readonly revive: () => Promise<void>;
};

export type Workers = {
  readonly workers: readonly Worker[];
  readonly folder: string;
  readonly end: () => Promise<void>;
};

export type WorkersOptions = {
  readonly urls: readonly string[];
  readonly names: readonly string[];
  readonly args?: (name: string, index: number) => readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Words before the command: what changes the world that a worker sees. */
  readonly within?: (name: string) => readonly string[];
  /** The host of each, if they have their own. */
  readonly hosts?: readonly Host[];
};

/** Starts workers, and waits until each says that it is there. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-workers-"));
  const workers = options.names.map((name, index) => newWorker(options, folder, name, index));
  await Promise.all(workers.map((worker) => worker.revive()));
  return {
    workers,
    folder,
    end: async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function newWorker(
  { urls, args, env, within, hosts }: WorkersOptions,
  folder: string,
  name: string,
  index: number,
): Worker {
  let one: Started | undefined;
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<number | null> => {
    one?.child.kill(signal);
    return (await one?.ended) ?? null;
  };
  return {
    name,
    said: () => one?.said() ?? "",
    pid: () => one?.child.pid ?? 0,
    kill: async () => {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
    revive: async () => {
      const given = ["worker", "--nats", urls.join(","), "--name", name];
      const own = ["--folder", join(folder, name), ...(args?.(name, index) ?? [])];
      const words = [...(within?.(name) ?? []), process.execPath, MAIN, ...given, ...own];
      const settings = { env: { ...process.env, ...env }, stdio: "pipe" } as const;
      const host = hosts?.[index];
      const started =
        host === undefined
          ? spawn(words[0]!, words.slice(1), settings)
          : host.run(words[0]!, words.slice(1), settings);
      one = heard(started);
      await until(
        () => /^worker .* at /m.test(one!.said()),
        () => `worker ${name} is there: ${one!.said()}`,
      );
    },
  };
}

export type NatsSettings = {
  readonly urls: readonly string[];
  /** As workers find it; default: as it is called. */
  readonly name?: string;
  readonly source?: string | null;
  readonly rules?: readonly Rule[];
  readonly perWorker?: number;
  /** Of JetStream. */
  readonly domain?: string;
};

/** Starts a system on workers and hands it to `use`; nothing of it is left afterwards. */
export async function onNats<T>(
  system: AnySystem,
  settings: RunSettings,
  {
    urls,
    name = system.name,
    source = sourceOf(name),
    rules = [],
    perWorker,
    domain,
  }: NatsSettings,
  use: (live: Live) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-nats-"));
  const said: string[] = [];
  const run = await natsRun(system, newRun(system, settings), {
    system: name,
    source,
    version: VERSION,
    reach: reachOf({ nats: urls.join(","), ...(domain !== undefined && { jsDomain: domain }) }, {}),
    rules,
    perWorker,
    folder,
    patience: PATIENCE,
    log: (line) => void said.push(line),
  });
  return await during(run, folder, said, use);
}
