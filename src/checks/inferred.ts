import type { TraceBatch } from "../core/batch.ts";
import type { Verdict } from "../core/check.ts";
import { KIND, type TraceEvent } from "../core/trace-event.ts";
import { INFERRED } from "../trace/merge.ts";

/**
 * Messages that a trace has a send of only because somebody received them: their sender's record was
 * lost, or he keeps none. What rests on them is not known. Memory: a short text for each.
 */
export class InferredSends {
  /** Ids of the messages. */
  readonly #messages = new Set<string>();

  see(batch: TraceBatch): void {
    for (const [index, row] of batch.detailRows.entries()) {
      const kind = batch.kind(row);
      if (batch.details[index] !== INFERRED || (kind !== KIND.send && kind !== KIND.copy)) continue;
      this.#messages.add(
        keyOf(batch.process(row), batch.senderIncarnation(row), batch.message(row)),
      );
    }
  }

  /** The verdict as far as it does not rest on an inferred send. */
  temper(verdict: Verdict): Verdict {
    const count = this.#messages.size;
    if (count === 0 || verdict.result === "unknown") return verdict;
    const rests =
      verdict.result === "holds" || verdict.witnesses.some((event) => this.#isOfOne(event));
    if (!rests) return verdict;
    const [sends, their] = count === 1 ? ["send is", "its sender"] : ["sends are", "their senders"];
    return {
      result: "unknown",
      reason: `${count} ${sends} inferred from receives, as ${their} left no record of them`,
    };
  }

  #isOfOne({ message }: TraceEvent): boolean {
    if (message === undefined) return false;
    return this.#messages.has(keyOf(message.process, message.incarnation, message.number));
  }
}

const keyOf = (process: number, incarnation: number, number: number): string =>
  `${process}/${incarnation}/${number}`;
