import type { Json } from "../../core/json.ts";
import { keeper } from "../../core/keeper.ts";
import type { Member, System } from "../../core/system.ts";
import { FactoryAuditor } from "./books/auditor.ts";
import { factoryChecks } from "./checks.ts";
import { crew } from "./crew.ts";
import { factoryDrawing } from "./figures/figures.ts";
import type { FactoryParams } from "./file/definition.ts";
import { parseFactory } from "./file/params.ts";
import { leader } from "./leading/leader.ts";
import { plannerOf } from "./leading/planner.ts";
import { FactoryMeasurer } from "./measured/measures.ts";
import { FACTORY_METRICS, factoryMetrics } from "./measured/metrics.ts";
import { ready } from "./planning/solver.ts";
import { type Plant, plantOf } from "./plant.ts";
import { RULES, type Rules, stage } from "./stage/stage.ts";

/**
 * FactoryOS: an operating system for distributed manufacturing. Every piece of equipment is a stage, named
 * after its class: weld-1, weld-2, …; those who mend for several are crews: crew-fitters.
 */
export const factory: System<FactoryParams> = {
  ...factoryOf("factory", RULES),
  parse: parseFactory,
};

/** The same with other rules, under another name and with another plant to begin with: to plant mistakes. */
export function factoryOf(
  name: string,
  rules: Rules,
  usual: { readonly [field: string]: Json } = {},
): System<FactoryParams> {
  return {
    name,
    parse: (input) =>
      parseFactory(input !== null && typeof input === "object" ? { ...usual, ...input } : input),
    processes(params) {
      const plant = plantOf(params);
      const process = stage(plant, rules);
      return [
        ...plant.stages.map((plan) => ({ name: plan.name, process })),
        ...plant.crews.map((plan) => ({ name: plan.name, process: crew(plan) })),
        ...leading(plant),
      ];
    },
    checks: (params) => factoryChecks(plantOf(params)),
    metrics: FACTORY_METRICS,
    measure(run, from) {
      const measurer = new FactoryMeasurer(run, from);
      const plant = plantOf(run.params as FactoryParams);
      return {
        see: (batch) => measurer.see(batch),
        end: () => factoryMetrics(plant, measurer.end()),
      };
    },
    drawing: factoryDrawing,
    // Only who may lead solves.
    ready: (here) =>
      here === undefined || here.some((each) => each.startsWith(LEADER)) ? ready() : DONE,
    auditor: (params) => new FactoryAuditor(plantOf(params)),
  };
}

const LEADER = "leader-";
const DONE = Promise.resolve();

/** The keeper of lease and flow, and those that may lead. */
function leading(plant: Plant): readonly Member[] {
  if (plant.leadership === null) return [];
  const process = leader(plant, plannerOf(plant));
  const candidates = plant.leadership.candidates.map((_, index) => `${LEADER}${index + 1}`);
  return [{ name: "keeper", process: keeper() }, ...candidates.map((name) => ({ name, process }))];
}
