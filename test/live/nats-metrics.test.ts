import { expect, onTestFinished, test } from "vitest";
import { type WorkerHealth, workerFamilies } from "../../src/runtimes/nats/metrics.ts";
import { METRICS_TYPE, metricsPage } from "../../src/runtimes/real/open-metrics.ts";
import { newFolder } from "../folders.ts";
import { orreryIn, startOrrery } from "../orrery.ts";
import { eventually } from "../waiting.ts";
import { freePorts } from "./nats-config.ts";
import { describeNats, startServers } from "./nats-servers.ts";
import { readOpenMetrics } from "./open-metrics.ts";

const freePort = async (): Promise<number> => (await freePorts("127.0.0.1", true)).http;

/** What is said at a port, by family: the value of its one sample. */
async function measured(port: number): Promise<(family: string) => number | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(METRICS_TYPE);
  const families = readOpenMetrics(await response.text());
  return (family) => families.get(`orrery_worker_${family}`)?.samples[0]?.value;
}

const metricsText = (health: WorkerHealth): string => metricsPage(workerFamilies(health));

const HEALTH: WorkerHealth = {
  worker: "w",
  version: "1",
  connected: false,
  uptimeSeconds: 1.5,
  cpuMicros: 2_500_000,
  residentBytes: 1e22,
  nats: undefined,
  info: undefined,
  runs: [],
};
const TALLY = { events: 7, skipped: 0, waiting: 2, cpuMicros: 5, residentBytes: 6, reconnects: 0 };

test("labels say what is in them, whatever it is", () => {
  const system = 'a\\b "c"\n{d="e"} # EOF';
  const runs = [{ run: "r", system, parts: 1, tally: TALLY }];
  const families = readOpenMetrics(metricsText({ ...HEALTH, runs }));
  expect(families.get("orrery_worker_run")?.samples).toEqual([
    { labels: { run: "r", system }, value: 1 },
  ]);
  expect(families.get("orrery_worker_resident_bytes")?.samples[0]?.value).toBe(1e22);
});

test("what is not known yet is left out, and of many runs the first are", () => {
  const names = [...readOpenMetrics(metricsText(HEALTH)).keys()];
  expect(names).toContain("orrery_worker_connected");
  expect(names.filter((name) => /nats|run|cores/.test(name))).toEqual([]);
  const runs = Array.from({ length: 1_000 }, (_, index) => {
    return { run: `r${index}`, system: undefined, parts: 0, tally: TALLY };
  });
  const samples = readOpenMetrics(metricsText({ ...HEALTH, runs })).get("orrery_worker_run_parts")!;
  expect(samples.samples.length).toBe(200);
  expect(samples.samples.at(-1)?.labels).toEqual({ run: "r999" });
});

test("the strict reader refuses what is wrong", () => {
  const good = metricsText(HEALTH);
  const wrong: readonly (readonly [RegExp, string])[] = [
    [/EOF/, good.replace("# EOF\n", "")],
    [/one block/, good.replace("# EOF", "# TYPE orrery_worker info\n# EOF")],
    [/a unit ends/, good.replace("_seconds seconds", "_seconds bytes")],
    [/not of/, good.replace("cpu_seconds_total", "cpu_seconds")],
    [/not a number/, good.replace("_connected 0", "_connected no")],
    [/labels are wrong/, good.replace('version="1"', 'version="1",')],
  ];
  for (const [said, text] of wrong) expect(() => readOpenMetrics(text)).toThrow(said);
});

test("a port that is none, or taken, is refused", async () => {
  const folder = newFolder();
  for (const port of ["-1", "65536", "http", "1.5"]) {
    const { status, stderr } = orreryIn(folder, ["worker", "--metrics-port", port]);
    expect([status, stderr]).toEqual([64, expect.stringContaining(`--metrics-port "${port}"`)]);
  }
  const port = await freePort();
  const { createServer } = await import("node:http");
  const other = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void other.close());
  const { ended, said } = startOrrery(folder, ["worker", "--metrics-port", String(port)]);
  expect(await ended).toBe(69);
  expect(said()).toContain("net/listen");
});

describeNats("a worker's port", () => {
  test("says how the worker and its runs are, before a server is there and after it is gone", async () => {
    const folder = newFolder();
    const servers = await startServers(1);
    onTestFinished(() => servers.stop());
    await servers.kill(0);
    const [port, url] = [await freePort(), servers.urls[0]!];
    const nats = ["--nats", url];
    const offered = ["worker", ...nats, "--name", "w-1", "--cores", "2"];
    const worker = startOrrery(folder, [...offered, "--metrics-port", String(port)]);
    const at = `http://127.0.0.1:${port}`;
    await eventually(async () => expect((await fetch(`${at}/healthz`)).status).toBe(503));
    expect((await measured(port))("connected")).toBe(0);

    await servers.revive(0);
    await eventually(async () => expect((await fetch(`${at}/healthz`)).status).toBe(200));
    await eventually(() => expect(worker.said()).toContain("worker w-1 at"));
    const before = await measured(port);
    expect(before("cores")).toBe(2);
    expect(before("connected")).toBe(1);
    expect(before("runs")).toBe(0);

    const asked = ["run", "clocks", "--on", "nats", ...nats, "--for", "6s", "--metrics-port", "0"];
    const run = startOrrery(folder, asked);
    const during = await eventually(async () => {
      const now = await measured(port);
      expect(now("run_events")).toBeGreaterThan(10);
      return now;
    });
    expect(during("parts")).toBe(2);
    expect(during("run_parts")).toBe(2);
    expect(during("run_resident_bytes")).toBeGreaterThan(1e7);
    expect(during("nats_received_messages")).toBeGreaterThan(before("nats_received_messages")!);
    expect(during("nats_sent_bytes")).toBeGreaterThan(before("nats_sent_bytes")!);
    expect(during("uptime_seconds")).toBeGreaterThan(before("uptime_seconds")!);
    expect(during("cpu_seconds")).toBeGreaterThan(0);

    const own = /metrics at (\S+)/.exec(run.said())![1]!;
    const families = await eventually(async () => {
      const told = readOpenMetrics(await (await fetch(own)).text());
      expect(told.get("orrery_process_events")?.samples.every(({ value }) => value > 0)).toBe(true);
      return told;
    });
    expect(families.get("orrery_run")?.samples[0]?.labels).toMatchObject({ runtime: "nats" });
    expect(families.get("orrery_run_processes")?.samples[0]).toEqual({
      labels: { state: "up" },
      value: families.get("orrery_process_events")?.samples.length,
    });

    for (const path of ["/", "/metrics/", "/favicon.ico"]) {
      expect((await fetch(at + path)).status, path).toBe(404);
    }
    expect((await fetch(`${at}/metrics`, { method: "POST" })).status).toBe(405);

    expect(await run.ended, run.said()).toBe(0);
    await eventually(async () => expect((await measured(port))("parts")).toBe(0));
    // What was collected is forgotten: late words of the run do not bring it back.
    expect((await measured(port))("runs")).toBe(0);

    await servers.kill(0);
    await eventually(async () => expect((await fetch(`${at}/healthz`)).status).toBe(503));
    await servers.revive(0);
    await eventually(async () => expect((await measured(port))("nats_reconnects")).toBe(1));
    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
  });
});
