// All it takes to repeat an execution, as plain data: with the commit, a `Run` gives the same bytes.
import type { Json } from "./json.ts";
import type { Micros } from "./micros.ts";

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

/** A fault of one process. */
export type ProcessFault =
  | (Span & { readonly kind: "crash"; readonly process: string; readonly point?: CrashPoint })
  | (Span & { readonly kind: "pause"; readonly process: string });

/**
 * The links between the processes of one side and those of the other, both ways or one; `*` stands
 * for all that the other side does not name.
 */
type Between = Span & {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly oneWay?: boolean;
};

/** A fault of links, on top of what they do anyway. A delay is added to theirs. */
export type LinkFault =
  | (Between & { readonly kind: "partition" })
  | (Between & { readonly kind: "loss"; readonly probability: number })
  | (Between & { readonly kind: "duplicate"; readonly probability: number })
  | (Between & { readonly kind: "delay"; readonly delay: Delay });

/** A planned fault: what, to whom, from when, and (if it ends) until when. */
export type Fault = ProcessFault | LinkFault;

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
