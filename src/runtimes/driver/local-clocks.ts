// What processes take for the time. A local clock counts `elapsed` time, at a rate that may be wrong
// and swing, and shows that plus an offset, which may jump. Timers wait for elapsed time.
//
// Invariants:
// 1. `elapsed` is continuous and rises: only `now` can jump. What would together make a clock run
//    backwards is weakened: of a swing its amplitude, of a drift how much it slows.
// 2. A process whose clock is right has no entry, and costs nothing.
import type { ClockModel } from "../../core/run.ts";

type Swing = {
  readonly model: Extract<ClockModel, { kind: "sine" }>;
  /** As much of it as lets time go on, µs. */
  readonly amplitude: number;
  /** Global instant at which it began. */
  readonly since: number;
};

type LocalClock = {
  /** Global instant and elapsed time at the last change of the rate. */
  instant: number;
  elapsed: number;
  rate: number;
  offset: number;
  readonly drifts: ClockModel[];
  readonly swings: Swing[];
};

/** Swings may take as much of a clock's rate. */
const STEEPEST = 0.95;
/** Halvings of the bracket in which a timer's instant lies: it ends below 1 µs. */
const HALVINGS_MAX = 80;

const swung = (swings: readonly Swing[], instant: number): number =>
  swings.reduce((sum, { amplitude, model: { period }, since }) => {
    return sum + amplitude * Math.sin((2 * Math.PI * (instant - since)) / period);
  }, 0);

const elapsedAt = ({ instant, elapsed, rate, swings }: LocalClock, now: number): number =>
  elapsed + rate * (now - instant) + swung(swings, now);

export class LocalClocks {
  readonly #clocks = new Map<number, LocalClock>();

  /** Does this process's clock differ from global time, or did it ever? */
  differs(process: number): boolean {
    return this.#clocks.has(process);
  }

  /** What the process reads at a global instant, whole µs. Never negative. */
  now(process: number, instant: number): number {
    const clock = this.#clocks.get(process);
    if (clock === undefined) return instant;
    return Math.max(0, Math.round(elapsedAt(clock, instant) + clock.offset));
  }

  /** Its elapsed time at a global instant, µs. */
  elapsed(process: number, instant: number): number {
    const clock = this.#clocks.get(process);
    return clock === undefined ? instant : elapsedAt(clock, instant);
  }

  /** The first whole global µs, from `instant` on, at which its elapsed time has reached `goal`. */
  when(process: number, instant: number, goal: number): number {
    const clock = this.#clocks.get(process);
    if (clock === undefined) return Math.max(instant, Math.round(goal));
    let low = instant;
    let span = Math.max(1, (goal - elapsedAt(clock, instant)) / clock.rate);
    while (elapsedAt(clock, low + span) < goal) span *= 2;
    let high = low + span;
    for (let step = 0; step < HALVINGS_MAX && high - low > 0.01; step++) {
      const middle = (low + high) / 2;
      if (elapsedAt(clock, middle) < goal) low = middle;
      else high = middle;
    }
    return Math.max(instant, Math.round(high));
  }

  begin(process: number, model: ClockModel, instant: number): void {
    const clock = this.#clocks.get(process) ?? {
      instant,
      elapsed: instant,
      rate: 1,
      offset: 0,
      drifts: [],
      swings: [],
    };
    this.#clocks.set(process, clock);
    if (model.kind === "offset" || model.kind === "step") clock.offset += model.micros;
    else if (model.kind === "sine") {
      const left = STEEPEST * clock.rate - steepness(clock);
      const amplitude = Math.min(model.amplitude, (left * model.period) / (2 * Math.PI));
      clock.swings.push({ model, amplitude, since: instant });
    } else {
      clock.drifts.push(model);
      setRate(clock, instant);
    }
  }

  end(process: number, model: ClockModel, instant: number): void {
    const clock = this.#clocks.get(process);
    if (clock === undefined) return;
    if (model.kind === "offset") clock.offset -= model.micros;
    else if (model.kind === "sine") {
      // Where it had swung to remains, as elapsed time is continuous.
      const at = clock.swings.findIndex((swing) => swing.model === model);
      if (at < 0) return;
      clock.elapsed += swung(clock.swings.splice(at, 1), instant);
    } else if (model.kind === "drift") {
      const at = clock.drifts.indexOf(model);
      if (at < 0) return;
      clock.drifts.splice(at, 1);
      setRate(clock, instant);
    }
  }
}

/** Goes on from here at the product of all drifts. */
function setRate(clock: LocalClock, instant: number): void {
  clock.elapsed += clock.rate * (instant - clock.instant);
  clock.instant = instant;
  const rate = clock.drifts.reduce(
    (product, model) => product * (model.kind === "drift" ? model.rate : 1),
    1,
  );
  clock.rate = Math.max(rate, steepness(clock) / STEEPEST);
}

/** The most by which all swings together slow a clock, µs a µs. */
const steepness = ({ swings }: LocalClock): number =>
  swings.reduce(
    (sum, { amplitude, model: { period } }) => sum + (2 * Math.PI * amplitude) / period,
    0,
  );
