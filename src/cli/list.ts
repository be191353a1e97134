import { CHECKS } from "../checks/checks.ts";
import { PROFILE_NAMES, PROFILES } from "../core/profiles.ts";
import { paint, say, sayJson } from "./print.ts";
import { SHIPPED } from "./systems.ts";

/** The verbs, in the order in which one meets them. */
export const VERBS = {
  run: "runs a system once and keeps trace, logs, tables, verdicts and figures in a folder",
  experiment:
    "runs a file's cells with many seeds on all cores, and writes a report with statistics",
  agree: "runs an experiment on two runtimes and says, for each metric, how far apart they are",
  machine: "starts one machine of a scale model, in a terminal or on a host of its own",
  collect: "merges the records of such machines into a run, with trace, checks and figures",
  worker: "offers this host to runs and experiments of others, over NATS",
  check: "hunts: many seeds with faults drawn from each; a failure is made small, told and drawn",
  why: "re-seeds a failing run from ever later moments, and says at which it became likely to fail",
  factory:
    "plans a factory's flow, audits its stores, traces its lots, writes random factory files",
  view: "serves a page on which runs are watched, live or kept: stepped, taken back, and broken",
  twice: "runs a seed twice and says whether both are the same, or where they part",
  report: "judges, measures and draws a kept run or experiment again",
  list: "shows systems, parameters, checks and verbs, each in one line",
} as const;

/** `orrery list`. */
export function list(options: { readonly json?: boolean }): number {
  const checks = CHECKS.map(({ name, kind, claim }) => ({ name, kind, claim }));
  const systems = SHIPPED.map(({ system, says, parameters }) => ({
    name: system.name,
    says,
    parameters,
  }));
  if (options.json === true) {
    const profiles = PROFILE_NAMES.map((name) => ({ name, says: PROFILES[name].says }));
    sayJson({ systems, checks, profiles, verbs: VERBS });
    return 0;
  }
  say(paint("bold", "Systems"));
  for (const { name, says, parameters } of systems) {
    say(`  ${name.padEnd(20)} ${says}`);
    for (const [parameter, meaning] of Object.entries(parameters)) {
      say(`    ${parameter.padEnd(18)} ${meaning}`);
    }
  }
  say(`  ${"./my-factory.yaml".padEnd(20)} a factory of your own`);
  say(
    `  ${"./my-system.mjs".padEnd(20)} a system of your own: a module whose default export it is`,
  );
  say(`\n${paint("bold", "Checks")}`);
  for (const { name, kind, claim } of checks) say(`  ${name.padEnd(20)} ${kind}: ${claim}`);
  say(`\n${paint("bold", "Profiles of faults")}`);
  for (const name of PROFILE_NAMES) say(`  ${name.padEnd(20)} ${PROFILES[name].says}`);
  say(
    `  ${'"kills 6/min"'.padEnd(20)} somebody crashes six times a minute ("kills 6/min back 10/min not keeper,leader-*")`,
  );
  say(`\n${paint("bold", "Verbs")}`);
  for (const [verb, says] of Object.entries(VERBS)) say(`  ${verb.padEnd(20)} ${says}`);
  return 0;
}
