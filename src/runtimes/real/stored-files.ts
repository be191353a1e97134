// Reads stores on disk as one who does not own them: while their owner writes, after it was killed, or
// when it has closed them. Takes no lock that keeps an owner from committing.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { messageOf, OrreryError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Stored } from "../../core/stored.ts";

/** Where in a folder of a run its stores are. */
export const STORES = "stores";

/** An owner that opens or closes its file is waited for this long, ms. */
const PATIENCE = 5_000;

/** SQLite's SQLITE_READONLY_ROLLBACK: who was killed left a change of the file half done. */
const HALF_DONE = 776;

type Database = InstanceType<typeof DatabaseSync>;
type Row = { readonly key: string; readonly value: string };

/** The rows of a store as they were after one commit, values not parsed yet. */
type Rows = {
  readonly meta: readonly Row[];
  readonly keyed: readonly Row[];
  readonly logs: readonly Row[];
};

/**
 * What the store `<folder>/<name>.db` holds now: all of some last commit, and nothing of a later one.
 * Empty, with no id, if its owner has not got to making it. Keys are sorted; logs are in the order of
 * their first entries. Memory: all of it.
 * @throws OrreryError "files/missing" if there is no such file, "store/failed" if it cannot be read
 */
export function readStored(folder: string, name: string): Stored {
  const path = join(folder, `${name}.db`);
  if (!existsSync(path)) throw new OrreryError("files/missing", `there is no ${path}`);
  try {
    return storedOf(rowsOf(path));
  } catch (cause) {
    throw new OrreryError("store/failed", `${path}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * The keyed part alone, for who looks on and cannot wait: undefined if it is not there, or its owner is
 * just opening or closing it.
 */
export function glimpse(folder: string, name: string): ReadonlyMap<string, Json> | undefined {
  const path = join(folder, `${name}.db`);
  if (!existsSync(path)) return undefined;
  try {
    return storedOf(snapshot(path, 0, false)).keyed;
  } catch {
    return undefined;
  }
}

function rowsOf(path: string): Rows {
  try {
    return snapshot(path, PATIENCE, true);
  } catch (cause) {
    if ((cause as { readonly errcode?: unknown }).errcode !== HALF_DONE) throw cause;
    undo(path);
    return snapshot(path, PATIENCE, true);
  }
}

/**
 * Reads in one transaction. The file is attached, not opened: prepared statements outlive `close`, and
 * an owner that closes would wait for what they hold, but nothing outlives `DETACH`.
 */
function snapshot(path: string, patience: number, logs: boolean): Rows {
  const database = new DatabaseSync(":memory:", { readOnly: true, timeout: patience });
  try {
    database.exec(`ATTACH '${path.replaceAll("'", "''")}' AS stored`);
    try {
      database.exec("BEGIN");
      return rowsIn(database, logs);
    } finally {
      if (database.isTransaction) database.exec("ROLLBACK");
      database.exec("DETACH stored");
    }
  } finally {
    database.close();
  }
}

function rowsIn(database: Database, logs: boolean): Rows {
  const all = (sql: string): Row[] => database.prepare(sql).all() as Row[];
  // The owner makes all tables in one commit.
  if (all("SELECT name FROM stored.sqlite_master").length === 0) {
    return { meta: [], keyed: [], logs: [] };
  }
  return {
    meta: all("SELECT key, value FROM stored.meta"),
    keyed: all("SELECT key, value FROM stored.keyed ORDER BY key"),
    logs: logs ? all("SELECT log AS key, value FROM stored.logs ORDER BY id") : [],
  };
}

/** Undoes what was left half done, as the next owner would: SQLite does when one who may write looks. */
function undo(path: string): void {
  const database = new DatabaseSync(path, { timeout: PATIENCE });
  try {
    database.exec("SELECT count(*) FROM sqlite_master");
  } finally {
    database.close();
  }
}

function storedOf({ meta, keyed, logs }: Rows): Stored {
  const entries = new Map<string, Json[]>();
  for (const { key, value } of logs) {
    const log = entries.get(key) ?? [];
    log.push(JSON.parse(value) as Json);
    entries.set(key, log);
  }
  return {
    id: meta.find(({ key }) => key === "id")?.value ?? "",
    keyed: new Map(keyed.map(({ key, value }) => [key, JSON.parse(value) as Json])),
    logs: entries,
  };
}
