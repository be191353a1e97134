// The servers of deploy/nats, on this host: their files as they are, but for addresses, folders and the key.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { eventually } from "../waiting.ts";
import { LastWill, quoted } from "./last-will.ts";
import { freePorts, type Ports } from "./nats-config.ts";
import { natsServer } from "./nats-servers.ts";

const DEPLOY = join(import.meta.dirname, "../../deploy");
const SERVERS = [1, 2, 3] as const;
const HOST = "127.0.0.1";

/** A file of deploy/, as it is. */
export const deployFile = (path: string): string => readFileSync(join(DEPLOY, path), "utf8");

export type Deployed = {
  readonly folder: string;
  /** What a worker is told: where the servers are, whom to trust, and its key. */
  readonly env: { readonly NATS_URL: string; readonly NATS_CA: string; readonly NATS_NKEY: string };
  readonly configs: readonly string[];
  readonly start: () => Promise<void>;
  /** Restarts one as systemd does: at SIGUSR2 it lets go of its clients, and ends. Resolves when it is back. */
  readonly restart: (index: number) => Promise<void>;
  /** All that the servers logged, with each message that came in if `trace`. */
  readonly log: () => string;
};

/** Writes the configuration of three servers; they end with the test. `lines`: added to what they share. */
export async function deployed(lines = ""): Promise<Deployed> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-deploy-"));
  const will = new LastWill();
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(children.map(ended));
    rmSync(folder, { recursive: true, force: true });
    await will.revoke();
  });
  const tls = join(folder, "tls", HOST);
  // Whoever dials an address looks for `localhost` in the certificate, as Node does.
  const named = [join(folder, "tls"), HOST, "localhost"];
  execFileSync("sh", [join(DEPLOY, "nats/certify.sh"), ...named], { stdio: "pipe" });
  const key = join(folder, "worker.nk");
  const made = execFileSync(process.execPath, [join(DEPLOY, "nats/new-key.mjs"), key]);
  const ports = await Promise.all(SERVERS.map(() => freePorts(HOST, true)));
  const configs = SERVERS.map((number) => {
    const home = join(folder, `nats-${number}`);
    mkdirSync(home);
    const shared = placed(deployFile("nats/common.conf"), ports, number, folder);
    const known = shared.replace("REPLACE-BY-PUBLIC-KEY", made.toString().trim());
    writeFileSync(join(home, "common.conf"), `${known}\n${lines}\n`);
    const config = join(home, `s${number}.conf`);
    writeFileSync(config, deployFile(`nats/s${number}.conf`));
    return config;
  });
  const launch = (index: number): void => {
    const log = openSync(`${configs[index]}.log`, "a");
    const child = spawn(natsServer!, ["-c", configs[index]!], { stdio: ["ignore", log, log] });
    closeSync(log);
    children[index] = child;
    const pids = children.map(({ pid }) => pid).filter((pid) => pid !== undefined);
    will.say(`kill -KILL ${pids.join(" ")}; sleep 1; rm -rf ${quoted(folder)}`);
  };
  const ready = async (index: number): Promise<void> => {
    const at = `http://${HOST}:${ports[index]!.http}/healthz`;
    await eventually(async () => {
      const said = (await (await fetch(at)).json()) as { readonly status?: string };
      if (said.status !== "ok") throw new Error(`nats-${index + 1} is not ready: ${said.status}`);
    });
  };
  return {
    folder,
    env: {
      NATS_URL: ports.map(({ client }) => `tls://${HOST}:${client}`).join(","),
      NATS_CA: join(tls, "ca.pem"),
      NATS_NKEY: key,
    },
    configs,
    start: async () => {
      for (const index of configs.keys()) launch(index);
      for (const index of configs.keys()) await ready(index);
    },
    restart: async (index) => {
      const child = children[index]!;
      const gone = once(child, "exit");
      child.kill("SIGUSR2");
      await gone;
      launch(index);
      await ready(index);
    },
    log: () =>
      configs
        .map((config) => `${config}.log`)
        .filter((path) => existsSync(path))
        .map((path) => readFileSync(path, "utf8"))
        .join(""),
  };
}

/** Addresses and folders of this host for those of the hosts that the file is for. */
function placed(text: string, ports: readonly Ports[], number: number, folder: string): string {
  const { client, http, route } = ports[number - 1]!;
  return SERVERS.reduce(
    (rest, each) =>
      rest.replace(`nats-${each}.example.org:6222`, `${HOST}:${ports[each - 1]!.route}`),
    text
      .replace("0.0.0.0:4222", `${HOST}:${client}`)
      .replace("127.0.0.1:8222", `${HOST}:${http}`)
      .replace("0.0.0.0:6222", `${HOST}:${route}`)
      .replaceAll("/etc/nats/tls", join(folder, "tls", HOST))
      .replace("/var/lib/nats", join(folder, `nats-${number}`, "store")),
  );
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
