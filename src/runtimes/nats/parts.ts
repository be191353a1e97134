// Which worker has which part of a run, agreed upon by compare-and-set: no part is on two workers at once. A part that
// has stored something is bound to the worker that has its stores; another may be taken by any worker for a later
// start of it.
import type { JetStreamManager } from "@nats-io/jetstream";
import type { KV, KvEntry } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { openBucket, swap } from "./buckets.ts";
import { lastly, openJetStream, type Reach } from "./connect.ts";
import { PARTS_BUCKET } from "./subjects.ts";

/** Servers that come and go are waited for so long, ms. */
const PATIENCE = 60_000;

const ownerSchema = z.object({ worker: z.string(), boot: z.int(), bound: z.boolean() });
type Owner = z.infer<typeof ownerSchema>;

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
  ): Promise<string | undefined> {
    return await this.#change(run, index, (owner) => {
      if (owner !== undefined && owner.worker !== this.#worker) {
        if (owner.bound) return `its stores are on ${owner.worker}`;
        if (owner.boot >= boot) return `${owner.worker} has a later start of it`;
      }
      return { worker: this.#worker, boot, bound: stored || (owner?.bound ?? false) };
    });
  }

  /** Makes it known that the stores of a part are here; says why not, if it is another's by now. */
  async bind(run: string, index: number, boot: number): Promise<string | undefined> {
    return await this.#change(run, index, (owner) =>
      owner !== undefined && owner.worker !== this.#worker
        ? `${owner.worker} has a later start of it`
        : { worker: this.#worker, boot, bound: true },
    );
  }

  async #change(
    run: string,
    index: number,
    decide: (owner: Owner | undefined) => Owner | string,
  ): Promise<string | undefined> {
    const key = `${run}.${index}`;
    return await lastly(PATIENCE, async () => {
      try {
        const bucket = await this.#open();
        const entry = await bucket.get(key);
        const decided = decide(ownerOf(entry));
        if (typeof decided === "string") return decided;
        await swap(bucket, key, entry, decided);
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
