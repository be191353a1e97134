// Faults as data: what a compound one consists of, whom each names, and when calm begins.
import { OrreryError } from "./errors.ts";
import { micros } from "./micros.ts";
import { suggestion } from "./parse.ts";
import type { CompoundFault, Fault, LinkFault, ProcessFault, Run } from "./run.ts";

/** On one side of a link fault: all processes that the other side does not name. */
export const EVERYBODY = "*";
/** Instead of a process: the one that last noted `leads`, when the fault begins. */
export const LEADER = "@leader";

/** A fault that is not made of others. */
export type SimpleFault = ProcessFault | LinkFault;

/** Is it a fault of links? */
export const isLinkFault = (fault: Fault): fault is LinkFault => "from" in fault;

const isCompound = (fault: Fault): fault is CompoundFault =>
  fault.kind === "power" || fault.kind === "swizzle";

/** Does a process that this strikes start anew? */
export const isCrash = (fault: Fault): fault is Extract<ProcessFault, { kind: "crash" | "wipe" }> =>
  fault.kind === "crash" || fault.kind === "wipe";

/** The simple faults that a fault consists of; most consist of themselves. */
export function partsOf(fault: Fault): readonly SimpleFault[] {
  if (!isCompound(fault)) return [fault];
  const { at, processes } = fault;
  if (fault.kind === "power") {
    const lost = fault.lost === undefined ? {} : { lost: fault.lost };
    const until = fault.until === undefined ? {} : { until: fault.until };
    return processes.map((process) => ({ kind: "crash", process, at, ...until, ...lost }));
  }
  // Clogged one by one in the first half, in the order given; freed in the second, every other one first.
  const half = (fault.until - at) / 2;
  const odd = (index: number): number => (index % 2 === 0 ? 1 : 0);
  const freed = new Map(
    processes
      .map((_, index) => index)
      .sort((a, b) => odd(b) - odd(a) || b - a)
      .map((index, turn) => [index, turn + 1]),
  );
  const step = half / processes.length;
  return processes.map((process, index) => ({
    kind: "clog",
    from: [process],
    to: [EVERYBODY],
    at: micros(at + index * step),
    until: micros(Math.max(at + index * step + 1, at + half + freed.get(index)! * step)),
  }));
}

/** The names of processes that a fault says, with `*` and `@leader`. */
export function namedBy(fault: Fault): readonly string[] {
  if (isCompound(fault)) return fault.processes;
  return isLinkFault(fault) ? [...fault.from, ...fault.to] : [fault.process];
}

/**
 * Makes sure that a fault names processes of its run.
 * @throws OrreryError "config/fault" with the nearest name
 */
export function checkNames(fault: Fault, names: readonly string[]): void {
  const wild = isLinkFault(fault) ? EVERYBODY : isCompound(fault) ? undefined : LEADER;
  const known = new Set(names);
  for (const name of namedBy(fault)) {
    if (known.has(name) || name === wild) continue;
    const help = name === EVERYBODY ? "* is for links" : suggestion(name, names);
    throw new OrreryError("config/fault", `a fault names process "${name}"; ${help}`);
  }
}

/** When it is over: at once for a step of a clock, which stays; never, if no end was said. */
const endOf = (fault: Fault): number => {
  if (fault.kind === "clock" && fault.model.kind === "step") return fault.at;
  return fault.until ?? Number.POSITIVE_INFINITY;
};

/** The instant from which no planned fault holds: calm. Infinity if one does not end. */
export const calmFrom = ({ faults }: Pick<Run, "faults">): number =>
  faults.reduce((latest, fault) => Math.max(latest, endOf(fault)), 0);

/** The fault with its times counted from an instant, µs. */
export const fromThen = (fault: Fault, then: number): Fault =>
  ({
    ...fault,
    at: micros(then + fault.at),
    ...(fault.until === undefined ? {} : { until: micros(then + fault.until) }),
  }) as Fault;
