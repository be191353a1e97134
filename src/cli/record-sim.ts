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

/** Makes a run and keeps it in `folder`; see `recordRun`. `halting`: if a handler throws, as far as it went. */
export async function recordSim(
  system: AnySystem,
  run: Run,
  folder: string,
  { repeat, module }: Pick<Plan, "repeat" | "module">,
  halting = false,
): Promise<Outcome> {
  const { names, rates } = sim.start(system, run, null);
  const audit = newAudit(system, run, names.length);
  const header = { runtime: "sim", run, names, rates } as const;
  const plan = { header, lens: lensOf(run, system, audit), repeat, module };
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
