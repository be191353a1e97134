// Planned faults as strokes: what is done at which instant, and who is held how often.
import { OrreryError } from "../core/errors.ts";
import { checkNames, isLinkFault } from "../core/faults.ts";
import type { Fault, LinkFault, ProcessFault } from "../core/run.ts";

/** One end of a fault of a process, and when it comes (µs). */
export type ProcessStroke = {
  readonly kind: "process";
  readonly act: "crash" | "recover" | "pause" | "resume";
  readonly process: number;
  readonly at: number;
  readonly fault: ProcessFault;
};

/** One end of a fault of links. */
export type LinkStroke = {
  readonly kind: "link";
  readonly act: "begin" | "end";
  readonly at: number;
  readonly fault: LinkFault;
};

export type Stroke = ProcessStroke | LinkStroke;

/**
 * The strokes of a fault in a run of `duration` µs.
 * @throws OrreryError "config/fault" if it names no process of the run or comes after its end
 */
export function strokesOf(fault: Fault, names: readonly string[], duration: number): Stroke[] {
  if (fault.at > duration) {
    const [at, end] = [fault.at / 1e6, duration / 1e6];
    throw new OrreryError("config/fault", `a fault at ${at} s would come after the end, ${end} s`);
  }
  checkNames(fault, names);
  const { at, until } = fault;
  if (isLinkFault(fault)) {
    const begins: Stroke = { kind: "link", act: "begin", at, fault };
    return until === undefined ? [begins] : [begins, { ...begins, act: "end", at: until }];
  }
  const process = names.indexOf(fault.process);
  const begins: Stroke = { kind: "process", act: fault.kind, process, at, fault };
  if (until === undefined) return [begins];
  const act = fault.kind === "crash" ? "recover" : "resume";
  return [begins, { ...begins, act, at: until }];
}

/** How many crashes and pauses hold a process. */
export type Held = { readonly crash: number; readonly pause: number };

/**
 * How many crashes and pauses hold each process at present: spans that overlap hold together, and a
 * process is up again when the last of them ends.
 */
export class Holds {
  readonly #held = new Map<number, { crash: number; pause: number }>();

  /** Takes a stroke in; returns how often the process is then held by each kind. */
  count({ act, process, fault }: ProcessStroke): Held {
    const held = this.#held.get(process) ?? { crash: 0, pause: 0 };
    this.#held.set(process, held);
    held[fault.kind] += act === fault.kind ? 1 : -1;
    return held;
  }

  of(process: number): Held {
    return this.#held.get(process) ?? { crash: 0, pause: 0 };
  }
}
