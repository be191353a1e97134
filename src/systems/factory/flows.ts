// Who supplies whom: flows as a file gives them, turned into the arcs that stages work by.
import { pushIn } from "../../core/counting.ts";
import { type Micros, micros, parseMicros } from "../../core/micros.ts";
import type { ProcessId } from "../../core/process.ts";
import { meanOf } from "./cycle.ts";
import { classNamed, type FactoryParams, HOUR, perHour, stagesOf } from "./file/definition.ts";
import type { BomLine, Plant, StagePlan } from "./plant.ts";
import type { Amount } from "./quantity.ts";

/** A way of material in a flow. */
export type Arc = {
  readonly from: ProcessId;
  /** Units an hour of the run; a share of what the consumer takes, if the flow does not say. */
  readonly rate: number;
  /** What may be on the consumer's books from there: asked for, on its way, waiting, in use. */
  readonly credit: Amount;
  readonly transport: Micros;
};

/** Who supplies whom from an instant on; later ones have greater epochs. */
export type Flow = {
  readonly at: Micros;
  /** Leader's term and number in it; flows of a file are of term 0. */
  readonly epoch: Epoch;
  /** By consumer and line of its bill of materials. */
  readonly inbound: readonly (readonly (readonly Arc[])[])[];
  /** By supplier: to whom. */
  readonly outbound: readonly ReadonlySet<number>[];
};

export type Epoch = readonly [term: number, sequence: number];

/** By default a stage has at most so many suppliers of an item: flows of large plants stay sparse. */
export const SUPPLIERS_MAX = 8;

type GivenFlow = FactoryParams["flow"][number];
type GivenArc = GivenFlow["arcs"][number];

/** Every stage is supplied by all that make what it takes; in large plants by some, spread evenly. */
export function everyArc(stages: readonly StagePlan[]): GivenArc[] {
  const makers = makersOf(stages);
  const arcs: GivenArc[] = [];
  const turn = new Map<string, number>();
  for (const { name, bom } of stages) {
    for (const { item } of bom) {
      const all = makers.get(item)!;
      const some = Math.min(all.length, SUPPLIERS_MAX);
      const from = turn.get(item) ?? 0;
      for (let next = 0; next < some; next++) {
        arcs.push({ from: all[(from + next) % all.length]!.name, to: name });
      }
      turn.set(item, from + some);
    }
  }
  return arcs;
}

/** The stages that make each item. */
function makersOf(stages: readonly StagePlan[]): ReadonlyMap<string, readonly StagePlan[]> {
  const groups = new Map<string, StagePlan[]>();
  for (const stage of stages) {
    pushIn(groups, stage.item, stage);
  }
  return groups;
}

/** The rates of a flow, units an hour of the run, by consumer and supplier; undefined: a share of what it takes. */
type Rates = ReadonlyMap<number, ReadonlyMap<number, number | undefined>>;

/** A flow of the file; the first is of epoch 0.1. */
export function givenFlow(
  { at, arcs }: GivenFlow,
  index: number,
  stages: readonly StagePlan[],
  params: FactoryParams,
): Flow {
  const { equipment, timeScale } = params;
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const of = (name: string): readonly StagePlan[] =>
    classNamed(name, equipment) === name
      ? stagesOf(name, equipment[name]!.count).map((each) => byName.get(each)!)
      : [byName.get(name)!];
  const rates = new Map<number, Map<number, number | undefined>>();
  for (const { from, to, rate } of arcs) {
    const pairs = of(from).length * of(to).length;
    const each = rate === undefined ? undefined : (perHour(rate) * timeScale) / pairs;
    for (const consumer of of(to)) {
      const inbound = rates.get(consumer.id) ?? new Map<number, number | undefined>();
      for (const supplier of of(from)) inbound.set(supplier.id, each);
      rates.set(consumer.id, inbound);
    }
  }
  const begins = micros(parseMicros(at) / timeScale);
  return flowOf(rates, begins, [0, index + 1], stages, params);
}

export function flowOf(
  rates: Rates,
  at: Micros,
  epoch: Epoch,
  stages: readonly StagePlan[],
  params: FactoryParams,
): Flow {
  const outbound = stages.map(() => new Set<number>());
  const inbound = stages.map((consumer) => {
    const suppliers = rates.get(consumer.id) ?? new Map<number, number | undefined>();
    for (const supplier of suppliers.keys()) outbound[supplier]!.add(consumer.id);
    return consumer.bom.map((line) => {
      const makers = [...suppliers].filter(([from]) => stages[from]!.item === line.item);
      return makers
        .sort(([a], [b]) => a - b)
        .map(([from, rate]) => arcOf(stages[from]!, consumer, line, rate, makers.length, params));
    });
  });
  return { at, epoch, inbound, outbound };
}

/** Rates of a plan are as exact as its solver: a lot is not added for less. */
const TOLERANCE = 1e-4;

/** How long goods are on their way from one stage to the other, whether or not a flow has them go there. */
export function transportOf(
  supplier: StagePlan,
  consumer: StagePlan,
  { transport, timeScale }: FactoryParams,
): Micros {
  const route = routeBetween(supplier, consumer, transport);
  return micros(parseMicros(route?.time ?? transport.default) / timeScale);
}

type Transport = FactoryParams["transport"];

/** The route that was written for goods of one stage to another, if one was. */
export const routeBetween = (
  supplier: StagePlan,
  consumer: StagePlan,
  { routes }: Transport,
): Transport["routes"][number] | undefined =>
  routes.find(({ from, to }) => from === supplier.area && to === consumer.area);

/** The credit is what running jobs hold, a lot to be opened, and what the way and the supplier take to bring more. */
export function arcOf(
  supplier: StagePlan,
  consumer: StagePlan,
  line: BomLine,
  given: number | undefined,
  suppliers: number,
  params: FactoryParams,
): Arc {
  const { equipment } = params;
  const jobs = (consumer.parallel * HOUR) / meanOf(consumer.cycle);
  const rate = given ?? (jobs * line.need) / 1e6 / suppliers;
  const way = transportOf(supplier, consumer, params);
  const bridged = (rate * 1e6 * (way + meanOf(supplier.cycle))) / HOUR;
  const lots = equipment[consumer.kind]!.buffer.in ?? 1 + Math.ceil(bridged / line.lot - TOLERANCE);
  const held = equipment[consumer.kind]!.buffer.in === undefined ? consumer.parallel : 0;
  const credit = Math.max(lots * line.lot + held * line.need, line.need + line.lot) as Amount;
  return { from: supplier.id, rate, credit, transport: way };
}

/** The greatest credit that any flow gives a consumer with a supplier; of planned ones, that any could. */
export function creditMax(
  { flows, leadership, stages, params }: Plant,
  supplier: number,
  consumer: number,
): number {
  let most = 0;
  if (leadership !== null) {
    const { item } = stages[supplier]!;
    const line = stages[consumer]!.bom.find((each) => each.item === item);
    if (line === undefined) return 0;
    most = arcOf(stages[supplier]!, stages[consumer]!, line, undefined, 1, params).credit;
  }
  for (const { inbound } of flows) {
    for (const arcs of inbound[consumer]!) {
      for (const { from, credit } of arcs) if (from === supplier) most = Math.max(most, credit);
    }
  }
  return most;
}
