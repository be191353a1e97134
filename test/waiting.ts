// Waiting in tests: for what will happen, never for a time to pass. The bounds are such that only a bug reaches them.
import { setTimeout as sleep } from "node:timers/promises";

/** Less than a test may take, so that what was waited for is said. */
const BOUND = 50_000;

/** Waits until something is so; `what` says what that is, or how far it has come. */
export async function until(
  happened: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  const bound = Date.now() + BOUND;
  while (!(await happened())) {
    if (Date.now() > bound) {
      throw new Error(`this did not happen: ${typeof what === "string" ? what : what()}`);
    }
    await sleep(10);
  }
}

/** What `act` returns, once it throws no more. */
export async function eventually<T>(act: () => T | Promise<T>): Promise<T> {
  const bound = Date.now() + BOUND;
  for (;;) {
    try {
      return await act();
    } catch (cause) {
      if (Date.now() > bound) throw cause;
      await sleep(50);
    }
  }
}
