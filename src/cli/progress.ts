// Long work on the command line: a bar, and hearing that it should stop.
import { Presets, SingleBar } from "cli-progress";

/** A bar on standard error; on no terminal, a line every five seconds. `format` is what stands behind it. */
export const progressBar = (format: string): SingleBar =>
  new SingleBar(
    {
      format: `  {bar} ${format}`,
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.rect,
  );

/** Hears the first Ctrl-C, SIGTERM or SIGHUP, until `end`; a second one ends the program as usual. */
export function listenForStop(): {
  readonly stopped: () => boolean;
  /** Resolves when it is heard. */
  readonly heard: Promise<void>;
  readonly end: () => void;
} {
  let stopped = false;
  let tell: () => void = () => {};
  const heard = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const hear = (): void => {
    stopped = true;
    tell();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, hear);
  return {
    stopped: () => stopped,
    heard,
    end: () => {
      for (const signal of signals) process.off(signal, hear);
    },
  };
}
