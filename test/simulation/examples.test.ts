// The examples hold under every profile, and do what they are for.
import { describe, expect, test } from "vitest";
import abdRegister from "../../examples/abd-register.ts";
import bullyElection from "../../examples/bully-election.ts";
import causalBroadcast from "../../examples/causal-broadcast.ts";
import failureDetector from "../../examples/failure-detector.ts";
import gossip from "../../examples/gossip.ts";
import lamportMutex from "../../examples/lamport-mutex.ts";
import snapshot from "../../examples/snapshot.ts";
import tokenRing from "../../examples/token-ring.ts";
import twoPhaseCommit from "../../examples/two-phase-commit.ts";
import { checksOf, verify } from "../../src/checks/checks.ts";
import { seconds } from "../../src/core/micros.ts";
import { PROFILE_NAMES } from "../../src/core/profiles.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { guarded } from "../../src/runtimes/guard.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";

const EXAMPLES: readonly AnySystem[] = [
  tokenRing,
  lamportMutex,
  causalBroadcast,
  gossip,
  twoPhaseCommit,
  bullyElection,
  snapshot,
  abdRegister,
  failureDetector,
];
const SURVIVABLE = PROFILE_NAMES.filter((name) => name !== "lying-disks");
const SEEDS = 3;

describe.each(EXAMPLES.map((system) => [system.name, guarded(system)] as const))(
  "%s",
  (_, system) => {
    const seen = new Set<string>();

    test.each(SURVIVABLE)("holds under %s", (profile) => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const trace = simulate(system, { seed, profile, duration: seconds(30), strict: true });
        for (const verdict of verify(trace, checksOf(trace.run, system))) {
          const { check, kind, result } = verdict;
          if (kind === "sometimes" && result === "holds") seen.add(check);
          if (kind !== "sometimes") expect([seed, check, result]).toEqual([seed, check, "holds"]);
        }
      }
    });

    test("its interesting cases do occur", () => {
      const { run } = simulate(system, { duration: seconds(1) });
      const wanted = checksOf(run, system).filter(({ kind }) => kind === "sometimes");
      for (const { name } of wanted) expect([...seen]).toContain(name);
    });
  },
);
