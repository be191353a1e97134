// The long test: factories under storm for 10,000 seeds in virtual time, and twice for five minutes on real
// processes that are killed, the second time their leaders too. Ends with a line "N passed, N failed", and exits
// with 1 if anything failed.
// Usage: npm run soak [-- seeds [seconds [led]]]; about twenty-five minutes on two cores. `led`: so many seeds are
// of the plant whose keeper and leaders may crash as well, by default a fifth of all; 10,000 take twelve minutes more.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ledOrdeal, ordeal } from "../test/live/ordeal.mjs";

const ROOT = join(import.meta.dirname, "..");
const MAIN = join(ROOT, "dist/cli/main.js");
const SEEDS = Number(process.argv[2] ?? 10_000);
const SECONDS = Number(process.argv[3] ?? 300);
const LED_SEEDS = Number(process.argv[4] ?? SEEDS / 5);
const AUDITS = 10;
/** What real processes ship may differ by so much from what they ship in virtual time under the same kills. */
const TOLERANCE = 0.05;

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
  const seeds = (SEEDS * 0.35) / 8;
  return [`${complexity} ${types} × ${perType}`, "factory", set({ ...plant, ...resend }), seeds];
});

/** What is run, as the command line names it, and with how many seeds. */
const HUNTS = [
  ["storm plant", join(ROOT, "examples/factory-storm.ts"), [], SEEDS * 0.3],
  ["storm plant, led", join(ROOT, "examples/factory-led.ts"), [], LED_SEEDS],
  [
    "bicycle",
    join(ROOT, "experiments/factory/bicycle.yaml"),
    set({ timeScale: 600, ...resend }),
    SEEDS * 0.15,
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

const countOne = (name, good, says) => count(name, Number(good), Number(!good), says);

/** A seed of which a claim is neither true nor false has not passed. */
function hunt([name, system, settings, seeds], folder) {
  const many = ["--seeds", String(Math.max(1, Math.round(seeds)))];
  const args = [MAIN, "check", system, ...settings, ...many, "--keep-going", "--json"];
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

/** What both ordeals are judged by. */
async function endured(test, folder) {
  const say = (line) => console.log(`  ${line}`);
  const outcome = await test({ folder, forSeconds: SECONDS, audits: AUDITS, say });
  const { kills, crashes, during, atEnd, judgements, jobs, handedOver, shipped } = outcome;
  const clean = during.filter((found) => found.length === 0).length;
  const held = judgements.filter(({ result }) => result === "holds").length;
  say(
    `${crashes} of ${kills} kills met one that was up; ${jobs} jobs, ${handedOver} lots handed over, ${shipped} shipped`,
  );
  for (const violation of [...during.flat(), ...atEnd]) say(JSON.stringify(violation));
  count("audits while it ran", clean, AUDITS - clean, "");
  countOne("audit at the end", atEnd.length === 0, "");
  count("checks of the trace", held, judgements.length - held, "");
  return outcome;
}

/** Of a plant that is led, that somebody always leads and that it ships on, as much as in virtual time. */
async function endureLed(folder) {
  const { leaderKills, reigns, tens, perSecond } = await endured(ledOrdeal, folder);
  const replaced = reigns.filter(({ fell }, index) => fell && reigns[index + 1] !== undefined);
  const idle = tens.filter((ten) => ten === 0).length;
  const { tcp, sim, ratio } = perSecond;
  const rates = `${tcp.toFixed(3)} and ${sim.toFixed(3)} a second, ratio ${ratio.toFixed(3)}`;
  count("leaders killed and replaced", replaced.length, leaderKills - replaced.length, "");
  count("ten seconds in which it ships", tens.length - idle, idle, `; ${tens.join(" ")}`);
  countOne("ships as on sim under these kills", Math.abs(ratio - 1) <= TOLERANCE, `; ${rates}`);
}

const folder = mkdtempSync(join(tmpdir(), "orrery-soak-"));
try {
  for (const each of HUNTS) hunt(each, folder);
  console.log(`20 stages on tcp, one killed every 2 s, for ${SECONDS} s:`);
  await endured(ordeal, mkdtempSync(join(folder, "tcp-")));
  console.log(
    `20 stages that are led on tcp, one killed every 5 s, the leader every 20 s, for ${SECONDS} s:`,
  );
  await endureLed(mkdtempSync(join(folder, "tcp-")));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
