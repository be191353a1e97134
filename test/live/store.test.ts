import { fork } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/core/json.ts";
import { DiskStore } from "../../src/runtimes/real/disk-store.ts";
import { readStored } from "../../src/runtimes/real/stored-files.ts";
import { MemoryStore } from "../../src/runtimes/sim/store.ts";
import { newFolder } from "../folders.ts";
import { storeContract } from "./store.case.ts";

const NAMES = ["p0", "p1"];
storeContract({
  name: "in memory",
  open: () => {
    const store = new MemoryStore(null, 1, 2);
    const commit = store.apply.bind(store);
    return { store, commit, again: () => store, end: () => {} };
  },
});

storeContract({
  name: "on disk",
  open: () => {
    const folder = newFolder();
    const opened = () => {
      const store = new DiskStore(folder, NAMES);
      store.open(0);
      store.open(1);
      const log = (process: number, name: string): readonly Json[] =>
        readStored(folder, NAMES[process]!).logs.get(name) ?? [];
      return Object.assign(store, { log });
    };
    let store = opened();
    return {
      store,
      commit: (process, changes) => {
        store.apply(process, changes);
        store.commit();
      },
      again: () => {
        store.close();
        store = opened();
        return store;
      },
      end: () => store.close(),
    };
  },
});

describe("a store on disk", () => {
  test("makes each incarnation durable, keeps the reserved clock, and is new when it was wiped", () => {
    const folder = newFolder();
    const opened = (): DiskStore => {
      const store = new DiskStore(folder, NAMES);
      store.open(0);
      return store;
    };
    let store = opened();
    const id = store.idOf(0);
    expect(store.opened(0)).toMatchObject({ incarnation: 1, lamport: 0 });
    store.reserve(0, 64);
    store.commit();
    store.close();
    store = opened();
    expect(store.opened(0)).toMatchObject({ incarnation: 2, lamport: 64 });
    expect(store.nextIncarnation(0)).toBe(3);
    store.close();
    rmSync(join(folder, "p0.db"));
    store = opened();
    expect(store.opened(0)).toMatchObject({ incarnation: 1, lamport: 0 });
    expect(store.idOf(0)).not.toBe(id);
    store.close();
  });

  test("what was not committed is not there", () => {
    const folder = newFolder();
    const store = new DiskStore(folder, NAMES);
    store.open(0);
    store.apply(0, [{ kind: "put", key: "k", value: 1 }]);
    store.close();
    const later = new DiskStore(folder, NAMES);
    later.open(0);
    expect([...later.load(0)]).toEqual([]);
    later.close();
  });

  test("has one owner at a time", { timeout: 20_000 }, () => {
    const folder = newFolder();
    const owner = new DiskStore(folder, NAMES);
    owner.open(0);
    expect(() => new DiskStore(folder, NAMES).open(0)).toThrow(
      expect.objectContaining({ code: "store/locked" }),
    );
    owner.close();
    const next = new DiskStore(folder, NAMES);
    next.open(0);
    next.close();
  });

  test("survives kill -9 at any instant: all that was acknowledged is there, and nothing torn", async () => {
    const folder = newFolder();
    const writer = join(folder, "writer.mjs");
    // Two keys a commit, so that a torn one shows; each is acknowledged after its commit.
    writeFileSync(
      writer,
      `import { DiskStore } from ${JSON.stringify(new URL("../../dist/runtimes/real/disk-store.js", import.meta.url).href)};
       const store = new DiskStore(${JSON.stringify(folder)}, ["p0"]);
       store.open(0);
       for (let count = (store.load(0).get("a") ?? 0) + 1; ; count++) {
         store.apply(0, [{ kind: "put", key: "a", value: count }, { kind: "put", key: "b", value: count },
           { kind: "append", log: "all", value: count }]);
         store.commit();
         process.send(count);
         if (count % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
       }`,
    );
    let acknowledged = 0;
    for (let kill = 0; kill < 12; kill++) {
      const child = fork(writer, { stdio: "inherit" });
      // Killed at another place each time: after so many acknowledgements.
      const enough = new Promise<void>((resolve) => {
        let heard = 0;
        child.on("message", (count) => {
          acknowledged = Math.max(acknowledged, count as number);
          if (++heard >= 1 + 7 * kill) resolve();
        });
      });
      await enough;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      const store = new DiskStore(folder, ["p0"]);
      store.open(0);
      const [a, b] = ["a", "b"].map((key) => store.load(0).get(key) as number);
      expect(a).toBeGreaterThanOrEqual(acknowledged);
      expect(b).toBe(a);
      store.close();
      const all = readStored(folder, "p0").logs.get("all");
      expect(all).toEqual(Array.from({ length: a! }, (_, index) => index + 1));
    }
    expect(acknowledged).toBeGreaterThan(100);
  });
});
