// Audits of runs: of stores as they change in virtual time, and as they were kept.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Audit } from "../checks/audited.ts";
import type { Run } from "../core/run.ts";
import { changesIn, type Stored } from "../core/stored.ts";
import { type AnySystem, calling } from "../core/system.ts";
import { readStoredFile, STORED_FILE } from "../experiments/stored-file.ts";
import { readStored, STORES } from "../runtimes/real/stored-files.ts";

/** Judges the stores that a run's folder keeps; undefined if it keeps none, or its system cannot. */
export function auditKept(
  system: AnySystem | undefined,
  run: Run,
  names: readonly string[],
  folder: string,
): Audit | undefined {
  const audit = system && newAudit(system, run, names.length);
  const kept = audit && keptStores(folder, names);
  for (const [process, stored] of kept?.entries() ?? []) {
    audit!.opened(process, stored.id);
    audit!.commit(process, changesIn(stored));
  }
  return kept && audit;
}

/** The stores in a run's folder, by process; undefined if there are none. Running ones are read as they are. */
export function keptStores(
  folder: string,
  names: readonly string[],
): readonly Stored[] | undefined {
  const nothing: Stored = { id: "", keyed: new Map(), logs: new Map() };
  const file = join(folder, STORED_FILE);
  if (existsSync(file)) {
    const stores = readStoredFile(file);
    return names.map((name) => stores.get(name) ?? nothing);
  }
  const stores = join(folder, STORES);
  if (!existsSync(stores)) return undefined;
  return names.map((name) =>
    existsSync(join(stores, `${name}.db`)) ? readStored(stores, name) : nothing,
  );
}

/** Judges the stores of a run; undefined if its system cannot. */
export function newAudit(system: AnySystem, run: Run, processes: number): Audit | undefined {
  if (system.auditor === undefined) return undefined;
  const auditor = calling(system, "auditor", () => system.auditor!(run.params));
  return new Audit(auditor, processes);
}
