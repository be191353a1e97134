// The figures of a factory's run, followed note by note: so from the trace of any runtime. What is kept is what
// a figure has room for, however long the run.
import type { TraceBatch } from "../../../core/batch.ts";
import type { Observer } from "../../../core/check.ts";
import type { Figure } from "../../../core/figure.ts";
import type { Run } from "../../../core/run.ts";
import type { Drawing } from "../../../core/system.ts";
import type { FactoryParams } from "../file/definition.ts";
import { byClass, runningShare } from "../measured/by-class.ts";
import { FactoryMeasurer, type FactoryMeasures } from "../measured/measures.ts";
import { type Plant, plantOf, type StagePlan } from "../plant.ts";
import { Downtimes } from "./downtimes.ts";
import { type Heard, tell } from "./heard.ts";
import { JobLog } from "./job-log.ts";
import { recoveryTimes } from "./recovery-times.ts";
import { Stock } from "./stock.ts";
import { Throughput } from "./throughput.ts";
import { timeInState } from "./time-in-state.ts";

export const factoryDrawing: Drawing = {
  beside: ["space-time"],
  begin: (run, names) => new FactoryFigures(run, names),
};

/** Sees a run, and says what is to be drawn of it. */
class FactoryFigures implements Observer<readonly Figure[]> {
  readonly #end: number;
  readonly #plant: Plant;
  readonly #measurer: FactoryMeasurer;
  readonly #downtimes: Downtimes;
  readonly #throughput: Throughput;
  readonly #stock: Stock;
  /** Of the first stage of each class: which one limits the plant is known in the end. */
  readonly #logs: ReadonlyMap<number, JobLog>;
  #bottleneck: string | undefined;

  constructor(run: Run, names: readonly string[]) {
    const plant = plantOf(run.params as FactoryParams);
    this.#end = run.duration;
    this.#plant = plant;
    this.#measurer = new FactoryMeasurer(run);
    this.#downtimes = new Downtimes(plant, names);
    this.#throughput = new Throughput(run.duration, this.#downtimes);
    this.#stock = new Stock(run.duration, this.#downtimes);
    const isFirst = ({ kind }: StagePlan, id: number): boolean =>
      plant.stages[id - 1]?.kind !== kind;
    this.#logs = new Map(plant.stages.filter(isFirst).map(({ id }) => [id, new JobLog()]));
  }

  see(batch: TraceBatch): void {
    this.#measurer.see(batch);
    tell(batch, (heard) => this.#hear(heard));
  }

  end(): readonly Figure[] {
    const measures = this.#measurer.end();
    const figures = [
      this.#throughput.figure(),
      this.#stock.figure(),
      timeInState(this.#plant, measures),
      this.#gantt(measures),
      recoveryTimes(this.#plant, measures.recoveries),
    ];
    return figures.filter((figure) => figure !== undefined);
  }

  #hear(heard: Heard): void {
    this.#downtimes.hear(heard);
    this.#throughput.hear(heard);
    this.#stock.hear(heard);
    this.#logs.get(heard.process)?.hear(heard);
    if (heard.kind === "note" && heard.name === "plans") {
      this.#bottleneck = heard.fields.bottleneck as string;
    }
  }

  /** The jobs of the first stage of the class that limits the plant, or of that which runs most, if it had any. */
  #gantt(measures: FactoryMeasures): Figure | undefined {
    for (const { name, kind, id } of this.#candidates(measures)) {
      const log = this.#logs.get(id)!;
      const shows = log.gantt(this.#end);
      if (shows === undefined) continue;
      const shown = shows.lanes.reduce((sum, lane) => sum + lane.length, 0);
      const which = kind === this.#bottleneck ? "limits the plan" : "runs most";
      const jobs =
        shown === log.count ? `all of its ${shown} jobs` : `${shown} of its ${log.count} jobs`;
      const where = log.crashed ? "around its first crash" : "from the first on";
      return {
        name: "gantt",
        title: `What ${name} did`,
        subtitle: `the first of ${kind}, which ${which}; ${jobs}, ${where}`,
        shows,
      };
    }
    return undefined;
  }

  /** The first stage of each class: of the bottleneck, and then of whatever runs for the greatest share of its time. */
  #candidates(measures: FactoryMeasures): readonly StagePlan[] {
    return [...byClass(this.#plant, measures).values()]
      .map((did) => ({ plan: did[0]![0], running: runningShare(did, measures.span) }))
      .sort((a, b) => b.running - a.running)
      .map(({ plan }) => plan)
      .sort((a, b) => Number(b.kind === this.#bottleneck) - Number(a.kind === this.#bottleneck));
  }
}
