// `orrery list`: what there is to run, to check, to strike with, to say.
import { CHECKS } from "../checks/checks.ts";
import { EXIT } from "../core/errors.ts";
import { PROFILE_NAMES, PROFILES } from "../core/profiles.ts";
import { paint, say, sayJson } from "./print.ts";
import { SHIPPED } from "./systems.ts";
import { VERBS } from "./verbs.ts";

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
    return EXIT.held;
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
  return EXIT.held;
}
