// Stable storage on disk: one SQLite file for each process, which one owner writes and others may read
// meanwhile (stored-files.ts). Whatever is asked for between `begin` and `commit` is one transaction of
// each file, on the disk when `commit` returns (write-ahead log, synchronous=FULL): it survives kill -9
// at any instant, and a power cut as far as the disk does what fsync asks. The owner's right is a lock on
// an empty file beside it, which the system takes back when the owner ends, however it does. That file
// stays: were it removed, one who waits for its lock and one who makes it anew would both be owners.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSyncInstance } from "@photostructure/sqlite";
import { messageOf, OrreryError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Change, Store } from "../ports.ts";
import type { Floor } from "./protocol.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS keyed (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS logs (id INTEGER PRIMARY KEY, log TEXT NOT NULL, value TEXT NOT NULL);`;

/** Another owner is waited for this long, ms: one that was killed may not have ended yet. */
const LOCK_PATIENCE = 5_000;

/** Readers are waited for this long when a store closes, ms, in pauses of so long. */
const READERS_PATIENCE = 1_000;
const PAUSE = 5;

/** What a process can have done in the seconds in which it was not heard of: starts, and by how much its clock rose. */
const UNHEARD_STARTS = 16;
const UNHEARD_CLOCK = 2 ** 22;

type Database = InstanceType<typeof DatabaseSync>;

type File = {
  readonly path: string;
  readonly lock: Database;
  readonly database: Database;
  id: string;
  incarnation: number;
  /** Incarnations that it does not know of, as it was wiped since. */
  born: number;
  lamport: number;
  /** The last turn that is durable in it. */
  turn: number;
  readonly statements: { readonly [name in keyof typeof SQL]: StatementSyncInstance };
};

const SQL = {
  put: "INSERT INTO keyed VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  remove: "DELETE FROM keyed WHERE key = ?",
  append: "INSERT INTO logs (log, value) VALUES (?, ?)",
  load: "SELECT key, value FROM keyed",
  meta: "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
};

/** The stores of the processes of one OS process, as files `<folder>/<name>.db`. */
export class DiskStore implements Store {
  readonly #folder: string;
  readonly #names: readonly string[];
  readonly #files = new Map<number, File>();
  /** Those in which a transaction is under way. */
  readonly #changed = new Map<number, File>();
  #turn = 0;

  constructor(folder: string, names: readonly string[]) {
    this.#folder = folder;
    this.#names = names;
  }

  /**
   * Opens the store of a process, takes its lock, and makes its next incarnation durable. `fresh`: all that it ever
   * stored is forgotten first.
   * @throws OrreryError "store/locked" if another owner holds it, "store/failed"
   */
  open(process: number, fresh = false): void {
    const stem = join(this.#folder, `${this.#names[process]}`);
    const path = `${stem}.db`;
    this.#world(path, () => {
      mkdirSync(this.#folder, { recursive: true });
      const lock = locked(`${stem}.lock`);
      try {
        const file = begin(path, lock, fresh);
        this.#files.set(process, file);
        this.#turn = Math.max(this.#turn, file.turn);
      } catch (cause) {
        lock.close();
        throw cause;
      }
    });
  }

  /** Which incarnation this is, and where its clock begins. */
  opened(process: number): Pick<File, "incarnation" | "lamport" | "born"> {
    return this.#file(process);
  }

  idOf(process: number): string {
    return this.#file(process).id;
  }

  load(process: number): ReadonlyMap<string, Json> {
    const rows = this.#file(process).statements.load.all();
    return new Map(
      rows.map((row) => {
        const { key, value } = row as { key: string; value: string };
        return [key, JSON.parse(value) as Json];
      }),
    );
  }

  /** If the disk fails, `apply` or `commit` throws. */
  fails(): boolean {
    return false;
  }

  /** A durable commit stays: what is on a disk cannot be made to be lost. */
  loseTail(): number {
    return 0;
  }

  /** Not at once: when `commit` has returned. */
  latency(): number {
    return 1;
  }

  apply(process: number, changes: readonly Change[]): void {
    const file = this.#begun(process);
    this.#world(file.path, () => {
      for (const change of changes) {
        if (change.kind === "remove") file.statements.remove.run(change.key);
        else if (change.kind === "put") {
          file.statements.put.run(change.key, JSON.stringify(change.value));
        } else file.statements.append.run(change.log, JSON.stringify(change.value));
      }
    });
  }

  /** Up to where the clock of a process is reserved. */
  reserved(process: number): number {
    return this.#file(process).lamport;
  }

  /** The next incarnation will start at `lamport`, whatever this one does up to there. */
  reserve(process: number, lamport: number): void {
    const file = this.#begun(process);
    this.#world(file.path, () => file.statements.meta.run("lamport", String(lamport)));
    file.lamport = lamport;
  }

  /** Makes a next incarnation durable without closing: for one that crashes and recovers in here. */
  nextIncarnation(process: number): number {
    const file = this.#begun(process);
    file.incarnation++;
    this.#world(file.path, () => file.statements.meta.run("incarnation", String(file.incarnation)));
    this.commit();
    return file.incarnation;
  }

  /**
   * Of a process that was last heard of elsewhere, where it may have got further since: this start of it is later, and
   * its clock begins beyond. A store that knows as much stays as it is.
   */
  raise(process: number, { incarnation, lamport }: Floor): void {
    const file = this.#file(process);
    if (file.incarnation > incarnation) return;
    this.#begun(process);
    file.incarnation = incarnation + UNHEARD_STARTS;
    this.#world(file.path, () => file.statements.meta.run("incarnation", String(file.incarnation)));
    this.reserve(process, lamport + UNHEARD_CLOCK);
    this.commit();
  }

  /** Is anything asked for that is not durable? */
  get changed(): boolean {
    return this.#changed.size > 0;
  }

  /**
   * Numbers the turn under way, durably with what it changes, and says whose stores those are: rows of
   * a process's turn that is lost are lost too.
   */
  turn(): { readonly turn: number; readonly of: readonly number[] } {
    this.#turn++;
    for (const { path, statements } of this.#changed.values()) {
      this.#world(path, () => statements.meta.run("turn", String(this.#turn)));
    }
    return { turn: this.#turn, of: [...this.#changed.keys()] };
  }

  /** The last turn that is durable in the store of a process. */
  turnOf(process: number): number {
    return this.#file(process).turn;
  }

  /**
   * Loses what a process put and appended, its clock, and the store's id. Which start of it this is
   * remains, as traces count starts; `born` is how many there were that it knows nothing of now: all that
   * have been, unless something else is said.
   */
  wipe(process: number, born = this.#file(process).incarnation): void {
    const file = this.#begun(process);
    file.id = crypto.randomUUID();
    file.born = born;
    this.#world(file.path, () => {
      file.database.exec("DELETE FROM keyed; DELETE FROM logs");
      file.statements.meta.run("id", file.id);
      file.statements.meta.run("lamport", "0");
      file.statements.meta.run("born", String(file.born));
    });
    file.lamport = 0;
    this.commit();
  }

  /** Makes all that was asked for since the last time durable. Cost: an fsync for each file changed. */
  commit(): void {
    for (const [process, { path, database }] of this.#changed) {
      this.#world(path, () => database.exec("COMMIT"));
      this.#changed.delete(process);
    }
  }

  close(): void {
    for (const [process, { database, lock }] of this.#files) {
      try {
        if (this.#changed.has(process)) database.exec("ROLLBACK");
        release(database);
      } catch {
        // All that was committed is safe as it is, in the file and the log beside it.
      }
      database.close();
      lock.close();
    }
    this.#files.clear();
    this.#changed.clear();
  }

  #file(process: number): File {
    return this.#files.get(process)!;
  }

  #begun(process: number): File {
    const file = this.#file(process);
    if (!this.#changed.has(process)) {
      this.#world(file.path, () => file.database.exec("BEGIN IMMEDIATE"));
      this.#changed.set(process, file);
    }
    return file;
  }

  #world<T>(path: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const reason = messageOf(cause);
      const code = /locked|busy/i.test(reason) ? "store/locked" : "store/failed";
      throw new OrreryError(code, `${path}: ${reason}`, { cause });
    }
  }
}

/** Takes the lock of a store, until it is closed or this OS process ends. */
export function locked(path: string): Database {
  const lock = new DatabaseSync(path, { timeout: LOCK_PATIENCE });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock.close();
    throw cause;
  }
}

/** Opens a store that is locked, and begins its next incarnation. */
function begin(path: string, lock: Database, fresh: boolean): File {
  const database = new DatabaseSync(path, { timeout: LOCK_PATIENCE });
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE; ${SCHEMA}`);
  if (fresh) database.exec("DELETE FROM meta; DELETE FROM keyed; DELETE FROM logs");
  const meta = new Map<string, string>();
  for (const row of database.prepare("SELECT key, value FROM meta").all()) {
    const { key, value } = row as { key: string; value: string };
    meta.set(key, value);
  }
  const statements = Object.fromEntries(
    Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]),
  ) as File["statements"];
  const file: File = {
    path,
    lock,
    database,
    id: meta.get("id") ?? crypto.randomUUID(),
    incarnation: Number(meta.get("incarnation") ?? 0) + 1,
    born: Number(meta.get("born") ?? 0),
    lamport: Number(meta.get("lamport") ?? 0),
    turn: Number(meta.get("turn") ?? 0),
    statements,
  };
  statements.meta.run("id", file.id);
  statements.meta.run("incarnation", String(file.incarnation));
  database.exec("COMMIT");
  return file;
}

/**
 * Leaves one file without a log beside it, when no reader looks. It cannot be left to `close`: prepared
 * statements outlive that, and what they hold of the log.
 * @throws Error if readers have more patience
 */
function release(database: Database): void {
  // SQLite itself would wait for some locks of readers, and not for others.
  database.exec("PRAGMA busy_timeout = 0");
  for (let waited = 0; ; waited += PAUSE) {
    try {
      database.exec("PRAGMA journal_mode = DELETE");
      return;
    } catch (cause) {
      if (waited >= READERS_PATIENCE) throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}
