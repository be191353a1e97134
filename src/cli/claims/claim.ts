// The claims of the documents that the project came from, each put to a preset. A claim is judged by what
// was measured; nothing is repeated that was not.

import { comparePairs, type Description } from "../../analysis/statistics.ts";
import type { Row } from "../../core/experiment.ts";
import { short, withInterval } from "../../experiments/experiment-words.ts";

export type ClaimVerdict = "confirmed" | "refuted" | "confounded" | "depends";

/** A preset's runs, asked for by cell and metric. */
export type Evidence = {
  of(cell: string, metric: string): Description;
  compare(a: string, b: string, metric: string): Description;
  rows(cell: string): readonly Row[];
};

export type Claim = {
  readonly seed: string;
  readonly claim: string;
  readonly preset: string;
  readonly judge: (evidence: Evidence) => {
    readonly verdict: ClaimVerdict;
    readonly figure: string;
    readonly reason: string;
  };
};

/** A claimed value or range, held against the runs of one cell. */
export function quantity(
  seed: string,
  claim: string,
  preset: string,
  cell: string,
  metric: string,
  [low, high]: readonly [number, number],
): Claim {
  const judge: Claim["judge"] = ({ of }) => {
    const found = of(cell, metric);
    const figure = `${metric} ${withInterval(found)}, runs ${short(found.min)} … ${short(found.max)}`;
    // A range is met by a mean inside it, a single value by an interval around it.
    const met =
      low < high ? low <= found.mean && found.mean <= high : found.low <= low && low <= found.high;
    if (met) {
      const reason =
        low < high
          ? "The mean over seeds is in that range."
          : "The interval of the mean has it inside.";
      return { verdict: "confirmed", figure, reason };
    }
    const reached = found.min <= high && low <= found.max;
    const side = low > found.mean ? "below" : "above";
    return reached
      ? { verdict: "depends", figure, reason: `Single runs come out so; their mean is ${side} it.` }
      : {
          verdict: "refuted",
          figure,
          reason: `No run of ${found.n} comes out so: all are ${side} it.`,
        };
  };
  return { seed, claim, preset, judge };
}

/** Is the metric larger (or smaller) in b than in a, seed by seed? */
export function ordered(
  seed: string,
  claim: string,
  preset: string,
  [a, b]: readonly [string, string],
  metric: string,
  larger: boolean,
  reasons: { readonly so: string; readonly not: string },
): Claim {
  const judge: Claim["judge"] = ({ compare }) => {
    const found = compare(a, b, metric);
    const so = larger ? found.low > 0 : found.high < 0;
    const opposite = larger ? found.high < 0 : found.low > 0;
    const figure = `${metric}, ${b} minus ${a}: ${withInterval(found)}`;
    if (so) return { verdict: "confirmed", figure, reason: reasons.so };
    return { verdict: opposite ? "refuted" : "depends", figure, reason: reasons.not };
  };
  return { seed, claim, preset, judge };
}

/** Compares a metric of two cells, seed by seed. */
export function compareRows(a: readonly Row[], b: readonly Row[], metric: string): Description {
  return comparePairs(
    a.map(({ metrics }) => metrics[metric]!),
    b.map(({ metrics }) => metrics[metric]!),
  );
}
