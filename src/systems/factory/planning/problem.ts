// What is to be planned: who can make how much of what, and which ways there are between them. Stages of a
// class are alike, so without a running plan a class is planned as one and its work is then spread evenly:
// by symmetry that loses nothing, and the program does not grow with the number of stages.
import { countIn, pushIn } from "../../../core/counting.ts";
import { parseMicros } from "../../../core/micros.ts";
import { meanOf } from "../cycle.ts";
import { HOUR, perHour } from "../file/definition.ts";
import { routeBetween } from "../flows.ts";
import type { Plant, StagePlan } from "../plant.ts";
import { units } from "../quantity.ts";

/** One stage, or all of a class that are live. */
export type Maker = {
  /** Of one of them. */
  readonly plan: StagePlan;
  readonly size: number;
  /** Starts an hour of all together. */
  readonly capacity: number;
  /** Starts an hour in a plan of usual size: what the solver's figures are measured by. */
  readonly usual: number;
  /** By line of the bill of materials: units a start takes. */
  readonly takes: readonly number[];
  /** Good units that a start gives on average. */
  readonly gives: number;
};

/** What may be carried from a maker to a taker, for a line of its bill of materials. */
export type Way = {
  readonly from: number;
  readonly to: number;
  readonly line: number;
  /** Units an hour at most. */
  readonly most: number;
  /** Hours under way. */
  readonly hours: number;
  /** Units an hour that are carried now. */
  readonly now: number;
};

/** Suppliers come before those that they supply. */
export type Problem = {
  readonly makers: readonly Maker[];
  readonly ways: readonly Way[];
  /** Units an hour of each final item at most; what is not in it has no limit. */
  readonly demand: ReadonlyMap<string, number>;
};

/** Units an hour that a way's taker takes in a plan of usual size. */
export const usualOf = ({ makers }: Problem, { to, line }: Way): number =>
  makers[to]!.takes[line]! * makers[to]!.usual;

/** What it costs to change what a way carries by a unit an hour: what its taker usually needs counts 1, screws as doors. */
export const changeOf = (problem: Problem, way: Way): number =>
  problem.makers[way.to]!.size / usualOf(problem, way);

/** Lots in work for each start an hour, and under way for each unit: rate × time is how many there are (Little's law). */
export const workOfStart = ({ plan }: Maker): number => meanOf(plan.cycle) / HOUR / plan.starts;
export const workOfUnit = ({ makers }: Problem, { to, line, hours }: Way): number =>
  hours / units(makers[to]!.plan.bom[line]!.lot);

/** Ways of each maker, by line of its bill of materials; and those that leave it. */
export function waysOf({ makers, ways }: Problem): {
  readonly into: readonly (readonly (readonly number[])[])[];
  readonly out: readonly (readonly number[])[];
} {
  const into = makers.map(({ takes }) => takes.map((): number[] => []));
  const out = makers.map((): number[] => []);
  for (const [way, { from, to, line }] of ways.entries()) {
    into[to]![line]!.push(way);
    out[from]!.push(way);
  }
  return { into, out };
}

/** Starts an hour that a stage can do: nameplate, or what breakdowns and maintenance leave. */
export const capacityOf = (
  { parallel, starts, cycle, breakdown, maintenance }: StagePlan,
  derate: boolean,
): number => {
  const full = (parallel * starts * HOUR) / meanOf(cycle);
  if (!derate) return full;
  const up = breakdown === null ? 1 : breakdown.up / (breakdown.up + breakdown.repair);
  return maintenance.reduce((left, window) => left * (1 - window.for / window.every), full * up);
};

/** The classes of a plant, by the first stage of each, suppliers before those they supply. */
export function classesOf({ stages }: Plant): readonly StagePlan[] {
  const first = new Map<string, StagePlan>();
  for (const stage of stages) if (!first.has(stage.kind)) first.set(stage.kind, stage);
  const classes = [...first.values()];
  const sorted = new Set<StagePlan>();
  const visit = (plan: StagePlan): void => {
    if (sorted.has(plan)) return;
    for (const { item } of plan.bom) {
      for (const maker of classes) if (maker.item === item) visit(maker);
    }
    sorted.add(plan);
  };
  for (const plan of classes) visit(plan);
  return [...sorted];
}

/** How many stages of each class are live. */
export type Counts = ReadonlyMap<string, number>;

/** A plant as so many stages of each class, each class planned as one. */
export function classProblem(plant: Plant, counts: Counts, derate: boolean): Problem {
  const makers = sized(
    classesOf(plant)
      .filter(({ kind }) => (counts.get(kind) ?? 0) > 0)
      .map((plan) => maker(plan, counts.get(plan.kind)!, derate)),
  );
  const byItem = groupedByItem(makers);
  const ways = makers.flatMap(({ plan, size }, to) =>
    plan.bom.flatMap(({ item }, line) =>
      (byItem.get(item) ?? []).map((from): Way => {
        const { most, hours } = routeOf(plant, makers[from]!.plan, plan);
        return { from, to, line, most: most * size * makers[from]!.size, hours, now: 0 };
      }),
    ),
  );
  return { makers, ways, demand: demandOf(plant) };
}

/** Between which stages, by id, something may be carried, and how much is carried now. */
export type Pair = {
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly now: number;
};

/** The same with each live stage by itself, and ways between these pairs of live stages alone. */
export function stageProblem(
  plant: Plant,
  live: (id: number) => boolean,
  pairs: readonly Pair[],
  derate: boolean,
): Problem {
  const order = new Map(classesOf(plant).map(({ kind }, index) => [kind, index]));
  const place = (plan: StagePlan): number => order.get(plan.kind)!;
  const makers = sized(
    plant.stages
      .filter(({ id }) => live(id))
      .sort((a, b) => place(a) - place(b) || a.id - b.id)
      .map((plan) => maker(plan, 1, derate)),
  );
  const indices = new Map(makers.map(({ plan }, index) => [plan.id as number, index]));
  const routes = new Map<number, Route>();
  const ways = pairs.map(({ from, to, line, now }): Way => {
    const [supplier, consumer] = [plant.stages[from]!, plant.stages[to]!];
    const key = place(supplier) * order.size + place(consumer);
    const { most, hours } = routes.get(key) ?? routeOf(plant, supplier, consumer);
    routes.set(key, { most, hours });
    return { from: indices.get(from)!, to: indices.get(to)!, line, most, hours, now };
  });
  return { makers, ways, demand: demandOf(plant) };
}

const maker = (plan: StagePlan, size: number, derate: boolean): Maker => ({
  plan,
  size,
  capacity: size * capacityOf(plan, derate),
  usual: 1,
  takes: plan.bom.map(({ need }) => units(need) / plan.starts),
  gives: units(plan.each) * plan.yield,
});

/** Makers by item. */
function groupedByItem(makers: readonly Maker[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [index, { plan }] of makers.entries()) {
    pushIn(groups, plan.item, index);
  }
  return groups;
}

type Route = { readonly most: number; readonly hours: number };

function routeOf({ params }: Plant, supplier: StagePlan, consumer: StagePlan): Route {
  const { transport, timeScale } = params;
  const route = routeBetween(supplier, consumer, transport);
  const most =
    route?.capacity === undefined ? Number.POSITIVE_INFINITY : perHour(route.capacity) * timeScale;
  return { most, hours: parseMicros(route?.time ?? transport.default) / timeScale / HOUR };
}

/** All that is demanded of an item, though some that make it may be down. */
function demandOf({ stages }: Plant): ReadonlyMap<string, number> {
  const demand = new Map<string, number>();
  for (const { item, demand: share } of stages) {
    if (share !== null) countIn(demand, item, share);
  }
  return demand;
}

/**
 * Makers with their usual starts: what one unit of each final item takes of them, times the least that some
 * item's makers allow. So the figures of a program are near 1, whether pieces, kilograms or seconds.
 */
function sized(makers: readonly Maker[]): readonly Maker[] {
  const byItem = groupedByItem(makers);
  const wanted = new Map<string, number>();
  let least = Number.POSITIVE_INFINITY;
  const starts = new Map<string, number>();
  for (const { plan, takes, gives } of [...makers].reverse()) {
    if (starts.has(plan.item)) continue;
    const own = ((plan.final ? 1 : 0) + (wanted.get(plan.item) ?? 0)) / gives;
    starts.set(plan.item, own);
    const group = byItem.get(plan.item)!;
    const capacity = group.reduce((sum, index) => sum + makers[index]!.capacity, 0);
    if (own > 0) least = Math.min(least, capacity / own);
    for (const [line, { item }] of plan.bom.entries()) {
      countIn(wanted, item, takes[line]! * own);
    }
  }
  const factor = Number.isFinite(least) ? least : 1;
  return makers.map((each) => {
    const group = byItem.get(each.plan.item)!.reduce((sum, index) => sum + makers[index]!.size, 0);
    return { ...each, usual: ((starts.get(each.plan.item) || 1) * factor * each.size) / group };
  });
}
