// What a run came to, as far as a hunt is concerned.
import type { Judgement } from "../core/check.ts";
import type { Run } from "../core/run.ts";
import type { TraceEvent } from "../core/trace-event.ts";

/** The name of the check that fails when a handler throws. */
const NO_THROW = "no-handler-throws";

/** Runs something and judges it. Given the same run, it gives the same. */
export type Execute = (run: Run) => readonly Judgement[];

/** A check that failed. */
export type Finding = {
  readonly check: string;
  readonly kind: Judgement["kind"];
  readonly reason: string;
  readonly witnesses: readonly TraceEvent[];
};

/** The first check that failed, in the order of the checks; safety before liveness. */
export function findingOf(judgements: readonly Judgement[]): Finding | undefined {
  const failures = judgements.flatMap((judgement) =>
    judgement.result === "fails" && judgement.kind !== "sometimes" ? [judgement] : [],
  );
  const first = failures.find(({ kind }) => kind === "always") ?? failures[0];
  if (first === undefined) return undefined;
  const { check, kind, reason, witnesses } = first;
  return { check, kind, reason, witnesses };
}

/** What a given check says of a run. */
export const findingBy = (judgements: readonly Judgement[], check: string): Finding | undefined =>
  findingOf(judgements.filter((judgement) => judgement.check === check));

/** The judgement of a run in which a handler threw. */
export const threw = (reason: string, witnesses: readonly TraceEvent[]): Judgement => ({
  check: NO_THROW,
  kind: "always",
  claim: "No handler throws.",
  result: "fails",
  reason,
  witnesses,
});
