// Credentials for tests, without the program nsc: an operator, an account and a user, as the signed
// tokens that a NATS server trusts and the file that a client shows.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

const base64 = (data: string | Uint8Array): string => Buffer.from(data).toString("base64url");

/** A token in NATS's own form: JWT, signed by an nkey. Source: nats-io/jwt, version 2 of its claims. */
function token(name: string, subject: KeyPair, issuer: KeyPair, nats: object): string {
  const claims = {
    jti: `${name}-${subject.getPublicKey()}`,
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name,
    nats: { ...nats, version: 2 },
  };
  const header = { typ: "JWT", alg: "ed25519-nkey" };
  const body = `${base64(JSON.stringify(header))}.${base64(JSON.stringify(claims))}`;
  return `${body}.${base64(issuer.sign(new TextEncoder().encode(body)))}`;
}

const UNBOUNDED = { subs: -1, data: -1, payload: -1 };
const ACCOUNT = { ...UNBOUNDED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const STORAGE = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

type Trust = { readonly path: string; readonly config: string; readonly account: string };

/** Writes a user's credentials into `folder`; returns their path, and what servers must be told, and the account. */
export function makeCreds(folder: string): Trust {
  const operator = nkeys.createOperator();
  const [system, account] = [nkeys.createAccount(), nkeys.createAccount()];
  const user = nkeys.createUser();
  const accountToken = (name: string, pair: KeyPair, limits: object): string =>
    token(name, pair, operator, { type: "account", limits });
  const systemKey = system.getPublicKey();
  const path = join(folder, "user.creds");
  const seed = new TextDecoder().decode(user.getSeed());
  writeFileSync(
    path,
    `-----BEGIN NATS USER JWT-----
${token("user", user, account, { type: "user", ...UNBOUNDED })}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------
`,
    { mode: 0o600 },
  );
  const config = `operator: ${token("operator", operator, operator, { type: "operator", system_account: systemKey })}
system_account: ${systemKey}
resolver: MEMORY
resolver_preload: {
  ${systemKey}: ${accountToken("SYS", system, ACCOUNT)}
  ${account.getPublicKey()}: ${accountToken("ORRERY", account, { ...ACCOUNT, ...STORAGE })}
}`;
  return { path, config, account: account.getPublicKey() };
}
