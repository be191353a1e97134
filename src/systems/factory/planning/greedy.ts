// A plan without a solver: valid, seldom the best. What is carried now goes on where it can, and what then is
// missing is taken from all that make it.

import { type Problem, waysOf } from "./problem.ts";
import type { Rates } from "./program.ts";

/**
 * From the final items upstream: who should start how much. Downstream again: who can, with what comes. And
 * upstream once more: what is not needed is not made. Cost O(makers + ways).
 */
export function greedyRates(problem: Problem): Rates {
  const asked = askedOf(problem);
  const { starts, carried } = possibleOf(problem, asked);
  return trimmed(problem, starts, carried);
}

const sum = (indices: readonly number[], of: (index: number) => number): number =>
  indices.reduce((all, index) => all + of(index), 0);

/** Units an hour that are asked for on each way. */
function askedOf(problem: Problem): readonly number[] {
  const { makers, ways, demand } = problem;
  const { into, out } = waysOf(problem);
  const asked = ways.map(() => 0);
  for (let index = makers.length - 1; index >= 0; index--) {
    const { plan, capacity, gives, takes } = makers[index]!;
    const final = plan.final ? limitOf(problem, demand.get(plan.item), index) : 0;
    const wanted = Math.min(capacity, final + sum(out[index]!, (way) => asked[way]!) / gives);
    for (const [line, ins] of into[index]!.entries()) {
      const need = wanted * takes[line]!;
      const now = sum(ins, (way) => ways[way]!.now);
      const kept = now === 0 ? 0 : Math.min(1, need / now);
      const missing = Math.max(0, need - now);
      const makersOut = (way: number): number => {
        const { capacity: most, gives: each } = makers[ways[way]!.from]!;
        return most * each;
      };
      const all = sum(ins, makersOut);
      for (const way of ins) {
        const more = (missing * makersOut(way)) / all;
        asked[way] = Math.min(ways[way]!.most, ways[way]!.now * kept + more);
      }
    }
  }
  return asked;
}

/** Starts an hour that a final item's demand leaves to one of its makers. */
function limitOf({ makers }: Problem, demand: number | undefined, index: number): number {
  const { plan, capacity } = makers[index]!;
  if (demand === undefined) return capacity;
  const all = makers.reduce(
    (total, each) => total + (each.plan.item === plan.item ? each.capacity * each.gives : 0),
    0,
  );
  return (demand * capacity) / all;
}

function possibleOf(problem: Problem, asked: readonly number[]) {
  const { makers, ways, demand } = problem;
  const { into, out } = waysOf(problem);
  const carried = ways.map(() => 0);
  const starts = makers.map(({ plan, capacity, gives, takes }, index) => {
    const most = plan.final ? limitOf(problem, demand.get(plan.item), index) : capacity;
    const fed = into[index]!.map((ins, line) => sum(ins, (way) => carried[way]!) / takes[line]!);
    const possible = Math.min(capacity, most, ...fed);
    const wanted = sum(out[index]!, (way) => asked[way]!);
    const share = wanted === 0 ? 0 : Math.min(1, (possible * gives) / wanted);
    for (const way of out[index]!) carried[way] = asked[way]! * share;
    return possible;
  });
  return { starts, carried };
}

/** So that inputs are used and outputs leave, to the last of them. */
function trimmed(problem: Problem, possible: readonly number[], carried: number[]): Rates {
  const { makers } = problem;
  const { into, out } = waysOf(problem);
  const starts = makers.map(() => 0);
  const delivered = makers.map(() => 0);
  for (let index = makers.length - 1; index >= 0; index--) {
    const { plan, gives, takes } = makers[index]!;
    if (plan.final) delivered[index] = possible[index]! * gives;
    const leaves = sum(out[index]!, (way) => carried[way]!);
    starts[index] = (leaves + delivered[index]!) / gives;
    for (const [line, ins] of into[index]!.entries()) {
      const comes = sum(ins, (way) => carried[way]!);
      const need = starts[index]! * takes[line]!;
      for (const way of ins) carried[way] = comes === 0 ? 0 : (carried[way]! * need) / comes;
    }
  }
  return { starts, delivered, carried };
}
