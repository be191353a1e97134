import type { TraceBatch } from "../core/batch.ts";
import type { Check, Observer, Verdict } from "../core/check.ts";
import { KIND, type TraceEvent } from "../core/trace-event.ts";

/**
 * What one process receives from another comes in the order sent. Only for links that promise it
 * (`order: "fifo"`). Time O(receives), memory O(links used).
 */
export const linkOrder: Check = {
  kind: "always",
  name: "link-order",
  claim: "Messages of one sender to one receiver are received in the order sent.",
  begin: () => new LinkOrder(),
};

class LinkOrder implements Observer<Verdict> {
  /** By receiver and sender: the latest receive. */
  readonly #latest = new Map<number, Map<number, TraceEvent>>();
  #examined = 0;
  #failure: Verdict | undefined;

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count && this.#failure === undefined; row++) {
      if (batch.kind(row) !== KIND.receive) continue;
      this.#examined++;
      const receiver = batch.process(row);
      const bySender = this.#latest.get(receiver) ?? new Map<number, TraceEvent>();
      this.#latest.set(receiver, bySender);
      const event = batch.event(row);
      const before = bySender.get(batch.peer(row));
      bySender.set(batch.peer(row), event);
      if (before === undefined || inOrder(before, event)) continue;
      this.#failure = {
        result: "fails",
        reason: `message ${event.message?.number} was received after message ${before.message?.number}`,
        witnesses: [before, event],
      };
    }
  }

  end(): Verdict {
    return this.#failure ?? { result: "holds", examined: this.#examined };
  }
}

function inOrder({ message: a }: TraceEvent, { message: b }: TraceEvent): boolean {
  if (a === undefined || b === undefined) return true;
  return a.incarnation < b.incarnation || (a.incarnation === b.incarnation && a.number <= b.number);
}
