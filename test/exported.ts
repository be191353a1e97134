// What a format makes of a trace in memory.
import { type Choice, type Format, WHOLE } from "../src/formats/format.ts";
import type { Trace } from "../src/trace/trace.ts";

/** The text, how many events stand in it, and what is said of it. */
export function exported(format: Format, { run, names, ...trace }: Trace, choice: Choice = WHOLE) {
  let text = "";
  const header = { runtime: "sim", run, names, rates: names.map(() => 0) } as const;
  const observer = format.begin(header, choice, (piece) => {
    text += piece;
  });
  for (const batch of trace.batches) observer.see(batch);
  const told = observer.end();
  return { text, ...told };
}
