// The command line, run as its user runs it.
import { spawnSync } from "node:child_process";

export const MAIN = new URL("../dist/cli/main.js", import.meta.url).pathname;

/** Runs it in a folder. What takes longer than a second says how far it is: that is left out, as it hangs on the machine. */
export function orreryIn(
  cwd: string,
  args: readonly string[],
  env: { readonly [name: string]: string | undefined } = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr: stderr.replaceAll(/^ *■.*\n/gm, "") };
}
