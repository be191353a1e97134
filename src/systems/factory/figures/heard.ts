// A run's trace as the parts of its figures hear it: what is noted, and who comes and goes.
import type { TraceBatch } from "../../../core/batch.ts";
import type { Figure } from "../../../core/figure.ts";
import type { Json } from "../../../core/json.ts";
import { KIND } from "../../../core/trace-event.ts";

/** `at`: µs of the run. */
export type Heard = { readonly at: number; readonly process: number } & (
  | { readonly kind: "crash" }
  | { readonly kind: "start" }
  | {
      readonly kind: "note";
      readonly name: string;
      readonly fields: { readonly [field: string]: Json | undefined };
    }
);

/** What follows a run for one figure. */
export interface Part {
  hear(heard: Heard): void;
  /** None, if it would show nothing. */
  figure(): Figure | undefined;
}

/** Tells the rows of a batch that figures are made of. */
export function tell(batch: TraceBatch, listener: (heard: Heard) => void): void {
  for (let row = 0; row < batch.count; row++) {
    const kind = batch.kind(row);
    if (kind !== KIND.internal && kind !== KIND.crash && kind !== KIND.start) continue;
    const where = { at: batch.time(row), process: batch.process(row) };
    if (kind !== KIND.internal) {
      listener({ ...where, kind: kind === KIND.crash ? "crash" : "start" });
      continue;
    }
    const detail = batch.detail(row) as Pick<Heard & { kind: "note" }, "name" | "fields">;
    listener({ ...where, kind: "note", name: detail.name, fields: detail.fields });
  }
}
