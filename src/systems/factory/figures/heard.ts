// A run's trace as the parts of its figures hear it: what is noted, and who comes and goes.
import type { TraceBatch } from "../../../core/batch.ts";
import { KIND } from "../../../core/trace-event.ts";
import type { Fields } from "../measured/material.ts";

/** `at`: µs of the run. `wiped`: it has lost its store. */
export type Heard = { readonly at: number; readonly process: number } & (
  | { readonly kind: "crash" }
  | { readonly kind: "start" }
  | { readonly kind: "wiped" }
  | { readonly kind: "note"; readonly name: string; readonly fields: Fields }
);

/** Tells the rows of a batch that figures are made of. */
export function tell(batch: TraceBatch, listener: (heard: Heard) => void): void {
  batch.each((row, detail) => {
    const where = { at: batch.time(row), process: batch.process(row) };
    switch (batch.kind(row)) {
      case KIND.crash:
        listener({ ...where, kind: "crash" });
        break;
      case KIND.start:
        listener({ ...where, kind: "start" });
        break;
      case KIND.fault:
        if (detail === "wiped") listener({ ...where, kind: "wiped" });
        break;
      case KIND.internal:
        if (detail === undefined) break;
        listener({ ...where, kind: "note", ...(detail as { name: string; fields: Fields }) });
        break;
      default:
    }
  });
}
