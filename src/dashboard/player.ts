// A run that plays: it goes on in time with the clock on the wall, or so many times as fast.
import type { Act } from "./protocol.ts";

/** How often it goes on, ms. */
const BEAT = 40;

export class Player {
  /** Times as fast as real time. */
  speed: number;
  readonly #goOn: (span: number) => void;
  #timer: NodeJS.Timeout | undefined;

  /** `goOn` is told by how many µs of the run to go on. */
  constructor(speed: number, goOn: (span: number) => void) {
    this.speed = speed;
    this.#goOn = goOn;
  }

  get playing(): boolean {
    return this.#timer !== undefined;
  }

  /** Does what a page asks of it, if that is its business. `over`: there is nothing left to play. */
  heeds(act: Act, over: boolean): boolean {
    if (act.do === "play") {
      if (!over) this.play();
    } else if (act.do === "pause") this.pause();
    else if (act.do === "speed") this.speed = act.factor;
    else return false;
    return true;
  }

  play(): void {
    if (this.playing) return;
    let before = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const span = Math.round((now - before) * 1e3 * this.speed);
      before = now;
      this.#goOn(span);
    }, BEAT);
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
