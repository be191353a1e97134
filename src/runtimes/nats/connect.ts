// Getting to NATS: what is said of it on the command line and in the environment, under the names that NATS's own
// programs use; and whether what answers can do what is needed.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import {
  AuthorizationError,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { z } from "zod";
import { messageOf, OrreryError } from "../../core/errors.ts";
import { parse } from "../../core/parse.ts";

const path = z.string().min(1).max(4_096);
const word = z.string().min(1).max(4_096);

const reachSchema = z.strictObject({
  /** Addresses without the names and passwords that may have been in them. */
  servers: z.array(z.string().min(1).max(512)).min(1).max(64),
  user: word.optional(),
  password: word.optional(),
  token: word.optional(),
  /** Files: a user's credentials, a seed, whom to trust, and what to show. */
  creds: path.optional(),
  nkey: path.optional(),
  ca: path.optional(),
  cert: path.optional(),
  key: path.optional(),
  /** The JetStream that is meant, where servers of several sites have their own. */
  domain: word.optional(),
  /** TLS is wanted, whatever the server says first. */
  tls: z.boolean().optional(),
});

/** How to get to NATS: with this, another OS process of this host gets there as well. */
export type Reach = z.infer<typeof reachSchema>;

/** @throws OrreryError "config/value" */
export const readReach = (value: unknown): Reach => parse(reachSchema, value, "the way to NATS");

/** What may be said of it on a command line. */
export type ReachOptions = {
  readonly nats?: string;
  readonly creds?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly jsDomain?: string;
};

const DEFAULT_URL = "nats://127.0.0.1:4222";

/** Options first, then the environment (NATS_URL, NATS_CREDS, …). @throws OrreryError "config/option" */
export function reachOf(
  options: ReachOptions,
  env: { readonly [name: string]: string | undefined },
): Reach {
  const urls = urlsOf(options.nats ?? (env.NATS_URL || DEFAULT_URL));
  const named = urls.find(({ username }) => username !== "");
  const tls = urls.some(({ protocol }) => protocol === "tls:");
  const given = {
    ...(named === undefined ? namedBy(env) : namedIn(named)),
    creds: options.creds ?? env.NATS_CREDS,
    nkey: env.NATS_NKEY,
    ca: options.tlsCa ?? env.NATS_CA,
    cert: options.tlsCert ?? env.NATS_CERT,
    key: options.tlsKey ?? env.NATS_KEY,
    domain: options.jsDomain ?? env.NATS_JS_DOMAIN,
  };
  const said = Object.entries(given).filter(([, value]) => value !== undefined && value !== "");
  const servers = urls.map((url) => `${url.hostname}:${url.port || "4222"}`);
  return readReach({ servers, ...Object.fromEntries(said), ...(tls && { tls }) });
}

const namedBy = (env: { readonly [name: string]: string | undefined }) => ({
  ...(env.NATS_USER ? { user: env.NATS_USER, password: env.NATS_PASSWORD } : {}),
  token: env.NATS_TOKEN,
});

function namedIn({ username, password }: URL) {
  const first = decoded(username);
  return password === "" ? { token: first } : { user: first, password: decoded(password) };
}

/** A percent sign that encodes nothing is itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function urlsOf(text: string): readonly URL[] {
  return text.split(",").map((each) => {
    const part = each.trim();
    try {
      const url = new URL(/^[a-z]+:\/\//i.test(part) ? part : `nats://${part}`);
      if (["nats:", "tls:"].includes(url.protocol) && url.hostname !== "") return url;
    } catch {
      // It is said below what is expected.
    }
    // A password may be in it, and a comma in that: nothing of it is shown.
    const shown = text.includes("@") ? "" : ` "${part}"`;
    const said = `--nats${shown}: write nats://HOST:PORT, or tls://…`;
    throw new OrreryError("config/option", said);
  });
}

/** Older servers lack parts of JetStream that runs rest on. */
const VERSION_MIN = [2, 9, 0] as const;
/** A connection that says nothing is held for dead after twice this, ms. */
const PING_EVERY = 2_000;
const CONNECT_PATIENCE = 5_000;
const RETRY_EVERY = 250;
/** A cluster that chooses a new leader does not answer for JetStream meanwhile, ms. */
const ELECTION = 15_000;

/**
 * Connects, and stays: what breaks is mended, with whichever server answers.
 * @throws OrreryError "nats/unreachable", "nats/refused", "nats/old"; "files/missing" for credentials
 */
export async function openNats(reach: Reach, name: string): Promise<NatsConnection> {
  const options: ConnectionOptions = {
    servers: [...reach.servers],
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_EVERY,
    reconnectJitter: RETRY_EVERY,
    pingInterval: PING_EVERY,
    maxPingOut: 2,
    timeout: CONNECT_PATIENCE,
    authenticator: authenticators(reach),
    ...tlsOf(reach),
  };
  const where = reach.servers.join(", ");
  let connection: NatsConnection;
  try {
    connection = await connect(options);
  } catch (cause) {
    throw unreached(where, cause);
  }
  const { version = "0" } = connection.info ?? {};
  if (!isRecent(version)) {
    await connection.close();
    const wanted = VERSION_MIN.join(".");
    throw new OrreryError("nats/old", `${where} is nats-server ${version}; ${wanted} is needed`);
  }
  return connection;
}

/** Tells when a server is lost, and when one answers again; resolves when the connection is closed. */
export async function follow(
  connection: NatsConnection,
  changed: (connected: boolean, server: string) => void,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect") changed(false, status.server);
    if (status.type === "reconnect") changed(true, status.server);
  }
}

/** Says so to a user, for `follow`. */
export const telling =
  (say: (line: string) => void) =>
  (connected: boolean, server: string): void =>
    say(
      connected ? `connected with ${server} again` : `lost ${server}; looking for a server of NATS`,
    );

function unreached(where: string, cause: unknown): OrreryError {
  const said = messageOf(cause);
  // Without the right certificate the server hangs up within the handshake.
  const refused =
    cause instanceof AuthorizationError || /authoriz|authentic|certificate|tls|ssl/i.test(said);
  const [code, did] = refused
    ? (["nats/refused", "does not let us in"] as const)
    : (["nats/unreachable", "cannot be reached"] as const);
  return new OrreryError(code, `${where} ${did}: ${said}`, { cause });
}

function authenticators({ creds, nkey, token, user, password }: Reach) {
  const all = [];
  if (creds !== undefined) all.push(credsAuthenticator(readKey(creds)));
  if (nkey !== undefined) all.push(nkeyAuthenticator(readKey(nkey)));
  if (token !== undefined) all.push(tokenAuthenticator(token));
  if (user !== undefined) all.push(usernamePasswordAuthenticator(user, password));
  return all;
}

function readKey(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new OrreryError("files/missing", `${path}: ${messageOf(cause)}`, { cause });
  }
}

function tlsOf({ ca, cert, key, tls }: Reach): Pick<ConnectionOptions, "tls"> {
  if (ca === undefined && cert === undefined && tls !== true) return {};
  const files = { caFile: ca, certFile: cert, keyFile: key };
  const given = Object.entries(files).filter(([, file]) => file !== undefined);
  for (const [, file] of given) readKey(file!);
  return { tls: Object.fromEntries(given) };
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  const [a, b, c] = VERSION_MIN;
  return major > a || (major === a && (minor > b || (minor === b && patch >= c)));
}

/**
 * JetStream, of the server or of that domain. It may be without a leader for a while.
 * @throws OrreryError "nats/jetstream" if it is off, or has no leader for long
 */
export async function openJetStream(
  connection: NatsConnection,
  { domain }: Pick<Reach, "domain">,
): Promise<JetStreamManager> {
  return await retry(ELECTION, async () => {
    try {
      return await jetstreamManager(connection, domain === undefined ? {} : { domain });
    } catch (cause) {
      if (connection.info?.jetstream === true && domain === undefined) throw cause;
      const said = `JetStream is off at ${connection.getServer()}: ${messageOf(cause)}`;
      throw new OrreryError("nats/jetstream", said, { cause });
    }
  });
}

/** Servers that come and go are waited for so long, ms, by what must not fail. */
export const SERVERS_PATIENCE = 60_000;

/**
 * Does what may fail while servers come and go, again and again for so many ms.
 * @throws OrreryError "nats/jetstream" with the last cause
 */
export async function retry<T>(patience: number, act: () => Promise<T>): Promise<T> {
  const until = performance.now() + patience;
  for (;;) {
    try {
      return await act();
    } catch (cause) {
      if (cause instanceof OrreryError) throw cause;
      if (performance.now() > until) {
        throw new OrreryError("nats/jetstream", `JetStream fails: ${messageOf(cause)}`, { cause });
      }
      await sleep(RETRY_EVERY);
    }
  }
}
