// Takes jobs of one experiment, has them run, and stores their rows.
// 1. A job is acknowledged after its rows are stored, and not before.
// 2. A job under way is kept by saying so; of a worker that is lost nothing is heard, and another takes the job.
// 3. Two workers may do the same job. Their rows are the same bytes, and the client takes the first.
import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer, JetStreamClient, JsMsg } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { messageOf } from "../../core/errors.ts";
import type { Executor } from "../../core/experiment.ts";
import { atMost } from "../real/timetable.ts";
import { retry, SERVERS_PATIENCE } from "./connect.ts";
import { ACK_WAIT } from "./job-streams.ts";
import {
  type Announced,
  HEAD_MAX,
  REASON_MAX,
  ROWS_HEADER,
  type RowsHead,
  unpackJob,
} from "./job-words.ts";
import { JOBS_STREAM, rowsSubject } from "./subjects.ts";

/** What runs jobs. `close` ends it, whatever it is doing: what it has is rejected. */
export type JobPool = { readonly executor: Executor; readonly close: () => Promise<void> };

export type TakerOptions = {
  readonly worker: string;
  /** Jobs at a time. */
  readonly places: number;
  readonly jetstream: JetStreamClient;
  readonly open: () => JobPool;
  readonly log: (line: string) => void;
};

/** A worker that is told to stop waits so long for a job, ms. */
const PULL = 2_000;
const KEEP_EVERY = ACK_WAIT / 3;
const RETRY_EVERY = 250;
/** A worker that ends finishes what it can within this, and hands back the rest, ms. */
const GRACE = 5_000;
const STORE_PATIENCE = 2_000;
const ACK_PATIENCE = 2_000;
/** A job that fails is tried so often, here or elsewhere, before the client hears of it. */
const TRIES_MAX = 3;
/** A job that was handed out so often, and never came to an end, is what kills workers. */
const DELIVERIES_MAX = 10;

export class JobTaker {
  readonly #experiment: Announced;
  readonly #connection: NatsConnection;
  readonly #options: TakerOptions;
  #places: Promise<unknown> = Promise.resolve();
  #consumer: Promise<Consumer> | undefined;
  readonly #pool: JobPool;
  #jobs = 0;
  /** It takes no more; and nobody wants what it has. */
  #over = false;
  #dropped = false;

  constructor(connection: NatsConnection, experiment: Announced, options: TakerOptions) {
    this.#experiment = experiment;
    this.#connection = connection;
    this.#options = options;
    // Threads take a while to start: they do so while the client still waits for others to answer.
    this.#pool = options.open();
  }

  /** Jobs under way. */
  get jobs(): number {
    return this.#jobs;
  }

  start(): void {
    const places = Array.from({ length: this.#options.places }, () => this.#place());
    this.#places = Promise.all(places);
  }

  /** Takes no more, finishes what it soon can, and hands back the rest. */
  async leave(): Promise<void> {
    this.#over = true;
    await atMost(GRACE, this.#places);
    await this.#end();
  }

  /** Lets go of it at once: nobody wants it any more. */
  async drop(): Promise<void> {
    this.#over = true;
    this.#dropped = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    await this.#pool.close();
    await this.#places;
  }

  async #place(): Promise<void> {
    while (!this.#over) {
      const message = await this.#pull();
      if (message !== undefined) await this.#carry(message);
    }
  }

  async #pull(): Promise<JsMsg | undefined> {
    try {
      const { experiment } = this.#experiment;
      this.#consumer ??= this.#options.jetstream.consumers.get(JOBS_STREAM, experiment);
      return (await (await this.#consumer).next({ expires: PULL })) ?? undefined;
    } catch {
      // There is no leader, or the consumer is gone: its client makes it anew.
      this.#consumer = undefined;
      await sleep(RETRY_EVERY);
      return undefined;
    }
  }

  async #carry(message: JsMsg): Promise<void> {
    if (this.#over) return message.nak();
    const keeping = setInterval(() => message.working(), KEEP_EVERY);
    this.#jobs++;
    try {
      await this.#do(message);
    } catch (cause) {
      // Its rows may be stored or not. If it is not handed back by this, it is once nothing is heard of it.
      this.#options.log(`a job of experiment ${this.#experiment.experiment}: ${messageOf(cause)}`);
      message.nak(RETRY_EVERY);
    } finally {
      clearInterval(keeping);
      this.#jobs--;
    }
  }

  async #do(message: JsMsg): Promise<void> {
    const { deliveryCount: delivery } = message.info;
    const job = unpackJob(message.data);
    if (job === undefined) return await this.#give(message, 0, "", "it cannot be read");
    const { attempt } = job;
    if (delivery > DELIVERIES_MAX) {
      const lost = `${DELIVERIES_MAX} times a worker took it and did not come to its end`;
      return await this.#give(message, attempt, "", lost);
    }
    let lines: string;
    try {
      lines = await this.#pool.executor({ ...job, system: this.#experiment.system });
    } catch (cause) {
      if (this.#over) return message.nak();
      if (delivery < TRIES_MAX) throw cause;
      return await this.#give(message, attempt, "", messageOf(cause).slice(0, REASON_MAX));
    }
    await this.#give(message, attempt, lines);
  }

  /** Stores the rows of a job, or why there are none; then the job is done. */
  async #give(message: JsMsg, attempt: number, lines: string, failed?: string): Promise<void> {
    const bytes = Buffer.from(lines);
    const size = Math.max(HEAD_MAX, this.#connection.info!.max_payload - HEAD_MAX);
    const of = Math.max(1, Math.ceil(bytes.length / size));
    const job = Number(message.subject.split(".").at(-1));
    const { deliveryCount: delivery } = message.info;
    const { worker } = this.#options;
    for (let piece = 0; piece < of; piece++) {
      const data = bytes.subarray(piece * size, (piece + 1) * size);
      await this.#store(job, data, {
        ...{ worker, attempt, delivery, piece, of },
        ...(failed !== undefined && { failed }),
      });
    }
    // If it is not heard, another does the same again.
    if (!this.#dropped) await message.ackAck({ timeout: ACK_PATIENCE }).catch(() => {});
  }

  async #store(job: number, data: Uint8Array, head: RowsHead): Promise<void> {
    const { experiment } = this.#experiment;
    const above = headers();
    above.set(ROWS_HEADER, JSON.stringify(head));
    // Pieces of one worker belong together: two may cut the same rows in different places.
    const msgID = `${experiment}.${job}.${head.attempt}.${head.worker}.${head.delivery}.${head.piece}`;
    const subject = rowsSubject(experiment, job, head.piece);
    const options = { msgID, headers: above, timeout: STORE_PATIENCE };
    await retry(SERVERS_PATIENCE, async () => {
      if (!this.#dropped) await this.#options.jetstream.publish(subject, data, options);
    });
  }
}
