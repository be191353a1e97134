/** How often each process was born, as its store knows it: a wiped store knows nothing of earlier incarnations. */
export class Lives {
  /** Incarnations that a process had before its store was wiped. */
  readonly #forgotten = new Map<number, number>();
  /** Those that were wiped and have not started since. */
  readonly #unborn = new Set<number>();

  /** What a process may know of its incarnation. */
  known(process: number, incarnation: number): number {
    return incarnation - (this.#forgotten.get(process) ?? 0);
  }

  /** Its store knows nothing of the first so many incarnations. */
  forget(process: number, incarnations: number): void {
    this.#forgotten.set(process, incarnations);
  }

  wipe(process: number, incarnation: number): void {
    this.forget(process, incarnation);
    this.#unborn.add(process);
  }

  /** It starts now; returns whether its store was wiped since it last did. */
  bear(process: number): boolean {
    return this.#unborn.delete(process);
  }
}
