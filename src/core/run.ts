// All it takes to repeat an execution, as plain data: with the commit, a `Run` gives the same bytes.
import type { Json } from "./json.ts";
import type { Micros } from "./micros.ts";
import type { Profile } from "./profiles.ts";

/**
 * A span drawn anew each time. `mean` and `median` are of the whole span, the minimum included.
 * Every draw is at least 1 µs: nothing takes no time, so a receive is always later than its send.
 */
export type Delay =
  | { readonly kind: "constant"; readonly micros: Micros }
  | { readonly kind: "uniform"; readonly min: Micros; readonly max: Micros }
  | { readonly kind: "exponential"; readonly min: Micros; readonly mean: Micros }
  | { readonly kind: "lognormal"; readonly median: Micros; readonly sigma: number };

/** What every link does to a message. `loss` and `duplicate` are probabilities per copy, in [0, 1]. */
export type Links = {
  readonly delay: Delay;
  readonly loss: number;
  readonly duplicate: number;
  /** `fifo`: messages of one sender to one receiver arrive in the order sent. */
  readonly order: "any" | "fifo";
};

/** Where in a step a crash strikes; without one it strikes between two steps. */
export type CrashPoint = "before-commit" | "after-commit" | "between-copies";

/** From when, and (if it ends) until when. */
type Span = { readonly at: Micros; readonly until?: Micros };

/** Of one process, or (`@leader`) of whoever leads when it begins. */
type OfProcess = Span & { readonly process: string };

/**
 * How a local clock is wrong. `offset` and `step` move what it reads, by so much, and no timer; a step
 * stays. `drift` makes it run at so many µs a µs, `sine` makes it swing, and timers with it.
 */
export type ClockModel =
  | { readonly kind: "offset"; readonly micros: number }
  | { readonly kind: "step"; readonly micros: number }
  | { readonly kind: "drift"; readonly rate: number }
  | { readonly kind: "sine"; readonly amplitude: Micros; readonly period: Micros };

/** What ails a store: each commit takes longer, or fails with a probability, or all fail. */
export type StoreTrouble =
  | { readonly kind: "slow"; readonly delay: Delay }
  | { readonly kind: "failing"; readonly probability: number }
  | { readonly kind: "full" };

/**
 * A process stops, with all that it did not store. `wipe`: its store is lost too. `lost`: so many of
 * its last commits are lost although they were said to be durable, as disks do that lie about it.
 */
export type CrashFault = OfProcess & {
  readonly kind: "crash" | "wipe";
  readonly point?: CrashPoint;
  readonly lost?: number;
};

/** A fault of one process. */
export type ProcessFault =
  | CrashFault
  | (OfProcess & { readonly kind: "pause" })
  /** At most `rate` steps a second. */
  | (OfProcess & { readonly kind: "slow"; readonly rate: number })
  | (OfProcess & { readonly kind: "clock"; readonly model: ClockModel })
  | (OfProcess & { readonly kind: "store"; readonly trouble: StoreTrouble });

/**
 * The links between the processes of one side and those of the other, both ways or one; `*` stands
 * for all that the other side does not name.
 */
type Between = Span & {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly oneWay?: boolean;
};

/**
 * A fault of links, on top of what they do anyway. A delay is added to theirs; `reorder` adds up to
 * `within` to some copies, so that others overtake them; what is sent on a clogged link waits for its end.
 */
export type LinkFault =
  | (Between & { readonly kind: "partition" })
  | (Between & { readonly kind: "loss"; readonly probability: number })
  | (Between & { readonly kind: "duplicate"; readonly probability: number })
  | (Between & { readonly kind: "corrupt"; readonly probability: number })
  | (Between & {
      readonly kind: "reorder";
      readonly probability: number;
      readonly within: Micros;
    })
  | (Between & { readonly kind: "delay"; readonly delay: Delay })
  | (Between & { readonly kind: "clog"; readonly until: Micros });

/**
 * Several at once. `power`: all these crash in the same instant, and (see `CrashFault`) may lose the
 * tail of their stores. `swizzle`: their links are clogged one by one, and freed in another order.
 */
export type CompoundFault =
  | (Span & {
      readonly kind: "power";
      readonly processes: readonly string[];
      readonly lost?: number;
    })
  | (Span & {
      readonly kind: "swizzle";
      readonly processes: readonly string[];
      readonly until: Micros;
    });

/** A planned fault: what, to whom, from when, and (if it ends) until when. */
export type Fault = ProcessFault | LinkFault | CompoundFault;

/**
 * How a send is stamped. `standard`: with the clock after its increment (Lamport 1978, IR2).
 * `send-before-increment`: with the clock before it, as some published programs do; it breaks the
 * clock condition, and is there to be caught.
 */
export type Stamping = "standard" | "send-before-increment";

export type Run = {
  readonly system: string;
  readonly params: Json;
  /** 0 … 2^53 − 1. */
  readonly seed: number;
  readonly duration: Micros;
  readonly links: Links;
  /** From a step's commit to its durability; `null` makes every commit durable at once. */
  readonly storeDelay: Delay | null;
  readonly faults: readonly Fault[];
  /** Faults that are still to be drawn from the seed, by `drawFaults`. */
  readonly profile?: Profile;
  readonly lamport: Stamping;
  /** Messages and states are frozen, and messages pass the codec. Slower; finds mutation. */
  readonly strict: boolean;
};

export const DEFAULT_LINKS: Links = {
  delay: { kind: "uniform", min: 1_000 as Micros, max: 10_000 as Micros },
  loss: 0,
  duplicate: 0,
  order: "any",
};
