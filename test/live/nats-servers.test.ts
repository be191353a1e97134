// The servers and hosts that tests over NATS run on do what they say, and leave nothing behind.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
} from "@nats-io/transport-node";
import { build } from "vite";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually } from "../waiting.ts";
import { describeHosts, type Hosts, hosts, hostsPossible } from "./hosts.ts";
import { makeCreds } from "./nats-creds.ts";
import { describeNats, type Options, type Servers, startServers } from "./nats-servers.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Servers that end with the test. */
async function started(count: number, options: Options = {}): Promise<Servers> {
  const servers = await startServers(count, options);
  onTestFinished(() => servers.stop());
  return servers;
}

/** A client that ends with the test. */
async function client(servers: Servers, options: ConnectionOptions = {}): Promise<NatsConnection> {
  const wanted = { servers: [...servers.urls], maxReconnectAttempts: -1, reconnectTimeWait: 100 };
  const connection = await connect({ ...wanted, ...options });
  onTestFinished(() => connection.close());
  return connection;
}

async function refuses(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = dial(Number(port), hostname);
  const outcome = await Promise.race([
    once(socket, "connect").then(() => "connected"),
    once(socket, "error").then(() => "refused"),
  ]).catch(() => "refused");
  socket.destroy();
  expect(outcome).toBe("refused");
}

describeNats("a cluster of NATS servers", () => {
  let cluster: Servers;
  beforeAll(async () => {
    cluster = await startServers();
  });
  afterAll(() => cluster.stop());

  test("makes a bucket of three replicas as soon as it has started", async () => {
    const bucket = await new Kvm(await client(cluster)).create("first", { replicas: 3 });
    await bucket.put("key", "value");
    expect((await bucket.get("key"))?.string()).toBe("value");
    const { streamInfo } = (await bucket.status()) as unknown as {
      streamInfo: { cluster: { replicas: unknown[] } };
    };
    expect(streamInfo.cluster.replicas).toHaveLength(2);
  });

  test("serves clients while one is killed, and that one comes back to what it missed", async () => {
    const connection = await client(cluster);
    const bucket = await new Kvm(connection).create("second", { replicas: 3 });
    await bucket.put("before", "1");
    const manager = await jetstreamManager(connection);
    const state = async () => (await manager.streams.info("KV_second")).cluster;
    // The leader, that the others have something to do.
    const leader = (await state())?.leader;
    const index = cluster.servers.findIndex((each) => each.name === leader);
    const pid = cluster.servers[index]!.pid;
    await cluster.kill(index);
    expect(cluster.servers.map((each) => each.alive)).toEqual([0, 1, 2].map((i) => i !== index));
    await refuses(cluster.urls[index]!);
    await eventually(() => bucket.put("during", "2"));

    await cluster.revive(index);
    expect(cluster.servers[index]!.alive).toBe(true);
    expect(cluster.servers[index]!.pid).not.toBe(pid);
    await eventually(async () => {
      const replicas = (await state())?.replicas ?? [];
      expect(replicas.find((each) => each.name === leader)?.current).toBe(true);
    });
    const revived = await client(cluster, { servers: cluster.urls[index]! });
    const again = await new Kvm(revived).open("second");
    expect((await again.get("before"))?.string()).toBe("1");
    expect((await again.get("during"))?.string()).toBe("2");
  });

  test("has leaf nodes that pass messages on, and keep streams of their own", async () => {
    const site = await started(1, { leafOf: cluster });
    const here = await client(cluster);
    const there = await client(site);
    there.subscribe("question", { callback: (_, message) => void message.respond("answer") });
    const answer = await eventually(() => here.request("question", "", { timeout: 500 }));
    expect(answer.string()).toBe("answer");

    await new Kvm(there).create("local");
    expect(site.domain).toBe("leaf");
    const remote = await jetstreamManager(here, { domain: "leaf" });
    expect((await remote.streams.info("KV_local")).config.name).toBe("KV_local");
    const own = await jetstreamManager(here);
    await expect(own.streams.info("KV_local")).rejects.toThrow("stream not found");
  });
});

describeNats("a NATS server alone", () => {
  test("comes back with its data, on its port", async () => {
    const servers = await started(1);
    const connection = await client(servers);
    await (await jetstreamManager(connection)).streams.add({ name: "kept", subjects: ["kept"] });
    await jetstream(connection).publish("kept", "this");
    const { url } = servers.servers[0]!;
    await servers.kill(0);
    await servers.revive(0);
    expect(servers.urls).toEqual([url]);
    const manager = await jetstreamManager(await client(servers));
    expect((await manager.streams.getMessage("kept", { seq: 1 }))?.string()).toBe("this");
  });

  test("keeps no streams if told so", async () => {
    const connection = await client(await started(1, { jetstream: false }));
    await expect(jetstreamManager(connection)).rejects.toThrow(/jetstream/i);
  });

  test("refuses who does not say the password", async () => {
    const servers = await started(1, { auth: { user: "me", password: "s3cret" } });
    await expect(client(servers)).rejects.toThrow(/Authorization/);
    await expect(client(servers, { user: "me", pass: "guess" })).rejects.toThrow(/Authorization/);
    await client(servers, { user: "me", pass: "s3cret" });
    // Leaf nodes say it too.
    await started(1, { leafOf: servers });
  });

  test("keeps accounts apart", async () => {
    const [a, b] = ["a", "b"].map((user) => ({ user, password: user }));
    const servers = await started(1, { accounts: { A: a!, B: b! } });
    const [ours, theirs] = [
      await client(servers, { user: "a", pass: "a" }),
      await client(servers, { user: "b", pass: "b" }),
    ];
    await new Kvm(ours).create("ours");
    expect((await jetstreamManager(ours)).streams).toBeDefined();
    await expect((await jetstreamManager(theirs)).streams.info("KV_ours")).rejects.toThrow(
      "stream not found",
    );
  });

  test("refuses who has no credentials, or those of another operator", async () => {
    const servers = await started(1, { creds: true });
    await expect(client(servers)).rejects.toThrow(/Authorization/);
    const folder = mkdtempSync(join(tmpdir(), "orrery-creds-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const shown = (path: string) => ({ authenticator: credsAuthenticator(readFileSync(path)) });
    const stranger = shown(makeCreds(folder).path);
    await expect(client(servers, stranger)).rejects.toThrow(/Authorization/);
    const known = await client(servers, shown(servers.creds!));
    await (await new Kvm(known).create("mine")).put("key", "value");
    await started(1, { leafOf: servers });
  });

  test("speaks TLS with those who know its authority, and with no one else", async () => {
    const servers = await started(1, { tls: true });
    await expect(client(servers)).rejects.toThrow(/certificate/);
    const connection = await client(servers, { tls: { caFile: servers.ca! } });
    expect(await connection.rtt()).toBeGreaterThanOrEqual(0);
  });
});

/** Echoes at `at.<name>`, and passes what it is sent at `to.<name>` on to the host of that name. */
const PEER = `
import { connect } from "@nats-io/transport-node";
const [, servers, name] = process.argv;
const connection = await connect({ servers, maxReconnectAttempts: -1 });
connection.subscribe("at." + name, { callback: (_, message) => message.respond("I am " + name) });
connection.subscribe("to." + name, { callback: (_, message) =>
  connection.request("at." + message.string()).then((one) => message.respond(one.data), () => {}) });
await connection.flush();
console.log("ready");
`;

/** Resolves with the first line that a child says. */
async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  throw new Error("it said nothing");
}

const addresses = (): string => execFileSync("ip", ["-o", "addr"], { encoding: "utf8" });
const namespaces = (): string => execFileSync("ip", ["netns", "list"], { encoding: "utf8" });

describeHosts("hosts", () => {
  let made: Hosts;
  beforeAll(() => {
    made = hosts(2);
  });
  afterAll(() => made.remove());

  describeNats("with a NATS server in the root namespace", () => {
    test("talk by it, and a host that is cut off is not heard until it is healed", async () => {
      const servers = await started(1, { host: made.bridgeAddress });
      const [a, b] = made.hosts;
      for (const { run, name } of made.hosts) {
        const args = ["--input-type=module", "-e", PEER, servers.urls[0]!, name];
        const child = run(process.execPath, args, {
          cwd: ROOT,
          stdio: ["ignore", "pipe", "inherit"],
        });
        expect(await firstLine(child)).toBe("ready");
      }
      const connection = await client(servers);
      const relayed = async () => {
        const answer = await connection.request(`to.${a!.name}`, b!.name, { timeout: 1000 });
        return answer.string();
      };
      expect(await relayed()).toBe(`I am ${b!.name}`);
      b!.cut();
      await expect(relayed()).rejects.toThrow();
      b!.heal();
      expect(await eventually(relayed)).toBe(`I am ${b!.name}`);
    });

    test("bear the servers of a cluster, which outlives the cut of one", async () => {
      const three = hosts(3);
      onTestFinished(() => three.remove());
      const servers = await started(3, { on: three.hosts });
      expect(servers.urls.map((url) => new URL(url).hostname)).toEqual(
        three.hosts.map((each) => each.address),
      );
      const bucket = await new Kvm(await client(servers)).create("spread", { replicas: 3 });
      await bucket.put("before", "1");
      three.hosts[0]!.cut();
      const rest = await client(servers, { servers: servers.urls.slice(1) });
      const again = await eventually(() => new Kvm(rest).open("spread"));
      await eventually(() => again.put("during", "2"));
      expect(servers.servers[0]!.alive).toBe(true);
    });
  });

  test("are removed with all that runs on them", async () => {
    const more = hosts(2);
    const { name, run } = more.hosts[0]!;
    expect(addresses()).toContain(`${more.bridgeAddress}/24`);
    expect(made.bridgeAddress).not.toBe(more.bridgeAddress);
    // The child of a child, which no one here has a hold on.
    const child = run("sh", ["-c", "sleep 1000 & echo $!; wait"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = Number(await firstLine(child));
    expect(ended(pid)).toBe(false);
    await more.remove();
    expect(namespaces()).not.toContain(name);
    expect(addresses()).not.toContain(more.bridgeAddress);
    expect(ended(pid)).toBe(true);
  });
});

/** A process that waits to be reaped has ended as well. */
function ended(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}

describeNats("of NATS servers", () => {
  test("nothing is left once they are stopped", async () => {
    const servers = await startServers(3);
    const folder = dirname(servers.servers[0]!.config);
    expect(existsSync(folder)).toBe(true);
    await servers.kill(2);
    await servers.stop();
    expect(existsSync(folder)).toBe(false);
    for (const url of servers.urls) await refuses(url);
    expect(servers.servers.some((each) => each.alive)).toBe(false);
    await servers.stop();
  });

  test("nothing is left, of hosts neither, when the process that started them is killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orrery-orphans-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const entry = join(folder, "orphans.ts");
    writeFileSync(
      entry,
      `import { hosts, hostsPossible } from "${join(import.meta.dirname, "hosts.ts")}";
import { startServers } from "${join(import.meta.dirname, "nats-servers.ts")}";
const made = hostsPossible ? hosts(1) : undefined;
made?.hosts[0].run("sleep", ["1000"]);
const { urls, servers } = await startServers(3);
const { name } = made?.hosts[0] ?? {};
console.log(JSON.stringify({ urls, config: servers[0].config, name, bridge: made?.bridgeAddress }));
`,
    );
    await build({ configFile: false, logLevel: "silent", root: folder, build: { ssr: entry } });
    const child = spawn(process.execPath, [join(folder, "dist/orphans.mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = JSON.parse(await firstLine(child)) as {
      readonly urls: readonly string[];
      readonly config: string;
      readonly name?: string;
      readonly bridge?: string;
    };
    expect(existsSync(said.config)).toBe(true);
    child.kill("SIGKILL");
    await eventually(() => expect(existsSync(dirname(said.config))).toBe(false));
    for (const url of said.urls) await refuses(url);
    if (!hostsPossible) return;
    await eventually(() => expect(addresses()).not.toContain(`${said.bridge}/24`));
    expect(namespaces()).not.toContain(said.name);
  });

  test("tests are skipped by name where the program is missing, and fail in CI", () => {
    const run = (env: NodeJS.ProcessEnv) =>
      spawnSync(
        process.execPath,
        [
          join(ROOT, "node_modules/vitest/vitest.mjs"),
          "run",
          "test/live/nats-servers.test.ts",
        ].concat("--reporter=verbose"),
        {
          cwd: ROOT,
          encoding: "utf8",
          env: { PATH: "/nonexistent", HOME: tmpdir(), NO_COLOR: "1", ...env },
        },
      );
    const skipped = "skipped, nats-server is not installed (apt-get install nats-server)";
    const here = run({});
    expect(here.stdout).toContain(`a NATS server alone: ${skipped}`);
    expect(here.status).toBe(0);
    const inCi = run({ ORRERY_CI: "1" });
    expect(inCi.stdout).toContain("a NATS server alone: not to be skipped in CI");
    expect(inCi.status).toBe(1);
  });
});
