/** The last results that were asked for, by a text that says all they depend on; the one unused longest goes first. */
export class Kept<T> {
  readonly #most: number;
  readonly #results = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string, make: () => T): T {
    const found = this.#results.has(key) ? this.#results.get(key)! : make();
    this.#results.delete(key);
    this.#results.set(key, found);
    if (this.#results.size > this.#most) this.#results.delete(this.#results.keys().next().value!);
    return found;
  }
}
