// The files of a run, brought here from the workers that have them, as they grow: records while it runs, so that it can
// be watched and little is left for its end; stores when it is over. Nothing is asked of those who write them.
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import type { NatsConnection } from "@nats-io/transport-node";
import { workerSubject } from "./subjects.ts";
import { CHECKED, readList } from "./words.ts";

/** A worker that does not answer is asked again later, ms. */
const PATIENCE = 3_000;
const PAUSE = 100;
const PIECE = 512 * 1024;

export class Collector {
  readonly #connection: NatsConnection;
  readonly #run: string;
  readonly #folder: string;
  readonly #descriptors = new Map<string, number>();

  constructor(connection: NatsConnection, run: string, folder: string) {
    this.#connection = connection;
    this.#run = run;
    this.#folder = folder;
    for (const kind of ["records", "stores"]) mkdirSync(join(folder, kind), { recursive: true });
  }

  /** Brings what is new of the records on a worker; false if it did not answer, or more may be to come. */
  async records(worker: string): Promise<boolean> {
    return await this.#bring(
      worker,
      (name) => name.startsWith("records/"),
      (name) =>
        // A part may have been on several workers.
        join(this.#folder, `${name.replace(/\.record$/, "")}.${worker}.record`),
    );
  }

  /** Brings all that is left, when nobody writes any more; false if that could not be done in so many ms. */
  async rest(worker: string, names: ReadonlySet<string>, patience: number): Promise<boolean> {
    const until = performance.now() + patience;
    for (;;) {
      if ((await this.records(worker)) && (await this.#stores(worker, names))) return true;
      if (performance.now() > until) return false;
      // Of one that is gone the servers say so at once.
      await sleep(PAUSE);
    }
  }

  /** A worker need not keep anything of the run. */
  async forget(worker: string): Promise<void> {
    // One that ends just now keeps it, as after a crash.
    await this.#ask(worker, "forget", JSON.stringify({ run: this.#run })).catch(() => {});
  }

  /** Brings the stores of those processes from the worker that has them. */
  async #stores(worker: string, names: ReadonlySet<string>): Promise<boolean> {
    const isOf = (file: string): boolean =>
      file.startsWith("stores/") &&
      names.has(basename(file).replace(/\.db(-wal|-shm|-journal)?$/, ""));
    return await this.#bring(worker, isOf, (name) => join(this.#folder, name));
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }

  async #bring(
    worker: string,
    wanted: (name: string) => boolean,
    path: (name: string) => string,
  ): Promise<boolean> {
    try {
      const said = JSON.stringify({ run: this.#run });
      const list = readList(await this.#ask(worker, "files", said));
      for (const { name, size } of list?.files ?? []) {
        if (wanted(name)) await this.#piece(worker, name, size, path(name));
      }
      return list !== undefined;
    } catch {
      return false;
    }
  }

  /** Brings the rest of a file, or all of it if what is here is no longer its beginning. */
  async #piece(worker: string, file: string, size: number, path: string): Promise<void> {
    const descriptor = this.#open(path);
    for (let at = fstatSync(descriptor).size; ; ) {
      if (at === size && file.startsWith("records/")) return;
      const before = Buffer.alloc(Math.min(CHECKED, at));
      readSync(descriptor, before, 0, before.length, at - before.length);
      const asked = { run: this.#run, file, at, crc: crc32(before), most: PIECE };
      const { data } = await this.#ask(worker, "read", JSON.stringify(asked));
      if (data.length === 0 && at === 0) return;
      if (data.length === 0) {
        ftruncateSync(descriptor, 0);
        at = 0;
      } else if (data.length === 1) return;
      else {
        writeSync(descriptor, data, 1, data.length - 1, at);
        at += data.length - 1;
      }
    }
  }

  #ask(worker: string, what: "files" | "read" | "forget", said: string) {
    return this.#connection.request(workerSubject(worker, what), said, { timeout: PATIENCE });
  }

  #open(path: string): number {
    const known = this.#descriptors.get(path);
    if (known !== undefined) return known;
    const descriptor = openSync(path, "w+");
    this.#descriptors.set(path, descriptor);
    return descriptor;
  }
}
