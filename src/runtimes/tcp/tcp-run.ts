// The `tcp` runtime: every process in an OS process of its own on this host (or some together), sockets between them.
import type { Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import { LocalCrew } from "../real/crew.ts";
import { evenly } from "../real/layout.ts";
import type { RealOptions } from "../real/options.ts";
import { RealRun } from "../real/supervisor.ts";

export type TcpOptions = Omit<RealOptions, "workers" | "crew"> & {
  /** The module that a worker runs. */
  readonly entry: URL;
  /** Processes of an OS process. */
  readonly perWorker: number;
};

/** A run that is ready to start. @throws OrreryError "config/*", "runtime/cannot" */
export function tcpRun(
  system: AnySystem,
  run: Run,
  { entry, perWorker, ...options }: TcpOptions,
): RealRun {
  const crew: RealOptions["crew"] = (events) => new LocalCrew(entry, events);
  return new RealRun(system, run, { ...options, workers: evenly(perWorker), crew });
}
