// Real NATS servers, for tests: a cluster that is up when a test begins, whose servers can be killed
// and revived, and of which nothing is left afterwards, however the test ends.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "vitest";
import type { Host } from "./hosts.ts";
import { LastWill, quoted } from "./last-will.ts";
import {
  type Credentials,
  certify,
  configOf,
  freePorts,
  type Place,
  type Shared,
} from "./nats-config.ts";
import { makeCreds } from "./nats-creds.ts";

/** The program: what NATS_SERVER names, else `nats-server` on the path, else undefined. */
export const natsServer: string | undefined = process.env.NATS_SERVER || onPath("nats-server");

/**
 * A `describe` for tests that need NATS. Where the program is missing they are skipped, and their name
 * says so; but in CI (CI or ORRERY_CI is set) that is a failure, as nobody reads what CI skips.
 */
export function describeNats(name: string, body: () => void): void {
  if (natsServer !== undefined) {
    describe(name, body);
    return;
  }
  const skipped = `${name}: skipped, nats-server is not installed (apt-get install nats-server)`;
  if (process.env.CI || process.env.ORRERY_CI) {
    test(name, () => {
      throw new Error(skipped.replace("skipped", "not to be skipped in CI"));
    });
  } else describe.skip(skipped, body);
}

/** A server: what it is, whether it runs now or not. */
export type Server = {
  readonly name: string;
  /** Where clients connect; no credentials in it. */
  readonly url: string;
  /** Of its last process. */
  readonly pid: number;
  readonly alive: boolean;
  /** The configuration's path; the server's log lies beside it, ending in `.log`. */
  readonly config: string;
};

export type Servers = {
  /** Where clients connect, server by server. */
  readonly urls: readonly string[];
  readonly servers: readonly Server[];
  /** With `tls`: the path of the authority's certificate. */
  readonly ca: string | undefined;
  /** With `creds`: the path of a user's credentials file. */
  readonly creds: string | undefined;
  /** The name of its JetStream domain. */
  readonly domain: string | undefined;
  /** Where leaf nodes connect, with a user and a password if they must show them. */
  readonly leafUrls: readonly string[];
  /** Kills one by SIGKILL; resolves when it is gone. */
  kill(index: number): Promise<void>;
  /**
   * Starts one again, on its ports and with its data. Resolves when it has joined the others; if they
   * are too few to elect a leader, when it has started.
   */
  revive(index: number): Promise<void>;
  /** Ends all servers, and removes what they wrote. */
  stop(): Promise<void>;
};

export type Options = {
  /** Keeps streams? On unless told otherwise. */
  readonly jetstream?: boolean;
  /** Address to listen on; 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** Hosts to run on, in turn; each server listens at the address of its own. */
  readonly on?: readonly Host[];
  /** Clients must speak TLS; servers among themselves, and leaf nodes, do not. */
  readonly tls?: boolean;
  /** Who may connect. At most one of `auth`, `accounts` and `creds`. */
  readonly auth?: Credentials;
  /** Accounts, by name, each with its user; each has streams of its own. */
  readonly accounts?: { readonly [name: string]: Credentials };
  /** Clients must show a credentials file (JWT and nkey); one is made. */
  readonly creds?: boolean;
  /** A JetStream domain; a leaf's is `leaf` unless told otherwise. */
  readonly domain?: string;
  /** Makes each of these a leaf node of that cluster. Accounts: the first of either side are joined. */
  readonly leafOf?: Servers;
};

const PATIENCE = 60_000;
const TRIES = 5;

/**
 * Starts a cluster, or with a `count` of 1 a server alone. Resolves when all are connected to each
 * other, JetStream has a leader that hears from all, and leaf nodes reach the other site: in less
 * than a second, at times in some. @throws Error with the ends of logs, if one ends or a minute passes.
 */
export async function startServers(count = 3, options: Options = {}): Promise<Servers> {
  if (natsServer === undefined) throw new Error("nats-server is not installed");
  for (let tries = 1; ; tries++) {
    const cluster = new Cluster(options);
    try {
      await cluster.start(count);
      return cluster;
    } catch (error) {
      await cluster.stop();
      const unlucky = /address already in use/.test(String(error));
      if (!unlucky || tries === TRIES) throw error;
    }
  }
}

class Member implements Server {
  readonly name: string;
  readonly url: string;
  readonly config: string;
  readonly place: Place;
  readonly host: Host | undefined;
  child: ChildProcess | undefined;

  constructor(place: Place, scheme: string, folder: string, host: Host | undefined) {
    this.name = place.name;
    this.url = `${scheme}://${place.host}:${place.ports.client}`;
    this.config = join(folder, `${place.name}.conf`);
    this.place = place;
    this.host = host;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get alive(): boolean {
    return this.child !== undefined && this.child.exitCode === null && !this.child.signalCode;
  }

  launch(): ChildProcess {
    const log = openSync(`${this.config}.log`, "a");
    const run = this.host?.run ?? spawn;
    // It writes its log by itself: no pipe to us that could fill, or break when we are killed.
    this.child = run(natsServer!, ["-c", this.config], { stdio: ["ignore", log, log], cwd: "/" });
    // A program that cannot be started has no pid: it counts as one that ended.
    this.child.on("error", () => {});
    closeSync(log);
    return this.child;
  }

  async kill(): Promise<void> {
    if (!this.alive || this.child?.pid === undefined) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  /** What its monitor says at a path; undefined if it does not answer. */
  async ask(path: string): Promise<Monitored | undefined> {
    const { host, ports } = this.place;
    try {
      const signal = AbortSignal.timeout(2000);
      const response = await fetch(`http://${host}:${ports.http}${path}`, { signal });
      return (await response.json()) as Monitored;
    } catch {
      return undefined;
    }
  }

  end(): string {
    const log = existsSync(`${this.config}.log`) ? readFileSync(`${this.config}.log`, "utf8") : "";
    return log.split("\n").slice(-15).join("\n");
  }
}

/** What we read of what monitors say, at whichever path. */
type Monitored = {
  readonly status?: string;
  readonly routes?: readonly { readonly remote_id: string }[];
  readonly leafnodes?: number;
  readonly meta_cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly current: boolean; readonly offline?: boolean }[];
  };
};

class Cluster implements Servers {
  readonly #options: Options;
  readonly #folder = mkdtempSync(join(tmpdir(), "orrery-nats-"));
  readonly #will = new LastWill();
  #members: readonly Member[] = [];
  #stopped = false;
  ca: string | undefined;
  creds: string | undefined;
  domain: string | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#tellWill();
  }

  get servers(): readonly Server[] {
    return this.#members;
  }

  get urls(): readonly string[] {
    return this.#members.map((each) => each.url);
  }

  get leafUrls(): readonly string[] {
    const { auth, accounts } = this.#options;
    const who = auth ?? Object.values(accounts ?? {})[0];
    const shown = who ? `${encodeURIComponent(who.user)}:${encodeURIComponent(who.password)}@` : "";
    return this.#members.map(({ place }) => `nats://${shown}${place.host}:${place.ports.leaf}`);
  }

  async start(count: number): Promise<void> {
    const { on = [], host = "127.0.0.1", leafOf, tls, jetstream = true } = this.#options;
    const cluster = `orrery-${randomBytes(4).toString("hex")}`;
    const places: Place[] = [];
    for (let index = 0; index < count; index++) {
      const address = on[index % on.length]?.address ?? host;
      const ports = await freePorts(address, on.length === 0);
      places.push({ name: `${cluster}-${index}`, host: address, ports });
    }
    const { auth, accounts, creds } = this.#options;
    if ([auth, accounts, creds || undefined].filter(Boolean).length > 1)
      throw new Error("at most one of auth, accounts and creds");
    const trust = creds ? makeCreds(this.#folder) : undefined;
    this.creds = trust?.path;
    this.domain = this.#options.domain ?? (leafOf && jetstream ? "leaf" : undefined);
    const addresses = places.map((each) => each.host);
    const certificates = tls ? certify(this.#folder, addresses) : undefined;
    this.ca = certificates?.ca;
    const shared: Shared = {
      cluster,
      folder: this.#folder,
      jetstream,
      domain: this.domain,
      tls: certificates,
      auth,
      accounts,
      trust,
      hub: leafOf && { urls: leafOf.leafUrls, creds: leafOf.creds },
    };
    this.#members = places.map((place, index) => {
      const scheme = tls ? "tls" : "nats";
      const member = new Member(place, scheme, this.#folder, on[index % on.length]);
      writeFileSync(member.config, configOf(place, places, shared));
      return member;
    });
    for (const each of this.#members) this.#launch(each);
    await this.#until(this.#members, () => this.#all((each) => this.#joined(each)));
  }

  async kill(index: number): Promise<void> {
    await this.#members[index]!.kill();
  }

  async revive(index: number): Promise<void> {
    const member = this.#members[index]!;
    if (member.alive) return;
    this.#launch(member);
    const living = this.#members.filter((each) => each.alive).length;
    const elects = living * 2 > this.#members.length;
    await this.#until([member], async () =>
      elects ? await this.#joined(member) : (await member.ask("/varz")) !== undefined,
    );
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await Promise.all(this.#members.map((each) => each.kill()));
    rmSync(this.#folder, { recursive: true, force: true });
    await this.#will.revoke();
  }

  #launch(member: Member): void {
    member.launch().once("exit", () => this.#tellWill());
    this.#tellWill();
  }

  /** A pid that is another's by now must not be killed: the will names those that live. */
  #tellWill(): void {
    if (this.#stopped) return;
    const pids = this.#members.filter((each) => each.alive && each.pid > 0).map((each) => each.pid);
    const kill = pids.length === 0 ? "" : `kill -KILL ${pids.join(" ")}; `;
    // A killed server may be writing still; what it wrote goes at the second try.
    const rm = `rm -rf ${quoted(this.#folder)}`;
    this.#will.say(`${kill}${rm} || { sleep 1; ${rm}; }`);
  }

  async #all(holds: (member: Member) => Promise<boolean>): Promise<boolean> {
    return (await Promise.all(this.#members.map(holds))).every(Boolean);
  }

  /** Is it connected to all that live, and does JetStream work as it sees it? */
  async #joined(member: Member): Promise<boolean> {
    const { jetstream = true, leafOf } = this.#options;
    if ((await member.ask("/healthz"))?.status !== "ok") return false;
    if (leafOf && !(await member.ask("/leafz"))?.leafnodes) return false;
    if (this.#members.length === 1) return true;
    const routes = (await member.ask("/routez"))?.routes ?? [];
    const peers = new Set(routes.map((each) => each.remote_id)).size;
    if (peers < this.#members.filter((each) => each.alive).length - 1) return false;
    if (!jetstream) return true;
    const meta = (await member.ask("/jsz"))?.meta_cluster;
    if (!meta?.leader) return false;
    // Only the leader lists the others; it places replicas on those that it has heard from.
    if (meta.leader !== member.name || this.#members.some((each) => !each.alive)) return true;
    const replicas = meta.replicas ?? [];
    const heard = replicas.filter((each) => each.current && !each.offline).length;
    return heard === this.#members.length - 1;
  }

  async #until(waited: readonly Member[], holds: () => Promise<boolean>): Promise<void> {
    const bound = Date.now() + PATIENCE;
    for (;;) {
      const ended = waited.find((each) => !each.alive);
      if (ended) throw new Error(`${ended.name} ended:\n${ended.end()}`);
      if (await holds()) return;
      if (Date.now() > bound) {
        const logs = this.#members.map((each) => `${each.name}:\n${each.end()}`).join("\n");
        throw new Error(`the servers were not ready in ${PATIENCE / 1000} s\n${logs}`);
      }
      await sleep(50);
    }
  }
}

function onPath(program: string): string | undefined {
  const paths = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, program));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
