// Faults of a run that its plan did not say.
import { type Micros, micros } from "../../core/micros.ts";
import type { Fault, Run } from "../../core/run.ts";

/** About as long as a worker that died takes to be back, µs. */
const REVIVAL = 300_000;

/** Workers that die without being told to are started again, so often in a run. */
const DEATHS_MAX = 100;

export class Incidents {
  #deaths = 0;
  /** Those that came live and stop nobody: workers that start later must know of them. */
  readonly shared: Fault[] = [];
  /** All that nobody had planned, as they happened. */
  readonly #unplanned: Fault[] = [];

  /** Those that were ended before their time, and when. */
  readonly #ended = new Map<Fault, Micros>();

  end(fault: Fault, at: Micros): void {
    this.#ended.set(fault, at);
  }

  add(fault: Fault): void {
    this.#unplanned.push(fault);
  }

  /** A worker died of itself, or was killed, with these processes. Says so if that has been too often. */
  died(names: readonly string[], now: number): string | undefined {
    const span = { at: micros(now), until: micros(now + REVIVAL) };
    for (const process of names) this.add({ kind: "crash", process, ...span });
    return ++this.#deaths > DEATHS_MAX ? `workers died ${DEATHS_MAX} times` : undefined;
  }

  /** What to say of a run that ended after `duration`: with all the faults that struck it. */
  suffered(run: Run, duration: Run["duration"]): Run {
    const faults = [...run.faults, ...this.#unplanned]
      .filter(({ at }) => at <= duration)
      .map((fault) => {
        const until = this.#ended.get(fault);
        return until === undefined ? fault : ({ ...fault, until } as Fault);
      });
    return { ...run, duration, faults };
  }
}
