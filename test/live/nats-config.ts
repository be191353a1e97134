// What a NATS server for tests is told: its configuration as text, its ports, its certificates.
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

export type Credentials = { readonly user: string; readonly password: string };

export type Ports = {
  readonly client: number;
  readonly route: number;
  readonly leaf: number;
  readonly http: number;
};

/** One server's place: where it listens. */
export type Place = { readonly name: string; readonly host: string; readonly ports: Ports };

/** Paths of PEM files. */
export type Certificates = { readonly ca: string; readonly cert: string; readonly key: string };

/** What all servers of a cluster have in common. */
export type Shared = {
  readonly cluster: string;
  readonly folder: string;
  readonly jetstream: boolean;
  readonly domain?: string | undefined;
  readonly tls?: Certificates | undefined;
  readonly auth?: Credentials | undefined;
  readonly accounts?: { readonly [name: string]: Credentials } | undefined;
  /** An operator, as text of a configuration, and the key of the account that it vouches for. */
  readonly trust?: { readonly config: string; readonly account: string } | undefined;
  /** The leaf ports of another cluster, and the credentials file that it wants. */
  readonly hub?:
    | { readonly urls: readonly string[]; readonly creds?: string | undefined }
    | undefined;
};

// NATS's own format reads the strings of JSON.
const text = (value: string): string => JSON.stringify(value);

const userOf = ({ user, password }: Credentials): string =>
  `user: ${text(user)}, password: ${text(password)}`;

/** The configuration of one server among `places`. */
export function configOf(place: Place, places: readonly Place[], shared: Shared): string {
  const { host, ports } = place;
  const lines = [
    `server_name: ${text(place.name)}`,
    `listen: "${host}:${ports.client}"`,
    `http: "${host}:${ports.http}"`,
    `leafnodes { listen: "${host}:${ports.leaf}"${remotes(shared)} }`,
  ];
  if (shared.jetstream) {
    const domain = shared.domain === undefined ? "" : `, domain: ${text(shared.domain)}`;
    const store = text(join(shared.folder, place.name));
    lines.push(`jetstream { store_dir: ${store}, max_mem: 256MB, max_file: 2GB${domain} }`);
  }
  if (places.length > 1) {
    const routes = places.map((each) => `"nats://${each.host}:${each.ports.route}"`);
    const name = text(shared.cluster);
    lines.push(`cluster { name: ${name}, listen: "${host}:${ports.route}", routes: [${routes}] }`);
  }
  if (shared.tls)
    lines.push(`tls { cert_file: ${text(shared.tls.cert)}, key_file: ${text(shared.tls.key)} }`);
  if (shared.auth) lines.push(`authorization { ${userOf(shared.auth)} }`);
  if (shared.accounts) {
    const storage = shared.jetstream ? "jetstream: enabled, " : "";
    const each = Object.entries(shared.accounts).map(
      ([name, user]) => `${text(name)}: { ${storage}users: [{ ${userOf(user)} }] }`,
    );
    lines.push(`accounts { ${each.join(", ")} }`);
  }
  if (shared.trust) lines.push(shared.trust.config);
  return `${lines.join("\n")}\n`;
}

/** Whom a leaf node calls, and which account of its own it binds to the other side's. */
function remotes({ hub, accounts, trust }: Shared): string {
  if (hub === undefined) return "";
  const account = trust?.account ?? Object.keys(accounts ?? {})[0];
  const parts = [
    `urls: [${hub.urls.map(text)}]`,
    ...(account === undefined ? [] : [`account: ${text(account)}`]),
    ...(hub.creds === undefined ? [] : [`credentials: ${text(hub.creds)}`]),
  ];
  return `, remotes: [{ ${parts.join(", ")} }]`;
}

/**
 * Ports below those that systems hand to outgoing connections, so that a killed server finds its own
 * free when it comes back. Another may take one before the server does; then the server ends, and says so.
 */
const [PORT_MIN, PORT_MAX] = [10_240, 32_000];
const given = new Set<number>();

/** Ports that nothing listens on; `ours` says that `host` is an address of this namespace. */
export async function freePorts(host: string, ours: boolean): Promise<Ports> {
  const one = () => freePort(host, ours);
  return { client: await one(), route: await one(), leaf: await one(), http: await one() };
}

async function freePort(host: string, ours: boolean): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (given.has(port)) continue;
    given.add(port);
    if (!ours || (await free(host, port))) return port;
  }
  throw new Error(`no free port was found on ${host}`);
}

async function free(host: string, port: number): Promise<boolean> {
  const listener = createServer();
  try {
    listener.listen(port, host);
    await once(listener, "listening");
    listener.close();
    await once(listener, "close");
    return true;
  } catch {
    return false;
  }
}

/** An authority for this cluster alone, and a certificate for the addresses of its servers. */
export function certify(folder: string, addresses: readonly string[]): Certificates {
  const [ca, caKey] = [join(folder, "ca.pem"), join(folder, "ca.key")];
  const [cert, key] = [join(folder, "server.pem"), join(folder, "server.key")];
  const names = ["DNS:localhost", ...new Set(addresses.map((each) => `IP:${each}`))];
  const extensions = join(folder, "names.cnf");
  writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  const openssl = (line: string, ...rest: readonly string[]) =>
    execFileSync("openssl", [...line.split(" "), ...rest], { stdio: "pipe", cwd: folder });
  const newKey = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
  openssl(`req -x509 ${newKey} -days 2 -subj /CN=orrery-test -out ca.pem -keyout`, caKey);
  openssl(`req -new ${newKey} -subj /CN=localhost -out server.csr -keyout`, key);
  openssl(
    "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile",
    extensions,
    "-out",
    cert,
  );
  return { ca, cert, key };
}
