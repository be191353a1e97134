// Delays and faults as one writes them on a command line or in a file, and back.
import { OrreryError } from "./errors.ts";
import { formatMicros, type Micros, parseMicros } from "./micros.ts";
import type { CrashPoint, Delay, Fault } from "./run.ts";

const CRASH_POINTS: readonly CrashPoint[] = ["before-commit", "after-commit", "between-copies"];

/**
 * Reads `5ms`, `1ms..10ms`, `exponential 1ms 5ms` (minimum, mean) or `lognormal 5ms 0.5` (median,
 * sigma of the logarithm).
 * @throws OrreryError "config/value" or "config/time"
 */
export function parseDelay(text: string): Delay {
  const words = text.trim().split(/\s+/);
  const [first = "", second = "", third = ""] = words;
  if (words.length === 3 && first === "exponential") {
    const [min, mean] = [parseMicros(second), parseMicros(third)];
    if (mean < min) throw new OrreryError("config/value", `delay "${text}": mean below minimum`);
    return { kind: "exponential", min, mean };
  }
  if (words.length === 3 && first === "lognormal") {
    const sigma = Number(third);
    if (!(sigma >= 0 && sigma <= 10)) {
      throw new OrreryError("config/value", `delay "${text}": sigma must be within 0 … 10`);
    }
    return { kind: "lognormal", median: parseMicros(second), sigma };
  }
  if (words.length !== 1) {
    throw new OrreryError(
      "config/value",
      `"${text}" is not a delay; write 5ms, 1ms..10ms, "exponential 1ms 5ms" or "lognormal 5ms 0.5"`,
    );
  }
  const [from = "", to] = first.split("..");
  if (to === undefined) return { kind: "constant", micros: parseMicros(from) };
  const [min, max] = [parseMicros(from), parseMicros(to)];
  if (max < min) throw new OrreryError("config/value", `delay "${text}": it ends before it begins`);
  return { kind: "uniform", min, max };
}

/** What `parseDelay` reads. */
export function formatDelay(delay: Delay): string {
  switch (delay.kind) {
    case "constant":
      return formatMicros(delay.micros);
    case "uniform":
      return `${formatMicros(delay.min)}..${formatMicros(delay.max)}`;
    case "exponential":
      return `exponential ${formatMicros(delay.min)} ${formatMicros(delay.mean)}`;
    case "lognormal":
      return `lognormal ${formatMicros(delay.median)} ${delay.sigma}`;
  }
}

/**
 * Reads `crash machine_2 10s..20s`, `crash machine_2 10s between-copies` or `pause machine_1
 * 5s..8s`: what, to whom, from when to when.
 * @throws OrreryError "config/fault" or "config/time"
 */
export function parseFault(text: string): Fault {
  const [kind, process, when, point, ...rest] = text.trim().split(/\s+/);
  const complain = (what: string): OrreryError =>
    new OrreryError("config/fault", `fault "${text}": ${what}`);
  if (kind !== "crash" && kind !== "pause") throw complain(`"${kind}" is not crash or pause`);
  if (process === undefined || when === undefined) throw complain("say to whom, and when");
  if (rest.length > 0) throw complain(`"${rest.join(" ")}" is too much`);
  const [from = "", to] = when.split("..");
  const at = parseMicros(from);
  const span: { at: Micros; until?: Micros } =
    to === undefined ? { at } : { at, until: parseMicros(to) };
  if (span.until !== undefined && span.until <= at) throw complain("it ends before it begins");
  if (kind === "pause") {
    if (point !== undefined) throw complain("a pause has no point");
    return { kind, process, ...span };
  }
  if (point === undefined) return { kind, process, ...span };
  const known = CRASH_POINTS.find((name) => name === point);
  if (known === undefined) throw complain(`"${point}" is none of ${CRASH_POINTS.join(", ")}`);
  return { kind, process, ...span, point: known };
}

/** What `parseFault` reads. */
export function formatFault(fault: Fault): string {
  const until = fault.until === undefined ? "" : `..${formatMicros(fault.until)}`;
  const point = fault.kind === "crash" && fault.point !== undefined ? ` ${fault.point}` : "";
  return `${fault.kind} ${fault.process} ${formatMicros(fault.at)}${until}${point}`;
}
