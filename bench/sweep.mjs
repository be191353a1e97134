// What a sweep costs: runs of 3 machines × 60 s of model time, by how many there are, on one core (held to it by
// taskset) with one worker, and on two cores with two.
// node bench/sweep.mjs [RUNS …]   (default: 100 1000 10000), after `npm run prepare`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1_000, 10_000];
const main = new URL("../dist/cli/main.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "orrery-sweep-"));
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
row("runs", "cores", "wall s", "runs/s", "peak MB", "results MB");
row("---", "---", "---", "---", "---", "---");
try {
  for (const runs of sizes) {
    const file = join(folder, `sweep-${runs}.yaml`);
    writeFileSync(file, `question: What does a sweep cost?\nseeds: ${runs}\n`);
    for (const workers of [1, 2]) {
      const out = join(folder, `${runs}-${workers}`);
      const args = [main, "experiment", file, "--out", out, "--jobs", String(workers)];
      const held = workers === 1 ? ["taskset", "-c", "0"] : [];
      const [command, ...rest] = [...held, process.execPath, ...args];
      const { status, stderr } = spawnSync(command, rest, { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
      const { wallSeconds, peakMegabytes } = JSON.parse(
        readFileSync(join(out, "timing.json"), "utf8"),
      );
      const size = statSync(join(out, "results.parquet")).size / 1e6;
      row(
        runs,
        workers,
        wallSeconds.toFixed(2),
        (runs / wallSeconds).toFixed(0),
        peakMegabytes,
        size.toFixed(1),
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
