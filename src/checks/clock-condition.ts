import type { TraceBatch } from "../core/batch.ts";
import type { Check, Observer, Verdict } from "../core/check.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import { MET, MessageTable } from "./messages.ts";
import { PreviousEvents } from "./previous.ts";

const { first: FIRST } = MET;

/**
 * If a happens before b, then L(a) < L(b). Checked over the pairs that generate happens-before:
 * neighbours at one process, and each receive with its send; as < is transitive, these cover all.
 * Source: Lamport 1978, "Clock Condition". Time O(events), memory O(messages in flight).
 */
export const clockCondition: Check = {
  kind: "always",
  name: "clock-condition",
  claim: "If a happens before b, the clock of a is less than the clock of b.",
  begin: () => new ClockCondition(),
};

class ClockCondition implements Observer<Verdict> {
  readonly #messages = new MessageTable();
  readonly #previous = new PreviousEvents();
  #examined = 0;
  #failure: Verdict | undefined;

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count && this.#failure === undefined; row++) {
      const lamport = batch.lamport(row);
      if (this.#messages.see(batch, row) === FIRST) {
        this.#examined++;
        if (this.#messages.lamport >= lamport) this.#fail(this.#send(batch, row), batch, row);
      }
      this.#previous.forget(batch, row);
      if (PreviousEvents.counts(batch, row)) {
        this.#examined++;
        const process = batch.process(row);
        if (this.#previous.lamport(process) >= lamport) {
          this.#fail(this.#previous.event(process), batch, row);
        }
        this.#previous.set(batch, row);
      }
    }
  }

  end(): Verdict {
    return this.#failure ?? { result: "holds", examined: this.#examined };
  }

  #fail(a: TraceEvent, batch: TraceBatch, row: number): void {
    if (this.#failure !== undefined) return;
    const b = batch.event(row);
    this.#failure = {
      result: "fails",
      reason: `a ${a.kind} with clock ${a.lamport} happens before a ${b.kind} with clock ${b.lamport}`,
      witnesses: [a, b],
    };
  }

  /** The send of a receive, as an event. */
  #send(batch: TraceBatch, row: number): TraceEvent {
    const { sequence, timeMicros, lamport, inbox } = this.#messages;
    const sender = batch.peer(row);
    const incarnation = batch.senderIncarnation(row);
    return {
      sequence,
      timeMicros,
      process: sender,
      incarnation,
      kind: "send",
      lamport,
      inbox,
      peer: batch.process(row),
      message: { process: sender, incarnation, number: batch.message(row) },
    };
  }
}
