// What docs/deploy.md says holds: three servers from the files under deploy/, a worker that may do there what their
// permissions say and nothing else, and servers that are restarted one by one while a run goes on.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { type Started, startOrrery } from "../orrery.ts";
import { eventually } from "../waiting.ts";
import { type Deployed, deployed, deployFile } from "./deployed.ts";
import { describeNats, startServers } from "./nats-servers.ts";

const BICYCLE = join(import.meta.dirname, "../../experiments/factory/bicycle.yaml");

/** What the file lets its user publish, under a comment that begins so, or under none. */
function publishedUnder(heading: string): readonly string[] {
  const [, list = ""] = /publish: \[\n([^\]]*)\]/.exec(deployFile("nats/common.conf")) ?? [];
  const parts = list.split(/^ *# (.*)\n/m);
  const text =
    heading === "" ? parts[0] : parts[parts.findIndex((part) => part.startsWith(heading)) + 1];
  return [...(text ?? "").matchAll(/"([^"]+)"/g)].map(([, subject]) => subject!);
}

async function workers(servers: Deployed, count: number): Promise<readonly Started[]> {
  const started = Array.from({ length: count }, (_, index) =>
    startOrrery(
      servers.folder,
      ["worker", "--name", `w-${index + 1}`, "--cores", "2"],
      servers.env,
    ),
  );
  for (const { said } of started) await eventually(() => expect(said()).toContain("stores in"));
  return started;
}

const run = ({ folder, env }: Deployed, ...args: readonly string[]): Started =>
  startOrrery(folder, ["run", ...args, "--on", "nats"], env);

async function connection({ env }: Deployed) {
  const made = await connect({
    servers: env.NATS_URL.split(",").map((url) => url.replace("tls://", "")),
    tls: { caFile: env.NATS_CA },
    authenticator: nkeyAuthenticator(readFileSync(env.NATS_NKEY)),
  });
  onTestFinished(() => made.close());
  return made;
}

describeNats("three servers as they are deployed", () => {
  test("let a worker and its runs do what they do, with no permission that they do not need", async () => {
    const servers = await deployed("trace: true");
    await servers.start();
    await workers(servers, 2);
    const clocks = run(servers, "clocks", "--for", "3s", "--set", "rates=20,10,5");
    expect(await clocks.ended, clocks.said()).toBe(0);
    const led = ["--set", "leader.candidates=3", "--set", "timeScale=300"];
    const factory = run(servers, BICYCLE, "--for", "10s", ...led);
    expect(await factory.ended, factory.said()).toBe(0);

    const lines = servers.log().split("\n");
    expect(lines.filter((line) => line.includes("Violation"))).toEqual([]);
    const published = lines.flatMap((line) => /<<- \[H?PUB (\S+)/.exec(line)?.[1] ?? []);
    for (const allowed of [...publishedUnder(""), ...publishedUnder("Runs")]) {
      const begins = allowed.replace(/>$/, "");
      expect(
        published.some((subject) => subject.startsWith(begins)),
        allowed,
      ).toBe(true);
    }
  }, 180_000);

  test("keep three copies, and refuse strangers and other subjects", async () => {
    const servers = await deployed();
    await servers.start();
    await workers(servers, 1);
    const clocks = run(servers, "clocks", "--for", "1s");
    expect(await clocks.ended, clocks.said()).toBe(0);
    const manager = await jetstreamManager(await connection(servers), { checkAPI: false });
    expect((await manager.streams.info("KV_orrery_parts")).config.num_replicas).toBe(3);
    await expect(manager.streams.add({ name: "other", subjects: ["other"] })).rejects.toThrow();
    await expect(manager.streams.delete("KV_orrery_parts")).rejects.toThrow();
    expect(servers.log().match(/Publish Violation/g)?.length).toBe(2);

    const { NATS_URL, NATS_CA } = servers.env;
    const stranger = startOrrery(servers.folder, ["worker", "--name", "x"], { NATS_URL, NATS_CA });
    expect(await stranger.ended).toBe(69);
    expect(stranger.said()).toContain("nats/refused");
  }, 180_000);

  test("may be restarted one by one, and then the worker: a run goes on, and its audit holds", async () => {
    const servers = await deployed("lame_duck_grace_period: 1s");
    await servers.start();
    const [worker] = await workers(servers, 1);
    const led = ["--set", "leader.candidates=3", "--set", "timeScale=300"];
    const factory = run(servers, BICYCLE, "--for", "150s", ...led);
    await eventually(() => expect(worker!.said()).toContain("part 1 of"));
    for (const index of [0, 1, 2]) await servers.restart(index);
    expect(worker!.child.exitCode).toBe(null);

    worker!.child.kill("SIGTERM");
    expect(await worker!.ended).toBe(0);
    const [again] = await workers(servers, 1);
    await eventually(() => expect(again!.said()).toContain("part 1 of"));
    factory.child.kill("SIGINT");
    await factory.ended;
    expect(factory.said()).toContain("holds   audit");
    expect(factory.said()).not.toContain("✗");
  }, 240_000);
});

describeNats("a worker that is told to end", () => {
  test("has its parts started elsewhere before it could be missed", async () => {
    const servers = await deployed();
    await servers.start();
    const [stays, ends] = await workers(servers, 2);
    const clocks = run(servers, "clocks", "--for", "60s");
    await eventually(() => expect(ends!.said()).toContain("part 3 of 3 starts"));
    await eventually(() => expect(clocks.said()).toMatch(/machine_3 L=[1-9]/));
    ends!.child.kill("SIGTERM");
    expect(await ends!.ended).toBe(0);
    await eventually(() => expect(stays!.said()).toContain("part 3 of 3 starts"));
    expect(clocks.said()).not.toContain("does not answer");
    clocks.child.kill("SIGINT");
    await clocks.ended;
    expect(clocks.said()).not.toContain("✗");
  }, 180_000);
});

describeNats("who a worker is", () => {
  test.each(["creds", "password"] as const)("is shown by %s", async (kind) => {
    const auth = { user: "orrery", password: "s3cret" };
    const servers = await startServers(1, kind === "creds" ? { creds: true } : { auth });
    const folder = mkdtempSync(join(tmpdir(), "orrery-shown-"));
    onTestFinished(async () => {
      await servers.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const url = { NATS_URL: servers.urls[0]! };
    const shown = kind === "creds" ? { NATS_CREDS: servers.creds! } : passwordOf(auth);
    const worker = startOrrery(folder, ["worker", "--name", "w-1"], { ...url, ...shown });
    await eventually(() => expect(worker.said()).toContain("stores in"));
    const clocks = ["run", "clocks", "--on", "nats", "--for", "1s"];
    const { ended, said } = startOrrery(folder, clocks, { ...url, ...shown });
    expect(await ended, said()).toBe(0);
    const stranger = startOrrery(folder, ["worker", "--name", "x"], url);
    expect(await stranger.ended).toBe(69);
  });
});

const passwordOf = ({ user, password }: { user: string; password: string }) => ({
  NATS_USER: user,
  NATS_PASSWORD: password,
});
