// What the supervisor has done to workers, and heard of them, that their ends will be told by.
export class Fates {
  /** When a worker that was crashed on purpose is to be back, µs of the run. */
  readonly until: number[] = [];
  /** Those whose stores are to be lost before they start. */
  readonly #wiped = new Set<number>();
  /** Those that were killed on purpose and have not ended yet. */
  readonly #dying = new Set<number>();
  /** Those that end by themselves, as their store failed. */
  readonly #failing = new Set<number>();

  crash(index: number, until: number, wiped: boolean): void {
    this.until[index] = Math.max(this.until[index] ?? 0, until);
    if (wiped) this.#wiped.add(index);
  }

  /** The crash is called off: it never struck. */
  callOff(index: number): void {
    this.#wiped.delete(index);
  }

  kill(index: number): void {
    this.#dying.add(index);
  }

  isDying(index: number): boolean {
    return this.#dying.has(index);
  }

  fail(index: number): void {
    this.#failing.add(index);
  }

  /** Is its store to be lost now? Asked once a start. */
  takeWiped(index: number): boolean {
    return this.#wiped.delete(index);
  }

  /** A worker has ended: why, as far as that is known. */
  ended(index: number): "killed" | "failed" | "unknown" {
    const killed = this.#dying.delete(index);
    const failed = this.#failing.delete(index);
    if (killed) return "killed";
    return failed ? "failed" : "unknown";
  }
}
