// Machines started one by one, as in separate terminals; among themselves, and with one written in
// another language that speaks another program's wire.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readTrace } from "../../src/trace/file.ts";
import { Keeper, Trace } from "../../src/trace/trace.ts";
import { heard, MAIN, orreryIn, type Started } from "../orrery.ts";
import { until } from "../waiting.ts";

const PEER = new URL("./peer.py", import.meta.url).pathname;

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

// Tests run beside each other: what is theirs ends with the last of them.
const root = mkdtempSync(join(tmpdir(), "orrery-machines-"));
const all: Started[] = [];
afterAll(async () => {
  for (const { child } of all) child.kill("SIGKILL");
  await Promise.all(all.map(({ ended }) => ended));
  rmSync(root, { recursive: true });
});
const newFolder = (): string => mkdtempSync(join(root, "machines-"));

function start(folder: string, command: string, ...args: string[]): Started {
  const one = heard(spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }));
  all.push(one);
  return one;
}

const machine = (folder: string, id: string, ...args: string[]): Started =>
  start(folder, process.execPath, MAIN, "machine", "--id", id, "--config", "config.json", ...args);

const configure = (folder: string, config: object): void =>
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));

type Collected = {
  readonly status: number | null;
  readonly told: {
    readonly folder: string;
    readonly verdicts: readonly {
      readonly check: string;
      readonly result: string;
      reason?: string;
    }[];
  };
  readonly trace: Trace;
};

async function collected(folder: string, ...records: string[]): Promise<Collected> {
  const asked = ["collect", ...records, "--json", "--out", "run"];
  const { status, stdout, stderr } = orreryIn(folder, asked);
  expect(stderr).toBe("");
  const { header, result } = await readTrace(join(folder, "run/trace.parquet"), () => new Keeper());
  const trace = new Trace(header.run, header.names, result);
  return { status, told: JSON.parse(stdout), trace };
}

describe("three machines in three terminals", () => {
  test("wait for each other, run, find one that was killed again, and make one run", async () => {
    const folder = newFolder();
    const [a, b, c] = await freePorts(3);
    configure(folder, {
      secret: "three terminals",
      machines: {
        machine_1: { port: a, rate: 50, log: "out/one.txt" },
        machine_2: { port: b, rate: 40, log: "out/two.txt" },
        machine_3: { port: c, rate: 30, log: "out/three.txt" },
      },
    });
    const one = machine(folder, "machine_1");
    await until(() => /machine_1 listens on 127\.0\.0\.1:\d+/.test(one.said()), "it listens");
    await until(() => one.said().includes("not there yet: machine_2, machine_3"), "it waits");
    const two = machine(folder, "machine_2");
    await until(() => one.said().includes("not there yet: machine_3;"), "two is there");
    const three = machine(folder, "machine_3");
    for (const each of [one, two, three]) {
      await until(() => each.said().includes("connected; ticking at"), "all are connected");
    }
    const events = (log: string): number => {
      const path = join(folder, "out", log);
      return existsSync(path) ? readFileSync(path, "utf8").split("\n").length : 0;
    };
    await until(() => events("two.txt") > 40, "two does something");
    two.child.kill("SIGKILL");
    await until(() => one.said().includes("lost machine_2"), "it is missed");
    const again = machine(folder, "machine_2");
    await until(() => one.said().includes("machine_2 is back"), "it is back");
    const so_far = events("two.txt");
    await until(() => events("two.txt") > so_far + 40, "it goes on");
    for (const each of [one, again, three]) each.child.kill("SIGINT");
    for (const each of [one, again, three]) expect(await each.ended).toBe(0);
    expect(one.said()).toMatch(/machine_1 stopped after .* 0 skipped/);
    // A log stands for the record beside it.
    const { told, trace, status } = await collected(
      folder,
      "out/one.txt",
      "out/two.txt",
      "out/three.record",
    );
    expect([status, told.verdicts.map(({ result }) => result)]).toEqual([
      0,
      ["holds", "holds", "holds", "holds"],
    ]);
    const kinds = (process: number) =>
      [...trace].filter((e) => e.process === process).map(({ kind }) => kind);
    expect(kinds(1).filter((kind) => kind === "start")).toHaveLength(2);
    expect(kinds(1)).toContain("crash");
    for (const process of [0, 1, 2]) {
      expect([...trace].some((e) => e.kind === "receive" && e.message?.process === process)).toBe(
        true,
      );
    }
  });

  test("are three rounds when all were started three times; the last is collected", async () => {
    const folder = newFolder();
    const [a, b] = await freePorts(2);
    configure(folder, { machines: { a: { port: a, rate: 50 }, b: { port: b, rate: 50 } } });
    for (let round = 0; round < 3; round++) {
      const both = ["a", "b"].map((id) => machine(folder, id, "--for", "400ms"));
      for (const each of both) expect(await each.ended).toBe(0);
    }
    const { trace } = await collected(folder, "logs/a.record", "logs/b.record");
    expect(new Set([...trace].map(({ incarnation }) => incarnation))).toEqual(new Set([3]));
    const again = ["collect", "logs/a.record", "logs/b.record", "--round", "1"];
    expect(orreryIn(folder, again).stdout).toContain("round 1 of 3");
    const fresh = ["a", "b"].map((id) => machine(folder, id, "--for", "400ms", "--fresh"));
    for (const each of fresh) expect(await each.ended).toBe(0);
    expect(
      readFileSync(join(folder, "logs/a.record"), "utf8").match(/"orrery":"record"/g),
    ).toHaveLength(1);
  });
});

test("records of hosts whose clocks were apart are set right by their messages", async () => {
  const folder = newFolder();
  const [a, b] = await freePorts(2);
  configure(folder, { machines: { a: { port: a, rate: 60 }, b: { port: b, rate: 50 } } });
  const both = ["a", "b"].map((id) => machine(folder, id, "--for", "2s"));
  for (const each of both) expect(await each.ended).toBe(0);
  const plain = await collected(folder, "logs/a.record", "logs/b.record");
  const record = readFileSync(join(folder, "logs/b.record"), "utf8");
  // An hour ahead.
  const epoch = Number(/"epoch":(\d+)/.exec(record)![1]);
  writeFileSync(
    join(folder, "b.record"),
    record.replace(`"epoch":${epoch}`, `"epoch":${epoch + 3.6e9}`),
  );
  rmSync(join(folder, "run"), { recursive: true });
  const skewed = await collected(folder, "logs/a.record", "b.record");
  expect(skewed.trace.length).toBe(plain.trace.length);
  expect(Math.abs(skewed.trace.run.duration - plain.trace.run.duration)).toBeLessThan(30_000);
  expect(skewed.told.verdicts.every(({ result }) => result === "holds")).toBe(true);
  symlinkSync("logs", join(folder, "latest"), "junction");
  const { stdout } = orreryIn(folder, ["collect", "latest/a.record", "b.record"]);
  // What `latest` is may be another by the time that this is pasted.
  expect(stdout).toContain("npx orrery collect logs/a.record b.record");
  expect(stdout).toMatch(/the clock of b was 3600(\.0\d*)? s ahead|3599\.9\d* s ahead/);
});

describe("a machine", () => {
  const refused = (config: string | object, id = "a", ...args: string[]) => {
    const folder = newFolder();
    writeFileSync(
      join(folder, "config.json"),
      typeof config === "string" ? config : JSON.stringify(config),
    );
    return orreryIn(folder, ["machine", "--id", id, "--config", "config.json", ...args]);
  };
  const two = { a: { port: 9_001 }, b: { port: 9_002 } };

  test.each([
    ["an unknown id", { machines: two }, "c", 64, /no machine "c"; .*known: a, b/],
    ["what is not JSON", "{ machines:", "a", 64, /config\.json is not JSON/],
    [
      "two machines on one port",
      { machines: { a: { port: 9_001 }, b: { port: 9_001 } } },
      "a",
      64,
      /b\.port: a is on 127\.0\.0\.1:9001/,
    ],
    ["a port that is none", { machines: { a: { port: 99_999 } } }, "a", 64, /machines\.a\.port/],
    [
      "a field that is none",
      { machines: two, wyre: "native" },
      "a",
      64,
      /no "wyre"; did you mean "wire"/,
    ],
    [
      "an open door without a secret",
      { machines: { a: { host: "0.0.0.0", port: 9_001 } } },
      "a",
      64,
      /beyond this host, without a secret/,
    ],
    [
      "a secret on a wire that has none",
      { wire: "decimal-line", secret: "12345678", machines: two },
      "a",
      64,
      /secret: wire decimal-line has none/,
    ],
    [
      "an open door on a wire without a secret",
      { wire: "decimal-line", machines: { a: { host: "0.0.0.0", port: 9_001 } } },
      "a",
      64,
      /decimal-line, which has no secret/,
    ],
    [
      "tags that begin alike",
      {
        wire: "clock-colon-id",
        machines: { a: { port: 9_001, tag: "1" }, b: { port: 9_002, tag: "12" } },
      },
      "a",
      64,
      /"12" begins like "1"/,
    ],
    [
      "datagrams on its own wire",
      { transport: "udp", machines: two },
      "a",
      64,
      /native is for tcp/,
    ],
  ] as const)("is refused with %s", (_, config, id, status, complaint) => {
    const { stderr, ...rest } = refused(config, id);
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(rest.status).toBe(status);
  });

  test("whose port is taken says so", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { stderr, status } = refused({ machines: { a: { port }, b: { port: 1 } } });
    expect(stderr).toMatch(/cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
    expect(status).toBe(69);
    server.close();
  });

  test("whose peers do not come gives up after its retries", async () => {
    const [a, b] = await freePorts(2);
    const { stderr, status } = refused(
      { machines: { a: { port: a }, b: { port: b } } },
      "a",
      "--retries",
      "2",
    );
    expect(stderr).toMatch(/b could not be reached in 2 attempts/);
    expect(status).toBe(69);
  });

  test("whose record cannot be kept says so when all are there", async () => {
    const folder = newFolder();
    const [a, b] = await freePorts(2);
    configure(folder, { machines: { a: { port: a }, b: { port: b } } });
    mkdirSync(join(folder, "logs", "a.record"), { recursive: true });
    const other = machine(folder, "b");
    const one = machine(folder, "a");
    expect(await one.ended).toBe(69);
    expect(one.said()).toMatch(/a\.record: .*\[files\/write\]/);
    expect(one.said()).not.toMatch(/node:fs/);
    other.child.kill("SIGINT");
    expect(await other.ended).toBe(0);
  });
});

const python = spawnSync("python3", ["--version"]).status === 0;

describe.skipIf(!python).concurrent("a machine in Python takes part", () => {
  test.each([
    ["uint64-le", "tcp", "before"],
    ["int32-le", "udp", "after"],
    ["clock-colon-id", "tcp", "after"],
    ["decimal-line", "tcp", "before"],
    ["int32-be", "tcp", "after"],
  ])("over wire %s on %s", { timeout: 60_000 }, async (wire, transport, rule) => {
    const folder = newFolder();
    const ports = await freePorts(3);
    const [a, b, c] = ports;
    configure(folder, {
      wire,
      transport,
      machines: { a: { port: a, rate: 12 }, b: { port: b, rate: 9 }, c: { port: c, rate: 10 } },
    });
    const ours = ["a", "b"].map((id) => machine(folder, id));
    const udp = transport === "udp" ? ["--udp"] : [];
    const args = ["--wire", wire, ...udp, "--port", `${c}`, "--peers", `${a},${b}`];
    const theirs = start(folder, "python3", PEER, ...args, "--rate", "10", "--seconds", "10");
    expect(await theirs.ended).toBe(0);
    const did = JSON.parse(theirs.said()) as {
      clock: number;
      sent: number;
      received: number;
      wrong: number;
      left: number;
    };
    for (const each of ours) each.child.kill("SIGINT");
    for (const each of ours) expect(await each.ended).toBe(0);
    const { status, told, trace } = await collected(folder, "logs/a.record", "logs/b.record");
    const events = [...trace];
    const arrived = events.filter(({ kind, peer }) => kind === "arrive" && peer === 2);
    const sentToIt = events.filter(
      ({ kind, peer }) => (kind === "send" || kind === "copy") && peer === 2,
    );
    const dropped = events.filter(
      ({ kind, process, detail }) => kind === "drop" && process === 2 && detail !== undefined,
    );
    // Whatever Python sent has arrived, and what it received was sent to it.
    if (transport === "tcp") {
      expect(arrived.length).toBe(did.sent);
      // What it was sent as it went away, nobody knows of.
      expect(did.received + did.left).toBeLessThanOrEqual(sentToIt.length - dropped.length);
    }
    expect(arrived.length).toBeGreaterThan(5);
    expect(did.received).toBeGreaterThan(5);
    expect(did.wrong).toBe(0);
    // Its sends are inferred, in the order of its clock; every message that came has one.
    const inferred = events.filter(
      ({ process, detail }) => process === 2 && detail === "(inferred)",
    );
    const stamps = inferred.map(({ lamport }) => lamport);
    expect(stamps).toEqual([...stamps].sort((x, y) => x - y));
    expect(Math.max(...stamps)).toBeLessThanOrEqual(did.clock);
    for (const event of events) {
      if (event.kind !== "receive" || event.peer !== 2) continue;
      const sent = inferred.find(
        ({ message }) =>
          message?.number === event.message?.number &&
          message?.incarnation === event.message?.incarnation,
      );
      expect(event.lamport).toBeGreaterThan(sent!.lamport);
    }
    // Between our own machines everything is known, over a wire that does not say who is there.
    const own = events.filter(
      ({ kind, message }) => kind === "receive" && message !== undefined && message.process !== 2,
    );
    expect(own.length).toBeGreaterThan(5);
    for (const { process, peer } of own) expect(process + peer!).toBe(1);
    // No check fails, and none says more than is known.
    expect(told.verdicts.map(({ result }) => result)).toEqual([
      "unknown",
      "unknown",
      "unknown",
      "unknown",
    ]);
    expect(told.verdicts[0]!.reason).toContain("inferred");
    expect(status).toBe(2);
    expect(rule).toBe(["uint64-le", "decimal-line"].includes(wire) ? "before" : "after");
  });
});
