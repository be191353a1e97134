// Faults of a run that its plan did not say.
import { type Micros, micros } from "../../core/micros.ts";
import type { Fault, Run } from "../../core/run.ts";

/** Workers that die without being told to are started again, so often in a run. */
const DEATHS_MAX = 100;

export class Incidents {
  #deaths = 0;
  /** Those that came live and stop nobody: workers that start later must know of them. */
  readonly shared: Fault[] = [];
  /** All that nobody had planned, as they happened. */
  readonly #unplanned: Fault[] = [];

  /** Those who died and are not back yet. */
  readonly #down = new Map<string, Fault>();
  /** When those ended that had no end yet, or had a later one. */
  readonly #ended = new Map<Fault, Micros>();

  end(fault: Fault, at: Micros): void {
    this.#ended.set(fault, at);
  }

  add(fault: Fault): void {
    this.#unplanned.push(fault);
  }

  /**
   * A worker died of itself, or was killed, with these processes. Says so if that has been too often; those that died
   * with their host were none of its own doing.
   */
  died(names: readonly string[], now: number, lost: boolean): string | undefined {
    for (const process of names) {
      const fault: Fault = { kind: "crash", process, at: micros(now) };
      this.add(fault);
      this.#down.set(process, fault);
    }
    if (lost) return undefined;
    return ++this.#deaths > DEATHS_MAX ? `workers died ${DEATHS_MAX} times` : undefined;
  }

  /** A worker is back, with these processes. */
  back(names: readonly string[], now: number): void {
    for (const name of names) {
      const fault = this.#down.get(name);
      if (fault !== undefined) this.end(fault, micros(Math.max(now, fault.at + 1)));
      this.#down.delete(name);
    }
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
