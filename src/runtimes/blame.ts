import { isAssertion, messageOf, OrreryError } from "../core/errors.ts";

/**
 * What a handler threw, with the process and the instant (µs) at which it did; a broken bound stays
 * what it is, and a broken invariant of ours is thrown on.
 */
export function blamed(cause: unknown, process: string, instant: number): OrreryError {
  if (isAssertion(cause)) throw cause;
  if (cause instanceof OrreryError && cause.code === "process/impure") {
    return new OrreryError(cause.code, `${process} at ${instant / 1e6} s: ${cause.message}`);
  }
  if (cause instanceof OrreryError && cause.code !== "process/effect") return cause;
  const said = `${process} failed at ${instant / 1e6} s: ${messageOf(cause)}${placeOf(cause)}`;
  return new OrreryError("process/threw", said, { cause });
}

/** Where an error was thrown, from its stack: " (ring.mjs:12:5)". */
function placeOf(cause: unknown): string {
  if (!(cause instanceof Error) || cause instanceof OrreryError) return "";
  const place = /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/m.exec(cause.stack ?? "")?.[1];
  return place === undefined ? "" : ` (${place.replace(/^.*\//, "")})`;
}
