// Time. Inside it is an integer number of microseconds, so that no rounding can reorder events; at
// the edges the unit stands in the text ("60s").
import { OrreryError } from "./errors.ts";

/** An instant or a span: integer µs since the run began, 0 … 2^53 − 1. */
export type Micros = number & { readonly brand: "Micros" };

const MICROS_PER_UNIT: { readonly [unit: string]: number } = {
  us: 1,
  µs: 1,
  ms: 1_000,
  s: 1_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

/** The longest instant a run may name: 100 years. Well below 2^53, so sums of two stay exact. */
export const MICROS_MAX = 36_525 * 86_400_000_000;

/** A number of µs as `Micros`, rounded to a whole one. */
export const micros = (count: number): Micros => Math.round(count) as Micros;
/** Milliseconds as `Micros`, rounded to a whole µs. */
export const ms = (count: number): Micros => micros(count * 1_000);
/** Seconds as `Micros`, rounded to a whole µs. */
export const seconds = (count: number): Micros => micros(count * 1_000_000);

/**
 * Reads a span such as `60s`, `1.5ms`, `2h` or `0`.
 * @throws OrreryError "config/time" if the unit is missing or unknown, the number is negative, or
 * the span is beyond 100 years.
 */
export function parseMicros(text: string): Micros {
  const match = /^\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(us|µs|ms|s|min|h|d)?\s*$/i.exec(text);
  const count = match === null ? Number.NaN : Number(match[1]);
  const unit = match?.[2]?.toLowerCase();
  if (Number.isNaN(count) || (unit === undefined && count !== 0)) {
    throw new OrreryError("config/time", `"${text}" is not a time`);
  }
  if (count < 0) throw new OrreryError("config/time", `"${text}" is negative`);
  const span = count * (MICROS_PER_UNIT[unit ?? "us"] ?? 1);
  if (span > MICROS_MAX) throw new OrreryError("config/time", `"${text}" is beyond 100 years`);
  return micros(span);
}

/** A run's length for people: `60 s of model time`, or of real time and where. */
export const spanText = (span: Micros, runtime = "sim"): string =>
  `${span / 1e6} s of ${runtime === "sim" ? "model time" : `real time on ${runtime}`}`;

/** A span in the largest unit that leaves it whole: `60s`, `1500us`. `parseMicros` reads it back. */
export function formatMicros(span: Micros): string {
  if (span === 0) return "0s";
  for (const unit of ["h", "min", "s", "ms"]) {
    const size = MICROS_PER_UNIT[unit]!;
    const largest = unit === "h" || unit === "min" ? 2 * size : size;
    if (span % size === 0 && span >= largest) return `${span / size}${unit}`;
  }
  return `${span}us`;
}
