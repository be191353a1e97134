// Experiments whose runs are computed by workers over NATS: real servers, real workers, kills. Whatever happens
// meanwhile, the results are the bytes that one machine gives.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { workersOf } from "../../src/runtimes/nats/workers.ts";
import { launchOrrery, orreryIn, type Started } from "../orrery.ts";
import { until } from "../waiting.ts";
import { LastWill } from "./last-will.ts";
import { describeNats, type Servers, startServers } from "./nats-servers.ts";

const ROOT = join(import.meta.dirname, "../..");
const STREAMS = ["orrery_jobs", "orrery_rows"];

/** Long enough that there is a third of it to strike at. */
const EXPERIMENT = `question: Does it drift?
cells:
  A: { rates: [6, 1, 1] }
  B: { rates: [6, 6, 6] }
  C: { rates: [6, 3, 1] }
seeds: 150
duration: 180s
`;
const RUNS = 450;
const RESULTS = ["experiment.json", "results.parquet", "summary.csv", "bands.json", "report.html"];

/** A busy host takes its time, ms. */
const HOOKS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "orrery-jobs-"));
const will = new LastWill();
const started = new Set<ChildProcess>();

const alive = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

async function end(child: ChildProcess): Promise<void> {
  if (!alive(child)) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Starts the program; it is ended with all tests, and if this process is killed. */
function start(cwd: string, ...args: readonly string[]): Started {
  const one = launchOrrery(cwd, args);
  started.add(one.child);
  will.say(`kill -KILL ${[...started].map(({ pid }) => pid).join(" ")}`);
  return one;
}

let names = 0;
const fresh = (): string => {
  const cwd = join(folder, String(names++));
  mkdirSync(cwd);
  return cwd;
};

async function worker(cwd: string, urls: readonly string[]) {
  const name = `worker-${names++}`;
  const args = ["--nats", urls.join(","), "--name", name, "--cores", "1"];
  const one = start(cwd, "worker", ...args);
  await until(() => one.said().includes(`worker ${name} at`), one.said);
  return { ...one, name };
}

type Worker = Awaited<ReturnType<typeof worker>>;

/** Starts an experiment on workers; `ended` gives the exit status. */
function client(cwd: string, urls: readonly string[], file: string) {
  return start(cwd, "experiment", file, "--out", "out", "--nats", urls.join(","));
}

/** Rows that a client has so far. */
const rowsOf = (cwd: string): number => {
  const journal = join(cwd, "out/journal.ndjson");
  return existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length - 1 : 0;
};

const bytesOf = (cwd: string): string[] =>
  RESULTS.map((file) => readFileSync(join(cwd, "out", file), "hex"));

const made = (cwd: string) =>
  JSON.parse(readFileSync(join(cwd, "out/timing.json"), "utf8")) as {
    readonly runsByWorker: { readonly [worker: string]: number };
    readonly takenOver: number;
  };

/** The bytes of the same experiment in threads of this machine. */
async function alone(file: string, ...copied: readonly string[]): Promise<string[]> {
  const cwd = fresh();
  for (const each of copied) copyFileSync(each, join(cwd, basename(each)));
  writeFileSync(join(cwd, "asked.yaml"), file);
  const one = start(cwd, "experiment", "asked.yaml", "--out", "out", "--jobs", "2");
  expect(await one.ended, one.said()).toBe(0);
  return bytesOf(cwd);
}

describeNats("an experiment on workers", () => {
  let servers: Servers;
  let connection: NatsConnection;
  let manager: JetStreamManager;
  let expected: string[];
  beforeAll(async () => {
    [expected, servers] = await Promise.all([alone(EXPERIMENT), startServers(3)]);
    connection = await connect({ servers: [...servers.urls], maxReconnectAttempts: -1 });
    manager = await jetstreamManager(connection);
  }, HOOKS);
  afterAll(async () => {
    await Promise.all([...started].map(end));
    await connection.close();
    await servers.stop();
    await will.revoke();
    rmSync(folder, { recursive: true });
  }, HOOKS);

  const asked = (text = EXPERIMENT): string => {
    const cwd = fresh();
    writeFileSync(join(cwd, "asked.yaml"), text);
    return cwd;
  };

  let crew: readonly Worker[] = [];

  /** Two workers, and an experiment of which they have done a third. */
  async function atAThird() {
    const left = crew.filter(({ child }) => alive(child));
    const fresher = [0, 1].slice(left.length).map(() => worker(fresh(), servers.urls));
    crew = [...left, ...(await Promise.all(fresher))];
    const cwd = asked();
    const running = client(cwd, servers.urls, "asked.yaml");
    await until(() => rowsOf(cwd) > RUNS / 3, running.said);
    return { cwd, workers: crew, running };
  }

  /** A worker that ends with the test. */
  async function guest(cwd: string): Promise<Worker> {
    const one = await worker(cwd, servers.urls);
    onTestFinished(() => end(one.child));
    return one;
  }

  test("says that there is no worker", async () => {
    const none = client(asked(), servers.urls, "asked.yaml");
    expect(await none.ended).toBe(69);
    expect(none.said()).toMatch(/no worker answers[\s\S]*orrery worker/);
  });

  test("has the bytes of one machine, and leaves nothing on the servers", async () => {
    const { cwd, workers, running } = await atAThird();
    for (const { jobs } of await workersOf(connection)) expect(jobs).toBeGreaterThan(0);
    expect(await running.ended, running.said()).toBe(0);
    expect(bytesOf(cwd)).toEqual(expected);
    for (const { jobs } of await workersOf(connection)) expect(jobs).toBe(0);
    const { runsByWorker } = made(cwd);
    expect(Object.keys(runsByWorker).sort()).toEqual(workers.map(({ name }) => name).sort());
    expect(Object.values(runsByWorker).reduce((sum, runs) => sum + runs, 0)).toBe(RUNS);
    for (const stream of STREAMS) {
      const { state, config } = await manager.streams.info(stream);
      expect(state).toMatchObject({ messages: 0, consumer_count: 0 });
      expect(config.num_replicas).toBe(3);
    }
  });

  test("takes a module that workers have too, and a factory's file that they lack, at once", async () => {
    const ring = join(ROOT, "examples/token-ring.ts");
    const bicycle = join(ROOT, "experiments/factory/bicycle.yaml");
    const here = fresh();
    copyFileSync(ring, join(here, "token-ring.ts"));
    await guest(here);
    const both = [ring, bicycle].map(async (system) => {
      const name = basename(system);
      const file = `question: Is it the same?\nsystem: ./${name}\nseeds: 2\nduration: 3s\n`;
      const cwd = asked(file);
      copyFileSync(system, join(cwd, name));
      const running = client(cwd, servers.urls, "asked.yaml");
      expect(await running.ended, running.said()).toBe(0);
      expect(bytesOf(cwd)).toEqual(await alone(file, system));
    });
    await Promise.all(both);
  });

  test("loses nothing with a worker that is killed, and counts nothing twice", async () => {
    const { cwd, workers, running } = await atAThird();
    workers[0]!.child.kill("SIGKILL");
    expect(await running.ended, running.said()).toBe(0);
    expect(bytesOf(cwd)).toEqual(expected);
    expect(made(cwd).takenOver).toBeGreaterThan(0);
  });

  test("gets jobs back from a worker that is told to end", async () => {
    const { cwd, workers, running } = await atAThird();
    const [leaving] = workers;
    leaving!.child.kill("SIGTERM");
    expect(await leaving!.ended, leaving!.said()).toBe(0);
    // Whatever it had is done by the other, at once: no job waits for a silence to be noticed.
    expect(await running.ended, running.said()).toBe(0);
    expect(bytesOf(cwd)).toEqual(expected);
  });

  test("goes on by the same command after Ctrl-C", async () => {
    const { cwd, workers, running } = await atAThird();
    running.child.kill("SIGINT");
    expect(await running.ended, running.said()).toBe(130);
    const kept = rowsOf(cwd);
    expect(kept).toBeLessThan(RUNS);
    const idle = async () => (await workersOf(connection)).every(({ jobs }) => jobs === 0);
    await until(idle, () => workers.map(({ said }) => said()).join());
    expect((await manager.streams.info("orrery_jobs")).state.messages).toBe(0);

    const again = client(cwd, servers.urls, "asked.yaml");
    expect(await again.ended, again.said()).toBe(0);
    expect(bytesOf(cwd)).toEqual(expected);
    const runs = Object.values(made(cwd).runsByWorker).reduce((sum, each) => sum + each, 0);
    expect(runs).toBe(RUNS - kept);
  });

  test("hands jobs out anew when their streams are deleted", async () => {
    const { cwd, running } = await atAThird();
    for (const stream of STREAMS) await manager.streams.delete(stream);
    expect(await running.ended, running.said()).toBe(0);
    expect(bytesOf(cwd)).toEqual(expected);
  });

  test("outlives one server of three, the leader of its jobs", async () => {
    const { cwd, running } = await atAThird();
    const { cluster } = await manager.streams.info("orrery_jobs");
    const leader = servers.servers.findIndex(({ name }) => name === cluster?.leader);
    await servers.kill(leader);
    expect(await running.ended, running.said()).toBe(0);
    expect(bytesOf(cwd)).toEqual(expected);
    await servers.revive(leader);
  });

  test("says what is wrong with workers that cannot take part", async () => {
    const ring = readFileSync(join(ROOT, "examples/token-ring.ts"), "utf8");
    const cwd = asked("question: Is it the same?\nsystem: ./token-ring.ts\nseeds: 6\n");
    writeFileSync(join(cwd, "token-ring.ts"), ring);
    const [lacking, other] = [fresh(), fresh()];
    writeFileSync(join(other, "token-ring.ts"), `${ring}// Another.\n`);
    const workers = await Promise.all([lacking, other].map(guest));
    const refused = client(cwd, servers.urls, "asked.yaml");
    expect(await refused.ended).toBe(69);
    expect(refused.said()).toContain(`${workers[0]!.name}: there is no ./token-ring.ts here`);
    expect(refused.said()).toContain(`${workers[1]!.name}: ./token-ring.ts is not the same here`);
    expect(workers[1]!.said()).toContain("is left to others");
  });

  test("ends when a job fails wherever it is tried", async () => {
    const text = `import { isMainThread } from "node:worker_threads";
import { clocks } from "orrery";
if (!isMainThread) throw new Error("not in threads");
export default { ...clocks, name: "shy" };
`;
    const cwd = asked("question: Does it run?\nsystem: ./shy.mjs\nseeds: 6\n");
    writeFileSync(join(cwd, "shy.mjs"), text);
    const one = await guest(cwd);
    const running = client(cwd, servers.urls, "asked.yaml");
    expect(await running.ended, running.said()).toBe(69);
    expect(running.said()).toMatch(new RegExp(`worker ${one.name}.*not in threads`));
  });
});

describeNats("a server without JetStream", () => {
  test("is told of as such", async () => {
    const plain = await startServers(1, { jetstream: false });
    onTestFinished(() => plain.stop());
    const cwd = mkdtempSync(join(tmpdir(), "orrery-jobs-"));
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    writeFileSync(join(cwd, "asked.yaml"), EXPERIMENT);
    const refused = orreryIn(cwd, ["experiment", "asked.yaml", "--nats", plain.urls[0]!]);
    expect(refused.status).toBe(69);
    expect(refused.stderr).toContain("JetStream is off");
  });
});
