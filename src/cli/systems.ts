// Systems by name, and by file: a module, or a factory's.
import { existsSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { plainReport } from "../analysis/report.ts";
import type { Audit } from "../checks/audited.ts";
import { checksOf } from "../checks/checks.ts";
import { messageOf, OrreryError } from "../core/errors.ts";
import { suggestion } from "../core/parse.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import type { Lens, Reporter } from "../experiments/record-run.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { CLOCKS_PARAMETERS } from "../systems/clocks/params.ts";
import { clocksReport, predictedClocks } from "../systems/clocks/report.ts";
import { factory } from "../systems/factory/factory.ts";
import { FACTORY_PARAMETERS } from "../systems/factory/params.ts";
import { FactoryReporter } from "../systems/factory/report.ts";
import { factorySystem, isFactoryFile } from "./factory-file.ts";

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

/** For systems that have no reporter of their own. */
const plain: Reporter = () => ({ end: plainReport });

export const SHIPPED: readonly Shipped[] = [
  {
    system: clocks,
    says: "asynchronous machines with Lamport clocks, each at its own clock rate",
    parameters: CLOCKS_PARAMETERS,
    reporter: (run, rates) => ({ end: (measures) => clocksReport(run, rates, measures) }),
    predicted: predictedClocks,
  },
  {
    system: factory,
    says: "stages that make lots from lots of others, with breakdowns; files say which (FILE.yaml)",
    parameters: FACTORY_PARAMETERS,
    reporter: (run) => new FactoryReporter(run),
    predicted: () => [],
  },
];

const FILE = /[./\\]/;

/**
 * The system of that name, that of a factory file (.yaml), or the default export of that module.
 * @throws OrreryError "config/unknown-system", "config/system-file", "config/factory", "files/missing"
 */
export async function findSystem(name: string): Promise<AnySystem> {
  const system = await systemNamed(name);
  await system.ready?.();
  return system;
}

async function systemNamed(name: string): Promise<AnySystem> {
  if (isFactoryFile(name)) return factorySystem(name);
  const shipped = SHIPPED.find(({ system }) => system.name === name);
  if (shipped !== undefined) return shipped.system;
  if (FILE.test(name)) return loadSystem(name);
  const known = SHIPPED.map(({ system }) => system.name);
  throw new OrreryError(
    "config/unknown-system",
    `there is no system "${name}"; ${suggestion(name, known)}`,
  );
}

/** The system of a run, if it ships. */
export const shippedOf = (run: Run): Shipped | undefined =>
  SHIPPED.find(({ system }) => system.name === run.system);

/** Predicted metrics of a run, named as the measured ones with `_predicted` behind. */
export function predictedMetrics(run: Run, rates: readonly number[]): { [metric: string]: number } {
  const shipped = shippedOf(run);
  const predicted = shipped?.predicted(run, rates) ?? [];
  return Object.fromEntries(predicted.map(([metric, value]) => [`${metric}_predicted`, value]));
}

/** How runs of a system are judged and told; without the system, by what is checked of any. */
export function lensOf(run: Run, system: AnySystem | undefined, audit?: Audit): Lens {
  const shipped = shippedOf(run);
  const checks = checksOf(run, system ?? shipped?.system);
  return {
    checks: audit === undefined ? checks : [...checks, audit.check],
    reporter: shipped?.reporter ?? plain,
  };
}

/**
 * The path, if this names a module rather than a system that ships. Runs of a factory file are of
 * `factory`, and keep all that the file said in their parameters.
 */
export const moduleOf = (name: string): string | undefined =>
  isFactoryFile(name) || SHIPPED.some(({ system }) => system.name === name)
    ? undefined
    : resolve(name);

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
