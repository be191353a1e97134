// What a worker thread of a hunt does: runs seeds and judges them, and shrinks and tells what failed.
import { type ErrorCode, OrreryError } from "../../core/errors.ts";
import { namedBy } from "../../core/faults.ts";
import { canonical, type Json } from "../../core/json.ts";
import { newRun } from "../../core/new-run.ts";
import { drawFaults } from "../../core/profiles.ts";
import type { Run } from "../../core/run.ts";
import { type AnySystem, membersOf } from "../../core/system.ts";
import { type Finding, findingBy, findingOf } from "../../hunt/findings.ts";
import { shrink, strikesOf } from "../../hunt/shrink.ts";
import { spied } from "../../hunt/spy.ts";
import { type Story, tell } from "../../hunt/story.ts";
import { continued, decisive, FUTURES, type Future, instantsOf } from "../../hunt/why.ts";
import { guarded } from "../../runtimes/guard.ts";
import { findSystem } from "../find-system.ts";
import { traced, trial } from "./trial.ts";

/** Events that shrinking may take, of all the runs that it makes: about 20 s. */
const EVENTS_MAX = 10_000_000;
/** Continuations from each moment at which it is looked for the decisive one. */
const GLANCE = 16;
/** Events that this may take: about 15 s. */
const GLANCES_MAX = 8_000_000;

export type HuntJob = {
  readonly kind: "hunt";
  readonly system: string;
  /** Its faults are still to be drawn, and its seed is each of these in turn. */
  readonly run: Run;
  readonly seeds: readonly number[];
};

export type ExplainJob = {
  readonly kind: "explain";
  readonly system: string;
  readonly run: Run;
  readonly check: string;
  /** Leave it as large as it is. */
  readonly whole: boolean;
};

export type ContinueJob = {
  readonly kind: "continue";
  readonly system: string;
  readonly run: Run;
  readonly check: string;
  readonly future: Future;
  /** The moment, µs, and how many continuations. */
  readonly at: number;
  readonly seeds: number;
};

/** How one seed went. */
export type SeedResult = {
  readonly seed: number;
  readonly events: number;
  /** The first failure, and all checks that failed. */
  readonly finding?: Finding;
  readonly failed: readonly string[];
  readonly unknown: readonly string[];
  readonly seen: readonly string[];
  /** Why it came to nothing. */
  readonly broken?: string;
};

export type Explained = {
  readonly run: Run;
  readonly finding: Finding;
  readonly story: Story;
  /** How many runs it took. */
  readonly runs: number;
};

/** Does a job of a hunt. */
export default async function work(
  job: HuntJob | ExplainJob | ContinueJob,
): Promise<SeedResult[] | Explained | number | Refused> {
  try {
    return await done(job);
  } catch (cause) {
    // Errors lose their class between threads.
    if (!(cause instanceof OrreryError)) throw cause;
    return { refused: { code: cause.code, message: cause.message } };
  }
}

/** What went wrong with a job, and is not a bug of ours. */
export type Refused = { readonly refused: { readonly code: ErrorCode; readonly message: string } };

async function done(
  job: HuntJob | ExplainJob | ContinueJob,
): Promise<SeedResult[] | Explained | number> {
  const system = guarded(await findSystem(job.system));
  if (job.kind === "continue") return failing(system, job).failed;
  if (job.kind === "explain") return explain(system, job);
  return job.seeds.map((seed) => huntOne(system, { ...job.run, seed }));
}

function huntOne(system: AnySystem, asked: Run): SeedResult {
  const run = drawFaults(system, asked);
  const { judgements, events, broken } = trial(system, run);
  const names = (wanted: (kind: string, result: string) => boolean): string[] =>
    judgements.filter(({ kind, result }) => wanted(kind, result)).map(({ check }) => check);
  const finding = findingOf(judgements);
  return {
    seed: run.seed,
    events,
    ...(finding === undefined ? {} : { finding }),
    failed: names((kind, result) => kind !== "sometimes" && result === "fails"),
    unknown: names((kind, result) => kind !== "sometimes" && result === "unknown"),
    seen: names((kind, result) => kind === "sometimes" && result === "holds"),
    ...(broken === undefined ? {} : { broken }),
  };
}

function explain(system: AnySystem, { system: named, run, check, whole }: ExplainJob): Explained {
  let spent = 0;
  const execute = (of: Run) => {
    const { judgements, events } = trial(system, of, check);
    spent += events;
    return judgements;
  };
  const finding = findingBy(execute(run), check);
  if (finding === undefined) {
    const again = `npx orrery twice ${named} --seed ${run.seed}`;
    const said = `seed ${run.seed} failed ${check}, and not when it was run again: try ${again}`;
    throw new OrreryError("process/impure", said);
  }
  const shrunk = whole
    ? { run, finding, runs: 1 }
    : shrink(run, finding, {
        execute,
        strikes: (of) => {
          const trace = traced(system, of);
          return strikesOf(trace, trace.names);
        },
        withParams: (of, params) => withParams(system, of, params),
        more: () => spent < EVENTS_MAX,
      });
  const spy = spied(system);
  const trace = traced(spy.system, shrunk.run);
  const decided = whole ? undefined : decidedAt(system, shrunk.run, check, instantsOf(trace));
  return { ...shrunk, story: tell(trace, shrunk.finding, spy.book, decided) };
}

/** When chance had decided it; or, if it was bound to fail with these faults, which of them did. */
function decidedAt(
  system: AnySystem,
  run: Run,
  check: string,
  instants: readonly number[],
): number | undefined {
  let spent = 0;
  for (const future of FUTURES) {
    const job = { kind: "continue", system: "", run, check, future, seeds: GLANCE } as const;
    const at = decisive(instants, (from) => {
      if (spent > GLANCES_MAX) return undefined;
      const { failed, events } = failing(system, { ...job, at: from });
      spent += events;
      return failed / GLANCE;
    });
    if (at !== undefined) return at;
  }
  return undefined;
}

/** How many continuations from a moment fail. */
function failing(system: AnySystem, { run, check, future, at, seeds }: ContinueJob) {
  const from = continued(run, future, at);
  const count = { failed: 0, events: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const { judgements, events } = trial(system, from, check, { at, seed });
    if (findingBy(judgements, check) !== undefined) count.failed++;
    count.events += events;
  }
  return count;
}

/** Undefined if the system refuses these parameters, or reads its own otherwise than it writes them. */
function withParams(system: AnySystem, run: Run, params: Json): Run | undefined {
  try {
    const { params: parsed } = newRun(system, { params });
    const again = newRun(system, { params: parsed });
    if (canonical(parsed) !== canonical(again.params)) return undefined;
    const names = membersOf(system, parsed as never).map(({ name }) => name);
    const known = (name: string): boolean => names.includes(name) || /^[*@]/.test(name);
    const faults = run.faults.filter((fault) => namedBy(fault).every(known));
    return { ...run, params: parsed, faults };
  } catch {
    return undefined;
  }
}
