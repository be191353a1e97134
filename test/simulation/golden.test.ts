// The same seed gives the same bytes on every machine and Node version: these hashes were made with Node
// 20.20 and are those of 24.21. A change that means to alter runs alters them, and says so.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import abdRegister from "../../examples/abd-register.ts";
import snapshot from "../../examples/snapshot.ts";
import { seconds } from "../../src/core/micros.ts";
import { parseDelay } from "../../src/core/notation.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";

const GOLDEN: readonly (readonly [AnySystem, string])[] = [
  [clocks, "f1b61fa63dea4970"],
  [abdRegister, "40832b24ab257aac"],
  [snapshot, "8e2fe6b07fbfe4a5"],
];

test.each(GOLDEN)("$name in a storm", (system, hash) => {
  const trace = simulate(system, {
    seed: 11,
    profile: "storm",
    duration: seconds(30),
    // Draws by logarithm, cosine and exponential: where platforms might differ.
    links: { delay: parseDelay("lognormal 5ms 0.8") },
  });
  const events = createHash("sha256");
  for (const event of trace) events.update(JSON.stringify(event));
  expect(events.digest("hex").slice(0, 16)).toBe(hash);
});
