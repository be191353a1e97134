// Mistakes that are planted in the hand-off and in production: an audit of all commits finds each.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { AUDIT } from "../../../src/checks/audited.ts";
import { trial } from "../../../src/cli/hunt/trial.ts";
import { seconds } from "../../../src/core/micros.ts";
import { newRun } from "../../../src/core/new-run.ts";
import { drawFaults } from "../../../src/core/profiles.ts";
import type { AnySystem } from "../../../src/core/system.ts";

/** Which invariants a mistake may be found to break. */
const MISTAKES: { readonly [name: string]: RegExp } = {
  "confirm-before-receipt": /^I[148]/,
  "consume-then-log": /^I1/,
  "log-after-send": /^I[12478]/,
  "memory-expires": /^I[12]/,
  "no-generation": /^I[24]/,
  "refusal-from-anybody": /^I[248]/,
  "refusal-without-tombstone": /^I[248]/,
  "repeat-resets-consumed": /^I[12]/,
  "sent-not-recorded": /^I[1248]/,
  "timeout-gives-away": /^I[24]/,
};
/** What they share. */
const PARTS = ["forgetful", "storm-plant", "unwritten"];
const FOLDER = "../../../examples/wrong/factory";
const SEEDS = 40;

test("are all those that are kept", () => {
  const kept = readdirSync(new URL(FOLDER, import.meta.url)).map((file) => file.slice(0, -3));
  expect(kept.sort()).toEqual([...Object.keys(MISTAKES), ...PARTS].sort());
});

test.each(Object.entries(MISTAKES))("%s is found by the audit", async (name, invariant) => {
  const { default: system } = (await import(`${FOLDER}/${name}.ts`)) as { default: AnySystem };
  const reasonOf = (seed: number): string | undefined => {
    const settings = { seed, profile: "storm", strict: true, duration: seconds(30) } as const;
    const run = drawFaults(system, newRun(system, settings));
    const audit = trial(system, run, AUDIT).judgements.find(({ check }) => check === AUDIT);
    return audit?.result === "fails" ? audit.reason : undefined;
  };
  let found: string | undefined;
  for (let seed = 1; seed <= SEEDS && found === undefined; seed++) found = reasonOf(seed);
  expect(found).toMatch(invariant);
});
