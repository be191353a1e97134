// Key-value buckets and streams of JetStream, on as many servers as are worth it. Keys have no time to live: servers
// before 2.11 ignore that without a word.
import { type JetStreamManager, StorageType } from "@nats-io/jetstream";
import { type KV, type KvEntry, Kvm } from "@nats-io/kv";
import type { Json } from "../../core/json.ts";
import { retry } from "./connect.ts";

/** Copies of a bucket or a stream, if there are so many servers: then one of them may be lost. */
export const REPLICAS = 3;

/** Makes a bucket if it is not there. Its leader answers reads, never one who may be behind. */
export async function openBucket(manager: JetStreamManager, name: string): Promise<KV> {
  const buckets = new Kvm(manager.jetstream());
  await ensure(manager, `KV_${name}`, async (replicas) => {
    const options = { replicas, history: 1, storage: StorageType.File, allow_direct: false };
    await buckets.create(name, options);
  });
  return await buckets.open(name, { bindOnly: true });
}

/**
 * Replaces what was found under a key, or nothing. Throws if it is no longer what was found, or if others do the same
 * at the same instant and one of them was later. Of a bucket with copies, a leader (2.9, nats-server issue 4320) lets all pass who come while the first is being copied, and the last of them stays.
 * All of these come before what is written once the first is known to be, so it is seen then who stayed.
 */
export async function swapAlone(bucket: KV, key: string, found: KvEntry | null, value: Json) {
  const text = JSON.stringify(value);
  const revision =
    found === null
      ? await bucket.create(key, text)
      : await bucket.update(key, text, found.revision);
  await bucket.put(`${key}.after`, "");
  const entry = await bucket.get(key);
  if (entry?.revision !== revision) throw new Error(`${key} was swapped twice at once`);
}

/** Servers that come and go are given so long to forget, ms. */
const FORGET_PATIENCE = 8_000;

/** Forgets what a bucket keeps of a run; a bucket that is not there keeps nothing. */
export async function forgetRun(manager: JetStreamManager, name: string, run: string) {
  const stream = `KV_${name}`;
  const forget = async (): Promise<void> => {
    if ((await replicasOf(manager, stream)) === undefined) return;
    await manager.streams.purge(stream, { filter: `$KV.${name}.${run}.>` });
  };
  // What is not forgotten by then harms nobody: no other run has its name.
  await retry(FORGET_PATIENCE, forget).catch(() => {});
}

/**
 * Makes a stream with as many copies as there can be, if it is not there; returns how many it has. One that is there
 * keeps its number.
 */
export async function ensure(
  manager: JetStreamManager,
  stream: string,
  make: (replicas: number) => Promise<unknown>,
): Promise<number> {
  const kept = await replicasOf(manager, stream);
  if (kept !== undefined) return kept;
  for (let replicas = REPLICAS; ; replicas--) {
    try {
      await make(replicas);
      return replicas;
    } catch (cause) {
      // Somebody else may have been quicker.
      const made = await replicasOf(manager, stream);
      if (made !== undefined) return made;
      if (replicas === 1 || !/replicas|peers|resources/i.test(String(cause))) throw cause;
    }
  }
}

/** How many copies there are of a stream; undefined if there is no such stream. */
export async function replicasOf(
  manager: JetStreamManager,
  stream: string,
): Promise<number | undefined> {
  try {
    return (await manager.streams.info(stream)).config.num_replicas;
  } catch (cause) {
    if (/not found/i.test(String(cause))) return undefined;
    throw cause;
  }
}
