import type { Check, Judgement, Observer, Verdict } from "../core/check.ts";
import { isAssertion, messageOf, OrreryError } from "../core/errors.ts";
import type { Run } from "../core/run.ts";
import { type AnySystem, calling, membersOf } from "../core/system.ts";
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
  const ordered = run.links.order === "fifo" && !(system && reorders(system, run));
  const general = CHECKS.filter((check) => check !== linkOrder || ordered);
  const { checks } = system ?? {};
  if (system === undefined || checks === undefined) return general;
  return [...general, ...calling(system, "checks", () => checks.call(system, run.params))];
}

/** Does an inbox of the system change the order in which messages came? */
const reorders = (system: AnySystem, run: Run): boolean =>
  membersOf(system, run.params).some(({ inbox }) => (inbox?.order ?? "fifo") !== "fifo");

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
      observers.forEach((observer, index) => {
        checking(checks[index]!, () => observer.see(batch));
      });
    },
    end: () =>
      checks.map((check, index) => {
        const { name, kind, claim } = check;
        const verdict = proven(
          name,
          checking(check, () => observers[index]!.end()),
        );
        return { check: name, kind, claim, ...inferred.temper(verdict) };
      }),
  };
}

/** A failure must name events: whoever wrote the check may have named something else. */
function proven(name: string, verdict: Verdict): Verdict {
  const events = verdict.result === "fails" ? verdict.witnesses : [];
  if (Array.isArray(events) && events.every((event) => typeof event?.sequence === "number")) {
    return verdict;
  }
  throw new OrreryError(
    "config/system-file",
    `check "${name}": witnesses must be events of the run, such as note.event`,
  );
}

/** Calls a check's own code; what it throws is said to be its own. */
function checking<T>({ name }: Check, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof OrreryError || isAssertion(cause)) throw cause;
    const said = `check "${name}" threw: ${messageOf(cause)}`;
    throw new OrreryError("config/system-file", said, { cause });
  }
}

/** Judges a recorded trace; by default by all that its run must pass. */
export function verify(trace: Trace, checks = checksOf(trace.run)): readonly Judgement[] {
  return trace.observe(judge(trace.run, checks, trace.names));
}
