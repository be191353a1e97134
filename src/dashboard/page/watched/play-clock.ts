// The time of a run between frames: they come twenty times a second, and what turns on the page turns sixty times.
import type { Frame } from "../../protocol.ts";

/** How soon a difference to what the frames say is made up, ms. */
const SOFT = 120;
/** Without frames for so long, ms, the picture stands. */
const BLIND_MAX = 300;
/** What is more than so far off, in ms of the page's time, was a jump. */
const JUMP = 600;
/** How much the latest frame counts in the measured speed. */
const WEIGHT = 0.3;

export class PlayClock {
  #now = 0;
  #seen = Number.NEGATIVE_INFINITY;
  /** µs of the run a ms of the page, as measured. */
  #speed = 0;
  #off = 0;

  /** `wall` is the page's time, ms. */
  see({ now, playing, speed }: Frame, wall: number): void {
    const shown = this.at(wall);
    const since = wall - this.#seen;
    const measured = since > 0 && since < BLIND_MAX ? (now - this.#now) / since : speed * 1e3;
    if (!playing) this.#speed = 0;
    else if (this.#speed === 0) this.#speed = speed * 1e3;
    else this.#speed += WEIGHT * (Math.max(0, measured) - this.#speed);
    const off = shown - now;
    this.#off = playing && Math.abs(off) < JUMP * 1e3 * Math.max(speed, 0.1) ? off : 0;
    this.#now = now;
    this.#seen = wall;
  }

  /** µs of the run at an instant of the page, ms. */
  at(wall: number): number {
    const since = Math.min(Math.max(0, wall - this.#seen), BLIND_MAX);
    return Math.max(0, this.#now + this.#speed * since + this.#off * Math.exp(-since / SOFT));
  }

  /** Times as fast as real time, as it really goes. */
  get speed(): number {
    return this.#speed / 1e3;
  }
}
