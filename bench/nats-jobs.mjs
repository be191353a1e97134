// What it costs to compute an experiment's runs on workers over NATS: 2,000 runs on two workers of a core each, beside two
// threads of one machine, in turns; then the same while one of the workers is killed at a third.
// node bench/nats-jobs.mjs [RUNS [PAIRS]]   (default: 2000 5), after `npm run prepare`; needs nats-server.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { median } from "simple-statistics";
import { freePort } from "./nats-workers.mjs";

const [runs = 2_000, pairs = 5] = process.argv.slice(2).map(Number);
const main = new URL("../dist/cli/main.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "orrery-jobs-"));
const file = join(folder, "asked.yaml");
const ended = [];

/** Starts a program that is ended with this one; resolves when it has said something like that. */
async function started(command, args, like) {
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  ended.push(child);
  let said = "";
  await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        said += text;
        if (like.test(said)) resolve();
      });
    }
    child.on("exit", () => reject(new Error(`${command}: ${said}`)));
  });
  return child;
}

const worker = (url, name) =>
  started(process.execPath, [main, "worker", "--nats", url, "--name", name, "--cores", "1"], /at /);

const rowsOf = (out) => {
  const journal = join(out, "journal.ndjson");
  return existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length - 1 : 0;
};

/** CPU time so far of all that was started, in ms: of those that run, and of those that have ended. Linux. */
function cpu() {
  const ticks = (pid, from) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return Number(fields[from]) + Number(fields[from + 1]);
  };
  const living = ended.filter(({ exitCode, signalCode }) => exitCode === null && !signalCode);
  return 10 * living.reduce((sum, { pid }) => sum + ticks(pid, 11), ticks("self", 13));
}

/** Runs the experiment; `strike` is called when a third is done. Returns its folder and its seconds. */
async function timed(name, args, strike) {
  const out = join(folder, name);
  const options = ["experiment", file, "--out", out, ...args];
  const child = spawn(process.execPath, [main, ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const exit = once(child, "exit");
  const before = cpu();
  while (strike && rowsOf(out) < runs / 3) await new Promise((resolve) => setTimeout(resolve, 10));
  strike?.();
  const [status] = await exit;
  if (status !== 0) throw new Error(said);
  const made = JSON.parse(readFileSync(join(out, "timing.json"), "utf8"));
  return { out, cpu: (cpu() - before) / runs, ...made };
}

const resultsOf = ({ out }) => readFileSync(join(out, "results.parquet"));

/** Runs that are missing from the results, and runs that are in them more than once: each has a row for each metric. */
async function countsOf({ out }) {
  const source = await asyncBufferFromFile(join(out, "results.parquet"));
  const rows = await parquetReadObjects({ file: source, columns: ["seed", "metric"] });
  const distinct = new Set(rows.map(({ seed }) => seed)).size;
  const [{ metric: some }] = rows;
  return {
    lost: runs - distinct,
    twice: rows.filter(({ metric }) => metric === some).length - distinct,
  };
}

const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);

try {
  writeFileSync(file, `question: What does a queue cost?\nseeds: ${runs}\n`);
  const port = await freePort();
  const kept = join(folder, "jetstream");
  mkdirSync(kept);
  const server = process.env.NATS_SERVER || "nats-server";
  const asked = ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", kept];
  if (spawnSync(server, ["--version"]).status !== 0)
    throw new Error("nats-server is not installed");
  await started(server, asked, /Server is ready/);
  const url = `nats://127.0.0.1:${port}`;
  const workers = await Promise.all(["one", "two"].map((name) => worker(url, name)));

  row(
    ...["pair", "two threads s", "two workers s", "more a run ms", "ratio"],
    ...["threads CPU a run ms", "workers CPU a run ms", "more", "same bytes"],
  );
  row(...Array.from({ length: 9 }, () => "---"));
  const [overheads, ratios, costs] = [[], [], []];
  let local;
  for (let pair = 0; pair < pairs; pair++) {
    const here = () => timed(`local-${pair}`, ["--jobs", "2"]);
    const there = () => timed(`nats-${pair}`, ["--nats", url]);
    let nats;
    if (pair % 2 === 0) [local, nats] = [await here(), await there()];
    else [nats, local] = [await there(), await here()];
    // Each of two cores has half of the runs.
    const overhead = ((nats.wallSeconds - local.wallSeconds) * 2e3) / runs;
    const ratio = nats.wallSeconds / local.wallSeconds;
    overheads.push(overhead);
    ratios.push(ratio);
    costs.push(nats.cpu - local.cpu);
    const same = resultsOf(local).equals(resultsOf(nats)) ? "yes" : "NO";
    row(
      pair + 1,
      local.wallSeconds.toFixed(2),
      nats.wallSeconds.toFixed(2),
      overhead.toFixed(3),
      ratio.toFixed(2),
      local.cpu.toFixed(2),
      nats.cpu.toFixed(2),
      (nats.cpu - local.cpu).toFixed(2),
      same,
    );
  }
  const [more, ratio, cost] = [overheads, ratios, costs].map(median);
  row("median", "", "", more.toFixed(3), ratio.toFixed(2), "", "", cost.toFixed(2), "");

  const killed = await timed("killed", ["--nats", url], () => workers[0].kill("SIGKILL"));
  const { lost, twice } = await countsOf(killed);
  const same = resultsOf(local).equals(resultsOf(killed)) ? "the same bytes" : "OTHER BYTES";
  const shares = Object.entries(killed.runsByWorker).map(([name, count]) => `${name} ${count}`);
  console.log(
    `\nOne worker killed at a third: ${same}, ${lost} runs lost, ${twice} twice; ${killed.wallSeconds.toFixed(1)} s, runs by worker: ${shares.join(", ")}; ${killed.takenOver} jobs taken over.`,
  );
} finally {
  for (const child of ended) child.kill("SIGKILL");
  await Promise.all(ended.map((each) => each.exitCode ?? each.signalCode ?? once(each, "exit")));
  rmSync(folder, { recursive: true, force: true });
}
