// Makes a key for whoever uses Orrery over NATS: writes its seed, which is secret, to a new file, and prints the
// public key, which the servers are told. Usage: node deploy/nats/new-key.mjs worker.nk
import { writeFileSync } from "node:fs";
import { nkeys } from "@nats-io/transport-node";

const [path] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write("usage: node deploy/nats/new-key.mjs FILE\n");
  process.exit(64);
}
const user = nkeys.createUser();
writeFileSync(path, user.getSeed(), { mode: 0o600, flag: "wx" });
process.stdout.write(`${user.getPublicKey()}\n`);
