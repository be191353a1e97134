import type { TraceBatch } from "../core/batch.ts";
import type { Observer, Verdict } from "../core/check.ts";
import { KIND } from "../core/trace-event.ts";
import { INFERRED } from "../trace/merge.ts";

/**
 * Sends that a trace has only because somebody received them: their sender's record was lost, or he
 * keeps none. What rests on them is not known. Memory: a number for each.
 */
export class InferredSends implements Observer<number> {
  readonly #sequences = new Set<number>();

  see(batch: TraceBatch): void {
    for (const [index, row] of batch.detailRows.entries()) {
      if (batch.kind(row) !== KIND.send || batch.details[index] !== INFERRED) continue;
      this.#sequences.add(batch.first + row);
    }
  }

  end(): number {
    return this.#sequences.size;
  }

  /** The verdict as far as it does not rest on an inferred send. */
  temper(verdict: Verdict): Verdict {
    const count = this.#sequences.size;
    if (count === 0 || verdict.result === "unknown") return verdict;
    const rests =
      verdict.result === "holds" ||
      verdict.witnesses.some(({ sequence }) => this.#sequences.has(sequence));
    if (!rests) return verdict;
    const [sends, their] = count === 1 ? ["send is", "its sender"] : ["sends are", "their senders"];
    return {
      result: "unknown",
      reason: `${count} ${sends} inferred from receives, as ${their} left no record of them`,
    };
  }
}
