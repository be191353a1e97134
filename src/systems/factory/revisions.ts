// What planned changes have made of a stage.

/** A change of one stage. */
export type StageChange =
  /** From now on jobs take what this revision of the bill says. */
  | { readonly kind: "bill"; readonly revision: number }
  | { readonly kind: "open" | "close" | "scrap shelf" }
  /** Lots under way to that stage are lost: it is gone for good. */
  | { readonly kind: "write off"; readonly to: string };

export type PlannedChange = StageChange & { readonly at: number };

/** Which revision of its bill a stage goes by, when it has made so many of its changes. */
export function revisionAfter(changes: readonly PlannedChange[], made: number): number {
  // From the end: it is asked for at every step, and there may be many.
  for (let last = made - 1; last >= 0; last--) {
    const change = changes[last]!;
    if (change.kind === "bill") return change.revision;
  }
  return 0;
}

/** Is a stage open, when it has made so many of its changes? */
export function isOpenAfter(changes: readonly PlannedChange[], made: number): boolean {
  for (let last = made - 1; last >= 0; last--) {
    const { kind } = changes[last]!;
    if (kind === "open" || kind === "close") return kind === "open";
  }
  return true;
}
