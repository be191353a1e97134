import type { TraceBatch } from "../core/batch.ts";
import type { Check, Observer, Verdict } from "../core/check.ts";
import { type Match, MessageTable } from "./messages.ts";

/** Every receive has a send before it, of the same message to this process. Time O(events). */
export const noOrphanReceive: Check = {
  kind: "always",
  name: "no-orphan-receive",
  claim: "Every receive has a send.",
  begin: () => new Receives("orphan", "no such message was sent to this process before"),
};

/** Nothing is received more often than its send and the links' duplicates allow. Time O(events). */
export const receivedOnce: Check = {
  kind: "always",
  name: "received-once",
  claim: "No message is received twice, unless a link doubled it.",
  begin: () => new Receives("again", "the message was received, or lost, before"),
};

/** Fails at the first receive that meets what it must not. */
class Receives implements Observer<Verdict> {
  readonly #messages = new MessageTable();
  readonly #wrong: Match["kind"];
  readonly #reason: string;
  #examined = 0;
  #failure: Verdict | undefined;

  constructor(wrong: Match["kind"], reason: string) {
    this.#wrong = wrong;
    this.#reason = reason;
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count && this.#failure === undefined; row++) {
      const match = this.#messages.see(batch, row);
      if (match === undefined) continue;
      this.#examined++;
      if (match.kind !== this.#wrong) continue;
      this.#failure = { result: "fails", reason: this.#reason, witnesses: [batch.event(row)] };
    }
  }

  end(): Verdict {
    return this.#failure ?? { result: "holds", examined: this.#examined };
  }
}
