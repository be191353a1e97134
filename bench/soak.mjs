// The long test: a factory under storm for 10,000 seeds in virtual time, and for five minutes on real
// processes that are killed. Ends with a line "N passed, N failed", and exits with 1 if anything failed.
// Usage: npm run soak [-- seeds [seconds]]; about half an hour on two cores.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ordeal } from "../test/live/ordeal.mjs";

const ROOT = join(import.meta.dirname, "..");
const MAIN = join(ROOT, "dist/cli/main.js");
const SEEDS = Number(process.argv[2] ?? 10_000);
const SECONDS = Number(process.argv[3] ?? 300);
const AUDITS = 10;

const set = (values) =>
  Object.entries(values).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
const resend = { "policies.resend": "100ms" };

/** Random plants, from sparse to dense and from few stages to many; lots are not called back. */
const RANDOM = [
  ["low", 5, 2],
  ["low", 8, 3],
  ["medium", 5, 2],
  ["medium", 6, 3],
  ["medium", 8, 2],
  ["high", 4, 4],
  ["high", 5, 2],
  ["high", 7, 2],
].map(([complexity, types, perType], index) => {
  const plant = {
    "plant.complexity": complexity,
    "plant.types": types,
    "plant.perType": perType,
    "plant.seed": index + 1,
  };
  return [`${complexity} ${types} × ${perType}`, "factory", set({ ...plant, ...resend }), 0.35 / 8];
});

/** What is run, as the command line names it, and its share of the seeds. */
const HUNTS = [
  ["storm plant", join(ROOT, "examples/factory-storm.ts"), [], 0.3],
  ["storm plant, led", join(ROOT, "examples/factory-led.ts"), [], 0.2],
  [
    "bicycle",
    join(ROOT, "experiments/factory/bicycle.yaml"),
    set({ timeScale: 600, ...resend }),
    0.15,
  ],
  ...RANDOM,
];

let [passed, failed] = [0, 0];

/** Counts what it came to, and says it. */
function count(name, good, bad, says) {
  passed += good;
  failed += bad;
  console.log(`${name}: ${good} passed, ${bad} failed${says}`);
}

/** A seed of which a claim is neither true nor false has not passed. */
function hunt([name, system, settings, share], folder) {
  const seeds = String(Math.max(1, Math.round(SEEDS * share)));
  const args = [MAIN, "check", system, ...settings, "--seeds", seeds, "--keep-going", "--json"];
  const { stdout } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1e9,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { failures, failedSeeds, secondsTaken, unknown, ...hunted } = JSON.parse(stdout);
  const undecided = Object.values(unknown).reduce((most, of) => Math.max(most, of), 0);
  const bad = Math.min(hunted.seeds, failedSeeds.length + undecided);
  const stories = failures.map(
    ({ check, reason, repeat }) => `\n  ${check}: ${reason}\n  ${repeat}`,
  );
  const rate = (hunted.seeds / secondsTaken).toFixed(1);
  const undecidedText = undecided > 0 ? `; undecided: ${JSON.stringify(unknown)}` : "";
  count(name, hunted.seeds - bad, bad, `; ${rate} seeds/s${undecidedText}${stories.join("")}`);
}

async function killed(folder) {
  const say = (line) => console.log(`  ${line}`);
  const outcome = await ordeal({ folder, forSeconds: SECONDS, audits: AUDITS, say });
  const { kills, crashes, during, atEnd, judgements, jobs, handedOver, shipped } = outcome;
  const clean = during.filter((found) => found.length === 0).length;
  const held = judgements.filter(({ result }) => result === "holds").length;
  console.log(
    `  ${crashes} of ${kills} kills met one that was up; ${jobs} jobs, ${handedOver} lots handed over, ${shipped} shipped`,
  );
  for (const violation of [...during.flat(), ...atEnd])
    console.log(`  ${JSON.stringify(violation)}`);
  count("audits while it ran", clean, AUDITS - clean, "");
  count("audit at the end", atEnd.length === 0 ? 1 : 0, atEnd.length === 0 ? 0 : 1, "");
  count("checks of the trace", held, judgements.length - held, "");
}

const folder = mkdtempSync(join(tmpdir(), "orrery-soak-"));
try {
  for (const each of HUNTS) hunt(each, folder);
  console.log(`20 stages on tcp, one killed every 2 s, for ${SECONDS} s:`);
  await killed(mkdtempSync(join(folder, "tcp-")));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
