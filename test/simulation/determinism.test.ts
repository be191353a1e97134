import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { ROW_WORDS } from "../../src/core/batch.ts";
import { seconds } from "../../src/core/micros.ts";
import { newRun, type RunSettings } from "../../src/core/new-run.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { sim } from "../../src/runtimes/sim/simulation.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { TraceWriter } from "../../src/trace/writer.ts";
import { pingPong } from "./ping-pong.ts";

/** The bytes of a run's trace, hashed. */
function bytes(system: AnySystem, settings: RunSettings): string {
  const hash = createHash("sha256");
  const writer = new TraceWriter((batch) => {
    hash.update(new Uint8Array(batch.words.buffer, 0, batch.count * ROW_WORDS * 4));
    hash.update(JSON.stringify([batch.base, batch.detailRows, batch.details]));
  });
  const run = newRun(system, settings);
  const running = sim.start(system, run, writer);
  running.to(run.duration);
  running.stop();
  return hash.digest("hex");
}

test("1,000 seeds are identical twice over, and differ from each other", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 1_000; seed++) {
    const settings = { seed, duration: seconds(10), links: { loss: 0.1, duplicate: 0.1 } };
    const once = bytes(clocks, settings);
    expect(bytes(clocks, settings)).toBe(once);
    seen.add(once);
  }
  expect(seen.size).toBe(1_000);
});

test("strict or not, a system that keeps the rules has the same trace", () => {
  const fault = { kind: "crash", process: "pinger", at: seconds(1), until: seconds(2) } as const;
  for (let seed = 0; seed < 50; seed++) {
    const settings = { seed, duration: seconds(5), faults: [fault], links: { loss: 0.1 } };
    const system = pingPong(10_000);
    expect(bytes(system, { ...settings, strict: true })).toBe(bytes(system, settings));
  }
});
