// Delays as one writes them on a command line or in a file, and back.
import { OrreryError } from "./errors.ts";
import { formatMicros, parseMicros } from "./micros.ts";
import type { Delay } from "./run.ts";

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
  const [from = "", ...to] = first.split("..");
  if (to.length === 0) return { kind: "constant", micros: parseMicros(from) };
  const [min, max] = [parseMicros(from), parseMicros(to.join(".."))];
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
