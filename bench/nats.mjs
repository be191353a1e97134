// Messages between two workers over a NATS server on this host, beside NATS's own client doing the same between two OS
// processes, by turns: round trips one after the other, and messages a second with a window under way. Then what a
// worker costs that has nothing to do.
// Usage: npm run bench:nats [-- seconds [rounds]]   (nats-server must be installed)
import { fork, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "simple-statistics";
import { seconds } from "../dist/core/micros.js";
import { newRun } from "../dist/core/new-run.js";
import { mergeRun } from "../dist/runtimes/real/records/records.js";
import { Keeper, Trace } from "../dist/trace/trace.js";
import { TraceWriter } from "../dist/trace/writer.js";
import { pair } from "./nats-pair.mjs";
import { onWorkers } from "./nats-workers.mjs";

const [SECONDS = 4, ROUNDS = 3] = process.argv.slice(2).map(Number);
const BYTES = 100;
const WINDOW = 2_000;
const IDLE = 20;
const PAIR = new URL("./nats-pair.mjs", import.meta.url).pathname;
const PLAIN = new URL("./nats-plain.mjs", import.meta.url).pathname;

await onWorkers(["one", "two"], async ({ url, server, workers, start }) => {
  // Seconds of CPU a message, of the server and of each of the two processes: in bundles, and one by one.
  const costs = {
    bundled: { server: [], process: [] },
    alone: { server: [], process: [] },
  };
  const rows = { trip: { ours: [], plain: [] }, rate: { ours: [], plain: [] } };
  for (let round = 0; round < ROUNDS; round++) {
    for (const window of [0, WINDOW]) {
      const before = cpuOf(server.pid);
      const ours = await byProcesses(window, start);
      const kind = window > 0 ? "bundled" : "alone";
      // Of round trips each process hears one message, and says one.
      const messages = window > 0 ? ours.heard : 2 * ours.heard;
      costs[kind].server.push((cpuOf(server.pid) - before) / messages);
      costs[kind].process.push(...ours.cpu.map((cpu) => cpu / messages));
      const plain = await byClient(window, url);
      for (const [who, { trips, perSecond }] of Object.entries({ ours, plain })) {
        if (window === 0) rows.trip[who].push(...trips);
        else rows.rate[who].push(perSecond);
      }
    }
  }
  const milli = (trips, share) => (quantile(trips, share) / 1e3).toFixed(3);
  for (const who of ["ours", "plain"]) {
    const { [who]: trips } = rows.trip;
    const rate = Math.round(quantile(rows.rate[who], 0.5));
    console.log(
      `${who.padEnd(6)} round trip p50 ${milli(trips, 0.5)} ms, p99 ${milli(trips, 0.99)} ms (${trips.length}); ${rate} messages/s`,
    );
  }
  const ratio = quantile(rows.rate.ours, 0.5) / quantile(rows.rate.plain, 0.5);
  console.log(`ours ÷ plain: ${ratio.toFixed(2)} of the messages a second`);
  const micro = (of) => (1e6 * quantile(of, 0.5)).toFixed(1);
  for (const [kind, { server: ofServer, process: ofProcess }] of Object.entries(costs)) {
    console.log(
      `CPU a message, ${kind}: server ${micro(ofServer)} µs, each process ${micro(ofProcess)} µs`,
    );
  }
  await idle(workers[0]);
});

async function idle({ pid }) {
  const [before, at] = [cpuOf(pid), performance.now()];
  await sleep(IDLE * 1e3);
  const share = (cpuOf(pid) - before) / ((performance.now() - at) / 1e3);
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  const cost = `${(100 * share).toFixed(2)} % of a core, ${Math.round(kilobytes / 1024)} MB`;
  console.log(`an idle worker: ${cost}`);
}

/** Round trips, µs, and messages a second that `pong` heard, of a run on the workers. */
async function byProcesses(window, start) {
  const delay = { kind: "constant", micros: 1 };
  const duration = seconds(1 + SECONDS);
  const run = newRun(pair, { params: { window, bytes: BYTES }, duration, links: { delay } });
  const { running, folder } = await start(pair, run, { system: PAIR, perWorker: 1 });
  await running.to(duration);
  await running.stop();
  const keeper = new Keeper();
  await mergeRun(new TraceWriter((batch) => keeper.see(batch)), folder, 2);
  const trips = [];
  let heard = 0;
  for (const { kind, process: of, detail } of new Trace(run, running.names, keeper.end())) {
    if (kind === "receive" && of === 1) heard++;
    if (kind === "internal" && detail.name === "trip") trips.push(detail.fields.micros);
  }
  const cpu = running.pacing().map(({ cpuShare }) => (cpuShare * duration) / 1e6);
  return { trips, heard, cpu, perSecond: heard / SECONDS };
}

async function byClient(window, url) {
  const args = (role) => [url, role, String(window), String(BYTES), String(SECONDS)];
  const pong = fork(PLAIN, args("pong"));
  await new Promise((resolve) => pong.once("message", resolve));
  const ping = spawn(process.execPath, [PLAIN, ...args("ping")]);
  let said = "";
  for await (const text of ping.stdout) said += text;
  pong.kill();
  return JSON.parse(said);
}

/** Seconds of CPU that a process has had. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
