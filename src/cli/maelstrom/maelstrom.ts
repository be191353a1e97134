// `orrery maelstrom`: programs that speak Maelstrom's protocol, hosted, tried and judged.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { EXIT, OrreryError } from "../../core/errors.ts";
import { formatFault } from "../../core/fault-notation.ts";
import { calmFrom } from "../../core/faults.ts";
import { formatMicros, micros, parseMicros, seconds } from "../../core/micros.ts";
import { suggestion } from "../../core/parse.ts";
import { drawFaults } from "../../core/profiles.ts";
import type { Run } from "../../core/run.ts";
import { keepRun } from "../../experiments/record-run.ts";
import { newRunFolder } from "../../experiments/run-folder.ts";
import { spied } from "../../hunt/spy.ts";
import { HostedNode } from "../../runtimes/maelstrom/hosted-node.ts";
import { HostedRun } from "../../runtimes/maelstrom/hosted-run.ts";
import { canStrikeNodes, checkNodeFault } from "../../runtimes/maelstrom/node-faults.ts";
import { mergeRun } from "../../runtimes/real/records/records.ts";
import { Simulation } from "../../runtimes/sim/simulation.ts";
import { maelstromOf, maelstrom as unhosted } from "../../systems/maelstrom/maelstrom.ts";
import {
  durationOf,
  type MaelstromParams,
  nodeNames,
  parseMaelstrom,
  WORKLOAD_NAMES,
} from "../../systems/maelstrom/params.ts";
import { gridOf } from "../../systems/maelstrom/topology.ts";
import { exitOf } from "../print.ts";
import { listenForStop } from "../progress.ts";
import { askedRun, linkWords, type RunOptions, shellLine, wholeNumber } from "../request.ts";
import { sayOutcome } from "../run.ts";
import { Stopped } from "../stopped.ts";
import { lensOf } from "../systems.ts";
import { HostedView } from "./hosted-view.ts";
import { EVENTS_MAX, tellHosted } from "./tell-hosted.ts";

export type MaelstromOptions = Pick<
  RunOptions,
  "for" | "seed" | "delay" | "loss" | "duplicate" | "fault" | "profile"
> & {
  readonly bin: string;
  readonly workload: string;
  readonly nodeCount?: string;
  readonly clients?: string;
  readonly rate?: string;
  readonly quiet?: string;
  readonly timeout?: string;
  readonly view?: boolean;
  readonly port?: string;
  readonly out?: string;
  readonly json?: boolean;
};

const LOAD = "20s";
const QUIET = "5s";
const NODES = "5";
const NODES_MAX = 100;
const CLIENTS_MAX = 1_000;

/** What is hosted, and how it is tried. */
type Hosting = {
  readonly run: Run;
  readonly params: MaelstromParams;
  readonly bin: string;
  readonly args: readonly string[];
};

/** `orrery maelstrom`. Returns the exit status. */
export async function maelstrom(
  args: readonly string[],
  options: MaelstromOptions,
): Promise<number> {
  const hosting = hostingOf(args, options);
  // What cannot start must not leave a folder.
  new Simulation(unhosted, hosting.run, null);
  const folder = newRunFolder("maelstrom", options.out);
  mkdirSync(join(folder, "logs"), { recursive: true });
  const nodes = nodesOf(hosting, folder);
  const { system, book } = spied(
    maelstromOf("maelstrom", (id) => nodes[id]!.process),
    EVENTS_MAX,
  );
  const hosted = new HostedRun({
    run: hosting.run,
    start: (recorder) => new Simulation(system, hosting.run, recorder, true),
    nodes,
    clients: hosting.params.clients,
    folder,
  });
  const stopped = await host(hosted, hosting, folder, options);
  const { suffered: run, engine } = hosted;
  const header = { runtime: "maelstrom", run, names: engine.names, rates: engine.rates } as const;
  const repeat = repeatOf(hosting, options, run);
  const plan = { header, lens: lensOf(run, undefined), repeat };
  const outcome = await keepRun(folder, plan, async (writer) => {
    await mergeRun(writer, folder, engine.names.length);
  });
  sayOutcome(outcome, folder, repeat, options.json === true);
  await tellHosted(outcome, folder, book, options.json === true);
  return stopped ? EXIT.stopped : exitOf(outcome.verdicts);
}

/** What was asked for. @throws OrreryError "config/*" naming the option, "runtime/cannot" */
function hostingOf(args: readonly string[], options: MaelstromOptions): Hosting {
  const { workload, nodeCount = NODES, clients, rate, quiet = QUIET, timeout } = options;
  if (!WORKLOAD_NAMES.some((name) => name === workload)) {
    const help = suggestion(workload, WORKLOAD_NAMES);
    throw new OrreryError("config/option", `--workload "${workload}" is none; ${help}`);
  }
  const given = {
    workload,
    nodes: wholeNumber("--node-count", nodeCount, NODES_MAX),
    load: parseMicros(options.for ?? LOAD) / 1e6,
    ...(clients === undefined ? {} : { clients: wholeNumber("--clients", clients, CLIENTS_MAX) }),
    ...(rate === undefined ? {} : { rate: numberOf("--rate", rate) }),
    quiet: parseMicros(quiet) / 1e6,
    ...(timeout === undefined ? {} : { timeout: parseMicros(timeout) / 1e6 }),
  };
  const asked = parseMaelstrom(given);
  const { fault, seed, delay, loss, duplicate, profile } = options;
  const said = { fault, seed, delay, loss, duplicate, profile };
  const known = Object.fromEntries(Object.entries(said).filter(([, text]) => text !== undefined));
  const load = seconds(asked.load);
  // Faults of a profile end before the load does; others may go on, and the last reads wait for their end.
  const short = askedRun(unhosted, { ...known, for: formatMicros(load), set: pairsOf(asked) });
  const { faults } = drawFaults(unhosted, short, canStrikeNodes);
  for (const each of faults) checkNodeFault(each);
  const calm = calmFrom({ faults });
  const late = Number.isFinite(calm) ? Math.max(0, calm - load) / 1e6 : 0;
  const params = { ...asked, quiet: asked.quiet + late };
  const { profile: _, ...rest } = short;
  const run = { ...rest, params, faults, duration: durationOf(params) };
  return { run, params, bin: programOf(options.bin), args };
}

const pairsOf = (params: MaelstromParams): readonly string[] =>
  Object.entries(params).map(([name, value]) => `${name}=${value}`);

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number > 0) return number;
  throw new OrreryError("config/option", `${option} "${text}" is not a number above 0`);
}

/** A file, or else a program that is found like any. */
const programOf = (bin: string): string => (existsSync(bin) ? resolve(bin) : bin);

function nodesOf({ params, bin, args }: Hosting, folder: string): readonly HostedNode[] {
  const names = nodeNames(params.nodes);
  const topology = { type: "topology", topology: gridOf(params.nodes) };
  return names.map(
    (name, id) =>
      new HostedNode({
        name,
        nodes: names,
        program: { bin, args, log: join(folder, "logs", `${name}.stderr.log`) },
        prelude: params.workload === "broadcast" ? [topology] : [],
        opener: `c${params.clients + id}`,
      }),
  );
}

/** Hosts it until it is over; true if it was stopped before. */
async function host(
  hosted: HostedRun,
  hosting: Hosting,
  folder: string,
  options: MaelstromOptions,
): Promise<boolean> {
  const signals = listenForStop();
  const view = options.view === true ? new HostedView(hosted, hosting.run, folder) : undefined;
  try {
    await view?.open(options.port);
    await Promise.race([hosted.begin(), signals.heard]);
    // Stopped before it began, there is nothing to keep.
    if (signals.stopped() && hosted.now === 0) throw new Stopped();
    await Promise.race([hosted.over, signals.heard]);
    return signals.stopped();
  } catch (cause) {
    await hosted.stop();
    if (hosted.now === 0) rmSync(folder, { recursive: true, force: true });
    else {
      const records = join(folder, "records");
      process.stderr.write(`  what was done until then: orrery collect ${records}/*.record\n`);
    }
    throw cause;
  } finally {
    await hosted.stop();
    await view?.close();
    signals.end();
  }
}

/** The line that repeats what was asked for, and the faults that struck. */
function repeatOf({ bin, args, params }: Hosting, options: MaelstromOptions, run: Run): string {
  const words = ["npx", "orrery", "maelstrom", "--bin", bin, "-w", params.workload];
  words.push(
    "--node-count",
    String(params.nodes),
    "--for",
    formatMicros(micros(params.load * 1e6)),
  );
  words.push("--rate", String(params.rate), "--seed", String(run.seed));
  if (params.clients !== params.nodes) words.push("--clients", String(params.clients));
  if (options.quiet !== undefined) words.push("--quiet", options.quiet);
  if (options.timeout !== undefined) words.push("--timeout", options.timeout);
  words.push(...linkWords(run));
  for (const fault of run.faults) words.push("--fault", formatFault(fault));
  if (args.length > 0) words.push("--", ...args);
  return shellLine(words);
}
