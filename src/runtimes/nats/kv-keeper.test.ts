import { expect, test } from "vitest";
import type { KeeperRequest } from "../../core/keeper.ts";
import type { Context, ProcessId } from "../../core/process.ts";
import { KvKeeper } from "./kv-keeper.ts";

test("of too many requests the first that waits is let go of, and can be asked again", async () => {
  const rung: string[] = [];
  const never = new Promise<never>(() => {});
  const keeper = new KvKeeper(
    "r",
    () => never,
    (timer) => void rung.push(timer),
    () => {},
  );
  const ask = (number: number): void => {
    const context = { incarnation: number, storeId: "s", setTimer: () => {} };
    const request: KeeperRequest = { kind: "get", key: "k", ask: String(number) };
    const given = context as unknown as Context<KeeperRequest>;
    const { start, receive } = keeper.process;
    receive(start(new Map(), given), 0 as ProcessId, request, given);
  };
  // The first is under way: it is not one of those that wait.
  for (let number = 0; number <= 10_000; number++) ask(number);
  expect(rung).toEqual([]);
  await new Promise(setImmediate);
  expect(rung).toEqual(["kept/1/1"]);
  keeper.close();
});
