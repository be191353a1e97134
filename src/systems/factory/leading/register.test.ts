import { describe, expect, test } from "vitest";
import type { KeeperReply } from "../../../core/keeper.ts";
import {
  changedArcs,
  isOwn,
  isSame,
  LEASE,
  type LeaseValue,
  observed,
  unseen,
} from "./register.ts";

const lease = (nonce: string): LeaseValue => ({ holder: 1, term: 1, beat: 0, nonce });
const reply = (revision: number, value: LeaseValue | null): KeeperReply => ({
  kind: "ok",
  key: LEASE,
  ask: "a",
  revision,
  value,
});
const PATIENCE = 10;

describe("what was observed of a key", () => {
  test("is since when it changed, not since when it was told last", () => {
    const first = observed(unseen(0), reply(1, lease("x")), 5, PATIENCE);
    expect(first).toEqual({ revision: 1, value: lease("x"), since: 5, told: 5 });
    const again = observed(first, reply(1, lease("x")), 14, PATIENCE);
    expect(again).toMatchObject({ since: 5, told: 14 });
    expect(observed(again, reply(2, lease("y")), 20, PATIENCE)).toMatchObject({ since: 20 });
  });

  test("nothing is known to be unchanged across a silence of the keeper", () => {
    const first = observed(unseen(0), reply(1, lease("x")), 5, PATIENCE);
    expect(observed(first, reply(1, lease("x")), 15, PATIENCE).since).toBe(5);
    expect(observed(first, reply(1, lease("x")), 16, PATIENCE).since).toBe(16);
  });

  test("a revision that was there before is another one after the keeper lost its store", () => {
    const first = observed(unseen(0), reply(1, lease("x")), 5, PATIENCE);
    expect(observed(first, reply(1, lease("y")), 9, PATIENCE).since).toBe(9);
    expect(observed(first, reply(0, null), 9, PATIENCE)).toMatchObject({ value: null, since: 9 });
  });

  test("nothing at all is something that can stay as it is", () => {
    expect(observed(unseen(0), reply(0, null), 9, PATIENCE).since).toBe(0);
  });
});

test("a writer knows his value by its nonce, however the answer is called", () => {
  expect(isOwn(reply(2, lease("x")), "x")).toBe(true);
  expect(isOwn({ ...reply(2, lease("x")), kind: "conflict" } as KeeperReply, "x")).toBe(true);
  expect(isOwn(reply(2, lease("x")), "y")).toBe(false);
  expect(isOwn(reply(0, null), "x")).toBe(false);
});

test("arcs that are in one of two plans alone are changed, those with another rate are not", () => {
  const plan = [
    [0, 2, 1],
    [1, 2, 1],
  ] as const;
  expect(changedArcs(plan, [[0, 2, 3]])).toBe(1);
  expect(
    changedArcs(plan, [
      [0, 3, 1],
      [1, 2, 1],
    ]),
  ).toBe(2);
  expect(changedArcs(plan, plan)).toBe(0);
  expect([isSame(plan, [...plan]), isSame(plan, [[0, 2, 1]]), isSame([], null)]).toEqual([
    true,
    false,
    false,
  ]);
});
