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
export const ordeal: (of: Ordeal) => Promise<Outcome>;
