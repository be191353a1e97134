// A run in virtual time, kept in a folder: its trace as it goes by, its stores judged as they change.
import { join } from "node:path";
import { OrreryError } from "../core/errors.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import { type Outcome, type Plan, recordRun } from "../experiments/record-run.ts";
import { STORED_FILE, writeStored } from "../experiments/stored-file.ts";
import { sim } from "../runtimes/sim/simulation.ts";
import { advance } from "./advance.ts";
import { newAudit } from "./audits.ts";
import { lensOf } from "./systems.ts";

/** What heads the trace of a run in virtual time. Makes sure that the run can start. */
export function simHeader(system: AnySystem, run: Run): Plan["header"] {
  const { names, rates } = sim.start(system, run, null);
  return { runtime: "sim", run, names, rates };
}

/** Makes a run and keeps it in `folder`; see `recordRun`. `halting`: if a handler throws, as far as it went. */
export async function recordSim(
  system: AnySystem,
  folder: string,
  { header, ...line }: Pick<Plan, "header" | "repeat" | "module">,
  halting = false,
): Promise<Outcome> {
  const { run, names } = header;
  const audit = newAudit(system, run, names.length);
  const plan = { header, lens: lensOf(run, system, audit), ...line };
  return await recordRun(folder, plan, async (recorder) => {
    const running = sim.start(system, run, recorder);
    if (audit !== undefined) running.store.watch(audit);
    try {
      await advance(running, run.duration);
    } catch (cause) {
      if (!halting || !(cause instanceof OrreryError)) throw cause;
    }
    if (audit === undefined) return;
    audit.underway(running.underway());
    const stored = names.map((_, process) => running.store.stored(process));
    writeStored(join(folder, STORED_FILE), names, stored);
  });
}
