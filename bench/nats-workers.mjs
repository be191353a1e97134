// A NATS server and workers on this host, for benchmarks; nothing of them is left afterwards.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { VERSION } from "../dist/cli/version.js";
import { sourceOf } from "../dist/experiments/experiment-file.js";
import { openNats } from "../dist/runtimes/nats/connect.js";
import { natsRun } from "../dist/runtimes/nats/nats-run.js";

const MAIN = new URL("../dist/cli/main.js", import.meta.url).pathname;
const PATIENCE = 30;

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * Starts a server, and workers of these names, each with a label `site` that is its name, and hands them to `use`, with
 * what starts a run on them: its folder is `running.folder`.
 */
export async function onWorkers(names, use) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-bench-"));
  const host = `127.0.0.1:${await freePort()}`;
  const [address, port] = host.split(":");
  const own = ["-js", "-sd", join(folder, "nats"), "-a", address, "-p", port];
  const server = spawn("nats-server", own, { stdio: "ignore" });
  const workers = [];
  try {
    await answering(host);
    for (const name of names) {
      const args = [MAIN, "worker", "--nats", host, "--name", name, "--label", `site=${name}`];
      const worker = spawn(process.execPath, [
        ...args,
        "--cores",
        "1",
        "--folder",
        join(folder, name),
      ]);
      workers.push(worker);
      await new Promise((resolve) => worker.stdout.once("data", resolve));
    }
    const reach = { servers: [host] };
    const start = async (system, run, { system: name, rules = [], perWorker }) => {
      const kept = mkdtempSync(join(folder, "run-"));
      const source = sourceOf(name);
      const known = { reach, version: VERSION, source, rules, perWorker, system: name };
      const options = { ...known, folder: kept, patience: PATIENCE, log: () => {} };
      const running = await natsRun(system, run, options);
      await running.start();
      return { running, folder: kept };
    };
    return await use({ reach, url: `nats://${host}`, server, workers, start });
  } finally {
    for (const worker of workers) worker.kill();
    await Promise.all(
      workers.map(
        ({ exitCode }, at) =>
          exitCode ?? new Promise((resolve) => workers[at].once("exit", resolve)),
      ),
    );
    server.kill();
    await new Promise((resolve) => server.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answering(host) {
  for (;;) {
    const connection = await openNats({ servers: [host] }, "bench").catch(() => undefined);
    if (connection !== undefined) return await connection.close();
    await sleep(50);
  }
}
