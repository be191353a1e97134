// Systems by name, and by file.
import { existsSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { plainReport } from "../analysis/report.ts";
import { checksOf } from "../checks/checks.ts";
import { messageOf, OrreryError } from "../core/errors.ts";
import { suggestion } from "../core/parse.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import type { Lens, Reporter } from "../experiments/record-run.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { CLOCKS_PARAMETERS } from "../systems/clocks/params.ts";
import { clocksReport, predictedClocks } from "../systems/clocks/report.ts";

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
};

export const SHIPPED: readonly Shipped[] = [
  {
    system: clocks,
    says: "asynchronous machines with Lamport clocks, each at its own clock rate",
    parameters: CLOCKS_PARAMETERS,
    reporter: clocksReport,
    predicted: predictedClocks,
  },
];

const FILE = /[./\\]/;

/**
 * The system of that name, or the default export of that JavaScript module.
 * @throws OrreryError "config/unknown-system", "config/system-file", "files/missing"
 */
export async function findSystem(name: string): Promise<AnySystem> {
  const shipped = SHIPPED.find(({ system }) => system.name === name);
  if (shipped !== undefined) return shipped.system;
  if (FILE.test(name)) return loadSystem(name);
  const known = SHIPPED.map(({ system }) => system.name);
  throw new OrreryError(
    "config/unknown-system",
    `there is no system "${name}"; ${suggestion(name, known)}`,
  );
}

/** Predicted metrics of a run, named as the measured ones with `_predicted` behind. */
export function predictedMetrics(run: Run, rates: readonly number[]): { [metric: string]: number } {
  const shipped = SHIPPED.find(({ system }) => system.name === run.system);
  const predicted = shipped?.predicted(run, rates) ?? [];
  return Object.fromEntries(predicted.map(([metric, value]) => [`${metric}_predicted`, value]));
}

/** How runs of a system are judged and told; without the system, by what is checked of any. */
export function lensOf(run: Run, system: AnySystem | undefined): Lens {
  const shipped = SHIPPED.find((each) => each.system.name === run.system);
  return {
    checks: checksOf(run, system ?? shipped?.system),
    reporter: shipped?.reporter ?? ((_run, _rates, measures) => plainReport(measures)),
  };
}

/** Is this the path of a module, rather than the name of a system? */
export const moduleOf = (name: string): string | undefined =>
  SHIPPED.some(({ system }) => system.name === name) ? undefined : resolve(name);

/** Hooks are registered once a thread, by the first module. */
let hooked = false;

async function loadSystem(path: string): Promise<AnySystem> {
  const file = resolve(path);
  if (!existsSync(file)) throw new OrreryError("files/missing", `there is no file ${path}`);
  if (!hooked) register("./hooks.js", import.meta.url);
  hooked = true;
  let loaded: { default?: Partial<AnySystem> };
  try {
    loaded = (await import(pathToFileURL(file).href)) as typeof loaded;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new OrreryError("config/system-file", `${path} cannot be loaded: ${reason}`, { cause });
  }
  const { name, parse, processes } = loaded.default ?? {};
  if (typeof name !== "string" || typeof parse !== "function" || typeof processes !== "function") {
    throw new OrreryError("config/system-file", `the default export of ${path} is not a system`);
  }
  if (SHIPPED.some(({ system }) => system.name === name)) {
    throw new OrreryError(
      "config/system-file",
      `${path}: "${name}" is a system that ships; choose another name`,
    );
  }
  return loaded.default as AnySystem;
}
