// Every wrong version of an example is caught by the check that is there for it, within few seeds.
import { expect, test } from "vitest";
import { checksOf, verify } from "../../src/checks/checks.ts";
import { seconds } from "../../src/core/micros.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";

const CAUGHT = [
  ["deliver-twice", "mutual-exclusion"],
  ["forget-the-one", "every-request-granted"],
  ["links-without-order", "nothing-missing"],
  ["missing-retry", "everybody-enters"],
  ["no-waiting", "causal-delivery"],
  ["readers-keep-it", "linearizable-register"],
  ["reply-before-commit", "everybody-decides"],
  ["skip-the-max", "every-request-granted"],
  ["stale-leader", "no-stale-orders"],
  ["stale-timer", "mutual-exclusion"],
  ["store-nothing", "linearizable-register"],
] as const;
const SEEDS = 40;

test.each(CAUGHT)("%s fails %s", async (name, wanted) => {
  const path = `../../examples/wrong/${name}.ts`;
  const { default: system } = (await import(path)) as { default: AnySystem };
  const failed = (seed: number): boolean => {
    const trace = simulate(system, { seed, profile: "storm", duration: seconds(30) });
    const verdicts = verify(trace, checksOf(trace.run, system));
    return verdicts.some(({ check, result }) => check === wanted && result === "fails");
  };
  const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
  expect(seeds.find(failed)).toBeDefined();
});
