// Worker threads of a hunt, and the seeds that are handed to them.
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { checksOf } from "../../checks/checks.ts";
import { countIn } from "../../core/counting.ts";
import { OrreryError } from "../../core/errors.ts";
import type { Run } from "../../core/run.ts";
import { findSystem } from "../find-system.ts";
import { listenForStop, progressBar, showCount } from "../progress.ts";
import { Stopped } from "../stopped.ts";
import type {
  ContinueJob,
  Explained,
  ExplainJob,
  HuntJob,
  Refused,
  SeedResult,
} from "./check-worker.ts";

/** A job takes about this long, ms: Ctrl-C and the first failure need not wait for more. */
const SLICE = 150;
const SEEDS_MAX = 500;

export type Hunters = {
  readonly cores: number;
  readonly hunt: (job: HuntJob) => Promise<SeedResult[]>;
  readonly explain: (job: ExplainJob) => Promise<Explained>;
  readonly resume: (job: ContinueJob) => Promise<number>;
  readonly close: () => Promise<void>;
};

/** `jobs`: how many threads; default, one a core. */
export function openHunters(jobs: number | undefined): Hunters {
  const cores = jobs ?? availableParallelism();
  const filename = new URL("./check-worker.js", import.meta.url).href;
  const pool = new Piscina({ filename, minThreads: cores, maxThreads: cores });
  return {
    cores,
    hunt: (job) => ask<SeedResult[]>(pool, job),
    explain: (job) => ask<Explained>(pool, job),
    resume: (job) => ask<number>(pool, job),
    close: () => pool.destroy(),
  };
}

/** Has a job done. @throws OrreryError as the worker threw it */
async function ask<Answer extends object | number>(pool: Piscina, job: object): Promise<Answer> {
  const answer = (await pool.run(job)) as Answer | Refused;
  if (typeof answer !== "object" || !("refused" in answer)) return answer as Answer;
  throw new OrreryError(answer.refused.code, answer.refused.message);
}

/** What a hunt came to. */
export type Hunted = {
  readonly seeds: number;
  readonly seconds: number;
  readonly cores: number;
  readonly events: number;
  /** Seeds in which a check failed, ascending. */
  readonly failures: readonly SeedResult[];
  /** In how many seeds a check of kind sometimes was seen, or another was undecided. */
  readonly seen: ReadonlyMap<string, number>;
  readonly unknown: ReadonlyMap<string, number>;
  /** Checks of kind sometimes that were seen in none. */
  readonly never: readonly string[];
  readonly broken: readonly SeedResult[];
};

export type HuntPlan = {
  readonly name: string;
  readonly run: Run;
  readonly first: number;
  readonly count: number;
};

/**
 * Runs the seeds, in their order, on all threads. Stops after the first failure unless it is to keep
 * going; all seeds below that one have been run then, whoever was faster.
 * @throws Stopped if Ctrl-C came before a failure
 */
export async function hunt(hunters: Hunters, plan: HuntPlan, keepGoing: boolean): Promise<Hunted> {
  const { first, count, run, name } = plan;
  const signals = listenForStop();
  const bar = progressBar("{value} of {total} seeds, {rate} seeds/s, {left} s left");
  const began = performance.now();
  const results: SeedResult[] = [];
  let next = first;
  let failed = false;
  const work = async (): Promise<void> => {
    let size = 1;
    while (next < first + count && !(failed && !keepGoing) && !signals.stopped()) {
      const seeds = Array.from(
        { length: Math.min(size, first + count - next) },
        (_, i) => next + i,
      );
      next += seeds.length;
      const before = performance.now();
      const some = await hunters.hunt({ kind: "hunt", system: name, run, seeds });
      results.push(...some);
      failed ||= some.some(({ finding }) => finding !== undefined);
      const took = Math.max(1, performance.now() - before);
      size = Math.max(1, Math.min(SEEDS_MAX, 2 * size, Math.round((size * SLICE) / took)));
      showCount(bar, results.length, count, began);
    }
  };
  try {
    await Promise.all(Array.from({ length: hunters.cores }, work));
  } finally {
    bar.stop();
    signals.end();
  }
  if (signals.stopped() && !failed) throw new Stopped();
  results.sort((a, b) => a.seed - b.seed);
  const seconds = (performance.now() - began) / 1e3;
  return summed(results, seconds, hunters.cores, await sometimesOf(plan));
}

/** Names of the checks that need not hold in every run. */
async function sometimesOf({ name, run }: HuntPlan): Promise<readonly string[]> {
  const checks = checksOf(run, await findSystem(name));
  return [...new Set(checks.filter(({ kind }) => kind === "sometimes").map((each) => each.name))];
}

function summed(
  results: readonly SeedResult[],
  seconds: number,
  cores: number,
  sometimes: readonly string[],
): Hunted {
  const seen = new Map<string, number>();
  const unknown = new Map<string, number>();
  const count = (into: Map<string, number>, checks: readonly string[]): void => {
    for (const check of new Set(checks)) countIn(into, check);
  };
  for (const result of results) {
    count(seen, result.seen);
    count(unknown, result.unknown);
  }
  return {
    seeds: results.length,
    seconds,
    cores,
    events: results.reduce((sum, { events }) => sum + events, 0),
    failures: results.filter(({ finding }) => finding !== undefined),
    seen,
    unknown,
    never: sometimes.filter((check) => !seen.has(check)),
    broken: results.filter(({ broken }) => broken !== undefined),
  };
}
