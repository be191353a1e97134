// A factory file compiled into what its stages look up: each stage's plan, and who supplies whom.
import { type Micros, micros, parseMicros } from "../../core/micros.ts";
import type { ProcessId } from "../../core/process.ts";
import { classNamed, finalItems, itemOf, stagesOf } from "./check-flows.ts";
import { type Cycle, cycleOf, meanOf } from "./cycle.ts";
import { type EquipmentParams, type FactoryParams, perHour, quantityOf } from "./definition.ts";
import { type Amount, amount } from "./quantity.ts";

/** What a job takes of one item. */
export type BomLine = {
  readonly item: string;
  readonly need: Amount;
  /** A full lot of it. */
  readonly lot: Amount;
};

/** Plant time turned into the run's, µs. */
export type MaintenanceWindow = {
  readonly every: number;
  readonly for: number;
  readonly first: number;
};

/** One piece of equipment: a work unit, in ISA-95's words. */
export type StagePlan = {
  readonly id: ProcessId;
  readonly name: string;
  /** Of which class it is. */
  readonly kind: string;
  readonly item: string;
  /** Starts of a job, and what each good one gives. */
  readonly starts: number;
  readonly each: Amount;
  readonly yield: number;
  readonly bom: readonly BomLine[];
  readonly cycle: Cycle;
  readonly parallel: number;
  readonly onInterrupt: "resume" | "restart" | "scrap";
  /** Lots that may wait here to be fetched, those being made included. */
  readonly space: number;
  /** Nothing in the plant consumes what it makes: it leaves. */
  readonly final: boolean;
  readonly area: string;
  /** Mean up time and repair time, µs; who repairs, if not somebody of its own. */
  readonly breakdown: {
    readonly up: number;
    readonly repair: number;
    readonly crew?: ProcessId;
  } | null;
  readonly maintenance: readonly MaintenanceWindow[];
  /** Its share of the demand: good units an hour of the run. */
  readonly demand: number | null;
};

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

export type CrewPlan = {
  readonly id: ProcessId;
  readonly name: string;
  readonly count: number;
  readonly callAt: number;
};

export type Plant = {
  readonly params: FactoryParams;
  readonly stages: readonly StagePlan[];
  readonly crews: readonly CrewPlan[];
  readonly flows: readonly Flow[];
  readonly resend: Micros;
  readonly recalls: boolean;
  /** Of a serial line with limited work in progress: its ends. */
  readonly line: {
    readonly first: ProcessId;
    readonly last: ProcessId;
    readonly most: number;
  } | null;
};

/** By default a stage has at most so many suppliers of an item: flows of large plants stay sparse. */
const SUPPLIERS_MAX = 8;

const known = new WeakMap<FactoryParams, Plant>();

/** The plant of these parameters; the same one each time. */
export function plantOf(params: FactoryParams): Plant {
  const plant = known.get(params) ?? compile(params);
  known.set(params, plant);
  return plant;
}

function compile(params: FactoryParams): Plant {
  const { equipment, policies, crews: crewParams } = params;
  const finals = new Set(finalItems(params));
  const stageCount = Object.values(equipment).reduce((sum, { count }) => sum + count, 0);
  const crews = Object.entries(crewParams).map(([name, { count, callAt }], index) => ({
    id: (stageCount + index) as ProcessId,
    name: `crew-${name}`,
    count,
    callAt,
  }));
  const makers = new Map<string, number>();
  for (const [kind, { count }] of Object.entries(equipment)) {
    const item = itemOf(kind, params);
    makers.set(item, (makers.get(item) ?? 0) + count);
  }
  const stages: StagePlan[] = [];
  for (const [kind, of] of Object.entries(equipment)) {
    const plan = classPlan(kind, of, params, crews);
    const final = finals.has(plan.item);
    const demand = params.demand[plan.item];
    const share =
      demand === undefined ? null : (perHour(demand) * params.timeScale) / makers.get(plan.item)!;
    for (const name of stagesOf(kind, of.count)) {
      stages.push({ ...plan, final, demand: share, id: stages.length as ProcessId, name });
    }
  }
  const given = params.flow.length > 0 ? params.flow : [{ at: "0s", arcs: everyArc(stages) }];
  const last = stages.find(({ final }) => final)!.id;
  const first = stages.find(({ bom }) => bom.length === 0)!.id;
  return {
    params,
    stages,
    crews,
    flows: given.map((flow, index) => compileFlow(flow, index, stages, params)),
    resend: parseMicros(policies.resend),
    recalls: policies.onFlowChange === "recall",
    line: policies.wip === undefined ? null : { first, last, most: policies.wip },
  };
}

type ClassPlan = Omit<StagePlan, "id" | "name" | "final" | "demand">;

function classPlan(
  kind: string,
  of: EquipmentParams,
  params: FactoryParams,
  crews: readonly CrewPlan[],
): ClassPlan {
  const { timeScale, items, segments } = params;
  const segment = segments[of.segment]!;
  const item = itemOf(kind, params);
  const each = quantityOf(segment.produces[item]!).number;
  const starts = Math.round(items[item]!.lot / each);
  const scaled = (text: string): number => parseMicros(text) / timeScale;
  const crew = crews.find(({ name }) => name === `crew-${of.crew}`)?.id;
  return {
    kind,
    item,
    starts,
    each: amount(each),
    yield: segment.yield,
    bom: Object.entries(segment.consumes).map(([input, given]) => ({
      item: input,
      need: amount(quantityOf(given).number * starts),
      lot: amount(items[input]!.lot),
    })),
    cycle: cycleOf(segment.cycle, timeScale),
    parallel: of.parallel,
    onInterrupt: segment.onInterrupt,
    space: of.buffer.out ?? of.parallel + 2,
    area: of.area,
    breakdown:
      of.mtbf === undefined
        ? null
        : {
            up: scaled(of.mtbf),
            repair: scaled(of.mttr!),
            ...(crew === undefined ? {} : { crew }),
          },
    maintenance: of.maintenance.map((window) => ({
      every: scaled(window.every),
      for: scaled(window.for),
      first: scaled(window.first),
    })),
  };
}

type GivenFlow = FactoryParams["flow"][number];
type GivenArc = GivenFlow["arcs"][number];

/** Every stage is supplied by all that make what it takes; in large plants by some, spread evenly. */
function everyArc(stages: readonly StagePlan[]): GivenArc[] {
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
    const group = groups.get(stage.item);
    if (group === undefined) groups.set(stage.item, [stage]);
    else group.push(stage);
  }
  return groups;
}

function compileFlow(
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
  return { at: micros(parseMicros(at) / timeScale), epoch: [0, index + 1], inbound, outbound };
}

const HOUR = 3_600e6;

/** The credit is what running jobs hold, a lot to be opened, and what the way and the supplier take to bring more. */
function arcOf(
  supplier: StagePlan,
  consumer: StagePlan,
  line: BomLine,
  given: number | undefined,
  suppliers: number,
  { equipment, transport, timeScale }: FactoryParams,
): Arc {
  const jobs = (consumer.parallel * HOUR) / meanOf(consumer.cycle);
  const rate = given ?? (jobs * line.need) / 1e6 / suppliers;
  const route = transport.routes.find(
    ({ from, to }) => from === supplier.area && to === consumer.area,
  );
  const way = micros(parseMicros(route?.time ?? transport.default) / timeScale);
  const bridged = (rate * 1e6 * (way + meanOf(supplier.cycle))) / HOUR;
  const lots = equipment[consumer.kind]!.buffer.in ?? 1 + Math.ceil(bridged / line.lot);
  const held = equipment[consumer.kind]!.buffer.in === undefined ? consumer.parallel : 0;
  const credit = Math.max(lots * line.lot + held * line.need, line.need + line.lot) as Amount;
  return { from: supplier.id, rate, credit, transport: way };
}
