// Takes a run to its end in slices, so that progress shows and Ctrl-C is heard.
import { setImmediate } from "node:timers/promises";
import type { SingleBar } from "cli-progress";
import { type Micros, micros } from "../core/micros.ts";
import type { Running } from "../runtimes/ports.ts";
import { listenForStop, progressBar } from "./progress.ts";
import { Stopped } from "./stopped.ts";

/** A slice takes about this long, ms. */
const SLICE = 50;
/** Progress shows only on runs that are longer than this, ms. */
const PATIENCE = 1_000;

/** Runs to `duration`. Progress goes to standard error: a bar on a terminal, lines elsewhere. */
export async function advance(running: Running, duration: Micros): Promise<void> {
  const signals = listenForStop();
  const began = performance.now();
  const bar = progressBar("{percentage} %  {value} of {total} s of model time, {left} s left");
  let slice = 10_000;
  try {
    while (running.now < duration) {
      const before = performance.now();
      await running.to(micros(Math.min(running.now + slice, duration)));
      const took = performance.now() - before;
      slice *= Math.min(4, Math.max(0.25, SLICE / Math.max(took, 0.01)));
      slice = Math.max(1, Math.round(slice));
      const elapsed = performance.now() - began;
      if (elapsed > PATIENCE) show(bar, running.now, duration, elapsed);
      await setImmediate();
      if (signals.stopped()) throw new Stopped();
    }
  } finally {
    bar.stop();
    signals.end();
    await running.stop();
  }
}

/** `elapsed` in ms; what is left is reckoned from the rate so far. */
function show(bar: SingleBar, now: number, duration: number, elapsed: number): void {
  const seconds = (span: number): number => Math.round(span / 1e5) / 10;
  const left = { left: Math.ceil((elapsed * (duration - now)) / now / 1e3) };
  if (!bar.isActive) bar.start(seconds(duration), seconds(now), left);
  else bar.update(seconds(now), left);
}
