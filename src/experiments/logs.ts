import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";
import { writing } from "../core/errors.ts";
import { LOG_HEADER, logLine } from "../trace/log.ts";

/** Beyond this many processes a file each would be no help; the trace has all. */
export const LOGS_MAX = 200;
const BUFFER_MAX = 64 * 1024;

/** Writes a log for each process, `<folder>/<name>.log`. */
export class LogFiles implements Observer<void> {
  readonly #folder: string;
  readonly #names: readonly string[];
  readonly #buffers: string[];

  constructor(folder: string, names: readonly string[]) {
    this.#folder = folder;
    this.#names = names;
    this.#buffers = names.map(() => LOG_HEADER);
    writing(folder, () => mkdirSync(folder, { recursive: true }));
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const process = batch.process(row);
      this.#buffers[process]! += `${logLine(this.#names, batch, row)}\n`;
      if (this.#buffers[process]!.length > BUFFER_MAX) this.#flush(process);
    }
  }

  end(): void {
    for (let process = 0; process < this.#names.length; process++) this.#flush(process);
  }

  #flush(process: number): void {
    const path = join(this.#folder, `${this.#names[process]}.log`);
    writing(path, () => appendFileSync(path, this.#buffers[process]!));
    this.#buffers[process] = "";
  }
}
