// Work that Ctrl-C ended before its time.
import { EXIT } from "../core/errors.ts";

/** Thrown when Ctrl-C stopped the work; the exit status is 130. */
export class Stopped extends Error {}

/** What a stopped run prints. */
export function stopped(): number {
  process.stderr.write("\norrery: stopped; the unfinished run was removed\n");
  return EXIT.stopped;
}
