// Time that may be spent on what anybody can ask for: so much a second, and no more, however many ask.
import { OrreryError } from "../core/errors.ts";

export class Budget {
  readonly #perSecond: number;
  /** What is left, ms; below 0, it was more than there was. */
  #left: number;
  #at = performance.now();

  /** `perSecond`: ms. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** @throws OrreryError "run/bound" if nothing is left */
  spend<T>(work: () => T): T {
    const began = performance.now();
    const earned = ((began - this.#at) / 1e3) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + earned);
    this.#at = began;
    if (this.#left <= 0)
      throw new OrreryError("run/bound", "pages ask too much at once: ask again");
    try {
      return work();
    } finally {
      this.#left -= performance.now() - began;
    }
  }
}
