import type { Auditor } from "./audit.ts";
import type { Check, Observer } from "./check.ts";
import { messageOf, OrreryError } from "./errors.ts";
import type { Figure, GeneralFigure } from "./figure.ts";
import type { Json } from "./json.ts";
import type { AnyProcess } from "./process.ts";
import type { ClockModel, Fault, Run } from "./run.ts";

/** How fast a process steps. `rate` in ticks per second: 10⁻⁶ … 10⁶, drawn from a range, or adaptive. */
export type Pace = { readonly rate: number | RateRange | AdaptiveRate };

/** A rate between bounds, moved so that about `target` events wait in the inbox; each change is traced. */
export type AdaptiveRate = {
  readonly kind: "adaptive";
  readonly min: number;
  readonly max: number;
  readonly target: number;
};

/** How events wait for a paced process, and how many it takes at a tick. */
export type Inbox = {
  /** `priority`: the most urgent first (see `send`), then the oldest. Default `fifo`. */
  readonly order?: "fifo" | "lifo" | "priority";
  /** Events taken at a tick, if so many wait. Default 1. */
  readonly batch?: number;
  /** Messages beyond this are dropped, and traced. Default: unbounded. */
  readonly capacity?: number;
  /** Which message a full inbox drops. Default `refuse-newest`. */
  readonly overflow?: "refuse-newest" | "drop-oldest";
};

/** Whole ticks per second, both ends included; one is drawn from the seed for each process. */
export type RateRange = { readonly min: number; readonly max: number };

/** A process, its name for people, and how it is driven. Without a pace it steps at every event. */
export interface Member {
  readonly name: string;
  readonly process: AnyProcess;
  readonly pace?: Pace;
  readonly inbox?: Inbox;
  /** How its local clock is wrong, from the beginning. */
  readonly clock?: readonly ClockModel[];
  /** What it is if it is no part of the system, but of what tries it. Default: a part. */
  readonly role?: Role;
}

/**
 * Who tries a system or serves it from outside: profiles draw no fault of it, and `*` does not mean it. Links of a
 * `client` are no links: what it sends and is sent takes no time, and is not lost.
 */
type Role = "client" | "service";

/** A system's own figures of a run, and which of the general ones it wants beside them. */
export type Drawing = {
  readonly beside: readonly GeneralFigure[];
  /** `names` are those of the processes, by id. Figures that would show nothing are left out. */
  begin(run: Run, names: readonly string[]): Observer<readonly Figure[]>;
};

/** A distributed system, written once. */
export interface System<Params extends Json = Json> {
  readonly name: string;
  /** Checks untrusted input and fills defaults. @throws OrreryError "config/*" */
  parse(input: Json): Params;
  /** The processes these parameters call for; an index is a ProcessId. Those that behave alike share one object. */
  processes(params: Params): readonly Member[];
  /** What is claimed of its runs, beside what is checked of all. */
  checks?(params: Params): readonly Check[];
  /** Numbers of a run that are the system's own, and what each means; `measure` gives all of them. */
  readonly metrics?: { readonly [metric: string]: string };
  /** Measures a run from the instant `from` on, µs. */
  measure?(run: Run, from: number): Observer<{ readonly [metric: string]: number }>;
  /** How its runs are drawn, if not by the general figures alone. */
  readonly drawing?: Drawing;
  /**
   * Loads what a step may then call at once (a solver); awaited before the first run. `here`: the names of the
   * processes that run in this OS process, if not all do.
   */
  ready?(here?: readonly string[]): Promise<void>;
  /** Judges its stable stores, if that can be done. */
  auditor?(params: Params): Auditor;
  /** The kinds of fault it is built to stand; profiles draw no others. Default: all but `wipe`. */
  readonly survives?: readonly Fault["kind"][];
}

/** Any system, whatever its parameters; only its own `parse` makes what its `processes` takes. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnySystem = System<any>;

/** Names become file names and labels, so they are short and plain. */
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/**
 * What the system asks for, with names that can be used.
 * @throws OrreryError "process/effect" if there is no process, or a name is unfit or not distinct
 */
export function membersOf<Params extends Json>(
  system: System<Params>,
  params: Params,
): readonly Member[] {
  if (!NAME.test(system.name)) {
    throw new OrreryError(
      "config/system-file",
      `"${system.name}" cannot name a system: use A-Z 0-9 _ . -`,
    );
  }
  const members = calling(system, "processes", () => system.processes(params));
  if (members.length === 0) {
    throw new OrreryError("process/effect", `${system.name} has no process with these parameters`);
  }
  const seen = new Set<string>();
  for (const { name, pace } of members) {
    if (pace !== undefined && !["number", "object"].includes(typeof pace.rate)) {
      throw new OrreryError("process/effect", `${name}: pace must be { rate: … }`);
    }
    if (!NAME.test(name)) {
      throw new OrreryError("process/effect", `"${name}" cannot name a process: use A-Z 0-9 _ . -`);
    }
    if (seen.has(name))
      throw new OrreryError("process/effect", `two processes are named "${name}"`);
    seen.add(name);
  }
  return members;
}

/** The same system with each of its processes wrapped; those that are one stay one. */
export function wrapped(system: AnySystem, wrap: (process: AnyProcess) => AnyProcess): AnySystem {
  const known = new Map<AnyProcess, AnyProcess>();
  const once = (process: AnyProcess): AnyProcess => {
    const wrapper = known.get(process) ?? wrap(process);
    known.set(process, wrapper);
    return wrapper;
  };
  // Field by field: methods may be inherited, and want to be called on what they belong to.
  return {
    name: system.name,
    parse: (input) => system.parse(input),
    processes: (params) =>
      system.processes(params).map(({ name, process, pace, inbox, clock, role }) => ({
        name,
        process: once(process),
        ...(pace && { pace }),
        ...(inbox && { inbox }),
        ...(clock && { clock }),
        ...(role && { role }),
      })),
    ...(system.checks && { checks: (params) => system.checks!(params) }),
    ...(system.metrics && { metrics: system.metrics }),
    ...(system.measure && { measure: (run, from) => system.measure!(run, from) }),
    ...(system.drawing && { drawing: system.drawing }),
    ...(system.ready && { ready: (here) => system.ready!(here) }),
    ...(system.auditor && { auditor: (params) => system.auditor!(params) }),
    ...(system.survives && { survives: system.survives }),
  };
}

/** Calls a system's own code; what it throws is said to be its own. */
export function calling<T>(system: AnySystem, method: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof OrreryError) throw cause;
    const reason = messageOf(cause);
    throw new OrreryError("config/system-file", `${system.name}.${method} threw: ${reason}`, {
      cause,
    });
  }
}
