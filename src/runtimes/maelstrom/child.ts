// One node program as an OS process: lines in, lines out, standard error into a file.
//
// Invariant: a child leads a process group of its own, so that what it starts ends with it; and no child outlives the
// host, unless that is killed by force: then its standard input ends.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { messageOf, OrreryError } from "../../core/errors.ts";
import { Lines } from "./lines.ts";

/** What a program does not read is kept for it; beyond so many bytes it is taken to be stuck. */
const UNREAD_MAX = 64 * 1_048_576;
/** Of what it wrote to standard error so many characters are kept, for whoever asks why it ended. */
const LAST_MAX = 2_000;

export type Program = {
  readonly bin: string;
  readonly args: readonly string[];
  /** The file that its standard error is appended to. */
  readonly log: string;
};

/** What a child tells. */
export type Told = {
  readonly line: (line: string) => void;
  /** It ended, or cannot go on: what is wrong, not who. */
  readonly failed: (code: "maelstrom/line" | "maelstrom/ended", reason: string) => void;
};

const alive = new Set<NodeChild>();
process.on("exit", () => {
  for (const child of alive) child.kill();
});

export class NodeChild {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #log: number;
  readonly #told: Told;
  #last = "";
  /** Nobody wants to hear of it any more. */
  #killed = false;
  #stopped = false;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;

  /** @throws OrreryError "files/write" if its log cannot be written */
  constructor({ bin, args, log }: Program, told: Told) {
    this.#told = told;
    try {
      this.#log = openSync(log, "a");
    } catch (cause) {
      throw new OrreryError("files/write", messageOf(cause), { cause });
    }
    this.#process = spawn(bin, args, { detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const { stdin, stdout, stderr } = this.#process;
    alive.add(this);
    const lines = new Lines(told.line);
    stdout.setEncoding("utf8");
    stdout.on("data", (piece: string) => {
      if (this.#killed) return;
      try {
        lines.add(piece);
      } catch (cause) {
        this.#fail("maelstrom/line", messageOf(cause));
      }
    });
    stderr.setEncoding("utf8");
    stderr.on("data", (piece: string) => {
      writeSync(this.#log, piece);
      this.#last = (this.#last + piece).slice(-LAST_MAX);
    });
    // That it no longer reads is said when it ends.
    stdin.on("error", () => {});
    this.gone = new Promise((resolve) => {
      const end = (reason: string): void => {
        if (!alive.delete(this)) return;
        closeSync(this.#log);
        resolve();
        this.#fail("maelstrom/ended", `${reason}${this.#lastText()}`);
      };
      this.#process.on("error", (cause) => end(`it could not be started: ${messageOf(cause)}`));
      this.#process.on("close", (status, signal) => {
        end(signal === null ? `it ended with status ${status}` : `it was ended by ${signal}`);
      });
    });
  }

  write(line: string): void {
    const { stdin } = this.#process;
    if (this.#killed || !stdin.writable) return;
    stdin.write(`${line}\n`);
    if (stdin.writableLength <= UNREAD_MAX) return;
    this.#fail("maelstrom/ended", `it has left ${UNREAD_MAX} bytes of its input unread`);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Stops it in earnest, or lets it go on. */
  pause(stopped: boolean): void {
    this.#stopped = stopped;
    this.#signal(stopped ? "SIGSTOP" : "SIGCONT");
  }

  /** Ends it and whatever it started, at once. */
  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    this.#signal("SIGKILL");
  }

  #fail(...[code, reason]: Parameters<Told["failed"]>): void {
    if (!this.#killed) this.#told.failed(code, reason);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined || !alive.has(this)) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It is gone already.
    }
  }

  #lastText(): string {
    const lines = this.#last.trimEnd().split("\n").slice(-8).join("\n  ");
    return lines === "" ? "" : `; the last that it wrote to standard error:\n  ${lines}`;
  }
}
