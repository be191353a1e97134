// `orrery run --on tcp` and `--on nats`: runs on real clocks.
import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { seconds } from "../../core/micros.ts";
import type { Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import { sourceOf } from "../../experiments/experiment-file.ts";
import { keepRun, type Outcome, RUN_FILE } from "../../experiments/record-run.ts";
import { writeJson } from "../../experiments/run-folder.ts";
import { evenly, layoutOf } from "../../runtimes/real/layout.ts";
import { mergeRun } from "../../runtimes/real/records/records.ts";
import type { RealRun } from "../../runtimes/real/supervisor.ts";
import { tcpRun } from "../../runtimes/tcp/tcp-run.ts";
import { auditKept } from "../audits.ts";
import { moduleOf } from "../find-system.ts";
import { listenForStop } from "../progress.ts";
import { runtimeOf, wholeNumber } from "../request.ts";
import { Stopped } from "../stopped.ts";
import { lensOf } from "../systems.ts";
import { VERSION } from "../version.ts";
import { LiveView, listenForFaults } from "./live.ts";
import { REAL_TIME_FILE, type RealTime } from "./real-time.ts";
import { tellingOf } from "./run-health.ts";
import { type MetricsOptions, metricsPortOf, serveMetrics } from "./serve-metrics.ts";
import { checkForOneHost, type RealRunOptions } from "./where.ts";

/** How long all may take to be connected, in seconds, when nothing else is said. */
const RETRIES = "30";
/** Retries and processes of a worker beyond this are a slip of the pen. */
const COUNT_MAX = 1_000_000;
/** A run that goes on until it is stopped ends after this. */
export const UNTIL_STOPPED = seconds(30 * 86_400);

export type RealOutcome = {
  readonly outcome: Outcome;
  readonly realTime: RealTime;
  /** Processes of which nothing could be collected: what was judged is not all that happened. */
  readonly missing: readonly string[];
  /** It was stopped before its time. */
  readonly stopped: boolean;
};

/** A run that is ready to start; nothing was started yet. @throws OrreryError "config/*", "runtime/cannot" */
export async function newRealRun(
  system: AnySystem,
  name: string,
  request: Run,
  folder: string,
  options: RealRunOptions,
  log: (line: string) => void,
): Promise<RealRun> {
  const patience = wholeNumber("--retries", options.retries ?? RETRIES, COUNT_MAX);
  const perWorker = perWorkerOf(options);
  if (runtimeOf(options) === "tcp") {
    const entry = new URL("./tcp-worker.js", import.meta.url);
    const common = { system: name, folder, patience, log };
    return tcpRun(system, request, { ...common, entry, perWorker: perWorker ?? 1 });
  }
  // What speaks NATS is loaded by nobody else.
  const [{ natsRun }, { reachOf }, { readRule }] = await Promise.all([
    import("../../runtimes/nats/nats-run.ts"),
    import("../../runtimes/nats/connect.ts"),
    import("../../runtimes/nats/placement.ts"),
  ]);
  const module = moduleOf(name);
  return await natsRun(system, request, {
    // Runs of a factory file keep all that it says in their parameters.
    system: module === undefined ? system.name : relative(process.cwd(), module),
    source: module === undefined ? null : sourceOf(module),
    version: VERSION,
    reach: reachOf(options, process.env),
    rules: (options.place ?? []).map(readRule),
    folder,
    patience,
    log,
    perWorker,
  });
}

/** Processes of an OS process, if it is said. @throws OrreryError "config/option" */
const perWorkerOf = ({ perWorker }: RealRunOptions): number | undefined =>
  perWorker === undefined ? undefined : wholeNumber("--per-worker", perWorker, COUNT_MAX);

/** Refuses what cannot run, before anything is made or asked for it. @throws OrreryError "config/*", "runtime/cannot" */
export function checkReal(
  system: AnySystem,
  run: Run,
  options: RealRunOptions & MetricsOptions,
): void {
  metricsPortOf(options);
  if (runtimeOf(options) !== "nats") checkForOneHost(options);
  layoutOf(system, run, evenly(perWorkerOf(options) ?? 1));
}

/**
 * Runs a system on OS processes, live, and keeps it in `folder`. Stopped before its time, what was
 * done until then is the run.
 */
export async function runInReality(
  system: AnySystem,
  name: string,
  request: Run,
  folder: string,
  repeat: (run: Run) => string,
  options: RealRunOptions & MetricsOptions,
): Promise<RealOutcome> {
  let view: LiveView | undefined;
  const log = (line: string): void => {
    if (view === undefined) process.stderr.write(`  ${line}\n`);
    else view.log(line);
  };
  const runtime = runtimeOf(options) as KeptReal["runtime"];
  const kept = { system, name, runtime, folder, repeat };
  let running: RealRun | undefined;
  let metrics: Awaited<ReturnType<typeof serveMetrics>>;
  try {
    running = await newRealRun(system, name, request, folder, options, log);
    metrics = await serveMetrics(options, tellingOf(running, request, kept));
  } catch (cause) {
    await running?.stop();
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
  if (metrics !== undefined) log(`metrics at ${metrics.url}`);
  noteBegun(kept, running, request);
  const signals = listenForStop();
  let ears: { readonly end: () => void } | undefined;
  try {
    await Promise.race([running.start(), signals.heard]);
    if (signals.stopped()) throw new Stopped();
    const endless = request.duration === UNTIL_STOPPED;
    view = new LiveView(running, endless ? ", until Ctrl-C" : ` of ${request.duration / 1e6} s`);
    if (process.stdin.isTTY === true) ears = view.listen();
    else if (options.stdin === true) ears = listenForFaults(running, log);
    while (running.now < request.duration && !signals.stopped()) {
      await Promise.race([running.to(request.duration), signals.heard]);
    }
  } catch (cause) {
    await running.stop();
    if (running.now === 0) rmSync(folder, { recursive: true, force: true });
    else log(`what was done until then: orrery collect ${join(folder, "records")}/*.record`);
    throw cause;
  } finally {
    ears?.end();
    view?.end();
    metrics?.close();
    await running.stop();
  }
  const told = await keepRealRun(kept, running);
  // What it takes to tell a run is not interrupted by the signal that ended it.
  signals.end();
  return { ...told, missing: running.missing, stopped: running.now < request.duration };
}

/** A run on real processes, and where it is kept. */
export type KeptReal = {
  readonly system: AnySystem;
  /** As it was named on the command line. */
  readonly name: string;
  readonly runtime: "tcp" | "nats";
  readonly folder: string;
  readonly repeat: (run: Run) => string;
};

/** What is under way can be looked at: says in its folder whose stores these are. */
export function noteBegun({ folder, runtime, repeat }: KeptReal, running: RealRun, run: Run): void {
  const { names, rates } = running;
  writeJson(join(folder, RUN_FILE), { runtime, run, names, rates, repeat: repeat(run) });
}

/** Keeps a run that is over: its records become a trace, which is judged, measured and drawn. */
export async function keepRealRun(
  { system, name, runtime, folder, repeat }: KeptReal,
  running: RealRun,
): Promise<Omit<RealOutcome, "stopped" | "missing">> {
  const { names, rates } = running;
  const realTime = { pacing: running.pacing(), wire: running.health() };
  writeJson(join(folder, REAL_TIME_FILE), realTime);
  const run = running.suffered;
  const header = { runtime, run, names, rates };
  const lens = lensOf(run, system, auditKept(system, run, names, folder));
  const plan = { header, lens, repeat: repeat(run), module: moduleOf(name) };
  const outcome = await keepRun(folder, plan, async (writer) => {
    await mergeRun(writer, folder, names.length);
  });
  return { outcome, realTime };
}
