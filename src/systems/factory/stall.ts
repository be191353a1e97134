// How long a plant may ship nothing when a stage dies that others can stand in for (I11): until that is known,
// planned for and adopted, and then, if nothing was left between the stages, until they have been filled and a
// lot has come all the way. The first is what a death costs, and near to what is seen; the second holds for a
// plant at any time, and plants seldom come near it (docs/factory-stalls.md). Not for time in which the keeper is down, nor
// for plants that are held up otherwise: by breakdowns, maintenance, demand, limited work, or stages that stay closed.
import { countIn } from "../../core/counting.ts";
import { type Micros, micros, seconds } from "../../core/micros.ts";
import { type Cycle, meanOf } from "./cycle.ts";
import { arcOf, SUPPLIERS_MAX, transportOf } from "./flows.ts";
import { SILENT } from "./leading/detector.ts";
import { LOOKS } from "./leading/leader.ts";
import { GREETING, REFUTATION } from "./leading/membership.ts";
import { classesOf } from "./planning/problem.ts";
import type { Plant, StagePlan } from "./plant.ts";
import { isOpenAfter } from "./revisions.ts";
import { PATIENCE } from "./stage/requests.ts";

/** For all messages that this takes, if none is lost: some twenty, one after the other. */
const WIRES = seconds(1);

/**
 * From the death of a stage to the next lot that leaves the plant, µs, at most. `leaderDies`: in the same
 * instant. Cost: pairs of classes.
 */
export function stallBound(plant: Plant, leaderDies = false): Micros {
  const finals = plant.stages.filter(({ final }) => final);
  const items = new Map<string, number>();
  const way = finals.reduce(
    (longest, stage) => Math.max(longest, wayTo(plant, stage.item, items)),
    0,
  );
  return micros(replanBound(plant, leaderDies) + way + filling(plant));
}

/**
 * The same from the end of all disorder on, whatever that was: whoever was down is counted on again, and what
 * was not answered is asked again.
 */
export function resumeBound(plant: Plant): Micros {
  const { leadership, resend } = plant;
  const again = replanBound(plant, true) + (leadership?.stability ?? 0) + PATIENCE * resend;
  return seconds(Math.ceil((stallBound(plant) + again) / 1e6));
}

/** Is it never held up, but by what fails, and by changes that are planned for as a death is? */
export const isSteady = ({ stages, line }: Plant): boolean =>
  line === null &&
  stages.every(
    ({ breakdown, maintenance, demand, changes }) =>
      breakdown === null &&
      maintenance.length === 0 &&
      demand === null &&
      isOpenAfter(changes, changes.length),
  );

/**
 * From the death of a stage until all that live work by a flow without it, µs, at most, by the detector of time.
 * A new leader does not wait for who is down: it has never heard of him.
 */
export function replanBound({ leadership }: Plant, leaderDies = false): Micros {
  if (leadership === null) return micros(0);
  const { heartbeat, lease, debounce, solving } = leadership;
  // Members are looked at twice a heartbeat.
  const verdict = (SILENT + REFUTATION + 1) * heartbeat + debounce;
  // The last beat of the lease may be seen one look late, and its end another; looks are a tenth off.
  const takeOver = lease * (1 + (2 * 1.1) / LOOKS) + Math.max(debounce, GREETING * heartbeat);
  return micros((leaderDies ? takeOver : verdict) + solving + WIRES);
}

/** The longest that any job takes, or all but one in some thousands. */
function most(cycle: Cycle): number {
  switch (cycle.kind) {
    case "constant":
      return cycle.micros;
    case "exponential":
      return 8 * cycle.mean;
    case "lognormal":
      return cycle.median * Math.exp(3.5 * cycle.sigma);
    default:
      return cycle.max;
  }
}

const makersOf = ({ stages }: Plant, item: string): readonly StagePlan[] =>
  stages.filter((stage) => stage.item === item);

/** Of those that are alike one. */
const oneOfEach = (stages: readonly StagePlan[]): readonly StagePlan[] => [
  ...new Map(stages.map((stage) => [stage.kind, stage])).values(),
];

/** From nothing to a lot of that item: the longest chain of jobs and ways. `known`: what was found so far. */
function wayTo(plant: Plant, item: string, known: Map<string, number>): number {
  const before = known.get(item);
  if (before !== undefined) return before;
  const takes = oneOfEach(makersOf(plant, item)).map((taker) => {
    const inputs = taker.bom.map((line) => {
      const givers = oneOfEach(makersOf(plant, line.item));
      const ways = givers.map((giver) => {
        // More lots than one come one after the other, if there is only one who makes them.
        const lots = Math.ceil(line.need / (line.lot * giver.yield));
        return (lots - 1) * most(giver.cycle) + transportOf(giver, taker, plant.params);
      });
      return wayTo(plant, line.item, known) + Math.max(...ways);
    });
    return Math.max(0, ...inputs) + most(taker.cycle);
  });
  const longest = Math.max(...takes);
  known.set(item, longest);
  return longest;
}

/**
 * How long the class that has least to spare can work for others before a lot is ready, if the dead one was of
 * it: until every place for a lot that there is in the plant is taken. Who asked first is served first, so
 * what is far from the end may be filled up before what is near it has anything.
 */
function filling(plant: Plant): number {
  const wanted = new Map<string, number>();
  const want = (item: string, units: number): void => {
    countIn(wanted, item, units);
  };
  for (const [index, taker] of plant.stages.entries()) {
    const { item, final, space, starts, each, bom } = taker;
    // On its shelf; or the lot that is waited for.
    if (!final) want(item, space * starts * each);
    else if (plant.stages.findIndex((other) => other.item === item) === index)
      want(item, starts * each);
    for (const line of bom) {
      const givers = makersOf(plant, line.item);
      const some = Math.min(givers.length, SUPPLIERS_MAX);
      const { credit } = arcOf(givers[0]!, taker, line, undefined, some, plant.params);
      want(line.item, some * credit);
    }
  }
  const jobs = new Map<string, number>();
  // Takers before makers: what is wanted of an item is known when its turn comes, and each has one turn.
  for (const { item, kind } of classesOf(plant).toReversed()) {
    const [{ starts, each, yield: good, bom, kind: first }] = makersOf(plant, item) as [StagePlan];
    if (kind !== first) continue;
    const count = (wanted.get(item) ?? 0) / (starts * each * good);
    jobs.set(item, count);
    for (const line of bom) want(line.item, count * line.need);
  }
  const spans = [...jobs].map(([item, count]) => {
    const rates = makersOf(plant, item).map(({ cycle, parallel }) => parallel / meanOf(cycle));
    const all = rates.reduce((sum, rate) => sum + rate, 0);
    const left = rates.length > 1 ? all - Math.max(...rates) : all;
    return count / left;
  });
  return Math.max(...spans);
}
