// Stores on disk, read by another OS process than the one that owns them.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { DiskStore } from "../../src/runtimes/real/disk-store.ts";
import { readStored } from "../../src/runtimes/real/stored-files.ts";
import { MemoryStore } from "../../src/runtimes/sim/store.ts";
import { newFolder } from "../folders.ts";
import { until } from "../waiting.ts";

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await killed(child);
});

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** An OS process that runs `body`, with `DiskStore` and `DatabaseSync` at hand. */
function start(folder: string, body: string): ChildProcess {
  const file = join(folder, "owner.mjs");
  const imported = (url: string): string => JSON.stringify(new URL(url, import.meta.url).href);
  writeFileSync(
    file,
    `import { DiskStore } from ${imported("../../dist/runtimes/real/disk-store.js")};
     import { DatabaseSync } from ${JSON.stringify(import.meta.resolve("@photostructure/sqlite"))};
     const folder = ${JSON.stringify(folder)};
     ${body}`,
  );
  const child = fork(file, { stdio: "inherit" });
  children.push(child);
  return child;
}

/** Commits two keys and an entry of a log at once, counts up, and tells what is durable. */
const COMMITS = `
  const store = new DiskStore(folder, ["p0"]);
  store.open(0);
  for (let count = (store.load(0).get("a") ?? 0) + 1; ; count++) {
    store.apply(0, [{ kind: "put", key: "a", value: count }, { kind: "append", log: "all", value: count },
      { kind: "put", key: "b", value: count }]);
    store.commit();
    process.send(count);
    if (count % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }`;

const snapshot = (folder: string) => {
  const { id, keyed, logs } = readStored(folder, "p0");
  return { id, a: keyed.get("a"), b: keyed.get("b"), all: logs.get("all") };
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test("what is read while its owner writes is as some commit left it, and none is missed", async () => {
  const folder = newFolder();
  const owner = start(folder, COMMITS);
  let durable = 0;
  owner.on("message", (count) => {
    durable = count as number;
  });
  await until(() => durable > 0, "a first commit");
  const seen = new Set<number>();
  while (seen.size < 100) {
    const least = durable;
    const { a, b, all } = snapshot(folder);
    expect(b).toBe(a);
    expect(all).toEqual(upTo(a as number));
    expect(a).toBeGreaterThanOrEqual(least);
    seen.add(a as number);
    // Messages of the owner come in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect([...seen]).toEqual([...seen].sort((one, other) => one - other));
  expect(owner.exitCode).toBe(null);
}, 30_000);

test("an owner that was killed leaves all it made durable, and the next one goes on from there", async () => {
  const folder = newFolder();
  for (let kill = 0; kill < 5; kill++) {
    const owner = start(folder, COMMITS);
    let [durable, heard] = [0, 0];
    owner.on("message", (count) => {
      durable = count as number;
      heard++;
    });
    await until(() => heard >= 1 + 7 * kill, "some commits");
    await killed(owner);
    expect(existsSync(join(folder, "p0.db-wal"))).toBe(true);
    const first = snapshot(folder);
    expect(first.a).toBeGreaterThanOrEqual(durable);
    expect(first.b).toBe(first.a);
    expect(first.all).toEqual(upTo(first.a as number));
    expect(snapshot(folder)).toEqual(first);
  }
}, 30_000);

test("an owner that has closed leaves one file and its lock, also after readers; nothing is added", () => {
  const folder = newFolder();
  const store = new DiskStore(folder, ["p0"]);
  store.open(0);
  store.apply(0, [
    { kind: "put", key: "z", value: { deep: [1, null] } },
    { kind: "put", key: "a'b", value: "ключ" },
    { kind: "append", log: "later", value: 1 },
    { kind: "append", log: "early", value: 2 },
    { kind: "append", log: "later", value: 3 },
  ]);
  expect(readStored(folder, "p0").keyed.size).toBe(0);
  store.commit();
  const open = readStored(folder, "p0");
  const id = store.idOf(0);
  store.close();
  const closed = readStored(folder, "p0");
  expect(readdirSync(folder).sort()).toEqual(["p0.db", "p0.lock"]);
  expect(open).toEqual(closed);
  expect(closed.id).toBe(id);
  expect([...closed.keyed]).toEqual([
    ["a'b", "ключ"],
    ["z", { deep: [1, null] }],
  ]);
  expect([...closed.logs]).toEqual([
    ["later", [1, 3]],
    ["early", [2]],
  ]);
});

test("an owner opens and closes while it is read", async () => {
  const folder = newFolder();
  const owner = start(
    folder,
    `for (let count = 1; count <= 60; count++) {
       const store = new DiskStore(folder, ["p'0"]);
       store.open(0);
       store.apply(0, [{ kind: "put", key: "a", value: count }, { kind: "put", key: "b", value: count }]);
       store.commit();
       store.close();
     }`,
  );
  const path = join(folder, "p'0.db");
  await until(() => existsSync(path), "a store");
  let last = 0;
  while (last < 60) {
    const { keyed } = readStored(folder, "p'0");
    expect(keyed.get("b")).toBe(keyed.get("a"));
    const now = (keyed.get("a") as number | undefined) ?? 0;
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (owner.exitCode === null) await once(owner, "exit");
  expect(owner.exitCode).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(["owner.mjs", "p'0.db", "p'0.lock"]);
}, 30_000);

test("what was left half done outside the log, as by a kill while it opens, is undone", async () => {
  const folder = newFolder();
  const store = new DiskStore(folder, ["p0"]);
  store.open(0);
  store.apply(0, [{ kind: "put", key: "a", value: 1 }]);
  store.commit();
  store.close();
  const owner = start(
    folder,
    `const database = new DatabaseSync(folder + "/p0.db");
     database.exec("PRAGMA cache_size = 5; BEGIN IMMEDIATE; UPDATE keyed SET value = 2");
     for (let row = 0; row < 500; row++) {
       database.exec("INSERT INTO logs (log, value) VALUES ('l', hex(randomblob(1000)))");
     }
     process.send("half");
     setInterval(() => {}, 1000);`,
  );
  await once(owner, "message");
  await killed(owner);
  expect(existsSync(join(folder, "p0.db-journal"))).toBe(true);
  const { keyed, logs } = readStored(folder, "p0");
  expect([...keyed]).toEqual([["a", 1]]);
  expect(logs.size).toBe(0);
});

test("a store that is not there is missing, one without tables is empty, and another file has failed", () => {
  const folder = newFolder();
  const codeIs = (code: string) => expect.objectContaining({ code });
  expect(() => readStored(folder, "p0")).toThrow(codeIs("files/missing"));
  expect(existsSync(join(folder, "p0.db"))).toBe(false);
  writeFileSync(join(folder, "p0.db"), "");
  expect(readStored(folder, "p0")).toEqual({ id: "", keyed: new Map(), logs: new Map() });
  writeFileSync(join(folder, "p0.db"), "no database ".repeat(100));
  expect(() => readStored(folder, "p0")).toThrow(codeIs("store/failed"));
});

test("a snapshot of a store in memory is not reached by later changes", () => {
  const store = new MemoryStore(null, 1, 2);
  store.keepTail(0, 1);
  store.apply(0, [
    { kind: "put", key: "k", value: 1 },
    { kind: "append", log: "l", value: 1 },
  ]);
  const before = store.stored(0);
  store.apply(0, [
    { kind: "remove", key: "k" },
    { kind: "append", log: "l", value: 2 },
    { kind: "append", log: "m", value: 1 },
  ]);
  const expected = { id: "1-0", keyed: new Map([["k", 1]]), logs: new Map([["l", [1]]]) };
  expect(before).toEqual(expected);
  store.loseTail(0, 1);
  expect(store.stored(0)).toEqual(expected);
  expect(store.stored(1)).toEqual({ id: "1-1", keyed: new Map(), logs: new Map() });
});
