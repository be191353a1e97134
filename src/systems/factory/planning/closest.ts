// Of all plans that let as much leave the plant, the one that changes least of what runs; of several, one with the
// fewest lots under way.
//
// 1. What the stages of a class do together is a plan of classes. It changes no more than theirs, as |a + b| is at
//    most |a| + |b|, and has as much work. So no plan of stages costs less than the best plan of classes.
// 2. A plan of stages that costs no more than that is the closest, however it was found.
import { countIn } from "../../../core/counting.ts";
import { ratesByItem } from "./by-item.ts";
import { changeOf, type Problem, workOfStart, workOfUnit } from "./problem.ts";
import { FlowProgram, type Rates } from "./program.ts";
import type { Optimise } from "./solver.ts";

/** The same plant twice, and how many final units an hour must leave it. */
export type Closing = {
  readonly stages: Problem;
  readonly classes: Problem;
  readonly least: number;
  readonly solve: Optimise;
};

/** Rates by stage; and why they may not be the closest, if so. */
export type Closest = { readonly rates: Rates; readonly reason: string | null };

/** Of so few ways one program is solved as soon as one for each item. */
const ITEMS_MIN = 1_000;
/** With more ways between stages a close plan must do: to find the closest would take many seconds. */
const CLOSEST_MAX = 40_000;
/** With more than this not even that is tried. */
const CLOSE_MAX = 250_000;

/** The closest plan, or a close one, or why there is none. */
export function closestRates(closing: Closing): Closest | string {
  const { stages, solve } = closing;
  const ways = stages.ways.length;
  if (ways > CLOSE_MAX) return `${ways} ways are too many to stay close`;
  if (ways < ITEMS_MIN) return closestOf(closing);
  const together = withWhatRuns(closing);
  const bound = optimum(closing, together);
  if (typeof bound === "string") return bound;
  const close = ratesByItem(stages, deliveredBy(together, bound), solve);
  if (typeof close === "string") return closestOf(closing);
  const [cost, least] = [costOf(stages, close), costOf(together, bound)];
  if (costsNoMore(cost, least)) return { rates: close, reason: null };
  const closest = closestOf(closing, close);
  if (typeof closest !== "string") return closest;
  const [changed, might] = [cost, least].map(({ change }) => change.toFixed(2));
  return { rates: close, reason: `${closest}: ${changed} are changed where ${might} might do` };
}

/** By one program of all stages, from a plan that is known. */
function closestOf(closing: Closing, known?: Rates): Closest | string {
  const ways = closing.stages.ways.length;
  if (ways > CLOSEST_MAX) return `${ways} ways are too many to find the closest plan`;
  const rates = optimum(closing, closing.stages, known);
  return typeof rates === "string" ? rates : { rates, reason: null };
}

/** The classes, with what runs between all their stages. */
function withWhatRuns({ stages, classes }: Closing): Problem {
  const classOf = new Map(classes.makers.map(({ plan }, index) => [plan.kind, index]));
  const inClass = stages.makers.map(({ plan }) => classOf.get(plan.kind)!);
  const now = new Map<number, number>();
  const keyOf = (from: number, to: number): number => from * classes.makers.length + to;
  for (const way of stages.ways) {
    const key = keyOf(inClass[way.from]!, inClass[way.to]!);
    countIn(now, key, way.now);
  }
  const ways = classes.ways.map((way) => ({ ...way, now: now.get(keyOf(way.from, way.to)) ?? 0 }));
  return { ...classes, ways };
}

function optimum({ least, solve }: Closing, problem: Problem, start?: Rates): Rates | string {
  const flow = new FlowProgram(problem, least);
  const from = start === undefined ? {} : { start: flow.values(start) };
  const found = solve({ ...flow.program, ...from }, [flow.change(), flow.work()]);
  return typeof found === "string" ? found : flow.rates(found);
}

/** Final units an hour by class. */
const deliveredBy = ({ makers }: Problem, { delivered }: Rates): ReadonlyMap<string, number> =>
  new Map(makers.map(({ plan }, index) => [plan.kind, delivered[index]!]));

type Cost = { readonly change: number; readonly work: number };

/** What a plan changes, in usual needs of a stage; and lots in work and under way. */
export function costOf(problem: Problem, { starts, carried }: Rates): Cost {
  let [change, work] = [0, 0];
  for (const [index, maker] of problem.makers.entries()) {
    work += starts[index]! * workOfStart(maker);
  }
  for (const [index, way] of problem.ways.entries()) {
    change += Math.abs(carried[index]! - way.now) * changeOf(problem, way);
    work += carried[index]! * workOfUnit(problem, way);
  }
  return { change, work };
}

/** What is less than this, of the usual need of a stage or of all work, is the solver's rounding. */
const ROUNDING = 1e-6;

const costsNoMore = (one: Cost, other: Cost): boolean =>
  one.change <= other.change + ROUNDING && one.work <= other.work * (1 + ROUNDING);
