// Numbers as the page writes them.

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en-US", {
  notation: "compact",
  maximumSignificantDigits: 3,
});

/** 12,345 */
export const count = (value: number): string => WHOLE.format(value);

/** As `count`, beyond 100,000 shorter: 1.23M. */
export const briefly = (value: number): string =>
  Math.abs(value) < 100_000 ? count(value) : SHORT.format(value);

/** At most three digits that matter: 0.333, 4, 12.5, 1,234. */
export function amount(value: number): string {
  if (Math.abs(value) >= 1_000) return briefly(value);
  return String(Number(value.toPrecision(3)));
}

/** An instant of a run, given in µs: 12.345 s, or 3:12.345 from a minute on. */
export function instant(micros: number): string {
  const seconds = micros / 1e6;
  if (seconds < 60) return `${seconds.toFixed(3)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = (seconds - 60 * minutes).toFixed(3).padStart(6, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** A span, given in µs, in one unit: 350 µs, 12 ms, 3.2 s, 5 min. */
export function span(micros: number): string {
  if (micros < 1e3) return `${Math.round(micros)} µs`;
  if (micros < 1e6) return `${amount(micros / 1e3)} ms`;
  if (micros < 60e6) return `${(micros / 1e6).toFixed(1)} s`;
  return `${amount(micros / 60e6)} min`;
}
