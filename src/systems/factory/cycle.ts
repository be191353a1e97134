// Times of jobs as they are drawn, and how many starts of a job turn out good.
import { type Micros, parseMicros } from "../../core/micros.ts";
import type { CycleParams } from "./file/definition.ts";

/** A distribution of times, µs. */
export type Cycle =
  | { readonly kind: "constant"; readonly micros: number }
  | { readonly kind: "uniform"; readonly min: number; readonly max: number }
  | {
      readonly kind: "triangular";
      readonly min: number;
      readonly mode: number;
      readonly max: number;
    }
  | { readonly kind: "exponential"; readonly mean: number }
  | { readonly kind: "lognormal"; readonly median: number; readonly sigma: number };

type Dice = () => number;

/** A cycle as it is written, its times divided by `scale`. */
export function cycleOf(given: CycleParams, scale: number): Cycle {
  const span = (text: string): number => parseMicros(text) / scale;
  if (typeof given === "string") return { kind: "constant", micros: span(given) };
  switch (given.dist) {
    case "uniform":
      return { kind: "uniform", min: span(given.min), max: span(given.max) };
    case "triangular": {
      const [min, mode, max] = [span(given.min), span(given.mode), span(given.max)];
      return { kind: "triangular", min, mode, max };
    }
    case "exponential":
      return { kind: "exponential", mean: span(given.mean) };
    case "lognormal":
      return { kind: "lognormal", median: span(given.median), sigma: given.sigma };
  }
}

/** The mean of a cycle, µs. */
export function meanOf(cycle: Cycle): number {
  switch (cycle.kind) {
    case "constant":
      return cycle.micros;
    case "uniform":
      return (cycle.min + cycle.max) / 2;
    case "triangular":
      return (cycle.min + cycle.mode + cycle.max) / 3;
    case "exponential":
      return cycle.mean;
    case "lognormal":
      return cycle.median * Math.exp(cycle.sigma ** 2 / 2);
  }
}

/** One draw, whole µs, at least 1. */
export const drawCycle = (cycle: Cycle, dice: Dice): Micros =>
  Math.max(1, Math.round(drawn(cycle, dice))) as Micros;

function drawn(cycle: Cycle, dice: Dice): number {
  switch (cycle.kind) {
    case "constant":
      return cycle.micros;
    case "uniform":
      return cycle.min + (cycle.max - cycle.min) * dice();
    case "triangular":
      return triangular(cycle, dice());
    case "exponential":
      return drawExponential(cycle.mean, dice);
    case "lognormal":
      return cycle.median * Math.exp(cycle.sigma * drawNormal(dice));
  }
}

export const drawExponential = (mean: number, dice: Dice): number => -mean * Math.log(1 - dice());

/** By the inverse of its distribution function. */
function triangular(
  { min, mode, max }: { readonly min: number; readonly mode: number; readonly max: number },
  share: number,
): number {
  const span = max - min;
  if (span === 0) return min;
  return share < (mode - min) / span
    ? min + Math.sqrt(share * span * (mode - min))
    : max - Math.sqrt((1 - share) * span * (max - mode));
}

/** Standard normal, by the polar form's older brother. Source: Box, Muller 1958. */
const drawNormal = (dice: Dice): number =>
  Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice());

/** Up to so many starts are each drawn; of more, a normal approximation is. */
const EACH_MAX = 1_000;

/** How many of a job's starts turn out good. */
export function drawGood(starts: number, share: number, dice: Dice): number {
  if (share >= 1) return starts;
  if (starts > EACH_MAX) {
    const good = starts * share + Math.sqrt(starts * share * (1 - share)) * drawNormal(dice);
    return Math.min(starts, Math.max(0, Math.round(good)));
  }
  let good = 0;
  for (let start = 0; start < starts; start++) if (dice() < share) good++;
  return good;
}
