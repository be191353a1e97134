// The systems that ship, and how their runs are told and predicted.
import { plainReport } from "../analysis/report.ts";
import type { Audit } from "../checks/audited.ts";
import { checksOf } from "../checks/checks.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import type { Lens, Reporter } from "../experiments/record-run.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { CLOCKS_PARAMETERS } from "../systems/clocks/params.ts";
import { clocksReport, clocksTheory, predictedClocks } from "../systems/clocks/report.ts";
import { factory } from "../systems/factory/factory.ts";
import type { FactoryParams } from "../systems/factory/file/definition.ts";
import { FACTORY_PARAMETERS } from "../systems/factory/file/params.ts";
import { predictFactory } from "../systems/factory/measured/prediction.ts";
import { FactoryReporter } from "../systems/factory/measured/report.ts";
import { plantOf } from "../systems/factory/plant.ts";
import { maelstrom } from "../systems/maelstrom/maelstrom.ts";
import type { MaelstromParams } from "../systems/maelstrom/params.ts";
import { MaelstromReporter } from "../systems/maelstrom/report.ts";

/** A system that ships, and what the command line says of it. */
export type Shipped = {
  readonly system: AnySystem;
  readonly says: string;
  readonly parameters: { readonly [name: string]: string };
  readonly reporter: Reporter;
  /** What theory predicts of a run, by metric; undefined where it says nothing. */
  readonly predicted: (
    run: Run,
    rates: readonly number[],
  ) => readonly (readonly [string, number])[];
  /** What it says of single processes, by id. */
  readonly theory: (run: Run, rates: readonly number[]) => readonly (readonly [number, string])[];
};

/** For systems that have no reporter of their own. */
const plain: Reporter = () => ({ end: plainReport });

export const SHIPPED: readonly Shipped[] = [
  {
    system: clocks,
    says: "asynchronous machines with Lamport clocks, each at its own clock rate",
    parameters: CLOCKS_PARAMETERS,
    reporter: (run, rates) => ({ end: (measures) => clocksReport(run, rates, measures) }),
    predicted: predictedClocks,
    theory: clocksTheory,
  },
  {
    system: factory,
    says: "stages that make lots from lots of others, with breakdowns; files say which (FILE.yaml)",
    parameters: FACTORY_PARAMETERS,
    reporter: (run) => new FactoryReporter(run),
    predicted: (run) => {
      // It counts with breakdowns of equipment; who kills processes, it does not know.
      if (run.faults.length > 0) return [];
      const prediction = predictFactory(plantOf(run.params as FactoryParams));
      return prediction === null ? [] : [["shipped_per_hour", prediction.perHour]];
    },
    theory: () => [],
  },
];

/** Runs of programs that `orrery maelstrom` hosts: they can be told and judged again, but not executed. */
const HOSTED: Shipped = {
  system: maelstrom,
  says: "programs that speak Maelstrom's protocol",
  parameters: {},
  reporter: (run) => new MaelstromReporter(run.params as MaelstromParams),
  predicted: () => [],
  theory: () => [],
};

/** The system of a run, if it ships. */
export const shippedOf = (run: Run): Shipped | undefined =>
  [...SHIPPED, HOSTED].find(({ system }) => system.name === run.system);

/** Predicted metrics of a run, named as the measured ones with `_predicted` behind. */
export function predictedMetrics(run: Run, rates: readonly number[]): { [metric: string]: number } {
  const shipped = shippedOf(run);
  const predicted = shipped?.predicted(run, rates) ?? [];
  return Object.fromEntries(predicted.map(([metric, value]) => [`${metric}_predicted`, value]));
}

/** How runs of a system are judged, told and drawn; without the system, by what is checked of any. */
export function lensOf(run: Run, system: AnySystem | undefined, audit?: Audit): Lens {
  const shipped = shippedOf(run);
  const known = system ?? shipped?.system;
  const checks = checksOf(run, known);
  return {
    checks: audit === undefined ? checks : [...checks, audit.check],
    reporter: shipped?.reporter ?? plain,
    drawing: known?.drawing,
  };
}
