// What hunting costs and finds: seeds per second, wrong systems, and structured faults beside uniform loss.
// Writes docs/hunts.md. `npm run bench:hunt`; about five minutes.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = new URL("..", import.meta.url).pathname;
const MAIN = join(ROOT, "dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "orrery-bench-"));
const SEEDS = 10_000;

function check(system, ...args) {
  const began = performance.now();
  const { stdout, status } = spawnSync(
    process.execPath,
    [MAIN, "check", system, "--json", ...args],
    { cwd: folder, encoding: "utf8", maxBuffer: 1e9, stdio: ["ignore", "pipe", "inherit"] },
  );
  const hunt = JSON.parse(stdout);
  return { ...hunt, status, wall: (performance.now() - began) / 1e3 };
}

const files = (under) => readdirSync(join(ROOT, under)).filter((file) => file.endsWith(".ts"));
const cores = cpus().length;
const page = [];
const say = (line = "") => page.push(line);

say("<!-- Written by `npm run bench:hunt`: do not edit. -->");
say("# What hunting costs and finds");
say();
say(
  `On ${cores} cores of "${cpus()[0].model}", Node ${process.versions.node} (shared). Seeds are of 30 s of`,
);
say("model time, every handler guarded, all checks on, failures kept going after.");
say();
say("## Seeds per second under `storm`");
say();
say("| system | seeds | seconds | seeds/s on all cores | a core | failures |");
say("| --- | ---: | ---: | ---: | ---: | ---: |");
const systems = ["clocks", ...files("examples").map((file) => join(ROOT, "examples", file))];
for (const system of systems) {
  const count = system === "clocks" ? SEEDS : SEEDS / 10;
  const { seeds, secondsTaken, failures } = check(system, "--seeds", String(count), "--keep-going");
  const name = system.split("/").at(-1).replace(".ts", "");
  say(
    `| ${name} | ${seeds} | ${secondsTaken.toFixed(1)} | ${(seeds / secondsTaken).toFixed(0)} | ${(seeds / secondsTaken / cores).toFixed(0)} | ${failures.length} |`,
  );
  console.error(page.at(-1));
}
say();
say("## Wrong systems");
say();
say(
  "Each is one of the examples with one thing left out ([examples/wrong](../examples/wrong)), or a store that lies. How many seeds",
);
say(
  "failed of the first 200 is how easily it is found; the plan is that of the first failure, before and after shrinking.",
);
say();
say(
  "| wrong | check that fails | first seed | of 200 fail | faults, found → shrunk | length of the story |",
);
say("| --- | --- | ---: | ---: | ---: | ---: |");
const wrong = files("examples/wrong").map((file) => [
  file.replace(".ts", ""),
  `examples/wrong/${file}`,
  "storm",
]);
wrong.push(["lose the store's tail", "examples/token-ring.ts", "lying-disks"]);
for (const [name, path, profile] of wrong) {
  const system = join(ROOT, path);
  const first = check(system, "--seeds", "5000", "--profile", profile).failures[0];
  const all = check(system, "--seeds", "200", "--profile", profile, "--keep-going");
  const kept = JSON.parse(
    execFileSync("cat", [join(folder, first.folder, "failure.json")], { encoding: "utf8" }),
  );
  const firstSeed = Math.min(...all.failedSeeds.map(({ seed }) => seed), kept.foundSeed);
  say(
    `| ${name} | ${first.check} | ${firstSeed} | ${all.failedSeeds.length} | ${kept.found.faults.length} → ${kept.run.faults.length} | ${first.story.length} |`,
  );
  console.error(page.at(-1));
}
say();
say("## Structured faults beside uniform loss");
say();
say(
  "Failing seeds of 300, with the same wrong systems: messages lost at random and nothing else, at the rates that",
);
say("`storm` draws, beside three profiles.");
say();
say("| wrong | uniform loss | swizzle | partitioned | crashy |");
say("| --- | ---: | ---: | ---: | ---: |");
const LOSS = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5];
for (const name of [
  "stale-leader",
  "stale-timer",
  "store-nothing",
  "missing-retry",
  "readers-keep-it",
]) {
  const system = join(ROOT, `examples/wrong/${name}.ts`);
  let byLoss = 0;
  for (const loss of LOSS) {
    const fault = ["--fault", `loss *|* 0s..18s ${loss}`];
    byLoss += check(system, "--seeds", "50", "--profile", "calm", ...fault, "--keep-going")
      .failedSeeds.length;
  }
  const by = (profile) =>
    check(system, "--seeds", "300", "--profile", profile, "--keep-going").failedSeeds.length;
  say(`| ${name} | ${byLoss} | ${by("swizzle")} | ${by("partitioned")} | ${by("crashy")} |`);
  console.error(page.at(-1));
}
say();
writeFileSync(join(ROOT, "docs/hunts.md"), page.join("\n"));
rmSync(folder, { recursive: true });
