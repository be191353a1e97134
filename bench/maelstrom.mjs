// What hosting programs costs: 25 nodes in JavaScript under load, at ever more operations a second. Messages a second are
// those sent by anybody, each a line that goes through the host; its CPU is that of its own OS process alone.
// Usage: npm run bench:maelstrom [-- seconds]   (Linux)
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tableText } from "../dist/cli/print.js";
import { KIND } from "../dist/core/trace-event.js";
import { readTrace } from "../dist/trace/file.js";

const [SECONDS = 5] = process.argv.slice(2).map(Number);
const ROOT = join(import.meta.dirname, "..");
const NODES = join(ROOT, "test/live/nodes");
/** CPU time is told in hundredths of a second. */
const TICKS = 100;
/** What of the load is measured: the starts of 25 programs weigh on its beginning. */
const [FROM, TO] = [0.3 * SECONDS, 0.9 * SECONDS];

const CASES = [
  ["echo", "echo.mjs", 500],
  ["echo", "echo.mjs", 2_000],
  ["echo", "echo.mjs", 10_000],
  ["echo", "echo.mjs", 40_000],
  ["broadcast", "broadcast.mjs", 25],
  ["broadcast", "broadcast.mjs", 50],
  ["broadcast", "broadcast.mjs", 100],
  ["broadcast", "broadcast.mjs", 200],
];

/** CPU seconds of an OS process so far. */
function cpuOf(pid) {
  try {
    const words = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(words[11]) + Number(words[12])) / TICKS;
  } catch {
    return 0;
  }
}

const childrenOf = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

/** The run's own clock: the time of the last row in its record, µs. */
function reached(record) {
  if (!existsSync(record)) return -1;
  const last = readFileSync(record, "utf8").trimEnd().split("\n").at(-1);
  return last.startsWith("[") ? JSON.parse(last)[0] : -1;
}

async function measure(workload, program, rate) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-bench-"));
  const out = join(folder, "run");
  const clients = workload === "echo" ? 100 : 25;
  const child = spawn(
    process.execPath,
    [
      ...[join(ROOT, "dist/cli/main.js"), "maelstrom", "--bin", process.execPath, "-w", workload],
      ...["--node-count", "25", "--clients", String(clients), "--rate", String(rate)],
      ...["--for", `${SECONDS}s`, "--quiet", "2s", "--out", out, "--json"],
      ...["--", join(NODES, program)],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  child.stdout.resume();
  const ended = once(child, "close");
  const record = join(out, "records/host.record");
  while (reached(record) < 0) await sleep(50);
  await sleep(FROM * 1e3);
  const all = childrenOf(child.pid);
  const cpu = () => [cpuOf(child.pid), all.reduce((sum, pid) => sum + cpuOf(pid), 0)];
  const [host, programs] = cpu();
  const began = performance.now();
  await sleep((TO - FROM) * 1e3);
  const after = cpu();
  const seconds = (performance.now() - began) / 1e3;
  const [status] = await ended;
  const counted = await readTrace(join(out, "trace.parquet"), () => new Counter());
  rmSync(folder, { recursive: true });
  const { messages, operations, waits } = counted.result;
  const percent = (from, to) => `${((100 * (to - from)) / seconds).toFixed(0)} %`;
  const perMessage = ((after[0] - host) / seconds / (messages / (TO - FROM))) * 1e6;
  waits.sort((a, b) => a - b);
  return [
    `${workload} ${rate}/s`,
    status === 0 ? "holds" : `exit ${status}`,
    Math.round(operations / (TO - FROM)),
    Math.round(messages / (TO - FROM)),
    percent(host, after[0]),
    percent(programs, after[1]),
    perMessage.toFixed(0),
    (waits[Math.floor(waits.length / 2)] / 1e3).toFixed(1),
    (waits[Math.floor(waits.length * 0.99)] / 1e3).toFixed(1),
  ];
}

/** Messages, answers and how long these took, within the part of a run that is measured. */
class Counter {
  messages = 0;
  operations = 0;
  waits = [];
  asked = new Map();

  see(batch) {
    let next = 0;
    for (let row = 0; row < batch.count; row++) {
      const has = batch.detailRows[next] === row;
      const detail = has ? batch.details[next++] : undefined;
      const time = batch.time(row);
      const kind = batch.kind(row);
      const within = time >= FROM * 1e6 && time < TO * 1e6;
      if (within && kind === KIND.send) this.messages++;
      if (kind !== KIND.internal) continue;
      const id = `${batch.process(row)}/${detail.fields.id}`;
      if (detail.name === "invoke") this.asked.set(id, time);
      if (detail.name !== "return" || !within) continue;
      this.operations++;
      this.waits.push(time - this.asked.get(id));
    }
  }

  end() {
    return this;
  }
}

const rows = [];
for (const each of CASES) rows.push(await measure(...each));
const columns = [
  ...["asked for", "checks", "done/s", "messages/s", "CPU of the host", "of 25 programs"],
  ...["host µs a message", "p50 ms", "p99 ms"],
];
console.log(tableText({ title: "25 nodes hosted", columns, rows }));
