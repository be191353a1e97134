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

/** Hears the first Ctrl-C or SIGTERM, until `end`; a second one ends the program as usual. */
export function listenForStop(): { readonly stopped: () => boolean; readonly end: () => void } {
  let heard = false;
  const hear = (): void => {
    heard = true;
  };
  process.once("SIGINT", hear).once("SIGTERM", hear);
  return {
    stopped: () => heard,
    end: () => void process.off("SIGINT", hear).off("SIGTERM", hear),
  };
}
