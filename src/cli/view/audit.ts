// The verdict of a system's auditor on the stores of a run, as pages ask for it.
import type { InFlight } from "../../core/audit.ts";
import type { Json } from "../../core/json.ts";
import type { Run } from "../../core/run.ts";
import { changesIn, type Stored } from "../../core/stored.ts";
import { type AnySystem, calling } from "../../core/system.ts";
import type { FactoryParams } from "../../systems/factory/file/definition.ts";
import { plantOf } from "../../systems/factory/plant.ts";
import { verdictOn } from "../factory/books.ts";

/** Judges stores of one instant, and what is under way then. */
type Judge = (stores: readonly Stored[], underway: Iterable<InFlight>) => Json;

/** How stores of a run are judged; undefined if its system cannot. */
export function judgeOf(system: AnySystem | undefined, run: Run): Judge | undefined {
  if (run.system === "factory") {
    const judge = factoryJudgeOf(run);
    return (stores) => judge(stores, undefined);
  }
  if (system?.auditor === undefined) return undefined;
  return (stores, underway) => {
    const auditor = calling(system, "auditor", () => system.auditor!(run.params));
    for (const [process, stored] of stores.entries()) {
      auditor.opened(process, stored.id);
      auditor.commit(process, changesIn(stored));
    }
    auditor.underway(underway);
    return { found: auditor.found.map((violation) => ({ ...violation })), moments: 1 };
  };
}

/** The same of a factory; `later`: stores that were read again, as work went on while the first were read. */
export function factoryJudgeOf(run: Run) {
  const plant = plantOf(run.params as FactoryParams);
  const processes = plant.stages.length + plant.crews.length;
  return (stores: readonly Stored[], later: readonly Stored[] | undefined): Json => {
    const [stored, again] = [stores, later].map((all) => all?.slice(0, processes));
    return verdictOn({ plant, stored: stored!, later: again });
  };
}
