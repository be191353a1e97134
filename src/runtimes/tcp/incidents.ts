// Faults of a run that its plan did not say.
import { micros } from "../../core/micros.ts";
import type { Fault, Run } from "../../core/run.ts";

/** About as long as a worker that died takes to be back, µs. */
const REVIVAL = 300_000;

export class Incidents {
  /** Those that came live and stop nobody: workers that start later must know of them. */
  readonly shared: Fault[] = [];
  /** All that nobody had planned, as they happened. */
  readonly #unplanned: Fault[] = [];

  add(fault: Fault): void {
    this.#unplanned.push(fault);
  }

  /** A worker died of itself, or was killed, with these processes. */
  died(names: readonly string[], now: number): void {
    const span = { at: micros(now), until: micros(now + REVIVAL) };
    for (const process of names) this.add({ kind: "crash", process, ...span });
  }

  /** What to say of a run that ended after `duration`: with all the faults that struck it. */
  suffered(run: Run, duration: Run["duration"]): Run {
    const faults = [...run.faults, ...this.#unplanned].filter(({ at }) => at <= duration);
    return { ...run, duration, faults };
  }
}
