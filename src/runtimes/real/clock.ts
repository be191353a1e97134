// Real time, and waking up in it.

/** Below this the rest of a wait is slept through exactly, ms: timers of Node come up to 1 ms late. */
const EXACT = 1.5;
/** One must wake this much before the instant to act at it, µs: what a system call takes. */
const AHEAD = 20;
/** Nobody sleeps longer than this at once, ms: setTimeout takes no more than 2^31. */
const SLEEP_MAX = 60_000;

/** Readings of both clocks of which the best is taken: between two of them a process may lose its turn. */
const READINGS = 100;

/** Where the clock of this OS process began, on the host's clock, µs; good to a microsecond or two. */
const ORIGIN = (() => {
  let [best, doubt] = [0, Number.POSITIVE_INFINITY];
  for (let reading = 0; reading < READINGS; reading++) {
    const before = performance.now();
    const host = Number(process.hrtime.bigint()) / 1e3;
    const after = performance.now();
    if (after - before >= doubt) continue;
    doubt = after - before;
    best = host - ((before + after) / 2) * 1e3;
  }
  return best;
})();

/** Whole µs of the host's monotonic clock, which all processes of a host share. */
export const monotonic = (): number => Math.floor(ORIGIN + performance.now() * 1e3);

/**
 * Calls back at instants. Timers of Node are a millisecond late at worst and half of one on average; so
 * it wakes early and sleeps the rest exactly, during which nothing else runs in this OS process.
 */
export class Alarm {
  readonly #ring: () => void;
  readonly #bed = new Int32Array(new SharedArrayBuffer(4));
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings once, at `due` (µs of `monotonic`), or at once if that has passed; instead of before. */
  set(due: number): void {
    if (due === this.#due) return;
    this.clear();
    this.#due = due;
    if (due === Number.POSITIVE_INFINITY) return;
    this.#wait();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#due = Number.POSITIVE_INFINITY;
  }

  #wait(): void {
    const left = (this.#due - monotonic()) / 1e3;
    if (left > EXACT) {
      const sleep = Math.min(Math.floor(left) - 1, SLEEP_MAX);
      this.#timer = setTimeout(() => this.#wait(), sleep);
      return;
    }
    // After what has come in meanwhile was taken.
    this.#soon = setImmediate(() => {
      const rest = this.#due - monotonic() - AHEAD;
      if (rest > 0) Atomics.wait(this.#bed, 0, 0, rest / 1e3);
      this.#due = Number.POSITIVE_INFINITY;
      this.#ring();
    });
  }
}
