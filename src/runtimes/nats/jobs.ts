// The client's side of an experiment on NATS: hands out jobs as messages of a queue, and takes the rows that workers
// give for them.
// 1. A job is waited for until its rows are here, or the experiment ends: a job of which neither the queue nor the rows
//    know anything is handed out anew.
// 2. The first rows of a job count. Others are the same bytes, and are dropped.
// 3. Rows come on their subject, as to any subscriber; what was missed while there was no connection is read from the
//    stream, where they are before their job is acknowledged.
import { randomBytes } from "node:crypto";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { countIn } from "../../core/counting.ts";
import { messageOf, OrreryError } from "../../core/errors.ts";
import type { Job } from "../../core/experiment.ts";
import { atMost } from "../real/timetable.ts";
import { Attendance } from "./attendance.ts";
import { openJetStream, openNats, type Reach, retry, SERVERS_PATIENCE } from "./connect.ts";
import {
  forgetExperiment,
  forgetRows,
  openConsumer,
  openJobs,
  openStreams,
} from "./job-streams.ts";
import { packJob } from "./job-words.ts";
import { PendingJob } from "./pending-job.ts";
import { jobSubject, ROWS_STREAM, rowsSubject, rowsSubjects } from "./subjects.ts";
import { usable, workersOf } from "./workers.ts";

export type JobQueueOptions = {
  readonly reach: Reach;
  readonly version: string;
  readonly system: string;
  /** Hash of the system's module; null for a system that ships. */
  readonly source: string | null;
  readonly log: (line: string) => void;
};

/** Jobs that are under way for each core of the workers: some run, some are next, some come back. */
const JOBS_PER_CORE = 6;
/** The queue is looked at this often, ms. */
const CHECK_EVERY = 2_000;
const STORE_PATIENCE = 2_000;
/** Cleaning up is given so long; what is left behind the servers drop in a day. */
const TIDY_PATIENCE = 5_000;
/** A job that was lost so often is lost for a reason. */
const ATTEMPTS_MAX = 20;
/** Rows that are here need not be kept there: so many bytes are let come together. */
const KEPT_MAX = 16 * 1024 * 1024;
/** What NATS says above a message takes less than this, bytes. */
const HEADERS = 1_024;

export class JobQueue {
  readonly #id = randomBytes(6).toString("hex");
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #attendance: Attendance;
  readonly #pending = new Map<number, PendingJob>();
  readonly #runs = new Map<string, number>();
  /** Jobs that are on their way to the queue. */
  readonly #leaving = new Set<Promise<void>>();
  #handedOut = 0;
  #takenOver = 0;
  #kept = 0;
  #checking: NodeJS.Timeout | undefined;
  /** When the queue could last be looked at. */
  #looked = performance.now();
  #over = false;
  #failure: Error | undefined;

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    { version, system, source, log }: JobQueueOptions,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    const announced = { experiment: this.#id, version, system, source };
    this.#attendance = new Attendance(connection, announced, log, (error) => this.#fail(error));
  }

  /**
   * A queue that at least one worker takes from.
   * @throws OrreryError "nats/*", saying for each worker why it does not take part
   */
  static async open(options: JobQueueOptions): Promise<JobQueue> {
    const connection = await openNats(options.reach, "orrery experiment");
    try {
      const manager = await openJetStream(connection, options.reach);
      usable(await workersOf(connection), options.version);
      const queue = new JobQueue(connection, manager, options);
      await queue.#open();
      return queue;
    } catch (cause) {
      await connection.close();
      throw cause;
    }
  }

  async #open(): Promise<void> {
    await retry(SERVERS_PATIENCE, () => this.#restore());
    this.#connection.subscribe(rowsSubjects(this.#id), {
      callback: (_, { subject, headers, data }) => this.#take(subject, headers, data),
    });
    await this.#attendance.open();
    this.#checkLater();
  }

  /** Jobs to have under way, as there are workers now. */
  get slots(): number {
    return JOBS_PER_CORE * this.#attendance.cores;
  }

  /** Workers that take part now. */
  get workers(): number {
    return this.#attendance.workers;
  }

  /** Runs by worker, in the order of names; and how many jobs a second or later worker did. */
  get done(): {
    readonly runs: readonly (readonly [string, number])[];
    readonly takenOver: number;
  } {
    const runs = [...this.#runs].sort(([a], [b]) => (a < b ? -1 : 1));
    return { runs, takenOver: this.#takenOver };
  }

  /**
   * The rows of a job, whoever did it; "" if the queue was ended first.
   * @throws OrreryError "nats/*" if servers or workers stay away; "worker/failed", "run/bound" if it cannot be done
   */
  run(job: Job): Promise<string> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#over) return Promise.resolve("");
    const number = this.#handedOut++;
    return new Promise((resolve, reject) => {
      const pending = new PendingJob(job, resolve, reject);
      this.#pending.set(number, pending);
      const leaving = this.#handOut(number, pending);
      this.#leaving.add(leaving);
      void leaving.finally(() => this.#leaving.delete(leaving));
    });
  }

  /** Nothing more is wanted: workers drop what they have, and what is waited for is given up. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#checking);
    this.#attendance.end();
    for (const pending of this.#pending.values()) pending.resolve("");
    this.#pending.clear();
  }

  /** Ends it, and removes what servers keep of it. */
  async close(): Promise<void> {
    this.#fail(new Error("the queue of jobs was ended"));
    this.stop();
    // What is still on its way would be there after all was removed.
    const tidied = Promise.allSettled(this.#leaving).then(() =>
      retry(TIDY_PATIENCE, () => forgetExperiment(this.#manager, this.#id)),
    );
    await atMost(TIDY_PATIENCE, tidied).catch(() => {});
    await this.#connection.close();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  async #handOut(number: number, pending: PendingJob): Promise<void> {
    const { job } = pending;
    const attempt = pending.handOut();
    const data = packJob({ ...job, attempt });
    const most = (this.#connection.info?.max_payload ?? 0) - HEADERS;
    try {
      if (data.length > most) {
        const said = `a job of cell ${job.cell} takes ${data.length} bytes; the servers let through ${most} (max_payload)`;
        throw new OrreryError("run/bound", said);
      }
      if (attempt > ATTEMPTS_MAX) {
        throw new OrreryError(
          "worker/failed",
          `a job of cell ${job.cell} was lost ${attempt} times`,
        );
      }
      const options = { msgID: `${this.#id}.${number}.${attempt}`, timeout: STORE_PATIENCE };
      await retry(SERVERS_PATIENCE, async () => {
        if (this.#pending.get(number) !== pending) return;
        await this.#manager.jetstream().publish(jobSubject(this.#id, number), data, options);
      });
      pending.stored = true;
    } catch (cause) {
      this.#pending.delete(number);
      pending.reject(cause);
    }
  }

  #take(subject: string, headers: MsgHdrs | undefined, data: Uint8Array): void {
    this.#kept += data.length;
    const number = Number(subject.split(".").at(-2));
    const pending = this.#pending.get(number);
    // Somebody was quicker.
    if (pending === undefined) return;
    const came = pending.take(headers, data);
    if (came === undefined) return;
    this.#pending.delete(number);
    countIn(this.#runs, came.worker, pending.job.seeds.length);
    if (came.delivery > 1) this.#takenOver++;
    pending.settle(came);
  }

  #checkLater(): void {
    this.#checking = setTimeout(async () => {
      try {
        await this.#check();
        this.#looked = performance.now();
      } catch (cause) {
        if (performance.now() - this.#looked > SERVERS_PATIENCE) {
          const said = `JetStream fails: ${messageOf(cause)}`;
          this.#fail(new OrreryError("nats/jetstream", said, { cause }));
        }
      }
      if (!this.#over) this.#checkLater();
    }, CHECK_EVERY);
  }

  /** Sees to it that what is waited for is on its way. */
  async #check(): Promise<void> {
    const handedOut = [...this.#pending].filter(([, { stored }]) => stored);
    await this.#restore();
    const open = await openJobs(this.#manager, this.#id);
    for (const [number, pending] of handedOut) {
      if (open.has(jobSubject(this.#id, number))) continue;
      await this.#fetch(number, pending);
      if (this.#pending.get(number) === pending) await this.#handOut(number, pending);
    }
    if (this.#kept < KEPT_MAX) return;
    // Of rows that are on their way some may be lost by this: their jobs are handed out anew.
    this.#kept = 0;
    await forgetRows(this.#manager, this.#id);
  }

  /** Reads what the stream has of the rows of a job that was acknowledged. */
  async #fetch(number: number, pending: PendingJob): Promise<void> {
    for (let piece = 0; this.#pending.get(number) === pending; piece++) {
      const last_by_subj = rowsSubject(this.#id, number, piece);
      const found = await this.#manager.streams.getMessage(ROWS_STREAM, { last_by_subj });
      if (found === null) return;
      this.#take(found.subject, found.header, found.data);
    }
  }

  async #restore(): Promise<void> {
    await openStreams(this.#manager);
    await openConsumer(this.#manager, this.#id);
  }
}
