// Hosts for tests: network namespaces of this machine, each with an address of its own, on one
// bridge that the root namespace is on too. For what crosses machines, and for partitions.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe } from "vitest";
import { LastWill } from "./last-will.ts";

export type Host = {
  readonly name: string;
  /** 10.77.x.y: where the other hosts and the root namespace reach it. */
  readonly address: string;
  /** Starts a program on this host. */
  readonly run: (command: string, args?: readonly string[], options?: SpawnOptions) => ChildProcess;
  /** Takes the host off the network, as a pulled cable does: nothing is refused, all is lost. */
  readonly cut: () => void;
  /** Puts the cable back. */
  readonly heal: () => void;
};

export type Hosts = {
  readonly hosts: readonly Host[];
  /** Where hosts reach what listens in the root namespace. */
  readonly bridgeAddress: string;
  /** Kills what runs on the hosts, and removes them. */
  readonly remove: () => Promise<void>;
};

const NETS = 256;
const HOSTS_MAX = 200;

function ip(...args: readonly string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function tried(...args: readonly string[]): boolean {
  try {
    ip(...args);
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes a network that is free. Its bridge bears its number, and to make a bridge is atomic: of two
 * tests that want one number, one fails. What a killed test left behind only makes a number rarer.
 */
function claim(): { readonly net: number; readonly bridge: string } {
  const first = Math.floor(Math.random() * NETS);
  for (let tries = 0; tries < NETS; tries++) {
    const net = (first + tries) % NETS;
    const bridge = `orrery-${net}`;
    if (tried("link", "add", bridge, "type", "bridge")) return { net, bridge };
  }
  throw new Error("no bridge can be made: see `ip link show type bridge`");
}

/** Why this machine cannot have hosts; undefined if it can. */
function hindrance(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are of Linux";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  const probe = `orrery-probe-${process.pid}`;
  const [outer, inner] = [`op${process.pid}`, `oq${process.pid}`];
  const made = tried("netns", "add", probe);
  const joined = made && tried("link", "add", outer, "type", "veth", "peer", "name", inner);
  const bridged = joined && tried("link", "add", `ob${process.pid}`, "type", "bridge");
  if (bridged) tried("link", "del", `ob${process.pid}`);
  if (joined) tried("link", "del", outer);
  if (made) tried("netns", "del", probe);
  if (!made) return "`ip netns add` fails";
  return bridged ? undefined : "`ip link add` of a veth or a bridge fails";
}

const hindered = hindrance();

/** Does this machine let us make hosts? It takes Linux, root, and the program `ip`. */
export const hostsPossible = hindered === undefined;

/** A `describe` for tests that need hosts; skipped, with the reason in its name, where there are none. */
export function describeHosts(name: string, body: () => void): void {
  if (hostsPossible) describe(name, body);
  else describe.skip(`${name}: skipped, ${hindered}`, body);
}

/** Makes hosts on a network of their own. */
export function hosts(count: number): Hosts {
  if (count > HOSTS_MAX) throw new Error(`a network has at most ${HOSTS_MAX} hosts`);
  const { net, bridge } = claim();
  const names = Array.from({ length: count }, (_, index) => `${bridge}-${index}`);
  const will = new LastWill();
  will.say(
    names
      .map((each) => `ip netns pids ${each} | xargs -r kill -KILL; ip link del ${each};`)
      .concat(names.map((each) => `ip netns del ${each};`))
      .concat(`ip link del ${bridge}`)
      .join(" "),
  );
  const bridgeAddress = `10.77.${net}.1`;
  ip("addr", "add", `${bridgeAddress}/24`, "dev", bridge);
  ip("link", "set", bridge, "up");
  const made = names.map((name, index) => host(name, `10.77.${net}.${index + 10}`, bridge));

  const remove = async () => {
    for (const name of names) {
      for (let tries = 0; ; tries++) {
        const pids = ip("netns", "pids", name).split("\n").filter(Boolean).map(Number);
        if (pids.length === 0) break;
        if (tries === 1000) throw new Error(`on ${name}, these do not end: ${pids}`);
        for (const pid of pids) strike(pid);
        await sleep(10);
      }
      // The namespace would take its end of the cable along, but later.
      tried("link", "del", name);
      ip("netns", "del", name);
    }
    ip("link", "del", bridge);
    await will.revoke();
  };
  return { hosts: made, bridgeAddress, remove };
}

function host(name: string, address: string, bridge: string): Host {
  // The number is ours: what bears our names was left by a test that was killed, guard and all.
  tried("link", "del", name);
  tried("netns", "del", name);
  ip("netns", "add", name);
  ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
  ip("link", "set", name, "master", bridge, "up");
  ip("-n", name, "link", "set", "lo", "up");
  ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0");
  ip("-n", name, "link", "set", "eth0", "up");
  return {
    name,
    address,
    // `ip netns exec` becomes the program: the child's pid is the program's.
    run: (command, args = [], options = {}) =>
      spawn("ip", ["netns", "exec", name, command, ...args], options),
    cut: () => void ip("link", "set", name, "down"),
    heal: () => void ip("link", "set", name, "up"),
  };
}

function strike(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
