// Runs of each system to be exported, and what they become.
import { parseFault } from "../../src/core/fault-notation.ts";
import { ms, seconds } from "../../src/core/micros.ts";
import { type Exported, type Format, WHOLE } from "../../src/formats/format.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { factory } from "../../src/systems/factory/factory.ts";
import type { TraceHeader } from "../../src/trace/file.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { example } from "../simulation/factory/physics.ts";

export const SEEDS: readonly number[] = Array.from({ length: 100 }, (_, index) => index + 1);

/** Three machines for five seconds; every second one in a storm. */
export const clocksRun = (seed: number): Trace =>
  simulate(clocks, {
    seed,
    duration: seconds(5),
    links: { loss: 0.05, duplicate: 0.1 },
    ...(seed % 2 === 0 ? { profile: "storm" as const } : {}),
  });

/** Every second factory loses a store, or the tail of two. */
const LOST = [
  ...["wipe bench-1 100ms..150ms", "wipe weld-1 250ms..300ms"],
  "power bench-2,weld-2 200ms..250ms lost 3",
].map(parseFault);

/** A bicycle factory whose stages crash; commits take their time. */
export const factoryRun = (seed: number): Trace =>
  simulate(factory, {
    seed,
    params: { ...example("bicycle"), timeScale: 600 },
    duration: ms(350),
    links: { duplicate: 0.02 },
    storeDelay: { kind: "uniform", min: ms(1), max: ms(4) },
    profile: "crashy",
    faults: seed % 2 === 0 ? LOST : [],
  });

export const headerOf = ({ run, names }: Trace): TraceHeader => ({
  runtime: "sim",
  run,
  names,
  rates: names.map(() => 0),
});

/** A run in another tool's words. */
export function exported(
  format: Format,
  trace: Trace,
  choice = WHOLE,
): Exported & { readonly text: string; readonly pieces: readonly string[] } {
  const pieces: string[] = [];
  const observer = format.begin(headerOf(trace), choice, (text) => pieces.push(text));
  return { ...trace.observe(observer), text: pieces.join(""), pieces };
}
