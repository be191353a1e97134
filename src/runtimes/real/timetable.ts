import { OrreryError } from "../../core/errors.ts";
import { monotonic } from "./clock.ts";

/** setTimeout takes no longer spans, ms. */
const SPAN_MAX = 2 ** 31 - 1;

/** Things to do at instants of the monotonic clock (µs); good to a millisecond. */
export class Timetable {
  readonly #timers = new Set<NodeJS.Timeout>();

  at(instant: number, act: () => void): void {
    const left = (instant - monotonic()) / 1e3;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        if (left > SPAN_MAX) this.at(instant, act);
        else act();
      },
      // Never too soon: timers take whole milliseconds, and cut off the rest.
      Math.min(Math.max(0, Math.ceil(left)), SPAN_MAX),
    );
    this.#timers.add(timer);
  }

  /** Resolves after so many µs, unless it is cleared. */
  pause(span: number): Promise<void> {
    return new Promise((resolve) => this.at(monotonic() + span, resolve));
  }

  /** Waits for the first of some works, so many µs. @throws OrreryError "net/unconnected" saying `said` */
  async within(span: number, works: readonly Promise<void>[], said: () => string): Promise<void> {
    const late = this.pause(span).then(() => {
      throw new OrreryError("net/unconnected", said());
    });
    late.catch(() => {});
    await Promise.race([...works, late]);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** Waits for a work, but for no more than so many ms. */
export async function atMost(span: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, span);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Something to wait for, and what ends the wait. */
export function told(): readonly [Promise<void>, () => void] {
  let tell: () => void = () => {};
  const wait = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return [wait, tell];
}
