// Real time: how machines keep their rates at 6, 100 and 1,000 ticks a second, what they cost, and how
// fast messages go over the native wire; beside programs in Python as the originals were written. Prints
// Markdown. Needs python3. Usage: node bench/tcp.mjs [seconds]
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SECONDS = Number(process.argv[2] ?? 60);
const ROOT = join(import.meta.dirname, "..");
const MAIN = join(ROOT, "dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "orrery-bench-"));
const RATES = [6, 100, 1_000];

const orrery = (name, ...args) =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [MAIN, "run", ...args, "--on", "tcp", "--out", join(folder, name), "--json"],
      { encoding: "utf8", maxBuffer: 1e9, stdio: ["ignore", "pipe", "ignore"] },
    ),
  );

/** Three machines in Python; sleeps a period after each tick, as the originals do. */
async function python(rate, seconds) {
  const ports = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
          });
        }),
    ),
  );
  const machines = ports.map((port) => {
    const peers = ports.filter((each) => each !== port).join(",");
    const args = ["--wire", "decimal-line", "--port", port, "--peers", peers, "--rate", rate];
    return spawn(
      "python3",
      [join(ROOT, "test/live/peer.py"), ...args, "--seconds", seconds, "--relative"].map(String),
      { stdio: ["ignore", "pipe", "ignore"] },
    );
  });
  return await Promise.all(
    machines.map(async (machine) => {
      let text = "";
      for await (const chunk of machine.stdout) text += chunk;
      return JSON.parse(text);
    }),
  );
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const most = (values) => Math.max(...values);
const milli = (micros) => (micros / 1e3).toFixed(2);

try {
  console.log(`Three machines, ${SECONDS} s:\n`);
  console.log(
    "| ticks/s | achieved / nominal | skipped | late p50 ms | p99 | max | CPU % a machine | Python: achieved / nominal | CPU % |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const rate of RATES) {
    const rates = `rates=${rate},${rate},${rate}`;
    const { pacing } = orrery(`r${rate}`, "clocks", "--set", rates, "--for", `${SECONDS}s`);
    const of = (field) => pacing.map((machine) => machine[field]);
    const originals = await python(rate, SECONDS);
    const cells = [
      rate,
      (mean(of("achievedPerSecond")) / rate).toFixed(4),
      of("skipped").reduce((a, b) => a + b, 0),
      milli(most(of("lateP50Micros"))),
      milli(most(of("lateP99Micros"))),
      milli(most(of("lateMaxMicros"))),
      (100 * mean(of("cpuShare"))).toFixed(1),
      (mean(originals.map(({ perSecond }) => perSecond)) / rate).toFixed(4),
      (100 * mean(originals.map(({ cpuShare }) => cpuShare))).toFixed(1),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
  const seconds = 5;
  const tokens = ["--for", `${seconds}s`, "--delay", "0"];
  const { metrics } = orrery("tokens", join(ROOT, "bench/tokens.mjs"), ...tokens);
  const received = metrics.processes.map(({ events }) => events.receive ?? 0);
  const ours = received.reduce((a, b) => a + b, 0) / seconds;
  const out = execFileSync("python3", [join(ROOT, "bench/tokens.py"), String(seconds)]);
  const theirs = 2 * Number(out);
  console.log(
    `\nTokens between two processes: ${Math.round(ours)} messages/s, each stamped, checked, recorded before it leaves;` +
      ` lines between two Python programs: ${Math.round(theirs)}/s. Ratio ${(ours / theirs).toFixed(2)}.`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
