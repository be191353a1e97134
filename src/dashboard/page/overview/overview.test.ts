// Orders, grids and lassos of the overview.
import { expect, test } from "vitest";
import type { Standings } from "../../protocol.ts";
import { clusterOf } from "./cells.ts";
import { gridOf, withoutCommon } from "./dials.ts";
import { spotAt, within } from "./lasso.ts";
import { notUp, ordered, windowOf } from "./order.ts";

const names = ["m-1", "m-2", "m-10", "n-1"];
const zero = [0, 0, 0, 0];
const standings: Standings = {
  ...{ lamport: [5, 9, 7, 7], waiting: [0, 3, 1, 0], state: [0, 1, 0, 2], rate: [1, 2, 3, 4] },
  ...{ incarnation: [1, 1, 1, 1], events: zero, last: zero, lastAt: zero },
};

test("machines are found by a part of their name or by their state, and sorted", () => {
  const find = (text: string, by: Parameters<typeof ordered>[3]) =>
    ordered(names, standings, text, by).map((process) => names[process]);
  expect(find("M-1", { by: "machine", falls: false })).toEqual(["m-1", "m-10"]);
  expect(find("down", { by: "machine", falls: false })).toEqual(["m-2"]);
  expect(find("", { by: "machine", falls: true })).toEqual(["n-1", "m-10", "m-2", "m-1"]);
  expect(find("", { by: "L", falls: true })).toEqual(["m-2", "m-10", "n-1", "m-1"]);
  expect(find("", { by: "behind", falls: true })).toEqual(["m-1", "m-10", "n-1", "m-2"]);
  expect(find("", { by: "inbox", falls: false })).toEqual(["m-1", "n-1", "m-10", "m-2"]);
  expect(notUp(standings)).toEqual({ down: 1, paused: 1 });
  // Who never began is not down.
  expect(notUp({ ...standings, incarnation: zero })).toEqual({ down: 0, paused: 1 });
});

test("of a long list only what is seen is there, wherever it was scrolled to", () => {
  const view = { height: 270, row: 27 };
  expect(windowOf(1_000_000, { ...view, top: 0 })).toEqual({ first: 0, end: 16 });
  const deep = windowOf(1_000_000, { ...view, top: 27 * 500_000 });
  expect(deep.first).toBeLessThan(500_000);
  expect(deep.end - deep.first).toBeLessThan(30);
  // It was scrolled down, and then a search left three.
  expect(windowOf(3, { ...view, top: 27_000 })).toEqual({ first: 0, end: 3 });
});

test.each([1, 2, 7, 30, 100, 999])("%d places find room in a grid", (places) => {
  const size = { width: 340, height: 300 };
  const { columns, width, height } = gridOf(places, size, 1);
  const rows = Math.ceil(places / columns);
  expect(columns * rows).toBeGreaterThanOrEqual(places);
  expect(columns * width).toBeCloseTo(size.width);
  expect(rows * height).toBeCloseTo(size.height);
});

test("when there is no room for all, a cell stands for several", () => {
  const size = { width: 340, height: 300 };
  expect(clusterOf(1_000, size)).toBe(1);
  const cluster = clusterOf(1_000_000, size);
  expect((1_000_000 / cluster) * 49).toBeLessThanOrEqual(340 * 300);
});

test("names that begin alike are told by what differs", () => {
  expect(withoutCommon(["machine_1", "machine_12"])).toEqual(["1", "12"]);
  expect(withoutCommon(["tubes-1", "tulip-2"])).toEqual(["tubes-1", "tulip-2"]);
  expect(withoutCommon(["machine_1"])).toEqual(["machine_1"]);
});

test("a pointer finds the nearest spot, and a line what it goes around", () => {
  const spots = [
    { x: 10, y: 10, radius: 4 },
    { x: 30, y: 10, radius: 4 },
    { x: 200, y: 200, radius: 4 },
  ];
  expect(spotAt(spots, [18, 10])).toBe(0);
  expect(spotAt(spots, [24, 12])).toBe(1);
  expect(spotAt(spots, [100, 100])).toBeNull();
  const line = [
    [0, 0],
    [50, 0],
    [50, 30],
    [0, 30],
  ] as const;
  expect(within(spots, line)).toEqual([0, 1]);
});
