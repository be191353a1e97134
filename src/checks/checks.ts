import type { Check, Judgement, Observer } from "../core/check.ts";
import type { Run } from "../core/run.ts";
import { type AnySystem, calling } from "../core/system.ts";
import type { Trace } from "../trace/trace.ts";
import { clockCondition } from "./clock-condition.ts";
import { InferredSends } from "./inferred.ts";
import { linkOrder } from "./link-order.ts";
import { noOrphanReceive, receivedOnce } from "./receives.ts";
import { risingClock } from "./rising-clock.ts";

/** Every check that comes with Orrery, for any system. */
export const CHECKS: readonly Check[] = [
  clockCondition,
  risingClock,
  noOrphanReceive,
  receivedOnce,
  linkOrder,
];

/**
 * Those that a run must pass: all that come with Orrery, but for what its links do not promise, and
 * what its system claims.
 */
export function checksOf(run: Run, system?: AnySystem): readonly Check[] {
  const general = CHECKS.filter((check) => check !== linkOrder || run.links.order === "fifo");
  const { checks } = system ?? {};
  if (system === undefined || checks === undefined) return general;
  return [...general, ...calling(system, "checks", () => checks.call(system, run.params))];
}

/** Judges a trace by several checks in one pass. */
export function judge(
  run: Run,
  checks: readonly Check[],
  names: readonly string[],
): Observer<readonly Judgement[]> {
  const observers = checks.map((check) => check.begin(run, names));
  const inferred = new InferredSends();
  return {
    see(batch) {
      inferred.see(batch);
      for (const observer of observers) observer.see(batch);
    },
    end: () =>
      checks.map(({ name, kind, claim }, index) => ({
        check: name,
        kind,
        claim,
        ...inferred.temper(observers[index]!.end()),
      })),
  };
}

/** Judges a recorded trace; by default by all that its run must pass. */
export function verify(trace: Trace, checks = checksOf(trace.run)): readonly Judgement[] {
  return trace.observe(judge(trace.run, checks, trace.names));
}
