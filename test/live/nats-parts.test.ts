// Which worker has which part of a run, agreed upon over real servers by many at once, also while what they agreed on is
// deleted.
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBucket, swapAlone } from "../../src/runtimes/nats/buckets.ts";
import { openJetStream, openNats, reachOf } from "../../src/runtimes/nats/connect.ts";
import { Parts } from "../../src/runtimes/nats/parts.ts";
import { PARTS_BUCKET } from "../../src/runtimes/nats/subjects.ts";
import { describeNats, type Servers, startServers } from "./nats-servers.ts";

const WORKERS = ["a", "b", "c", "d", "e", "f"];

describeNats("parts of runs", () => {
  let servers: Servers;
  const connections: NatsConnection[] = [];
  const parts = new Map<string, Parts>();
  const of = (worker: string) => parts.get(worker)!;
  const jetStream = () => openJetStream(connections[0]!, {});
  const drop = async () => (await jetStream()).streams.delete(`KV_${PARTS_BUCKET}`);
  const ownerOf = async (run: string, index: number) => {
    const entry = await (await openBucket(await jetStream(), PARTS_BUCKET)).get(`${run}.${index}`);
    return entry?.json<{ worker: string; boot: number; bound: boolean }>();
  };
  beforeAll(async () => {
    servers = await startServers(3);
    const reach = reachOf({ nats: servers.urls.join(",") }, {});
    for (const worker of WORKERS) {
      const connection = await openNats(reach, worker);
      connections.push(connection);
      parts.set(worker, new Parts(connection, reach, worker));
    }
    await openBucket(await jetStream(), PARTS_BUCKET);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(connections.map((each) => each.close()));
    await servers?.stop();
  });

  /** Who was not denied it. */
  const takers = async (run: string, index: number, boot: number, workers = WORKERS) => {
    const claimed = workers.map(async (worker) => {
      const denial = await of(worker).claim(run, index, boot, false);
      return denial === undefined ? [worker] : [];
    });
    return (await Promise.all(claimed)).flat();
  };

  test("of many that swap one revision at once, one is told that it did, and its value is there", async () => {
    const buckets = await Promise.all(
      connections.map(async (each) => openBucket(await openJetStream(each, {}), PARTS_BUCKET)),
    );
    for (let round = 0; round < 30; round++) {
      const key = `zero.${round}`;
      await buckets[0]!.create(key, "");
      const found = await buckets[0]!.get(key);
      const swaps = buckets.map((bucket, at) => swapAlone(bucket, key, found, at));
      const done = await Promise.allSettled(swaps);
      const told = done.flatMap(({ status }, at) => (status === "fulfilled" ? [at] : []));
      expect(told.length).toBe(1);
      expect((await buckets[0]!.get(key))?.json()).toBe(told[0]);
    }
  });

  test("of many that claim one start of a part at once, one has it", async () => {
    const rounds = await Promise.all([0, 1, 2, 3, 4].map((index) => takers("one", index, 1)));
    for (const [index, taken] of rounds.entries()) {
      expect(taken.length).toBe(1);
      expect(await ownerOf("one", index)).toEqual({ worker: taken[0], boot: 1, bound: false });
    }
    // What did not store may go on elsewhere, in a later start, and not in the same or an earlier one.
    const [taken] = await takers("one", 0, 2);
    const [other] = WORKERS.filter((worker) => worker !== taken);
    for (const boot of [1, 2]) {
      expect(await of(other!).claim("one", 0, boot, false)).toEqual({
        reason: `${taken} has a later start of it`,
      });
    }
  });

  test("of an owner that binds and others that claim later starts at once, one has it", async () => {
    const round = async (index: number): Promise<void> => {
      await of("a").claim("two", index, 1, false);
      const others = WORKERS.slice(1);
      const [denial, ...taken] = await Promise.all([
        of("a").bind("two", index, 1),
        ...others.map(async (worker, at) => ({
          worker,
          boot: at + 2,
          denial: await of(worker).claim("two", index, at + 2, false),
        })),
      ]);
      const owner = await ownerOf("two", index);
      if (denial === undefined) {
        expect(owner).toEqual({ worker: "a", boot: 1, bound: true });
        for (const each of taken) {
          expect(each!.denial).toEqual({ reason: "its stores are on a", on: "a" });
        }
      } else {
        const last = taken.filter((each) => each!.denial === undefined).at(-1)!;
        expect(owner).toEqual({ worker: last.worker, boot: last.boot, bound: false });
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => round(index)));
  });

  test("a bound part never goes to another, however late its start; and to its own at any", async () => {
    await of("a").claim("three", 0, 5, false);
    expect(await of("a").bind("three", 0, 5)).toBeUndefined();
    expect(await takers("three", 0, 1_000)).toEqual(["a"]);
    expect(await of("a").claim("three", 0, 7, false)).toBeUndefined();
    // A claim that comes late does not undo a later one.
    expect(await ownerOf("three", 0)).toEqual({ worker: "a", boot: 1_000, bound: true });
    expect(await of("b").bind("three", 0, 2_000)).toBeDefined();
  });

  test("a start that was given back can be another's; one that is bound, or another's, is not given", async () => {
    await of("a").claim("four", 0, 1, false);
    await of("b").release("four", 0, 1);
    expect(await of("b").claim("four", 0, 1, false)).toBeDefined();
    await of("a").release("four", 0, 1);
    expect(await of("b").claim("four", 0, 1, false)).toBeUndefined();
    await of("b").bind("four", 0, 1);
    await of("b").release("four", 0, 1);
    expect(await of("a").claim("four", 0, 1, false)).toEqual({
      reason: "its stores are on b",
      on: "b",
    });
  });

  test("the bucket is deleted meanwhile: it is made anew, and its stores' worker says so again", async () => {
    await of("a").claim("five", 0, 1, false);
    await of("a").bind("five", 0, 1);
    await drop();
    // Where the stores are nobody knows but their worker, whose claim is heard first here.
    expect(await of("a").claim("five", 0, 2, true)).toBeUndefined();
    expect(await takers("five", 0, 3)).toEqual(["a"]);
    await drop();
    const [taken] = await Promise.all([takers("five", 1, 1), drop().catch(() => {})]);
    // Who had it before it was gone may have been followed by one other.
    expect([1, 2]).toContain(taken.length);
    const owner = await ownerOf("five", 1);
    if (owner !== undefined) expect(taken).toContain(owner.worker);
    const [bound] = taken;
    const denials = await Promise.all(taken.map((worker) => of(worker).bind("five", 1, 1)));
    expect(denials.filter((denial) => denial === undefined).length).toBe(1);
    expect(bound).toBeDefined();
  });
});
