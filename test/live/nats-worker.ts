// Workers and runs over NATS, for tests, as their users start them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

const MAIN = new URL("../../dist/cli/main.js", import.meta.url).pathname;

export type Started = {
  readonly child: ChildProcess;
  /** All that it wrote so far, to either stream. */
  readonly said: () => string;
  /** Its exit status; null if a signal ended it. */
  readonly ended: Promise<number | null>;
};

/** Starts the command line in a folder; it is killed with the test, if it did not end before. */
export function startOrrery(
  cwd: string,
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const ended = once(child, "close").then(([status]) => status as number | null);
  onTestFinished(async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  });
  return { child, said: () => said, ended };
}

/** Waits until `holds` does not throw; a bound so long that only a bug reaches it. */
export async function eventually<T>(holds: () => T | Promise<T>): Promise<T> {
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      return await holds();
    } catch (cause) {
      if (Date.now() > until) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
