/** Holds others back when too much waits here, and lets them go on when half of that is left. */
export class Brake {
  readonly #max: number;
  readonly #hold: (held: boolean) => void;
  #held = false;

  constructor(max: number, hold: (held: boolean) => void) {
    this.#max = max;
    this.#hold = hold;
  }

  set(waiting: number): void {
    const held = this.#held ? waiting > this.#max / 2 : waiting > this.#max;
    if (held !== this.#held) this.#hold(held);
    this.#held = held;
  }
}
