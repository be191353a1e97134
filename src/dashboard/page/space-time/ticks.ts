// Times as people read them, and where on an axis they stand.

/** An instant that is written on the axis. */
export type Tick = { readonly at: number; readonly label: string };

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Beyond a second steps follow the clock, not the decimals. */
const LONG_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200];
const DAY = 24 * HOUR;
/** A label and the room after it, px, at least; shorter steps have longer labels. */
const ROOM = 72;
const ROOM_OF_DIGIT = 7;

/** The shortest step, µs, at which labels do not touch where so many pixels stand for a µs. */
export function stepOf(scale: number): number {
  for (let power = 1; power < SECOND; power *= 10) {
    for (const times of [1, 2, 5]) {
      const step = times * power;
      if (step * scale >= ROOM + ROOM_OF_DIGIT * decimalsOf(step)) return step;
    }
  }
  const long = LONG_STEPS.map((seconds) => seconds * SECOND);
  const days = Array.from({ length: 10 }, (_, power) => DAY * 2 ** power);
  return [...long, ...days].find((step) => step * scale >= ROOM) ?? days.at(-1)!;
}

/** The shortest length of 1, 2 or 5 times a power of ten that is not shorter. */
export function roundUp(micros: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, micros)));
  return [1, 2, 5, 10].map((times) => times * power).find((length) => length >= micros)!;
}

/** The ticks between two instants, µs, where so many pixels stand for a µs; none before the run began. */
export function ticksOf(from: number, to: number, scale: number): Tick[] {
  const step = stepOf(scale);
  const ticks: Tick[] = [];
  for (let number = Math.max(0, Math.ceil(from / step)); number * step <= to; number++) {
    const at = number * step;
    ticks.push({ at, label: tickLabel(at, step) });
  }
  return ticks;
}

/** An instant as precisely as a step of that size needs it. */
function tickLabel(at: number, step: number): string {
  if (step < MINUTE) return `${(at / SECOND).toFixed(decimalsOf(step))} s`;
  const hours = Math.floor(at / HOUR);
  const minutes = Math.floor((at % HOUR) / MINUTE);
  if (hours === 0) return `${minutes} min`;
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}

/** An instant in full: seconds with as many decimals as it has, three at least. */
export function instantText(micros: number): string {
  const whole = Math.round(micros);
  return `${(whole / SECOND).toFixed(whole % 1_000 === 0 ? 3 : 6)} s`;
}

/** How long something takes, in three digits. */
export function lengthText(micros: number): string {
  if (micros < 1_000) return `${Math.round(micros)} µs`;
  if (micros < SECOND) return `${Number((micros / 1_000).toPrecision(3))} ms`;
  if (micros < 2 * MINUTE) return `${Number((micros / SECOND).toPrecision(3))} s`;
  return `${Number((micros / MINUTE).toPrecision(3))} min`;
}

/** Decimals of seconds that a step needs. */
const decimalsOf = (step: number): number =>
  Math.max(0, Math.ceil(-Math.log10(step / SECOND) - 1e-9));
