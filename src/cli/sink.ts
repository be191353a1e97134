// Where text goes: standard output, or a file that must not exist.
import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { EXIT, OrreryError, writing } from "../core/errors.ts";

export type Sink = { readonly write: (text: string) => void; readonly close: () => void };

/** Standard output, or a new file, which is made at the first write: what is refused before leaves none behind. */
export function sinkOf(path: string | undefined): Sink {
  if (path === undefined) {
    return { write: (text) => writeOut(Buffer.from(text)), close: () => {} };
  }
  mustBeNew(path);
  let file: number | undefined;
  return {
    write: (text) =>
      writing(path, () => {
        file ??= openSync(path, "wx");
        writeSync(file, text);
      }),
    close: () => {
      if (file !== undefined) closeSync(file);
    },
  };
}

/** @throws OrreryError "files/exists" */
export function mustBeNew(path: string): void {
  if (!existsSync(path)) return;
  throw new OrreryError("files/exists", `${path} exists; nothing in it was changed`);
}

const STANDARD_OUTPUT = 1;
/** How long a reader that is slower than we are is left alone, ms. */
const PATIENCE = 5;

/** Waits for whoever reads, so that what is not read yet does not pile up in memory. */
function writeOut(bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length; ) {
    try {
      from += writeSync(STANDARD_OUTPUT, bytes, from);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // Whoever reads has seen enough.
      if (code === "EPIPE") process.exit(EXIT.held);
      if (code !== "EAGAIN") throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE);
    }
  }
}
