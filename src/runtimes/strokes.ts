// Planned faults as strokes: what is done at which instant, and who is held how often.
import { OrreryError } from "../core/errors.ts";
import { checkNames, isLinkFault, LEADER, partsOf, type SimpleFault } from "../core/faults.ts";
import type { Micros } from "../core/micros.ts";
import type { Fault, LinkFault, ProcessFault } from "../core/run.ts";

/** Instead of a process: whoever leads when the stroke falls. */
export const WHO_LEADS = -1;

/** One end of a fault of a process, and when it comes (µs). */
export type ProcessStroke = {
  readonly kind: "process";
  readonly act: "begin" | "end";
  /** Its id, or `WHO_LEADS`. */
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
  return partsOf(fault).flatMap((part) => endsOf(part, names));
}

function endsOf(fault: SimpleFault, names: readonly string[]): Stroke[] {
  const { at, until } = fault;
  const begins: Stroke = isLinkFault(fault)
    ? { kind: "link", act: "begin", at, fault }
    : { kind: "process", act: "begin", process: idOf(fault.process, names), at, fault };
  return until === undefined ? [begins] : [begins, { ...begins, act: "end", at: until }];
}

const idOf = (name: string, names: readonly string[]): number =>
  name === LEADER ? WHO_LEADS : names.indexOf(name);

/** Crashes and pauses are events of their own; other faults are traced by their words. */
export const isTraced = ({ kind }: Fault): boolean =>
  kind !== "crash" && kind !== "wipe" && kind !== "pause";

/** How many crashes and pauses hold a process. */
export type Held = { readonly crash: number; readonly pause: number };

/**
 * How many crashes and pauses hold each process at present: spans that overlap hold together, and a
 * process is up again when the last of them ends.
 */
export class Holds {
  readonly #held = new Map<number, { crash: number; pause: number }>();
  /** Whom faults of a leader struck: they end where they began. */
  readonly #struck = new Map<ProcessFault, number>();
  /** Crashes and pauses that were ended before their time: what ends them then does nothing. */
  readonly #relieved = new Set<ProcessFault>();
  /** The strokes that began those that hold now. */
  readonly #holding: ProcessStroke[] = [];

  /**
   * Whom a stroke strikes; `leader` is asked who leads now, if that matters. Undefined: nobody led
   * when its fault began.
   */
  whom({ act, process, fault }: ProcessStroke, leader: () => number | undefined) {
    if (act === "end" && this.#relieved.delete(fault)) return undefined;
    if (process !== WHO_LEADS) return process;
    const struck = act === "begin" ? leader() : this.#struck.get(fault);
    if (struck === undefined) return undefined;
    if (act === "begin") this.#struck.set(fault, struck);
    else this.#struck.delete(fault);
    return struck;
  }

  /** Takes a stroke in; returns how often the process is then held by each kind. */
  count(stroke: ProcessStroke): Held {
    const { act, process, fault } = stroke;
    const at = this.#holding.findIndex((each) => each.fault === fault);
    if (at >= 0) this.#holding.splice(at, 1);
    if (act === "begin" && !isTraced(fault)) this.#holding.push(stroke);
    const held = this.#held.get(process) ?? { crash: 0, pause: 0 };
    this.#held.set(process, held);
    const change = act === "begin" ? 1 : -1;
    if (fault.kind === "pause") held.pause += change;
    else if (fault.kind === "crash" || fault.kind === "wipe") held.crash += change;
    return held;
  }

  /**
   * Ends, by a stroke each, whatever crashes and pauses hold a process, and returns those faults: their planned ends
   * will do nothing.
   */
  relieve(
    process: number,
    at: number,
    strike: (stroke: ProcessStroke) => void,
  ): readonly ProcessFault[] {
    const holding = this.#holding.filter((stroke) => stroke.process === process);
    return holding.map((stroke) => {
      strike({ ...stroke, act: "end", at });
      if (stroke.fault.until !== undefined) this.#relieved.add(stroke.fault);
      return stroke.fault;
    });
  }

  /** The strokes that hold these processes as they are held, from `at` on. */
  again(processes: readonly number[], names: readonly string[], at: Micros) {
    return processes.flatMap((process) => {
      const held = this.of(process);
      const kinds = (["pause", "crash"] as const).filter((kind) => held[kind] > 0);
      return kinds.map((kind) => {
        const fault = { kind, process: names[process]!, at };
        return { stroke: { kind: "process", act: "begin", process, at, fault } as const, held };
      });
    });
  }

  /** Does a crash hold one of these? */
  down(processes: readonly number[]): boolean {
    return processes.some((process) => this.of(process).crash > 0);
  }

  of(process: number): Held {
    return this.#held.get(process) ?? { crash: 0, pause: 0 };
  }
}
