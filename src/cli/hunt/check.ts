// `orrery check`: many seeds with faults drawn from each, all checks, on all cores; a failure made
// small, told in words, and kept.
import { join } from "node:path";
import { countIn } from "../../core/counting.ts";
import { EXIT } from "../../core/errors.ts";
import { formatFault } from "../../core/fault-notation.ts";
import { formatMicros } from "../../core/micros.ts";
import { drawFaults } from "../../core/profiles.ts";
import type { Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import { writeFigures } from "../../experiments/run-figures.ts";
import { newRunFolder, writeJson, writeText } from "../../experiments/run-folder.ts";
import { guarded } from "../../runtimes/guard.ts";
import { sim } from "../../runtimes/sim/simulation.ts";
import { findSystem, moduleOf } from "../find-system.ts";
import { paint, say, sayJson } from "../print.ts";
import { recordSim, simHeader } from "../record-sim.ts";
import { askedRun, jobsOf, type RunOptions, repeatOf, wholeNumber } from "../request.ts";
import { mustBeNew } from "../sink.ts";
import { Stopped } from "../stopped.ts";
import type { Explained } from "./check-worker.ts";
import { FAILURE_FILE, type Failure } from "./failure.ts";
import { type Hunted, hunt, openHunters } from "./hunters.ts";
import { storyFigure, storyLines } from "./story-figure.ts";
import { traced } from "./trial.ts";

export type CheckOptions = Omit<RunOptions, "on"> & {
  readonly seeds?: string;
  readonly jobs?: string;
  readonly keepGoing?: boolean;
  readonly whole?: boolean;
  readonly out?: string;
  readonly json?: boolean;
};

const SEEDS = "1000";
const SEEDS_MAX = 100_000_000;
const DURATION = "30s";
const PROFILE = "storm";
/** With --keep-going so many failures are explained, each of another check. */
const EXPLAINED_MAX = 5;

/** `orrery check`. Returns the exit status. */
export async function check(name: string, options: CheckOptions): Promise<number> {
  const system = guarded(await findSystem(name));
  if (options.out !== undefined) mustBeNew(options.out);
  const asked = askedRun(system, {
    ...options,
    // A system that stands no fault is hunted without.
    profile: options.profile ?? (system.survives?.length === 0 ? "calm" : PROFILE),
    for: options.for ?? DURATION,
  });
  // What cannot start is said at once.
  sim.start(system, drawFaults(system, asked), null);
  const count = wholeNumber("--seeds", options.seeds ?? SEEDS, SEEDS_MAX);
  const hunters = openHunters(jobsOf(options));
  try {
    const plan = { name, run: asked, first: asked.seed, count };
    const hunted = await hunt(hunters, plan, options.keepGoing === true);
    if (options.json !== true) sayHunted(system, asked, hunted);
    const failures: Failure[] = [];
    const found = chosen(hunted, options.keepGoing === true);
    for (const { check: failing, seed } of found) {
      const run = drawFaults(system, { ...asked, seed });
      if (options.json !== true) sayFound(failing, run);
      const job = { system: name, run, check: failing, whole: options.whole === true };
      const explained = await hunters.explain({ kind: "explain", ...job });
      const out = outFor(options, failing, found.length);
      failures.push(await keep(system, { name, out, set: options.set }, run, explained));
      if (options.json !== true) sayFailure(failures.at(-1)!, explained);
    }
    if (options.json === true) sayJson(jsonOf(hunted, failures));
    return statusOf(hunted);
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw cause;
    process.stderr.write("\norrery: stopped; no failure was found until then\n");
    return EXIT.stopped;
  } finally {
    await hunters.close();
  }
}

type Found = { readonly check: string; readonly seed: number };

/** The failures that are explained: the first, or with --keep-going the first of each check. */
function chosen({ failures }: Hunted, all: boolean): readonly Found[] {
  const [first] = failures;
  if (first === undefined) return [];
  if (!all) return [{ check: first.finding!.check, seed: first.seed }];
  const firsts = new Map<string, number>();
  for (const { seed, finding, failed } of failures) {
    // Of one seed first what is counted as its finding: safety before liveness.
    for (const check of [finding!.check, ...failed]) {
      if (!firsts.has(check)) firsts.set(check, seed);
    }
  }
  const found = [...firsts].map(([check, seed]) => ({ check, seed }));
  return found.slice(0, EXPLAINED_MAX);
}

/** Where a failure is kept: of several, each in a folder of its own. */
function outFor({ out }: CheckOptions, check: string, count: number): string | undefined {
  return out === undefined || count === 1 ? out : join(out, check);
}

function statusOf({ failures, unknown, never, broken }: Hunted): number {
  if (failures.length > 0) return EXIT.failed;
  return unknown.size > 0 || never.length > 0 || broken.length > 0 ? EXIT.unknown : EXIT.held;
}

/** How a system was named and set on the command line, and where its failure goes. */
type Kept = {
  readonly name: string;
  readonly out: string | undefined;
  readonly set: readonly string[] | undefined;
};

/** Keeps a failure: its run like any other, and beside it story, picture and what `why` needs. */
async function keep(
  system: AnySystem,
  { name, out, set = [] }: Kept,
  found: Run,
  { run, finding, story, runs }: Explained,
): Promise<Failure> {
  const folder = newRunFolder(system.name, out);
  const repeat = repeatOf(name, system, run, set);
  const header = simHeader(system, run);
  await recordSim(system, folder, { header, repeat, module: moduleOf(name) }, true);
  const failure: Failure = {
    system: system.name,
    named: name,
    check: finding.check,
    seed: run.seed,
    foundSeed: found.seed,
    reason: finding.reason,
    story: storyLines(story),
    repeat,
    folder,
    found,
    run,
    runs,
  };
  writeJson(join(folder, FAILURE_FILE), failure);
  writeText(join(folder, "story.txt"), `${storyText(failure).join("\n")}\n`);
  const figure = storyFigure(traced(system, run), story, header);
  await writeFigures(join(folder, "figures"), [["story", figure]]);
  return failure;
}

function sayHunted(system: AnySystem, asked: Run, hunted: Hunted): void {
  const { seeds, seconds, cores, events, seen, unknown, never, broken, failures } = hunted;
  const perSecond = seeds / Math.max(seconds, 1e-3);
  const spans = formatMicros(asked.duration);
  say(
    `${paint("bold", system.name)}: ${counted(seeds, "seed")} of ${spans} under ${asked.profile}, ${events} events; ${perSecond.toFixed(0)} seeds/s on ${counted(cores, "core")}, ${(perSecond / cores).toFixed(0)} a core`,
  );
  for (const [check, count] of seen) {
    const share = `${((100 * count) / seeds).toFixed(1)} %`.padStart(7);
    say(`  ${paint("green", "✓ seen   ")} ${check.padEnd(28)} in ${share} of the seeds`);
  }
  for (const check of never) {
    say(`  ${paint("yellow", "? never  ")} ${check.padEnd(28)} in no seed: this hunt says little`);
  }
  for (const [check, count] of unknown) {
    say(`  ${paint("yellow", "? unknown")} ${check.padEnd(28)} in ${count} seeds`);
  }
  for (const { seed, broken: reason } of broken.slice(0, 3)) {
    say(`  ${paint("yellow", "? broken ")} seed ${seed}: ${reason}`);
  }
  if (failures.length === 0) {
    say(`  ${paint("green", "✓ held   ")} all other checks, in every seed`);
    return;
  }
  const byCheck = new Map<string, number>();
  for (const { failed } of failures) {
    for (const check of failed) countIn(byCheck, check);
  }
  for (const [check, count] of byCheck) {
    say(`  ${paint("red", "✗ fails  ")} ${check.padEnd(28)} in ${count} of ${seeds} seeds`);
  }
}

function sayFound(check: string, { seed, faults }: Run): void {
  process.stderr.write(
    `shrinking seed ${seed}, where ${check} fails with ${faults.length} faults\n`,
  );
}

function sayFailure(failure: Failure, { runs }: Explained): void {
  const { found, run, folder } = failure;
  const sizes = `${found.faults.length} faults → ${run.faults.length}, ${formatMicros(found.duration)} → ${formatMicros(run.duration)}`;
  say();
  for (const line of storyText(failure)) say(line);
  say(`\nShrunk    ${sizes}, in ${runs} runs`);
  say(`Folder    ${folder}  (figures/story.png, story.txt, trace.parquet, …)`);
  say(`Why       npx orrery why ${folder}`);
  say(`Repeat    ${failure.repeat}`);
}

const DECISIVE = "  ◆ here it was decided: from now on nearly every continuation fails";

/** A failure in words. */
function storyText({ check, seed, foundSeed, reason, story, run }: Failure): string[] {
  const faults = run.faults.map((fault) => `     ${formatFault(fault)}`);
  return [
    `${check} fails with seed ${seed}${foundSeed === seed ? "" : ` (found with ${foundSeed})`}: ${reason}`,
    "",
    ...story,
    ...(story.some((line) => line.includes(" ◆ ")) ? ["", DECISIVE] : []),
    "",
    faults.length === 0 ? "  without any fault" : "  with these faults:",
    ...faults,
  ];
}

const jsonOf = (hunted: Hunted, failures: readonly Failure[]) => ({
  seeds: hunted.seeds,
  secondsTaken: hunted.seconds,
  failures: failures.map(({ seed, check, reason, story, repeat, folder }) => {
    return { seed, check, reason, story, repeat, folder };
  }),
  failedSeeds: hunted.failures.map(({ seed, failed }) => ({ seed, failed })),
  sometimes: Object.fromEntries([
    ...hunted.seen,
    ...hunted.never.map((check) => [check, 0] as const),
  ]),
  unknown: Object.fromEntries(hunted.unknown),
});

const counted = (count: number, what: string): string =>
  `${count} ${count === 1 ? what : `${what}s`}`;
