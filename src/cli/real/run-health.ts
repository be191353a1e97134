// What a run on real processes says of itself at its port while it lasts.
import { basename } from "node:path";
import type { Run } from "../../core/run.ts";
import { type Family, metricsPage } from "../../runtimes/real/open-metrics.ts";
import { runFamilies } from "../../runtimes/real/run-metrics.ts";
import type { RealRun } from "../../runtimes/real/supervisor.ts";
import { keptStores } from "../audits.ts";
import { FactoryHealth } from "../factory/health.ts";
import { VERSION } from "../version.ts";
import type { Telling } from "./serve-metrics.ts";

/** What to serve of a run that is kept in `folder`. */
export function tellingOf(
  running: RealRun,
  run: Run,
  { runtime, folder }: { readonly runtime: string; readonly folder: string },
): Telling {
  const labels = {
    run: basename(folder),
    system: run.system,
    runtime,
    seed: String(run.seed),
    version: VERSION,
  };
  // On other hosts stores are where their workers are, until the run is over.
  const books =
    run.system === "factory" && runtime === "tcp"
      ? new FactoryHealth(
          run,
          () => keptStores(folder, running.names),
          () => running.now,
        )
      : undefined;
  const families = (): readonly Family[] => [
    ...runFamilies({
      labels,
      elapsedSeconds: running.now / 1e6,
      views: running.views(),
      pacing: running.pacing(),
      wire: running.health(),
      faults: running.now > 0 ? running.suffered.faults : [],
    }),
    ...(books?.families() ?? []),
  ];
  return {
    metrics: () => metricsPage(families()),
    health: () => {
      const { now } = running;
      if (now === 0) return { well: false, says: "the run has not begun" };
      if (now >= run.duration) return { well: false, says: "the run is over" };
      return { well: true, says: `the run goes on, ${(now / 1e6).toFixed(1)} s since it began` };
    },
  };
}
