import type { TraceBatch } from "./batch.ts";
import type { Run } from "./run.ts";
import type { TraceEvent } from "./trace-event.ts";

/** What a check found. A failure names the events that prove it. */
export type Verdict =
  | { readonly result: "holds"; readonly examined: number }
  | { readonly result: "fails"; readonly reason: string; readonly witnesses: readonly TraceEvent[] }
  | { readonly result: "unknown"; readonly reason: string };

/** Sees a trace once, in order. A batch is only lent: what is needed of it must be copied. */
export interface Observer<Result> {
  see(batch: TraceBatch): void;
  end(): Result;
}

/** A property of traces. always: safety. eventually: liveness. sometimes: the case did occur. */
export interface Check {
  readonly kind: "always" | "eventually" | "sometimes";
  readonly name: string;
  /** One sentence, printed in reports. */
  readonly claim: string;
  /** `names` are those of the processes, by id. */
  begin(run: Run, names: readonly string[]): Observer<Verdict>;
}

/** A verdict with the check it belongs to, as it is kept in `verdicts.json`. */
export type Judgement = Verdict & {
  readonly check: string;
  readonly kind: Check["kind"];
  readonly claim: string;
};
