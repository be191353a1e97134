// Runs over NATS: on workers that are OS processes with folders of their own, of which some are killed, stopped, or cut
// off, over servers of which one may be killed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseFault } from "../../src/core/fault-notation.ts";
import { micros, seconds } from "../../src/core/micros.ts";
import { readRule } from "../../src/runtimes/nats/placement.ts";
import { filesIn } from "../../src/runtimes/nats/run-files.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { newFolder } from "../folders.ts";
import { orreryIn, startOrrery } from "../orrery.ts";
import { until } from "../waiting.ts";
import { counters } from "./counters.mjs";
import { describeHosts, hosts } from "./hosts.ts";
import { onNats, startWorkers, type Workers } from "./nats.ts";
import { describeNats, type Servers, startServers } from "./nats-servers.ts";
import { allHold, type Live, lives } from "./tcp.ts";

const COUNTERS = new URL("./counters.mjs", import.meta.url).pathname;
const rates = { rates: [40, 40, 40] };
/** A run that goes on until its test has seen what it waits for. */
const LONG = seconds(120);

/** The incarnations in which a process did something, in the order of the trace. */
const startsOf = (trace: Trace, process: number): number[] =>
  [...trace]
    .filter((event) => event.process === process && event.kind === "start")
    .map(({ incarnation }) => incarnation);

/** Of no process two starts were at work at once: what an earlier did comes before the later. */
const expectOneAtATime = (trace: Trace): void => {
  const latest = new Map<number, number>();
  for (const { process, incarnation, kind } of trace) {
    if (!["internal", "send", "receive", "start"].includes(kind)) continue;
    expect(incarnation).toBeGreaterThanOrEqual(latest.get(process) ?? 0);
    latest.set(process, incarnation);
  }
};

/** What the first process counted, by notes of that name. */
const countsOf = (trace: Trace, name: string): number[] =>
  [...trace].flatMap(({ process, detail }) => {
    const note = detail as { name?: string; fields?: { count: number } } | undefined;
    return process === 0 && note?.name === name ? [note.fields!.count] : [];
  });

const stateOf = ({ run }: Live, name: string) => run.views().find((view) => view.name === name)!;

/** Where nothing is, so that what a run leaves is not in the repository. */
const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  orreryIn(newFolder(), args, env);

describeNats("runs on nats", () => {
  let servers: Servers;
  let workers: Workers;
  const byName = (name: string) => workers.workers.find((worker) => worker.name === name)!;
  beforeAll(async () => {
    servers = await startServers(3);
    const args = (name: string) => ["--label", `site=${name}`, "--cores", "1"];
    workers = await startWorkers({ urls: servers.urls, names: ["a", "b", "c"], args });
  }, 120_000);
  afterAll(async () => {
    await workers?.end();
    await servers?.stop();
  });

  const on = <T>(
    system: Parameters<typeof onNats>[0],
    settings: Parameters<typeof onNats>[1],
    more: Partial<Parameters<typeof onNats>[2]>,
    use: (live: Live) => Promise<T>,
  ) => onNats(system, settings, { urls: servers.urls, ...more }, use);

  test("machines spread over workers, and what they did is one trace", () =>
    on(clocks, { duration: seconds(3), params: rates }, {}, async (one) => {
      await one.run.to(seconds(3));
      const { trace, inferred } = await one.trace();
      allHold(trace);
      expect(inferred).toBe(0);
      expect(one.run.pids.size).toBe(0);
      for (const { ticks, skipped } of one.run.pacing()) {
        expect(ticks).toBeGreaterThan(110);
        expect(skipped).toBe(0);
      }
    }));

  test("rules say where processes are", () =>
    on(
      clocks,
      { duration: LONG, params: rates },
      {
        rules: [readRule("machine_1,machine_3 on site=b"), readRule("machine_2 on site=c")],
        perWorker: 1,
      },
      async (one) => {
        await until(() => one.run.pids.size === 3, "all have started");
        const parent = (name: string): number => {
          const pid = one.run.pids.get(name)!;
          return Number(
            spawnSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }).stdout,
          );
        };
        expect(parent("machine_1")).toBe(byName("b").pid());
        expect(parent("machine_2")).toBe(byName("c").pid());
        expect(parent("machine_3")).toBe(byName("b").pid());
      },
    ));

  test("planned faults strike as on tcp: crashes, pauses, partitions, damage", () => {
    const faults = [
      "crash machine_1 500ms..1s",
      "pause machine_2 500ms..1500ms",
      "partition machine_3|* 1s..2s",
      "corrupt machine_1>machine_2 2s..4s 0.5",
    ].map(parseFault);
    return on(
      clocks,
      { duration: seconds(4.5), params: { ...rates, internal: 0.3 }, faults },
      {},
      async (one) => {
        await one.run.to(seconds(4.5));
        const { trace } = await one.trace();
        allHold(trace);
        const kinds = [...trace]
          .filter(({ process }) => process < 2)
          .map(({ process, kind }) => `${process} ${kind}`);
        for (const kind of ["0 crash", "0 recover", "1 pause", "1 resume"])
          expect(kinds).toContain(kind);
        const drops = [...trace].filter(({ kind }) => kind === "drop").map(({ detail }) => detail);
        expect(drops).toContain("partition");
        expect(drops).toContain("corrupt");
        expect(one.run.health().refusals["a wrong checksum"]).toBeGreaterThan(0);
      },
    );
  });

  test("what stored something waits for its worker, which was killed, and goes on from its store", () =>
    on(counters, { duration: LONG }, { name: COUNTERS, perWorker: 1 }, async (one) => {
      await until(() => stateOf(one, "c_1").events > 100, "it counts");
      const pids = [...one.run.pids.values()];
      await byName("a").kill();
      await until(() => pids.filter(lives).length === 2, "its part is dead with it");
      await byName("a").revive();
      await until(() => stateOf(one, "c_1").incarnation === 2, "it is back");
      await one.run.to(micros(one.run.now + seconds(1)));
      const { trace } = await one.trace();
      expectOneAtATime(trace);
      allHold(trace);
      const found = countsOf(trace, "found");
      expect(found[0]).toBe(0);
      expect(found[1]).toBeGreaterThan(10);
      const puts = countsOf(trace, "put");
      // Nothing that was stored is lost, and nothing is counted twice.
      expect(puts).toEqual([...puts.keys()].map((at) => at + 1));
    }));

  test(
    "what stored nothing starts on another worker, when its own does not come back",
    () =>
      on(clocks, { duration: LONG, params: rates }, { perWorker: 1 }, async (one) => {
        await until(() => stateOf(one, "machine_2").events > 20, "it ticks");
        await byName("b").kill();
        await until(() => stateOf(one, "machine_2").incarnation > 1, "it is elsewhere");
        expect(one.said.join("\n")).toMatch(/machine_2 starts on [ac], no longer on b/);
        await byName("b").revive();
        await one.run.to(micros(one.run.now + seconds(1)));
        const { trace } = await one.trace();
        expectOneAtATime(trace);
        allHold(trace);
        expect(startsOf(trace, 1).length).toBe(2);
      }),
    120_000,
  );

  test(
    "a worker that is told to stop lets go of what it has: others take it at once",
    () =>
      on(clocks, { duration: LONG, params: rates }, { perWorker: 1 }, async (one) => {
        await until(() => stateOf(one, "machine_3").events > 20, "it ticks");
        expect(await byName("c").stop()).toBe(0);
        await until(() => stateOf(one, "machine_3").incarnation > 1, "it is elsewhere");
        await byName("c").revive();
        const { trace } = await one.trace();
        expectOneAtATime(trace);
        allHold(trace);
      }),
    120_000,
  );

  test(
    "goes on while servers are killed, one after the other",
    () =>
      on(clocks, { duration: LONG, params: { ...rates, internal: 0.3 } }, {}, async (one) => {
        for (const server of [0, 1, 2]) {
          await servers.kill(server);
          const { events } = stateOf(one, "machine_1");
          await until(() => stateOf(one, "machine_1").events > events + 40, "it is heard of again");
          await servers.revive(server);
        }
        const { trace } = await one.trace();
        allHold(trace);
        expect(startsOf(trace, 0)).toEqual([1]);
        const received = [...trace].filter(({ kind }) => kind === "receive");
        expect(received.length).toBeGreaterThan(50);
      }),
    120_000,
  );

  test("leaves nothing with workers, when it is over or was stopped", async () => {
    const answered = run([
      "run",
      "clocks",
      "--on",
      "nats",
      "--nats",
      servers.urls.join(","),
      "--for",
      "1s",
      "--json",
    ]);
    expect(answered.stderr).not.toContain("orrery:");
    const { runtime, verdicts } = JSON.parse(answered.stdout) as {
      readonly runtime: string;
      readonly verdicts: readonly { readonly result: string }[];
    };
    expect(runtime).toBe("nats");
    expect(verdicts.map(({ result }) => result)).toEqual(verdicts.map(() => "holds"));
    for (const { name } of workers.workers) {
      const runs = join(workers.folder, name, "runs");
      await until(() => readdirSync(runs).length === 0, `${name} keeps nothing`);
    }
    const connection = await connect({ servers: [...servers.urls] });
    const manager = await jetstreamManager(connection);
    for (const bucket of ["KV_orrery_parts", "KV_orrery_kept"]) {
      const { state } = await manager.streams.info(bucket);
      expect([bucket, state.messages]).toEqual([bucket, 0]);
    }
    await connection.close();
  });
});

describeNats("what cannot be", () => {
  const refused = (args: readonly string[], env?: NodeJS.ProcessEnv) => {
    const { status, stderr } = run(["run", "clocks", "--on", "nats", "--for", "1s", ...args], env);
    return [status, stderr] as const;
  };

  test("nobody there, wrong credentials, JetStream off, no workers: each is said", async () => {
    const alone = await startServers(1, { auth: { user: "u", password: "secret" } });
    const plain = await startServers(1, { jetstream: false });
    try {
      const [status, nobody] = refused(["--nats", "nats://127.0.0.1:1"]);
      expect([status, nobody]).toEqual([69, expect.stringContaining("[nats/unreachable]")]);
      const address = new URL(alone.urls[0]!).host;
      const wrong = refused(["--nats", `nats://u:wrong@${address}`]);
      expect(wrong).toEqual([69, expect.stringContaining("[nats/refused]")]);
      expect(wrong[1]).not.toContain("wrong@");
      const off = refused(["--nats", plain.urls[0]!]);
      expect(off).toEqual([69, expect.stringContaining("[nats/jetstream]")]);
      const none = refused(["--nats", `nats://u:secret@${address}`]);
      expect(none).toEqual([69, expect.stringContaining("no worker answers [nats/workers]")]);
      const byEnvironment = refused([], {
        NATS_URL: `nats://${address}`,
        NATS_USER: "u",
        NATS_PASSWORD: "secret",
      });
      expect(byEnvironment).toEqual([69, expect.stringContaining("[nats/workers]")]);
      const file = refused(["--nats", `nats://${address}`, "--creds", "/nowhere/x.creds"]);
      expect(file).toEqual([69, expect.stringContaining("[files/missing]")]);
    } finally {
      await alone.stop();
      await plain.stop();
    }
  }, 120_000);

  test("a server that is too old is refused by its version", async () => {
    // There is none to install: one that says of itself that it is old must do.
    const info = {
      server_id: "x",
      version: "2.8.4",
      max_payload: 1_048_576,
      headers: true,
      proto: 1,
    };
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(`INFO ${JSON.stringify(info)}\r\n`);
      socket.on("data", (data) => {
        if (data.includes("PING")) socket.write("PONG\r\n");
      });
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    const { openNats } = await import("../../src/runtimes/nats/connect.ts");
    const reached = openNats({ servers: [`127.0.0.1:${port}`] }, "test");
    await expect(reached).rejects.toMatchObject({
      code: "nats/old",
      message: expect.stringContaining("nats-server 2.8.4; 2.9.0 is needed"),
    });
    server.close();
  });

  test("a run whose only server is gone ends, says what is missing, and is undecided", async () => {
    const servers = await startServers(1);
    const workers = await startWorkers({ urls: servers.urls, names: ["a"] });
    const out = mkdtempSync(join(tmpdir(), "orrery-undecided-"));
    try {
      const where = ["--on", "nats", "--nats", servers.urls[0]!];
      const args = ["run", "clocks", ...where, "--for", "4s", "--set", "rates=900,900,900"];
      const { stderr, ended } = startOrrery(out, [...args, "--out", "run"]);
      const runs = join(workers.folder, "a", "runs");
      // More than the head of a record.
      const written = (run: string): number =>
        filesIn(join(runs, run)).reduce((sum, { size }) => sum + size, 0);
      await until(() => {
        const [run] = existsSync(runs) ? readdirSync(runs) : [];
        return run !== undefined && written(run) > 100_000;
      }, "it runs");
      await servers.kill(0);
      expect([await ended, stderr()]).toEqual([2, expect.stringContaining("undecided")]);
      expect(stderr()).toContain("looking for a server of NATS");
      expect(stderr()).toMatch(
        /machine_1, machine_2, machine_3 recorded and stored is still in runs\//,
      );
    } finally {
      rmSync(out, { recursive: true, force: true });
      await workers.end();
      await servers.stop();
    }
  }, 120_000);

  test("a worker of another name's folder, a system that is another there, rules without workers", async () => {
    const servers = await startServers(1);
    const workers = await startWorkers({ urls: servers.urls, names: ["a"] });
    try {
      const { urls } = servers;
      const same = run([
        "worker",
        "--nats",
        urls[0]!,
        "--name",
        "a",
        "--folder",
        `${workers.folder}/x`,
      ]);
      expect(same.stderr).toContain('there is a worker "a" already');
      const taken = run([
        "worker",
        "--nats",
        urls[0]!,
        "--name",
        "b",
        "--folder",
        `${workers.folder}/a`,
      ]);
      expect(taken.stderr).toContain("another worker's");
      const nowhere = refused(["--nats", urls[0]!, "--place", "machine_* on site=paris"]);
      expect(nowhere).toEqual([
        69,
        expect.stringContaining("no worker has the labels for machine_1"),
      ]);
      const misspelt = refused(["--nats", urls[0]!, "--place", "machin_1 on site=paris"]);
      expect(misspelt).toEqual([64, expect.stringContaining('did you mean "machine_1"?')]);
      const other = onNats(
        counters,
        { duration: LONG },
        { urls, name: COUNTERS, source: "another" },
        async () => {},
      );
      await expect(other).rejects.toMatchObject({
        code: "nats/workers",
        message: expect.stringContaining("not the same here"),
      });
    } finally {
      await workers.end();
      await servers.stop();
    }
  }, 120_000);

  test("two sites: servers of the second are leaves of the first, and have no JetStream", async () => {
    const hub = await startServers(3, { domain: "hub" });
    const site = await startServers(1, { leafOf: hub, jetstream: false });
    const args = (name: string) => [
      ...["--label", `site=${name}`, "--js-domain", "hub"],
      ...(name === "far" ? ["--nats", site.urls[0]!] : []),
    ];
    const workers = await startWorkers({ urls: hub.urls, names: ["near", "far"], args });
    const rules = [readRule("c_1 on site=near"), readRule("c_2,c_3 on site=far")];
    try {
      const nats = { urls: hub.urls, name: COUNTERS, rules, domain: "hub" };
      await onNats(counters, { duration: seconds(3) }, nats, async (one) => {
        await one.run.to(seconds(3));
        const { trace } = await one.trace();
        allHold(trace);
        const across = [...trace].filter(
          ({ kind, process, peer }) => kind === "receive" && process === 0 && peer !== 0,
        );
        expect(across.length).toBeGreaterThan(50);
      });
    } finally {
      await workers.end();
      await site.stop();
      await hub.stop();
    }
  }, 120_000);

  test("hosts whose clocks differ by an hour", async () => {
    const servers = await startServers(1);
    const skew = [
      "unshare",
      "--time",
      "--monotonic",
      "3600",
      "--boottime",
      "3600",
      "--fork",
      "--kill-child",
    ];
    const possible = spawnSync(skew[0]!, [...skew.slice(1), "true"]).status === 0;
    // The program would stay in between: what it sets is taken instead.
    const faked = ["FAKETIME", "LD_PRELOAD"].map((name) => {
      const { stdout } = spawnSync("faketime", ["-f", "+1h", "printenv", name], {
        encoding: "utf8",
      });
      return `${name}=${(stdout ?? "").trim()}`;
    });
    const wall = faked.every((pair) => !pair.endsWith("="));
    const within = (name: string): readonly string[] =>
      name === "a" ? [] : [...(possible ? skew : []), ...(wall ? ["env", ...faked] : [])];
    const env = { DONT_FAKE_MONOTONIC: "1" };
    const workers = await startWorkers({ urls: servers.urls, names: ["a", "b"], within, env });
    try {
      await onNats(
        clocks,
        { duration: seconds(3), params: rates },
        { urls: servers.urls },
        async (one) => {
          await one.run.to(seconds(3));
          const { trace, inferred } = await one.trace();
          allHold(trace);
          expect(inferred).toBe(0);
          for (const { ticks, skipped } of one.run.pacing()) {
            expect(ticks).toBeGreaterThan(110);
            expect(skipped).toBe(0);
          }
        },
      );
    } finally {
      await workers.end();
      await servers.stop();
    }
  }, 120_000);
});

describeNats("hosts that are cut off", () => {
  describeHosts("with addresses of their own", () => {
    test("what stored something goes on; what did not is elsewhere, and never in two places", async () => {
      const net = hosts(2);
      const servers = await startServers(1, { host: net.bridgeAddress });
      const names = ["a", "b"];
      const workers = await startWorkers({ urls: servers.urls, names, hosts: net.hosts });
      const nats = { urls: servers.urls, perWorker: 1 };
      const cut = net.hosts[1]!;
      try {
        await onNats(counters, { duration: LONG }, { ...nats, name: COUNTERS }, async (bound) => {
          await onNats(clocks, { duration: LONG, params: rates }, nats, async (free) => {
            await until(() => stateOf(bound, "c_2").events > 50, "c_2 counts");
            await until(() => stateOf(free, "machine_2").events > 20, "machine_2 ticks");
            const before = stateOf(bound, "c_2").events;
            cut.cut();
            await until(() => stateOf(free, "machine_2").incarnation > 1, "machine_2 is on a");
            expect(bound.said.join("\n")).toContain("worker b does not answer: c_2");
            expect(stateOf(bound, "c_2").state).toBe("down");
            cut.heal();
            await until(() => stateOf(bound, "c_2").events > before + 500, "c_2 is heard of again");
            expect(stateOf(bound, "c_2").state).toBe("up");
            const kept = await bound.trace();
            const moved = await free.trace();
            for (const { trace } of [kept, moved]) {
              expectOneAtATime(trace);
              allHold(trace);
            }
            expect(startsOf(kept.trace, 1)).toEqual([1]);
            expect(startsOf(moved.trace, 1).length).toBe(2);
          });
        });
      } finally {
        await workers.end();
        await servers.stop();
        await net.remove();
      }
    }, 180_000);
  });
});
