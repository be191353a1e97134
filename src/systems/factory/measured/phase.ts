// A part of a run: what left the plant in it, and what those that were there could have made meanwhile.
import { HOUR } from "../file/definition.ts";
import { isReady } from "../planning/solver.ts";
import { throughputOf } from "../planning/what-if.ts";
import type { Plant } from "../plant.ts";

/** Final units that left between two instants, and that could have left by the best flow; without a solver, 0. */
export type Phase = {
  /** µs of the run. */
  readonly span: number;
  readonly shipped: number;
  /** By the stages that were there at each moment; and if all had been there. */
  readonly possible: number;
  readonly whole: number;
};

/** How long who was there. */
type Presence = { readonly live: readonly boolean[]; span: number };

/** Measures from `from` to `until`, µs. Memory: a record for each set of stages that was there. */
export class PhaseMeasurer {
  readonly #plant: Plant;
  readonly #from: number;
  readonly #until: number;
  readonly #live: boolean[];
  readonly #presences = new Map<string, Presence>();
  #since: number;
  #shipped = 0;

  constructor(plant: Plant, from: number, until: number) {
    this.#plant = plant;
    this.#from = from;
    this.#until = Math.max(from, until);
    this.#since = from;
    this.#live = plant.stages.map(() => false);
  }

  started(process: number, time: number): void {
    this.#turn(process, true, time);
  }

  crashed(process: number, time: number): void {
    this.#turn(process, false, time);
  }

  ships(units: number, time: number): void {
    if (time >= this.#from && time < this.#until) this.#shipped += units;
  }

  end(): Phase {
    this.#pass(this.#until);
    const span = this.#until - this.#from;
    const [plant, shipped] = [this.#plant, this.#shipped];
    if (!isReady()) return { span, shipped, possible: 0, whole: 0 };
    const units = (perHour: number, time: number): number => (perHour * time) / HOUR;
    const possible = [...this.#presences.values()].reduce(
      (sum, presence) => sum + units(throughputOf(plant, presence), presence.span),
      0,
    );
    return { span, shipped, possible, whole: units(throughputOf(plant), span) };
  }

  #turn(process: number, live: boolean, time: number): void {
    this.#pass(time);
    this.#live[process] = live;
  }

  /** They were there until now. */
  #pass(time: number): void {
    const span = Math.min(time, this.#until) - this.#since;
    if (span <= 0) return;
    this.#since += span;
    const key = this.#live.map(Number).join("");
    const before = this.#presences.get(key);
    if (before === undefined) this.#presences.set(key, { live: [...this.#live], span });
    else before.span += span;
  }
}
