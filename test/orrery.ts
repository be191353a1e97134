// The command line, run as its user runs it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

export const MAIN = new URL("../dist/cli/main.js", import.meta.url).pathname;

type Environment = { readonly [name: string]: string | undefined };

/** Runs it in a folder. What takes longer than a second says how far it is: that is left out, as it hangs on the machine. */
export function orreryIn(cwd: string, args: readonly string[], env: Environment = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr: stderr.replaceAll(/^ *■.*\n/gm, "") };
}

export type Started = {
  readonly child: ChildProcess;
  /** All that it wrote so far, to either stream; and to one of them. */
  readonly said: () => string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Its exit status, when all it said was heard; null if a signal ended it. */
  readonly ended: Promise<number | null>;
};

/** Listens to a child from its beginning on. */
export function heard(child: ChildProcess): Started {
  let [said, stdout, stderr] = ["", "", ""];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    stderr += text;
  });
  const ended = once(child, "close").then(([status]) => status as number | null);
  return { child, said: () => said, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Starts it in a folder; who calls this sees to its end. */
export const launchOrrery = (cwd: string, args: readonly string[], env: Environment = {}) =>
  heard(
    spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );

/** Starts it in a folder; it is ended with the test, if it did not end before. */
export function startOrrery(cwd: string, args: readonly string[], env: Environment = {}): Started {
  const started = launchOrrery(cwd, args, env);
  onTestFinished(async () => {
    started.child.kill("SIGTERM");
    const late = setTimeout(() => started.child.kill("SIGKILL"), 10_000);
    await started.ended;
    clearTimeout(late);
  });
  return started;
}
