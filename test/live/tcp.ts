// Runs on real processes, for tests: started, watched, struck, and merged into a trace.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { newRun, type RunSettings } from "../../src/core/new-run.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { mergeRun } from "../../src/runtimes/real/records/records.ts";
import type { RealRun } from "../../src/runtimes/real/supervisor.ts";
import { tcpRun } from "../../src/runtimes/tcp/tcp-run.ts";
import { Keeper, Trace } from "../../src/trace/trace.ts";
import { TraceWriter } from "../../src/trace/writer.ts";

export type Live = {
  readonly run: RealRun;
  readonly folder: string;
  /** What the supervisor said so far. */
  readonly said: string[];
  /** The trace, once stopped; and how many sends had to be inferred. */
  readonly trace: () => Promise<{ readonly trace: Trace; readonly inferred: number }>;
};

/** Starts a system on OS processes and hands it to `use`; nothing of it is left afterwards. */
export async function live<T>(
  system: AnySystem,
  settings: RunSettings,
  use: (live: Live) => Promise<T>,
  { name = system.name, perWorker = 1 } = {},
): Promise<T> {
  const asked = newRun(system, settings);
  const folder = mkdtempSync(join(tmpdir(), "orrery-live-"));
  const said: string[] = [];
  const run = tcpRun(system, asked, {
    system: name,
    entry: new URL("../../dist/cli/real/tcp-worker.js", import.meta.url),
    folder,
    perWorker,
    patience: 60,
    log: (line) => void said.push(line),
  });
  return await during(run, folder, said, use);
}

/** Starts a run and hands it to `use`; nothing of it is left afterwards. */
export async function during<T>(
  run: RealRun,
  folder: string,
  said: string[],
  use: (live: Live) => Promise<T>,
): Promise<T> {
  const trace = async () => {
    await run.stop();
    const keeper = new Keeper();
    const inferred = await mergeRun(
      new TraceWriter((batch) => keeper.see(batch)),
      folder,
      run.names.length,
    );
    return { trace: new Trace(run.suffered, run.names, keeper.end()), inferred };
  };
  try {
    await run.start();
    return await use({ run, folder, said, trace });
  } finally {
    await run.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All checks of any system hold; what does not is told with its reason. */
export function allHold(trace: Trace): void {
  for (const { check, result, ...rest } of verify(trace)) {
    expect([check, result, rest]).toEqual([check, "holds", rest]);
  }
}

/** Does an OS process live? One that was reaped, or waits to be, does not. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
