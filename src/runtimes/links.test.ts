import { expect, test } from "vitest";
import { ms } from "../core/micros.ts";
import { parseDelay } from "../core/notation.ts";
import { PURPOSE, Streams } from "../core/random.ts";
import { DEFAULT_LINKS } from "../core/run.ts";
import { LinkModel, sampler } from "./links.ts";

const COUNT = 100_000;

function draws(text: string): number[] {
  const streams = new Streams(3, PURPOSE.link, 1);
  const draw = sampler(parseDelay(text));
  return Array.from({ length: COUNT }, () => draw(streams, 0)).sort((a, b) => a - b);
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / COUNT;

test("a uniform delay covers its range, both ends included", () => {
  const values = draws("1ms..10ms");
  expect(values[0]).toBe(1_000);
  expect(values.at(-1)).toBe(10_000);
  expect(mean(values)).toBeCloseTo(5_500, -2);
});

test("an exponential delay has its minimum and its mean", () => {
  const values = draws("exponential 2ms 5ms");
  expect(values[0]).toBeGreaterThanOrEqual(2_000);
  expect(Math.abs(mean(values) - 5_000)).toBeLessThan((5 * 3_000) / Math.sqrt(COUNT));
});

test("a lognormal delay has its median and its spread", () => {
  const values = draws("lognormal 4ms 0.5");
  expect(values[COUNT / 2]! / 4_000).toBeCloseTo(1, 1);
  expect(Math.log(values[Math.floor(0.8413 * COUNT)]! / 4_000)).toBeCloseTo(0.5, 1);
});

test("nothing takes no time", () => {
  expect(draws("0")[0]).toBe(1);
});

test("a fifo link keeps the order sent; links do not wait for each other", () => {
  const links = new LinkModel({ ...DEFAULT_LINKS, order: "fifo" }, 1, 3);
  let latest = 0;
  for (let now = 0; now < 100_000; now += 500) {
    const arrival = links.arrival(now, 0, 1);
    expect(arrival).toBeGreaterThanOrEqual(latest);
    latest = arrival;
  }
  expect(links.arrival(0, 0, 2)).toBeLessThanOrEqual(ms(10));
});
