// A worker: a host that offers itself to runs and experiments. It answers who looks for workers, and has for each run a
// RunHost.
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism, hostname, totalmem } from "node:os";
import { join } from "node:path";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { messageOf, OrreryError } from "../../core/errors.ts";
import { monotonic } from "../real/clock.ts";
import { locked } from "../real/disk-store.ts";
import type { Reach } from "./connect.ts";
import type { RunHealth } from "./metrics.ts";
import { Parts } from "./parts.ts";
import { filesIn, pieceOf } from "./run-files.ts";
import { RunHost } from "./run-host.ts";
import { linkSubject, WORKERS, type WorkerAsk, workerSubject } from "./subjects.ts";
import {
  type FromLink,
  type HostInfo,
  type PartOrder,
  readHost,
  readOfRun,
  readRead,
  readToLink,
} from "./words.ts";

/** Another worker of the same name is waited for this long, ms. */
const WHO_PATIENCE = 1_000;

export type WorkerHostOptions = {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly labels: { readonly [label: string]: string };
  readonly cores?: number;
  readonly reach: Reach;
  readonly entry: URL;
  /** Jobs of experiments that are under way here. */
  readonly jobs: () => number;
  readonly unfit: (order: PartOrder) => string | undefined;
  readonly log: (line: string) => void;
};

export class WorkerHost {
  readonly #options: WorkerHostOptions;
  readonly #connection: NatsConnection;
  readonly #start = randomBytes(6).toString("hex");
  readonly #runs = new Map<string, RunHost>();
  readonly #lock: { close(): void };
  readonly #parts: Parts;
  #draining = false;

  /** @throws OrreryError "store/locked" if another worker has the folder */
  constructor(connection: NatsConnection, options: WorkerHostOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#parts = new Parts(connection, options.reach, options.name);
    mkdirSync(options.folder, { recursive: true });
    try {
      this.#lock = locked(join(options.folder, "worker.lock"));
    } catch (cause) {
      const said = `${options.folder} is another worker's, which runs`;
      throw new OrreryError("store/locked", said, { cause });
    }
  }

  /** Takes part from now on. @throws OrreryError "config/option" if another worker has the name */
  async open(): Promise<void> {
    const { name } = this.#options;
    const other = await this.#connection
      .request(workerSubject(name, "who"), "", { timeout: WHO_PATIENCE })
      .then(readHost, () => undefined);
    if (other !== undefined) {
      throw new OrreryError(
        "config/option",
        `there is a worker "${name}" already, on ${other.host}; choose another --name`,
      );
    }
    this.#connection.subscribe(WORKERS, { callback: (_, said) => this.#introduce(said) });
    this.#answer("who", (said) => this.#introduce(said));
    this.#answer("time", (said) => void said.respond(String(monotonic())));
    this.#answer("files", (said) => this.#files(said));
    this.#answer("read", (said) => this.#read(said));
    this.#answer("forget", (said) => void this.#forget(said));
    this.#answer("run", (said) => this.#hear(said));
    await this.#connection.flush();
  }

  get info(): HostInfo {
    const { name, version, labels, cores = availableParallelism(), jobs } = this.#options;
    const parts = [...this.#runs.values()].reduce((sum, run) => sum + run.parts, 0);
    return {
      worker: name,
      start: this.#start,
      version,
      host: hostname(),
      cores,
      memoryBytes: totalmem(),
      labels,
      parts,
      jobs: jobs(),
      draining: this.#draining,
    };
  }

  /** Of each run that is known here, the earliest first. */
  health(): readonly RunHealth[] {
    return [...this.#runs.values()].map(({ health }) => health);
  }

  /** Ends what runs here, and lets the supervisors know. */
  async close(): Promise<void> {
    this.#draining = true;
    await Promise.all([...this.#runs.values()].map((run) => run.leave()));
    this.#lock.close();
  }

  #answer(what: WorkerAsk, answer: (said: Msg) => void): void {
    this.#connection.subscribe(workerSubject(this.#options.name, what), {
      callback: (_, said) => answer(said),
    });
  }

  #introduce(said: Msg): void {
    said.respond(JSON.stringify(this.info));
  }

  #hear(said: Msg): void {
    const word = readToLink(said);
    if (word === undefined) return;
    if (word.start !== this.#start) {
      // It means who was here before: let it know that he is gone.
      const gone: FromLink = { worker: this.#options.name, start: this.#start };
      this.#connection.publish(linkSubject(word.run), JSON.stringify(gone));
      return;
    }
    (this.#runs.get(word.run) ?? this.#begin(word.run)).take(word);
  }

  #begin(run: string): RunHost {
    const { name, reach, entry, unfit, log } = this.#options;
    const host = new RunHost({
      run,
      folder: this.#folderOf(run),
      worker: name,
      start: this.#start,
      connection: this.#connection,
      reach,
      entry,
      parts: this.#parts,
      unfit,
      log,
      over: () => void this.#runs.delete(run),
    });
    this.#runs.set(run, host);
    return host;
  }

  #folderOf(run: string): string {
    return join(this.#options.folder, "runs", run);
  }

  #files(said: Msg): void {
    const asked = readOfRun(said);
    const files = asked === undefined ? [] : filesIn(this.#folderOf(asked.run));
    said.respond(JSON.stringify({ files }));
  }

  /** All was collected: nothing of the run is kept, and that is answered; or it is kept, as after a crash. */
  async #forget(said: Msg): Promise<void> {
    const asked = readOfRun(said);
    if (asked === undefined) return;
    await this.#runs.get(asked.run)?.leave();
    this.#runs.delete(asked.run);
    try {
      rmSync(this.#folderOf(asked.run), { recursive: true, force: true });
      said.respond("");
    } catch (cause) {
      this.#options.log(`run ${asked.run} cannot be forgotten: ${messageOf(cause)}`);
    }
  }

  /** An empty answer says that what the asker has is not what is here. */
  #read(said: Msg): void {
    const asked = readRead(said);
    if (asked === undefined) return;
    const most = Math.min(asked.most, this.#connection.info!.max_payload - 1);
    const path = join(this.#folderOf(asked.run), asked.file);
    const bytes = pieceOf(path, asked.at, asked.crc, most);
    said.respond(bytes === undefined ? "" : Buffer.concat([Buffer.of(1), bytes]));
  }
}
