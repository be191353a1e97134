// A factory's run in tables and words: what left it, what each stage did and why it stood, and how lots
// were handed over.
import { TABLE_ROWS_MAX } from "../../../analysis/report.ts";
import type { TraceBatch } from "../../../core/batch.ts";
import type { Run } from "../../../core/run.ts";
import type { RunReport, Table } from "../../../core/table.ts";
import type { FactoryParams } from "../file/definition.ts";
import { type Plant, plantOf } from "../plant.ts";
import { units } from "../quantity.ts";
import { byClass, type Did, runningShare } from "./by-class.ts";
import { FactoryMeasurer, type FactoryMeasures, STATES, type StageMeasures } from "./measures.ts";
import { type Effectiveness, effectivenessOf, factoryMetrics } from "./metrics.ts";
import { type FactoryPrediction, gapTable, percent, predictFactory } from "./prediction.ts";

/** Sees a run and says what came of it. */
export class FactoryReporter {
  readonly #plant: Plant;
  readonly #measurer: FactoryMeasurer;

  constructor(run: Run) {
    this.#plant = plantOf(run.params as FactoryParams);
    this.#measurer = new FactoryMeasurer(run);
  }

  see(batch: TraceBatch): void {
    this.#measurer.see(batch);
  }

  end(): RunReport {
    const measures = this.#measurer.end();
    const kinds = byClass(this.#plant, measures);
    const prediction = predictFactory(this.#plant);
    const gap = prediction === null ? null : gapTable(this.#plant, prediction, measures);
    return {
      tables: [
        output(measures, prediction),
        ...(gap === null ? [] : [gap]),
        states(this.#plant, measures),
        classes(kinds, measures),
      ],
      findings: findings(kinds, this.#plant, measures),
      prediction,
    };
  }
}

type Kinds = ReadonlyMap<string, readonly Did[]>;

function output({ shipped, hours }: FactoryMeasures, prediction: FactoryPrediction | null): Table {
  const rows = [...shipped].map(([item, count]) => [item, number(count), number(count / hours)]);
  const { perHour = 0 } = prediction ?? {};
  const planned = [["planned", number(perHour * hours), number(perHour)]];
  return {
    title: `What left the plant in ${number(hours)} hours of it`,
    columns: ["item", "units", "per hour"],
    rows: [...(rows.length > 0 ? rows : [["nothing", 0, 0]]), ...(prediction ? planned : [])],
  };
}

function states({ stages: plans }: Plant, { stages, span }: FactoryMeasures): Table {
  const shown = STATES.filter((state) => stages.some(({ time }) => (time[state] ?? 0) > 0));
  const rows = plans.slice(0, TABLE_ROWS_MAX).map(({ id, name }) => {
    const { time, starved } = stages[id]!;
    const shares = shown.map((state) => percent((time[state] ?? 0) / span));
    const most = [...starved].sort(([, a], [, b]) => b - a).slice(0, 2);
    return [name, ...shares, most.map(([item]) => item).join(", ") || "-"];
  });
  const some =
    plans.length > TABLE_ROWS_MAX ? `, the first ${TABLE_ROWS_MAX} of ${plans.length}` : "";
  return {
    title: `How each stage spent its time (%)${some}`,
    columns: ["stage", ...shown, "starved of"],
    rows,
  };
}

function classes(kinds: Kinds, { hours, span }: FactoryMeasures): Table {
  const rows = [...kinds].map(([kind, stages]) => {
    const sum = (of: (did: StageMeasures) => number): number =>
      stages.reduce((all, [, did]) => all + of(did), 0);
    const starts = stages.reduce((all, [plan, { jobs }]) => all + jobs * plan.starts, 0);
    return [
      kind,
      stages.length,
      sum(({ jobs }) => jobs),
      sum(({ cutOff }) => cutOff),
      starts > 0 ? percent(sum(({ good }) => good) / starts) : "-",
      number(units(sum(({ amount }) => amount)) / hours),
      percent(runningShare(stages, span)),
      ...oee(stages, span),
    ];
  });
  return {
    title: "What each class did",
    columns: [
      ...["class", "stages", "jobs", "cut off", "good %", "units/h", "running %"],
      ...["OEE %", "alone %"],
    ],
    rows,
  };
}

/** Mean effectiveness of a class: as it was, and of the equipment alone, without what it waited for. */
function oee(stages: readonly Did[], span: number): readonly string[] {
  const each = stages.flatMap(([plan, did]) => effectivenessOf(plan, did, span) ?? []);
  if (each.length === 0) return ["-", "-"];
  const mean = (of: (one: Effectiveness) => number): string =>
    percent(each.reduce((sum, one) => sum + of(one), 0) / each.length);
  return [mean((one) => one.oee), mean((one) => one.alone)];
}

function findings(kinds: Kinds, plant: Plant, measures: FactoryMeasures): string[] {
  const { said, span, silences, gap } = measures;
  const of = (name: string): number => said.get(name) ?? 0;
  const found = [
    `${of("sent")} lots were sent: ${of("delivered")} delivered, ${of("refused")} refused, ` +
      `${of("recalling")} called back, ${of("lost")} lost.`,
  ];
  const [busiest] = [...kinds]
    .map(([kind, stages]) => ({ kind, share: runningShare(stages, span) }))
    .sort((a, b) => b.share - a.share);
  if (busiest !== undefined) {
    found.push(
      `Busiest is ${busiest.kind}: its stages ran ${percent(busiest.share)} % of the time.`,
    );
  }
  if (of("leads") > 0) {
    const down = silences.length === 0 ? "nobody" : `${silences.length} times somebody`;
    found.push(
      `${of("leads")} terms of leaders, ${of("plans")} flows; ${down} was taken for down. The longest ` +
        `time in which nothing left the plant: ${(gap / 1e6).toFixed(1)} s.`,
    );
  }
  const { worst, share } = measures.risks ?? {};
  if (worst !== undefined && worst !== "") {
    found.push(
      `By the last plan, ${percent(share as number)} % is left without ${worst as string}, the worst loss.`,
    );
  }
  const { wip, little_percent, lead_median, substitute } = factoryMetrics(plant, measures);
  if (lead_median! > 0) {
    found.push(
      `A final lot took ${timeText(lead_median!)} from its first job on (median); ` +
        `${number(wip!)} units were in the plant on average, which is throughput × flow time within ${little_percent!.toFixed(1)} %.`,
    );
  }
  if (substitute! > 0) {
    found.push(
      `After a crash that was planned for, the first lot in its place came after ${substitute!.toFixed(1)} s (mean).`,
    );
  }
  const single = [...kinds].filter(([, stages]) => stages.length === 1).map(([kind]) => kind);
  if (single.length > 0) {
    found.push(`Single points of failure (classes of one stage): ${single.join(", ")}.`);
  }
  return found;
}

const timeText = (seconds: number): string =>
  seconds < 120
    ? `${seconds.toFixed(1)} s`
    : seconds < 7_200
      ? `${(seconds / 60).toFixed(1)} min`
      : `${(seconds / 3_600).toFixed(1)} h`;
const number = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
