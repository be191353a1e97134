// What a factory costs: hand-offs a second in virtual time and on OS processes, a year, and how easily
// planted mistakes are found. Writes docs/factory-figures.md. `npm run bench:factory`; a quarter of an hour. Usage:
// node bench/factory.mjs [sizes] [tcp] [year] [mistakes]; all, if none is named.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { keptStores } from "../dist/cli/audits.js";
import { layered } from "./layered.mjs";

const ROOT = join(import.meta.dirname, "..");
const MAIN = join(ROOT, "dist/cli/main.js");
const CHILD = join(ROOT, "bench/factory-run.mjs");
const WRONG = join(ROOT, "examples/wrong/factory");
const folder = mkdtempSync(join(tmpdir(), "orrery-bench-"));
const YEAR = 8_760;

const page = [];
const say = (...lines) => {
  page.push(...lines);
  console.error(lines.join("\n"));
};
const rounded = (number) => Math.round(number).toLocaleString("en");
const mega = (bytes) => (bytes / 1e6).toFixed(1);

/** Runs a program of ours and reads the JSON that it prints. */
function node(...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, args.map(String), {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  if (stdout === "") throw new Error(`exit status ${status}: ${args.join(" ")}\n${stderr}`);
  return JSON.parse(stdout);
}

function sizes() {
  say("## Hand-offs in virtual time", "");
  say(
    "Layered plants: a stage takes a lot of one of up to eight stages of the layer before it. Every event",
  );
  say("is recorded. Rates are by CPU time, which others on the machine disturb least.", "");
  say(
    "| stages | hand-offs | hand-offs/s | events/s | steps a hand-off | commits a hand-off | started in, s |",
  );
  say("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const [stages, hours] of [
    [20, 30],
    [1_000, 0.5],
    [20_000, 0.02],
  ]) {
    const { handOffs, events, steps, commits, cpu, startUp } = node(CHILD, "size", stages, hours);
    const cells = [
      ...[stages, handOffs, handOffs / cpu, events / cpu].map(rounded),
      ...[steps / handOffs, commits / handOffs, startUp].map((of) => of.toFixed(1)),
    ];
    say(`| ${cells.join(" | ")} |`);
  }
  say("");
}

/** Share of the time that was spent in each function itself, most first. */
function selfTimes(file) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8"));
  const named = new Map(
    nodes.map(({ id, callFrame: { functionName, url } }) => {
      const where = url.replace(/^.*\/dist\//, "").replace(/^.*\/node_modules\//, "");
      return [id, `${functionName || "(unnamed)"} | ${where || "Node"}`];
    }),
  );
  const spent = new Map();
  let all = 0;
  for (const [index, id] of samples.entries()) {
    all += timeDeltas[index];
    spent.set(named.get(id), (spent.get(named.get(id)) ?? 0) + timeDeltas[index]);
  }
  return [...spent].sort(([, a], [, b]) => b - a).map(([name, time]) => [name, time / all]);
}

const TOP = 12;

function profile() {
  const dir = mkdtempSync(join(folder, "profile-"));
  node("--cpu-prof", `--cpu-prof-dir=${dir}`, CHILD, "size", 1_000, 0.2);
  say(
    `Where the time goes with 1,000 stages, its start and warm-up included; the first ${TOP}:`,
    "",
  );
  say("| function | file | share of the time |", "| --- | --- | ---: |");
  const [file] = readdirSync(dir);
  for (const [name, share] of selfTimes(join(dir, file)).slice(0, TOP)) {
    say(`| ${name} | ${(100 * share).toFixed(1)} % |`);
  }
  say("");
}

function onTcp() {
  const SECONDS = 20;
  say("## Hand-offs on OS processes", "");
  say(
    `20 stages, each an OS process with a store of its own, ${SECONDS} s on all cores: every commit is on the disk`,
  );
  say("before what it says leaves. The plant's times are divided by so much.", "");
  say("| times ÷ | hand-offs/s | commits/s | messages/s | all checks hold |");
  say("| ---: | ---: | ---: | ---: | --- |");
  for (const timeScale of [600, 6_000, 60_000]) {
    const file = join(folder, `layered-${timeScale}.yaml`);
    writeFileSync(file, JSON.stringify(layered(20, { timeScale })));
    const out = join(folder, `tcp-${timeScale}`);
    const how = ["--on", "tcp", "--for", `${SECONDS}s`, "--delay", "0", "--retries", "120"];
    const { metrics, verdicts } = node(MAIN, "run", file, ...how, "--out", out, "--json");
    const names = metrics.processes.map(({ name }) => name);
    const received = keptStores(out, names).map(({ logs }) => logs.get("received")?.length ?? 0);
    const of = (kind) => metrics.processes.map(({ events }) => events[kind] ?? 0);
    const rates = [received, of("store"), of("receive")].map((counts) =>
      rounded(counts.reduce((a, b) => a + b, 0) / SECONDS),
    );
    const hold = verdicts.every(({ result }) => result === "holds");
    say(`| ${[rounded(timeScale), ...rates, hold ? "yes" : "no"].join(" | ")} |`);
  }
  say("");
}

function year() {
  const of = node("--expose-gc", CHILD, "year", YEAR);
  const { made, received, steps, atStart, atEnd, startUp, logBytes, bytes } = of;
  say("## A year", "");
  say(
    `The bicycle works (20 stages, with breakdowns) for ${rounded(YEAR)} hours in virtual time. Its history is counted`,
  );
  say("and forgotten, but for one wheel bench, which keeps it on disk as stages on `tcp` do.", "");
  say("| | |", "| --- | ---: |");
  for (const [name, value] of [
    ["wall time", `${rounded(of.seconds)} s`],
    ["CPU time", `${rounded(of.cpu)} s`],
    ["steps", rounded(steps)],
    ["lots made, and handed over", `${rounded(made)}, ${rounded(received)}`],
    ["heap after a day, and after the year", `${mega(atStart.heap)} MB, ${mega(atEnd.heap)} MB`],
    ["history", `${mega(logBytes)} MB`],
    ["history of a million lots", `${mega((logBytes / made) * 1e6)} MB`],
    [
      "what all stages must know to go on, after a day, and after the year",
      `${(atStart.keyed / 1e3).toFixed(1)} kB, ${(atEnd.keyed / 1e3).toFixed(1)} kB`,
    ],
    ["the bench's store on disk after the year", `${mega(bytes)} MB`],
    [
      "the bench starts from it: opens and reads it, takes its first step",
      `${startUp.open.toFixed(1)} ms, ${startUp.step.toFixed(1)} ms`,
    ],
  ]) {
    say(`| ${name} | ${value} |`);
  }
  say("");
}

const check = (system, ...args) => node(MAIN, "check", system, "--json", ...args);

const OF = 200;
const MOST = 5_000;

function mistakes() {
  say("## Planted mistakes", "");
  say(
    "Each is the factory with one rule of the hand-off left out ([examples/wrong/factory](../examples/wrong/factory)),",
  );
  say(
    "on a small plant made for trouble, under `storm`, 30 s a seed; `orrery check` of the file tells its story.",
    "",
  );
  say(
    `| mistake | check that fails | first seed | of ${OF} fail | faults, found → shrunk | length of the story |`,
  );
  say("| --- | --- | ---: | ---: | ---: | ---: |");
  for (const name of readdirSync(WRONG).map((file) => file.replace(".ts", ""))) {
    const system = join(WRONG, `${name}.ts`);
    if (!readFileSync(system, "utf8").includes("export default")) continue;
    const [first] = check(system, "--seeds", MOST).failures;
    if (first === undefined) {
      say(`| ${name} | none | not in ${rounded(MOST)} | 0 | | |`);
      continue;
    }
    const all = check(system, "--seeds", OF, "--keep-going", "--whole");
    const kept = JSON.parse(readFileSync(join(folder, first.folder, "failure.json"), "utf8"));
    const firstSeed = Math.min(...all.failedSeeds.map(({ seed }) => seed), kept.foundSeed);
    const faults = `${kept.found.faults.length} → ${kept.run.faults.length}`;
    const cells = [
      name,
      first.check,
      firstSeed,
      all.failedSeeds.length,
      faults,
      first.story.length,
    ];
    say(`| ${cells.join(" | ")} |`);
  }
  say("");
}

/** The sections of the page, in order. */
const PARTS = {
  sizes() {
    sizes();
    profile();
  },
  tcp: onTcp,
  year,
  mistakes,
};

const PAGE = join(ROOT, "docs/factory-figures.md");
const asked = process.argv.slice(2);
const kept = readFileSync(PAGE, "utf8").split(/^(?=## )/m);

/** What a part says; or, if others were asked for, what it said before. */
function section(name, index) {
  if (asked.length > 0 && !asked.includes(name)) return kept[index + 1];
  page.length = 0;
  PARTS[name]();
  return `${page.join("\n").trimEnd()}\n\n`;
}

try {
  const head = `<!-- Written by \`npm run bench:factory\`: do not edit. -->
# What a factory costs

On ${cpus().length} cores of "${cpus()[0].model}", Node ${process.versions.node}, which others used at the same time.

`;
  const sections = Object.keys(PARTS).map(section);
  writeFileSync(PAGE, `${head}${sections.join("").trimEnd()}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
