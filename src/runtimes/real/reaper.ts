import { type ChildProcess, spawn } from "node:child_process";

/**
 * Reads lines "+ pid" and "- pid" and remembers who lives; when its input ends, because this process
 * told it to or died in whatever way, it kills those that are left, stopped or spinning as they may be.
 */
const SCRIPT = `trap '' INT TERM HUP QUIT
alive=
while read -r sign pid; do
  if [ "$sign" = + ]; then alive="$alive $pid"; else
    left=; for each in $alive; do [ "$each" = "$pid" ] || left="$left $each"; done; alive=$left
  fi
done
[ -z "$alive" ] || kill -KILL $alive 2>/dev/null
exit 0`;

/** Sees to it that no worker outlives this process. */
export class Reaper {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    // Without it workers still end by themselves, unless they are stopped or spin.
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
  }

  add(pid: number): void {
    this.#shell.stdin?.write(`+ ${pid}\n`);
  }

  remove(pid: number): void {
    this.#shell.stdin?.write(`- ${pid}\n`);
  }

  end(): void {
    this.#shell.stdin?.end();
  }
}
