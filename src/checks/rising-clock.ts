import type { TraceBatch } from "../core/batch.ts";
import type { Check, Observer, Verdict } from "../core/check.ts";
import { PreviousEvents } from "./previous.ts";

/** At each process the clock rises at every event, over crashes too. Time O(events). */
export const risingClock: Check = {
  kind: "always",
  name: "rising-clock",
  claim: "At each process the clock rises at every event, also from one incarnation to the next.",
  begin: () => new RisingClock(),
};

class RisingClock implements Observer<Verdict> {
  readonly #previous = new PreviousEvents();
  #examined = 0;
  #failure: Verdict | undefined;

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count && this.#failure === undefined; row++) {
      if (!PreviousEvents.counts(batch, row)) {
        this.#previous.forget(batch, row);
        continue;
      }
      const process = batch.process(row);
      this.#examined++;
      if (this.#previous.lamport(process) >= batch.lamport(row)) {
        const before = this.#previous.event(process);
        this.#failure = {
          result: "fails",
          reason: `the clock went from ${before.lamport} to ${batch.lamport(row)}`,
          witnesses: [before, batch.event(row)],
        };
      }
      this.#previous.set(batch, row);
    }
  }

  end(): Verdict {
    return this.#failure ?? { result: "holds", examined: this.#examined };
  }
}
