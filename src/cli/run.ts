// `orrery run` and `orrery report`: one run kept in a folder, and what it came to.
import { join } from "node:path";
import type { Judgement } from "../core/check.ts";
import { EXIT, OrreryError } from "../core/errors.ts";
import { spanText } from "../core/micros.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import { LOGS_MAX } from "../experiments/logs.ts";
import { type Outcome, RUN_FILE, reportRun } from "../experiments/record-run.ts";
import { newRunFolder, readField, readJson, readTextField } from "../experiments/run-folder.ts";
import { guarded } from "../runtimes/guard.ts";
import { brief } from "../runtimes/real/layout.ts";
import { auditKept } from "./audits.ts";
import { foreseeRun } from "./disk.ts";
import { findSystem, moduleOf } from "./find-system.ts";
import { exitOf, paint, say, sayJson, tableText, verdictText } from "./print.ts";
import { pacingTable, REAL_TIME_FILE, type RealTime } from "./real/real-time.ts";
import type { MetricsOptions } from "./real/serve-metrics.ts";
import { checkForOneHost, type RealRunOptions, whereOf } from "./real/where.ts";
import { recordSim, simHeader } from "./record-sim.ts";
import { type RunOptions, repeatLine, requestedRun, runtimeOf } from "./request.ts";
import { lensOf, shippedOf } from "./systems.ts";

export type OutputOptions = { readonly out?: string; readonly json?: boolean };

/** `orrery run`: one run, kept in a folder. Returns the exit status. */
export async function run(
  name: string,
  options: RunOptions & RealRunOptions & MetricsOptions & OutputOptions,
): Promise<number> {
  const found = await findSystem(name);
  // Who wrote a system of one's own may not know that it must not read the real clock.
  const system =
    moduleOf(name) === undefined || runtimeOf(options) !== "sim" ? found : guarded(found);
  if (runtimeOf(options) !== "sim") return await runReal(system, name, options);
  checkForSim(options);
  const request = requestedRun(system, options);
  // Once without a recorder: what cannot start must not leave a folder.
  const header = simHeader(system, request);
  foreseeRun(system, request, false, options.out);
  const folder = newRunFolder(system.name, options.out);
  const repeat = repeatLine(name, options, request);
  const outcome = await recordSim(system, folder, { header, repeat, module: moduleOf(name) });
  sayOutcome(outcome, folder, repeat, options.json === true);
  return exitOf(outcome.verdicts);
}

/** @throws OrreryError "config/option" naming what has no meaning in virtual time */
function checkForSim(options: RealRunOptions & MetricsOptions): void {
  const { perWorker, retries, stdin, metricsPort, metricsHost } = options;
  if (metricsPort !== undefined || metricsHost !== undefined) {
    const option = metricsPort === undefined ? "--metrics-host" : "--metrics-port";
    const why = "in virtual time nothing lasts that could be scraped";
    throw new OrreryError(
      "config/option",
      `${option} is for runs with --on tcp or nats: ${why}; leave it out, and read summary.csv`,
    );
  }
  const given = { "--per-worker": perWorker, "--retries": retries, "--stdin": stdin };
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined) continue;
    throw new OrreryError("config/option", `${option} is for runs with --on tcp or nats`);
  }
  checkForOneHost(options);
}

/** On a terminal a run to which no end is given goes on until it is stopped. */
async function runReal(
  system: AnySystem,
  name: string,
  options: RunOptions & RealRunOptions & MetricsOptions & OutputOptions,
): Promise<number> {
  // Sockets and processes are loaded by who needs them.
  const { checkReal, runInReality, UNTIL_STOPPED } = await import("./real/run-real.ts");
  const asked = requestedRun(system, options);
  const endless = options.for === undefined && process.stdout.isTTY === true;
  const request = endless ? { ...asked, duration: UNTIL_STOPPED } : asked;
  // What cannot start must not leave a folder.
  checkReal(system, request, options);
  if (!endless) foreseeRun(system, request, true, options.out);
  const folder = newRunFolder(system.name, options.out);
  const where = whereOf(options);
  const repeat = (run: typeof request): string => repeatLine(name, options, run, where);
  const { outcome, realTime, missing, stopped } = await runInReality(
    system,
    name,
    request,
    folder,
    repeat,
    options,
  );
  sayOutcome(outcome, folder, repeat(outcome.header.run), options.json === true, realTime);
  if (stopped && !endless) return EXIT.stopped;
  const status = exitOf(outcome.verdicts);
  if (missing.length === 0) return status;
  process.stderr.write(
    `orrery: undecided: what ${brief(missing)} did is not in it; when their workers are back, copy those records into ${folder}/records and: npx orrery collect ${folder}/records/*.record\n`,
  );
  return status === EXIT.held ? EXIT.unknown : status;
}

/** `orrery report`: tables, figures and verdicts again, from what was kept. */
export async function report(folder: string, options: OutputOptions): Promise<number> {
  const module = readTextField(join(folder, RUN_FILE), "module");
  const system = module === undefined ? undefined : await findSystem(module);
  const kept = readField(join(folder, RUN_FILE), "run") as Run | undefined;
  if (kept !== undefined) await shippedOf(kept)?.system.ready?.();
  const { outcome, repeat } = await reportRun(folder, ({ run, names }) =>
    lensOf(run, system, auditKept(system ?? shippedOf(run)?.system, run, names, folder)),
  );
  const realTime = readJson(join(folder, REAL_TIME_FILE)) as RealTime | undefined;
  sayOutcome(outcome, folder, repeat, options.json === true, realTime);
  return exitOf(outcome.verdicts);
}

/** Prints what a run came to. */
export function sayOutcome(
  outcome: Outcome,
  folder: string,
  repeat: string,
  json: boolean,
  realTime?: RealTime,
): void {
  const { header, verdicts, measures, report } = outcome;
  const { run, names, runtime } = header;
  if (json) {
    sayJson({
      folder,
      system: run.system,
      runtime,
      seed: run.seed,
      repeat,
      verdicts: verdicts.map(withoutClaim),
      metrics: measures,
      prediction: report.prediction,
      findings: report.findings,
      ...realTime,
    });
    return;
  }
  const time = spanText(run.duration, runtime);
  say(paint("bold", `${run.system}: ${names.length} processes, ${time}`));
  for (const table of report.tables) say(`\n${tableText(table)}`);
  if (realTime !== undefined) sayRealTime(realTime);
  if (report.findings.length > 0) say(`\n${paint("bold", "Findings")}`);
  for (const finding of report.findings) say(`  ${finding}`);
  say(`\n${paint("bold", "Checks")}`);
  for (const verdict of verdicts) say(verdictText(verdict, names));
  const logs = names.length <= LOGS_MAX ? "logs, " : "";
  say(`\nFolder    ${folder}  (trace.parquet, ${logs}verdicts.json, summary.csv)`);
  say(
    `Pictures  ${join(folder, "figures")}  (${outcome.figures.map(([figure]) => figure).join(", ")}; SVG and PNG)`,
  );
  if (repeat !== "") say(`Repeat    ${repeat}`);
}

function sayRealTime({ pacing, wire }: RealTime): void {
  if (pacing.some(({ ticks }) => ticks > 0)) say(`\n${tableText(pacingTable(pacing))}`);
  const refused = Object.entries(wire.refusals).map(([reason, times]) => `${times} × ${reason}`);
  if (wire.reconnects > 0) say(`  ${wire.reconnects} connections came back after a break`);
  if (refused.length > 0) say(`  refused: ${refused.join(", ")}`);
}

const withoutClaim = ({ claim: _claim, ...verdict }: Judgement) => verdict;
