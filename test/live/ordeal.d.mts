import type { Violation } from "../../src/core/audit.ts";
import type { Judgement } from "../../src/core/check.ts";

export type Ordeal = {
  /** An empty folder. */
  readonly folder: string;
  readonly forSeconds: number;
  readonly audits: number;
  readonly seed?: number;
  readonly timeScale?: number;
  readonly say?: (line: string) => void;
};
export type Outcome = {
  /** Planned, and those that met a stage that was up and had written something since it started. */
  readonly kills: number;
  readonly crashes: number;
  /** What each audit found while it ran, and the last one when it had ended. */
  readonly during: readonly (readonly Violation[])[];
  readonly atEnd: readonly Violation[];
  readonly judgements: readonly Judgement[];
  readonly jobs: number;
  /** Lots received. */
  readonly handedOver: number;
  readonly shipped: number;
};
/** Who led from when on, in seconds; `fell`: was killed as he did. */
export type Reign = {
  readonly who: string;
  readonly term: number;
  readonly at: number;
  readonly fell: boolean;
};
export type LedOutcome = Outcome & {
  /** Planned; they are among `kills`. */
  readonly leaderKills: number;
  readonly reigns: readonly Reign[];
  /** Final units that left in each ten seconds, from the first kill until the last who was killed is up again. */
  readonly tens: readonly number[];
  /** The same a second, over all that time; in virtual time under the same kills; and how much of that it is. */
  readonly perSecond: { readonly tcp: number; readonly sim: number; readonly ratio: number };
};
export const ordeal: (of: Ordeal) => Promise<Outcome>;
export const ledOrdeal: (of: Ordeal) => Promise<LedOutcome>;
