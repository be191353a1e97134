// Which process runs in which worker; and what this runtime can run at all.
import { OrreryError } from "../../core/errors.ts";
import { isCrash } from "../../core/faults.ts";
import type { Fault, Run } from "../../core/run.ts";
import { type AnySystem, membersOf } from "../../core/system.ts";
import { drawRates } from "../driver/rates.ts";
import { strokesOf } from "../strokes.ts";
import type { Address } from "./wire/wire.ts";

/** Ticks per second that a real clock can keep. */
const RATE_MAX = 10_000;

export type Layout = {
  readonly names: readonly string[];
  /** Ticks per second of each process, 0 if unpaced. */
  readonly rates: readonly number[];
  /** The processes of each worker, and its name: that of its only process, or its number. */
  readonly workers: readonly (readonly number[])[];
  readonly workerNames: readonly string[];
};

/** Says which processes are of one worker, given the names of all; each is in one. */
export type Grouping = (names: readonly string[]) => readonly (readonly number[])[];

/** So many to a worker, in their order. */
export const evenly =
  (perWorker: number): Grouping =>
  (names) =>
    Array.from({ length: Math.ceil(names.length / perWorker) }, (_, index) =>
      [...names.keys()].slice(index * perWorker, (index + 1) * perWorker),
    );

/** Lays a run out in workers. @throws OrreryError "config/*", "runtime/cannot" */
export function layoutOf(system: AnySystem, run: Run, grouping: Grouping): Layout {
  const members = membersOf(system, run.params);
  const names = members.map(({ name }) => name);
  const rates = [...drawRates(members, run.seed)];
  for (const fault of run.faults) {
    strokesOf(fault, names, run.duration);
    checkFault(fault);
  }
  checkAble(run, rates);
  const workers = grouping(names);
  return { names, rates, workers, workerNames: workerNames(workers, names) };
}

/** Each worker's name. */
export function workerNames(
  workers: readonly (readonly number[])[],
  names: readonly string[],
): readonly string[] {
  return workers.map((processes, index) =>
    processes.length === 1 ? names[processes[0]!]! : `worker_${index + 1}`,
  );
}

/** Some names of many, for people. */
export const brief = (names: readonly string[]): string =>
  names.length > 5
    ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
    : names.join(", ");

const refuse = (what: string): never => {
  throw new OrreryError("runtime/cannot", `on real clocks, ${what}`);
};

const losesTail = (fault: Fault): boolean => isCrash(fault) && fault.lost !== undefined;

/** Has this runtime such a fault? */
export const canStrike = (fault: Fault): boolean => fault.kind !== "power" && !losesTail(fault);

/** @throws OrreryError "runtime/cannot" if it has not */
export function checkFault(fault: Fault): void {
  if (fault.kind === "power") refuse("power cannot be cut; use crash, or --on sim");
  if (fault.kind === "slow" && fault.rate > RATE_MAX) {
    refuse(`a rate of ${fault.rate} is beyond ${RATE_MAX} steps per second`);
  }
  if (losesTail(fault)) refuse("a disk keeps what it has; leave out lost, or use --on sim");
}

/** Refuses, by name, what this runtime cannot do. */
function checkAble(run: Run, rates: readonly number[]): void {
  if (process.platform === "win32") refuse("signals and processes need Linux or macOS");
  if (run.storeDelay !== null) {
    refuse("stores take as long as the disk takes; leave out --store-delay");
  }
  if (run.strict) refuse("messages always pass a codec; --strict is for sim");
  const fast = rates.find((rate) => rate > RATE_MAX);
  if (fast !== undefined) refuse(`a rate of ${fast} is beyond ${RATE_MAX} ticks per second`);
}

/** Where those workers are that listen. */
export const addressesOf = (names: readonly string[], ports: readonly number[]): Address[] =>
  names.map((name, index) => ({ name, port: ports[index] ?? 0 })).filter(({ port }) => port > 0);
