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
  let revision = 0;
  for (const change of changes.slice(0, made)) {
    if (change.kind === "bill") revision = change.revision;
  }
  return revision;
}

/** Is a stage open, when it has made so many of its changes? */
export function isOpenAfter(changes: readonly PlannedChange[], made: number): boolean {
  const last = changes.slice(0, made).findLast(({ kind }) => kind === "open" || kind === "close");
  return last?.kind !== "close";
}
