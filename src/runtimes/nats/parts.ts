// Which worker has which part of a run, agreed upon by compare-and-set: no part is on two workers at once. A part that
// has stored something is bound to the worker that has its stores; another may be taken by any worker for a later
// start of it.
import type { JetStreamManager } from "@nats-io/jetstream";
import type { KV, KvEntry } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { openBucket, swapAlone } from "./buckets.ts";
import { openJetStream, type Reach, retry, SERVERS_PATIENCE } from "./connect.ts";
import { PARTS_BUCKET } from "./subjects.ts";

const ownerSchema = z.object({ worker: z.string(), boot: z.int(), bound: z.boolean() });
type Owner = z.infer<typeof ownerSchema>;

/** Why a worker may not have a part; `on`: the worker that has its stores. */
export type Denial = { readonly reason: string; readonly on?: string };

export class Parts {
  readonly #connection: NatsConnection;
  readonly #reach: Reach;
  readonly #worker: string;
  #manager: JetStreamManager | undefined;
  #bucket: KV | undefined;

  constructor(connection: NatsConnection, reach: Reach, worker: string) {
    this.#connection = connection;
    this.#reach = reach;
    this.#worker = worker;
  }

  /**
   * Takes a start of a part for this worker; says why not, if it may not have it. `stored`: its stores are here and
   * hold something, whatever the bucket knows.
   */
  async claim(
    run: string,
    index: number,
    boot: number,
    stored: boolean,
  ): Promise<Denial | undefined> {
    return await this.#change(run, index, (owner) => {
      if (owner !== undefined && owner.worker !== this.#worker) {
        const { worker, bound } = owner;
        if (bound) return { reason: `its stores are on ${worker}`, on: worker };
        if (owner.boot >= boot) return { reason: `${worker} has a later start of it` };
      }
      // An earlier start, whose turn in the queue came late, does not undo a later one.
      const latest = Math.max(boot, owner?.worker === this.#worker ? owner.boot : 0);
      return { worker: this.#worker, boot: latest, bound: stored || (owner?.bound ?? false) };
    });
  }

  /** Gives back a start that was taken and did not come to be: another worker may have the same. */
  async release(run: string, index: number, boot: number): Promise<void> {
    await this.#change(run, index, (owner) => {
      const own = owner?.worker === this.#worker && owner.boot === boot && !owner.bound;
      return own ? { ...owner, boot: boot - 1 } : { reason: "it is another's" };
    });
  }

  /** Makes it known that the stores of a part are here; says why not, if it is another's by now. */
  async bind(run: string, index: number, boot: number): Promise<Denial | undefined> {
    return await this.#change(run, index, (owner) =>
      owner !== undefined && owner.worker !== this.#worker
        ? { reason: `${owner.worker} has a later start of it` }
        : { worker: this.#worker, boot: Math.max(boot, owner?.boot ?? 0), bound: true },
    );
  }

  async #change(
    run: string,
    index: number,
    decide: (owner: Owner | undefined) => Owner | Denial,
  ): Promise<Denial | undefined> {
    const key = `${run}.${index}`;
    return await retry(SERVERS_PATIENCE, async () => {
      try {
        const bucket = await this.#open();
        const entry = await bucket.get(key);
        const decided = decide(ownerOf(entry));
        if ("reason" in decided) return decided;
        await swapAlone(bucket, key, entry, decided);
        return undefined;
      } catch (cause) {
        // Somebody was quicker, or there is no leader, or the bucket is gone: it is looked at anew.
        this.#bucket = undefined;
        throw cause;
      }
    });
  }

  async #open(): Promise<KV> {
    this.#manager ??= await openJetStream(this.#connection, this.#reach);
    this.#bucket ??= await openBucket(this.#manager, PARTS_BUCKET);
    return this.#bucket;
  }
}

function ownerOf(entry: KvEntry | null): Owner | undefined {
  if (entry === null || entry.operation !== "PUT") return undefined;
  return ownerSchema.safeParse(entry.json()).data;
}
