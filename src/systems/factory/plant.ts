// A factory file compiled into what its stages look up: each stage's plan, and who supplies whom.
import { countIn } from "../../core/counting.ts";
import { type Micros, micros, parseMicros } from "../../core/micros.ts";
import type { ProcessId } from "../../core/process.ts";
import { type Cycle, cycleOf } from "./cycle.ts";
import { billsOf, changesOf, wholeOf } from "./file/changes.ts";
import {
  type EquipmentParams,
  type FactoryParams,
  finalItems,
  itemOf,
  perHour,
  quantityOf,
  type SegmentParams,
  stagesOf,
} from "./file/definition.ts";
import { allChanges } from "./file/engineering.ts";
import { everyArc, type Flow, givenFlow } from "./flows.ts";
import type { DetectorName } from "./leading/detector.ts";
import { type Amount, amount } from "./quantity.ts";
import type { PlannedChange } from "./revisions.ts";

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
  /** All that any revision of its bill of materials takes, at most. */
  readonly bom: readonly BomLine[];
  /** The same lines for each revision; what it does not take is needed 0 times. */
  readonly bills: readonly (readonly BomLine[])[];
  readonly changes: readonly PlannedChange[];
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

export type CrewPlan = {
  readonly id: ProcessId;
  readonly name: string;
  readonly count: number;
  readonly callAt: number;
};

/** Who plans the flow of a plant, and how; times in µs. */
export type LeaderPlan = {
  readonly keeper: ProcessId;
  readonly candidates: readonly ProcessId[];
  readonly heartbeat: Micros;
  readonly lease: Micros;
  readonly detector: DetectorName;
  readonly debounce: Micros;
  readonly stability: Micros;
  readonly minGain: number;
  readonly derate: boolean;
  /** What solving takes, in the model. */
  readonly solving: Micros;
};

export type Plant = {
  readonly params: FactoryParams;
  readonly stages: readonly StagePlan[];
  readonly crews: readonly CrewPlan[];
  readonly flows: readonly Flow[];
  /** Null: flows are as the file says. */
  readonly leadership: LeaderPlan | null;
  readonly resend: Micros;
  readonly recalls: boolean;
  /** Of a serial line with limited work in progress: its ends. */
  readonly line: {
    readonly first: ProcessId;
    readonly last: ProcessId;
    readonly most: number;
  } | null;
};

const known = new WeakMap<FactoryParams, Plant>();

/** The plant of these parameters; the same one each time. */
export function plantOf(params: FactoryParams): Plant {
  const plant = known.get(params) ?? compile(params);
  known.set(params, plant);
  return plant;
}

function compile(asked: FactoryParams): Plant {
  const given = { ...asked, changes: allChanges(asked) } as FactoryParams;
  const params = wholeOf(given);
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
    countIn(makers, item, count);
  }
  const stages: StagePlan[] = [];
  const changes = changesOf(given);
  for (const [kind, of] of Object.entries(equipment)) {
    const plan = classPlan(kind, of, params, given, crews);
    const final = finals.has(plan.item);
    const demand = params.demand[plan.item];
    const share =
      demand === undefined ? null : (perHour(demand) * params.timeScale) / makers.get(plan.item)!;
    for (const name of stagesOf(kind, of.count)) {
      const id = stages.length as ProcessId;
      const own = changes(name, of.segment);
      stages.push({ ...plan, final, demand: share, id, name, changes: own });
    }
  }
  const leadership = leaderPlan(params, stageCount + crews.length, stageCount);
  const even = leadership === null ? [{ at: "0s", arcs: everyArc(stages) }] : [];
  const flows = params.flow.length > 0 ? params.flow : even;
  const last = stages.find(({ final }) => final)!.id;
  const first = stages.find(({ bom }) => bom.length === 0)!.id;
  return {
    params: asked,
    stages,
    crews,
    flows: flows.map((flow, index) => givenFlow(flow, index, stages, params)),
    leadership,
    resend: parseMicros(policies.resend),
    recalls: policies.onFlowChange === "recall",
    line: policies.wip === undefined ? null : { first, last, most: policies.wip },
  };
}

/** What solving takes in the model, µs a stage: `npm run bench:plan` times some plans. */
const SOLVING = 300;

/** `first`: the id of the keeper; candidates come after it. */
function leaderPlan(params: FactoryParams, first: number, stages: number): LeaderPlan | null {
  const { candidates, detector, minGain, derate, ...spans } = params.leader;
  if (candidates === 0) return null;
  return {
    keeper: first as ProcessId,
    candidates: Array.from({ length: candidates }, (_, index) => (first + 1 + index) as ProcessId),
    detector,
    minGain,
    derate,
    heartbeat: parseMicros(spans.heartbeat),
    lease: parseMicros(spans.lease),
    debounce: parseMicros(spans.debounce),
    stability: parseMicros(spans.stability),
    solving: micros(SOLVING * stages),
  };
}

type ClassPlan = Omit<StagePlan, "id" | "name" | "final" | "demand" | "changes">;

/** `params` have the bills of all revisions in one, `given` each. */
function classPlan(
  kind: string,
  of: EquipmentParams,
  params: FactoryParams,
  given: FactoryParams,
  crews: readonly CrewPlan[],
): ClassPlan {
  const { timeScale, items, segments } = params;
  const segment = segments[of.segment]!;
  const item = itemOf(kind, params);
  const each = quantityOf(segment.produces[item]!).number;
  const starts = Math.round(items[item]!.lot / each);
  const scaled = (text: string): number => parseMicros(text) / timeScale;
  const crew = crews.find(({ name }) => name === `crew-${of.crew}`)?.id;
  const lines = (bill: SegmentParams["consumes"]): readonly BomLine[] =>
    Object.keys(segment.consumes).map((input) => ({
      item: input,
      need: amount((Object.hasOwn(bill, input) ? quantityOf(bill[input]!).number : 0) * starts),
      lot: amount(items[input]!.lot),
    }));
  return {
    kind,
    item,
    starts,
    each: amount(each),
    yield: segment.yield,
    bom: lines(segment.consumes),
    bills: billsOf(of.segment, given).map(lines),
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
