// `orrery view`: runs watched in a page, live or kept, several beside each other.
import { existsSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, OrreryError } from "../../core/errors.ts";
import { parseMicros } from "../../core/micros.ts";
import type { Run } from "../../core/run.ts";
import { Dashboard } from "../../dashboard/server.ts";
import type { Show } from "../../dashboard/show.ts";
import { EXPERIMENT_FILE } from "../../experiments/journal.ts";
import { RUN_FILE } from "../../experiments/record-run.ts";
import { RUNS_ROOT } from "../../experiments/run-folder.ts";
import { readYaml } from "../../experiments/yaml-file.ts";
import { guarded } from "../../runtimes/guard.ts";
import { findSystem, isFactoryFile, moduleOf } from "../find-system.ts";
import { say } from "../print.ts";
import { listenForStop } from "../progress.ts";
import { UNTIL_STOPPED } from "../real/run-real.ts";
import { type RealRunOptions, whereOf } from "../real/where.ts";
import { portOf, type RunOptions, repeatLine, requestedRun, runtimeOf } from "../request.ts";
import { importedShow, isImported } from "./imported.ts";
import { keptShow } from "./kept.ts";
import { FolderLibrary } from "./library.ts";
import { RealWatch } from "./real.ts";
import { simShow } from "./sim.ts";

export type ViewOptions = RunOptions &
  RealRunOptions & { readonly port?: string; readonly speed?: string };

/** Where the built page is. */
export const PAGE = join(import.meta.dirname, "../../page");
/** Without a terminal there is nobody to stop it: so long it is shown. */
const UNATTENDED = "60s";
const SPEED_MAX = 1_000;
/** Timers take no longer spans, ms. */
const TIMER_MAX = 2 ** 31 - 1;

/** Serves a page on runs of these systems and on these folders, until it is stopped. */
export async function view(targets: readonly string[], options: ViewOptions): Promise<number> {
  const attended = process.stdout.isTTY === true;
  const speed = speedOf(options.speed ?? "1");
  const span = parseMicros(options.for ?? UNATTENDED) / 1e3;
  checkScopes(targets, options);
  const [experiments, shown] = split(targets);
  const dashboard: Dashboard = new Dashboard({
    port: portOf("--port", options.port ?? "0"),
    page: PAGE,
    library: new FolderLibrary([RUNS_ROOT, ...experiments], (folder, id) =>
      keptShow(dashboard, { folder, id, speed }),
    ),
  });
  const signals = listenForStop();
  const live: RealWatch[] = [];
  try {
    for (const target of shown) {
      const opened = await open(target, { dashboard, options, speed, attended });
      if (opened instanceof RealWatch) live.push(opened);
      dashboard.add(opened instanceof RealWatch ? opened.show : opened);
    }
    say(await dashboard.listen());
    if (attended) process.stderr.write("  Ctrl-C stops all\n");
    for (const each of live) each.begin();
    const time = sleep(Math.min(span, TIMER_MAX), undefined, { ref: false });
    const over = Promise.all([time, ...live.map((each) => each.over)]);
    await Promise.race([signals.heard, attended ? failed(live) : over]);
  } finally {
    await Promise.all(live.map((each) => each.stop().catch(() => {})));
    await dashboard.close();
    signals.end();
  }
  // What ended before its time is an error, however it was watched.
  for (const each of live) await each.over;
  return EXIT.held;
}

/** Never resolves: rejects when a run fails, if there is no other. */
async function failed(live: readonly RealWatch[]): Promise<never> {
  const [only, ...others] = live;
  if (others.length === 0) await only?.over;
  return await new Promise(() => {});
}

/** Folders of experiments, whose runs are in no trace, and all else. */
function split(targets: readonly string[]): readonly [readonly string[], readonly string[]] {
  const isExperiment = (target: string): boolean => existsSync(join(target, EXPERIMENT_FILE));
  return [targets.filter(isExperiment), targets.filter((target) => !isExperiment(target))];
}

type Opening = {
  readonly dashboard: Dashboard;
  readonly options: ViewOptions;
  readonly speed: number;
  readonly attended: boolean;
};

async function open(target: string, opening: Opening): Promise<Show | RealWatch> {
  const { dashboard, options, speed, attended } = opening;
  if (existsSync(join(target, RUN_FILE))) {
    return await keptShow(dashboard, { folder: target, id: dashboard.newId("kept"), speed });
  }
  if (/[/\\]/.test(target) && statSync(target, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new OrreryError("files/missing", `${target} is no run's folder: it has no ${RUN_FILE}`);
  }
  if (isImported(target)) return importedShow(target, { id: dashboard.newId("log"), speed });
  refuseExperiment(target);
  const found = await findSystem(target);
  const own = { ...options, set: scoped(target, options) };
  const run = requestedRun(found, own);
  // In virtual time all faults stand in the line: to those of a profile more may come.
  const { profile: _, ...plain } = own;
  const watched = {
    id: dashboard.newId(found.name),
    title: nameOf(target),
    run,
    speed,
    repeat: (asked: Run) => repeatLine(target, { ...plain, on: "sim" }, asked),
  };
  if (runtimeOf(options) === "sim") {
    const system = moduleOf(target) === undefined ? found : guarded(found);
    const show = simShow(dashboard, { ...watched, system });
    await show.act({ do: "play" });
    return show;
  }
  const endless = options.for === undefined && attended;
  return await RealWatch.open({
    ...watched,
    run: endless ? { ...run, duration: UNTIL_STOPPED } : run,
    system: found,
    name: target,
    options,
    repeatInReality: (asked) => repeatLine(target, own, asked, whereOf(options)),
  });
}

/** Of an experiment there is nothing to watch but its folder. @throws OrreryError "config/option" */
function refuseExperiment(target: string): void {
  if (!isFactoryFile(target) || !existsSync(target)) return;
  const { value } = readYaml(target, "config/factory", "factory file");
  if (!Object.hasOwn(Object(value), "question")) return;
  const instead = `make it with orrery experiment ${target}, and view its folder`;
  throw new OrreryError("config/option", `${target} is an experiment: ${instead}`);
}

/** What a system is called on the command line: a file, by its name alone. */
const nameOf = (target: string): string => basename(target, extname(target));

/** Before a colon: the one target that a parameter is for. */
const SCOPE = /^([\w-]+):(?=[^=]+=)/;

function checkScopes(targets: readonly string[], { set = [] }: ViewOptions): void {
  const names = targets.map(nameOf);
  for (const pair of set) {
    const scope = SCOPE.exec(pair)?.[1];
    if (scope === undefined || names.includes(scope)) continue;
    const known =
      names.length === 0
        ? "nothing is"
        : `${names.join(", ")} ${names.length === 1 ? "is" : "are"}`;
    throw new OrreryError("config/option", `--set "${pair}": no ${scope} is watched; ${known}`);
  }
}

/** The parameters that are for a target: those for all, and its own. */
function scoped(target: string, { set = [] }: ViewOptions): readonly string[] {
  return set.flatMap((pair) => {
    const [prefix, scope] = SCOPE.exec(pair) ?? [];
    if (prefix === undefined) return [pair];
    return scope === nameOf(target) ? [pair.slice(prefix.length)] : [];
  });
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (text.trim() !== "" && speed > 0 && speed <= SPEED_MAX) return speed;
  throw new OrreryError("config/option", `--speed "${text}" is not a number, up to ${SPEED_MAX}`);
}
