import type { TraceBatch } from "../core/batch.ts";
import type { Check, Observer, Verdict } from "../core/check.ts";
import { MET, MessageTable } from "./messages.ts";

/** Every receive has a send before it, of the same message to this process. Time O(events). */
export const noOrphanReceive: Check = {
  kind: "always",
  name: "no-orphan-receive",
  claim: "Every receive has a send.",
  begin: () => new Receives(MET.orphan, "no such message was sent to this process before"),
};

/** Nothing is received more often than its send and the links' duplicates allow. Time O(events). */
export const receivedOnce: Check = {
  kind: "always",
  name: "received-once",
  claim: "No message is received twice, unless a link doubled it.",
  begin: () => new Receives(MET.again, "the message was received, or lost, before"),
};

/** Fails at the first receive that meets what it must not. */
class Receives implements Observer<Verdict> {
  readonly #messages = new MessageTable();
  readonly #wrong: number;
  readonly #reason: string;
  #examined = 0;
  #failure: Verdict | undefined;

  constructor(wrong: number, reason: string) {
    this.#wrong = wrong;
    this.#reason = reason;
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count && this.#failure === undefined; row++) {
      const met = this.#messages.see(batch, row);
      if (met === 0) continue;
      this.#examined++;
      if (met !== this.#wrong) continue;
      this.#failure = { result: "fails", reason: this.#reason, witnesses: [batch.event(row)] };
    }
  }

  end(): Verdict {
    return this.#failure ?? { result: "holds", examined: this.#examined };
  }
}
