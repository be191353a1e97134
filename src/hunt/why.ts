// When a failing run became likely to fail. What has happened up to a moment is kept, what comes after is
// left to other dice, many times: the share of those continuations that fail, against the moment, jumps
// where something was decided. The idea is Antithesis's; the search for the jumps is bisection.
import type { Run } from "../core/run.ts";
import type { TraceEvent } from "../core/trace-event.ts";

/**
 * What becomes of faults that begin after the moment: they come as planned, or there are no more. The first
 * shows what chance decided, the second what faults did.
 */
export const FUTURES = ["planned", "none"] as const;
export type Future = (typeof FUTURES)[number];

/** How many of the continuations from one moment failed. */
export type Share = {
  readonly at: number;
  readonly failed: number;
  readonly of: number;
};

/** A rise of the share, between two moments that are as near to each other as can be told. */
export type Jump = {
  readonly future: Future;
  readonly from: Share;
  readonly to: Share;
};

/** The faults of a continuation from `at`. */
export function continued(run: Run, future: Future, at: number): Run {
  if (future === "planned") return run;
  return { ...run, faults: run.faults.filter((fault) => fault.at < at) };
}

export const shareOf = ({ failed, of }: Share): number => failed / Math.max(1, of);

/** A rise less than this may be chance: three standard errors of the difference at worst. */
export const riseMin = (of: number): number => Math.max(0.15, 3 * Math.sqrt(0.5 / of));

/** The largest rises of a curve, at most `most` of them, as places of their first share. */
export function rises(shares: readonly Share[], most: number): readonly number[] {
  const steps = shares.slice(1).map((share, index) => ({
    index,
    rise: shareOf(share) - shareOf(shares[index]!),
    least: riseMin(share.of),
  }));
  return steps
    .filter(({ rise, least }) => rise >= least)
    .sort((a, b) => b.rise - a.rise)
    .slice(0, most)
    .map(({ index }) => index);
}

/** The instants at which something happened, ascending. */
export const instantsOf = (trace: Iterable<TraceEvent>): readonly number[] => [
  ...new Set([...trace].map(({ timeMicros }) => timeMicros)),
];

/** A share from which on a failure is as good as sure, and one up to which it was open. */
const SURE = 0.75;
const OPEN = 0.5;

/**
 * The instant at which the failure became as good as sure, by bisection over those at which something
 * happened: what was settled there decided it. Undefined if it was so from the beginning. Cost: the
 * logarithm of `instants` calls of `share`, which says how many continuations from an instant fail, or
 * nothing when that has become too dear.
 */
export function decisive(
  instants: readonly number[],
  share: (at: number) => number | undefined,
): number | undefined {
  const first = share(0);
  if (instants.length < 2 || first === undefined || first > OPEN) return undefined;
  let [open, sure] = [-1, instants.length];
  while (sure - open > 1) {
    const middle = (open + sure) >> 1;
    const then = share(instants[middle]! + 1);
    if (then === undefined) return undefined;
    if (then >= SURE) sure = middle;
    else open = middle;
  }
  return instants[sure];
}

/**
 * Where to look next between two shares: in the middle of the instants at which something happened there,
 * of which `instants` are all, ascending. Undefined if nothing can be told apart any more.
 */
export function between(a: Share, b: Share, instants: readonly number[]): number | undefined {
  // From a moment on, what happens at that very instant is not yet decided.
  const inside = instants.filter((instant) => instant > a.at && instant < b.at);
  return inside[inside.length >> 1];
}
