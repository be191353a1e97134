// `orrery machine` and `orrery collect`: a scale model started machine by machine.
import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { EXIT } from "../../core/errors.ts";
import { type Micros, parseMicros } from "../../core/micros.ts";
import { newRun } from "../../core/new-run.ts";
import type { Member } from "../../core/system.ts";
import { keepRun } from "../../experiments/record-run.ts";
import { newRunFolder } from "../../experiments/run-folder.ts";
import { collect as collected } from "../../runtimes/real/records/collect.ts";
import { mergeInto } from "../../runtimes/real/records/records.ts";
import { Machine, type MachineSummary } from "../../runtimes/tcp/machine.ts";
import { indexOf, type Machines, readMachines } from "../../runtimes/tcp/machines.ts";
import { clocks } from "../../systems/clocks/clocks.ts";
import { exitOf, say } from "../print.ts";
import { shellLine, wholeNumber } from "../request.ts";
import { type OutputOptions, sayOutcome } from "../run.ts";
import { lensOf } from "../systems.ts";
import { UNTIL_STOPPED } from "./run-real.ts";

export type MachineOptions = {
  readonly id: string;
  readonly config: string;
  readonly for?: string;
  readonly retries?: string;
  readonly fresh?: boolean;
};

/** `orrery machine`: one machine, until it is stopped. */
export async function machine(options: MachineOptions): Promise<number> {
  const machines = readMachines(options.config);
  const index = indexOf(options.id, machines);
  const duration = options.for === undefined ? UNTIL_STOPPED : parseMicros(options.for);
  const members = membersOf(machines);
  const model = new Machine({
    machines,
    index,
    members,
    run: runOf(machines, duration),
    retries: retriesOf(options.retries),
    fresh: options.fresh === true,
    say,
  });
  const stop = (): void => model.stop();
  process.once("SIGINT", stop).once("SIGTERM", stop).once("SIGHUP", stop);
  const summary = await model.run();
  sayEnd(options.id, summary, machines);
  return EXIT.held;
}

/** The machines of the scale model, under the names and with the rates of the configuration. */
function membersOf(machines: Machines): readonly Member[] {
  const { params } = runOf(machines, UNTIL_STOPPED);
  const all = Object.entries(machines.machines);
  return clocks.processes(clocks.parse(params)).map((member, index) => {
    const [name, { rate }] = all[index]!;
    return rate === undefined ? { ...member, name } : { ...member, name, pace: { rate } };
  });
}

function runOf({ machines, internal, seed }: Machines, duration: Micros) {
  const params = { machines: Object.keys(machines).length, internal };
  // What happens to messages on real wires happens to them; nothing is added.
  const links = { delay: { kind: "constant", micros: 0 as Micros } } as const;
  return newRun(clocks, { params, seed, duration, links });
}

const retriesOf = (text: string | undefined): number =>
  text === undefined
    ? Number.POSITIVE_INFINITY
    : wholeNumber("--retries", text, Number.MAX_SAFE_INTEGER);

function sayEnd(id: string, summary: MachineSummary, { machines }: Machines): void {
  const { status, seconds, lateness, achievedPerSecond, refusals, record } = summary;
  if (status.ticks > 0) {
    const late = `${(lateness.lateP50Micros / 1e3).toFixed(2)} ms late at the median, ${(lateness.lateP99Micros / 1e3).toFixed(2)} ms at p99`;
    say(
      `${id} stopped after ${seconds.toFixed(1)} s: L=${status.lamport}, inbox ${status.waiting}, ${status.events} events; ${achievedPerSecond.toFixed(3)} ticks/s, ${late}, ${status.skipped} skipped`,
    );
  } else say(`${id} stopped before its clock began`);
  for (const [reason, times] of Object.entries(refusals)) say(`refused ${times} × ${reason}`);
  const records = Object.keys(machines).length > 1 ? `${record} and those of the others` : record;
  say(`orrery collect makes a run of ${records}`);
}

export type CollectOptions = OutputOptions & { readonly round?: string };

/** `orrery collect`: the records of machines, merged into a run. */
export async function collect(paths: readonly string[], options: CollectOptions): Promise<number> {
  const round =
    options.round === undefined
      ? undefined
      : wholeNumber("--round", options.round, Number.MAX_SAFE_INTEGER);
  const {
    run,
    names,
    rates,
    sources,
    silent,
    rounds,
    round: taken,
    corrected,
  } = collected(paths, round);
  // `latest` is about to be another run.
  const settled = paths.map((path) => relative(realpathSync("."), realpathSync(path)));
  const folder = newRunFolder(run.system, options.out);
  const which = rounds > 1 ? ["--round", String(taken)] : [];
  const repeat = shellLine(["npx", "orrery", "collect", ...settled, ...which]);
  const header = { runtime: "tcp", run, names, rates } as const;
  const plan = { header, lens: lensOf(run, undefined), repeat };
  const outcome = await keepRun(folder, plan, async (writer) => {
    await mergeInto(writer, sources, names.length);
  });
  if (options.json !== true) {
    if (rounds > 1) say(`round ${taken} of ${rounds}: all had stopped between them`);
    for (const [name, ahead] of corrected) {
      const way = ahead > 0 ? "ahead" : "behind";
      say(`the clock of ${name} was ${Math.abs(ahead) / 1e6} s ${way}, by its messages; set right`);
    }
    if (silent.length > 0)
      say(`no record of ${silent.join(", ")}: known from what others received`);
  }
  sayOutcome(outcome, folder, repeat, options.json === true);
  return exitOf(outcome.verdicts);
}
