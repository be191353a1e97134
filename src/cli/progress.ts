// Long work on the command line: a bar, and hearing that it should stop.
import { Presets, SingleBar } from "cli-progress";
import { told } from "../runtimes/real/timetable.ts";
import { barStream } from "./terminal.ts";

/** A bar on standard error; on no terminal, a line every five seconds. `format` is what stands behind it. */
export const progressBar = (format: string): SingleBar =>
  new SingleBar(
    {
      format: `  {bar} ${format}`,
      stream: barStream(),
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.rect,
  );

/** Shows on a bar with `rate` and `left` how many are done since `began` (ms), from a second on. */
export function showCount(bar: SingleBar, done: number, of: number, began: number): void {
  const seconds = (performance.now() - began) / 1e3;
  if (seconds < 1) return;
  const rate = done / seconds;
  const left = done === 0 ? "?" : Math.ceil((of - done) / rate);
  const shown = { rate: rate.toFixed(0), left };
  if (!bar.isActive) bar.start(of, done, shown);
  else bar.update(done, shown);
}

/** Hears the first Ctrl-C, SIGTERM or SIGHUP, until `end`; a second one ends the program as usual. */
export function listenForStop(): {
  readonly stopped: () => boolean;
  /** Resolves when it is heard. */
  readonly heard: Promise<void>;
  readonly end: () => void;
} {
  let stopped = false;
  const [heard, tell] = told();
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
