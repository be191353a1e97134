// A run measured as it goes by, without a folder: for experiments.
import { Measurer } from "../../analysis/measure.ts";
import { metricsOf } from "../../analysis/metrics.ts";
import { SeriesSampler } from "../../analysis/series.ts";
import type { Audit } from "../../checks/audited.ts";
import { checksOf, judge } from "../../checks/checks.ts";
import type { TraceBatch } from "../../core/batch.ts";
import type { Check, Judgement } from "../../core/check.ts";
import { assert, messageOf } from "../../core/errors.ts";
import type { Job, Row } from "../../core/experiment.ts";
import type { Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import { TraceWriter } from "../../trace/writer.ts";
import { predictedMetrics } from "../systems.ts";

/** Instants of the spread of clocks over a run. */
const INSTANTS = 30;
/** Beyond this many processes the spread is of some, evenly chosen. */
const SPREAD_MAX = 30;

type Measured = Pick<Row, "metrics" | "failed" | "spread">;

export type Measuring = {
  readonly writer: TraceWriter;
  /** Says of whom; before anything is recorded. */
  readonly begin: (names: readonly string[], rates: readonly number[], audit?: Audit) => void;
  readonly end: () => Measured;
};

/** Observes a run; `from` is its warm-up, µs. */
export function measuring(run: Run, from: number, system: AnySystem): Measuring {
  let seen: { readonly see: (batch: TraceBatch) => void; readonly end: () => Measured } | undefined;
  return {
    writer: new TraceWriter((batch) => seen?.see(batch)),
    begin: (names, rates, audit) => {
      const checks = [...checksOf(run, system), ...(audit === undefined ? [] : [audit.check])];
      seen = observer(run, names, rates, from, checks, system.measure?.(run, from));
    },
    end: () => {
      assert(seen !== undefined, "it was said who is measured");
      return seen.end();
    },
  };
}

function observer(
  run: Run,
  names: readonly string[],
  rates: readonly number[],
  from: number,
  checks: readonly Check[],
  own: ReturnType<NonNullable<AnySystem["measure"]>> | undefined,
): { readonly see: (batch: TraceBatch) => void; readonly end: () => Measured } {
  const step = Math.ceil(names.length / SPREAD_MAX);
  const some = names.map((_, process) => process).filter((process) => process % step === 0);
  const measurer = new Measurer({ names, rates, from, to: run.duration });
  const series = new SeriesSampler(some, run.duration, INSTANTS);
  const judging = judge(run, checks, names);
  return {
    see: (batch) => {
      measurer.see(batch);
      series.see(batch);
      judging.see(batch);
      own?.see(batch);
    },
    end: () => {
      const { lines } = series.end();
      const spread = Array.from({ length: INSTANTS + 1 }, (_, at) => {
        const clocks = lines.map(({ lamport }) => lamport[at]!);
        return Math.max(...clocks) - Math.min(...clocks);
      });
      const verdicts = judging.end();
      const failed = verdicts.filter(didNotHold).map(({ check }) => check);
      const general = metricsOf(measurer.end());
      const metrics = { ...general, ...own?.end(), ...predictedMetrics(run, rates) };
      return { metrics, failed, spread };
    },
  };
}

/** What is promised for calm is not broken by a run that had too little of it. */
const didNotHold = ({ kind, result }: Judgement): boolean =>
  kind === "always" ? result !== "holds" : kind === "eventually" && result === "fails";

/** The row of a run as a line; one that threw does not lose the others: its row says why. */
export const lineOf = (job: Job, seed: number, measured: Measured | { error: unknown }): string => {
  const lost = { metrics: {}, failed: [], spread: [] };
  const rest = "error" in measured ? { ...lost, error: messageOf(measured.error) } : measured;
  return `${JSON.stringify({ cell: job.cell, seed, ...rest })}\n`;
};
