// What must be done when this process ends, in whatever way: for tests that start servers or make
// network devices. A shell reads what it would have to do, and does it once its input ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const SCRIPT = `trap '' INT TERM HUP QUIT
will=:
while IFS= read -r line; do will=$line; done
eval "$will"`;

/** A line of shell to be run when this process is gone. Killed itself, it does nothing. */
export class LastWill {
  readonly #shell: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor() {
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      cwd: "/",
    });
    this.#shell.stdin?.on("error", () => {});
    this.#ended = once(this.#shell, "exit");
    this.#shell.unref();
  }

  /** Replaces what was to be done. */
  say(line: string): void {
    this.#shell.stdin?.write(`${line.replaceAll("\n", " ")}\n`);
  }

  /** All was done by other hands: nothing is left to do, and the shell ends. */
  async revoke(): Promise<void> {
    this.#shell.ref();
    this.#shell.stdin?.end(":\n");
    await this.#ended;
  }
}

/** A word of a line of shell, whatever is in it. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
