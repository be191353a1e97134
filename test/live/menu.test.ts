// The whole menu of faults on real processes, and the examples on them: each does what it does in `sim`.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checksOf, verify } from "../../src/checks/checks.ts";
import { parseFault } from "../../src/core/fault-notation.ts";
import type { Json } from "../../src/core/json.ts";
import { seconds } from "../../src/core/micros.ts";
import type { AnySystem } from "../../src/core/system.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { pair } from "./pair.mjs";
import { live } from "./tcp.ts";

const PAIR = join(import.meta.dirname, "pair.mjs");
const EXAMPLES = join(import.meta.dirname, "../../examples");

type Line = { readonly at: number; readonly [field: string]: Json };

/** What a process noted by some name, with the second at which it did. */
function notes(trace: Trace, process: number, name: string): Line[] {
  return [...trace].flatMap((event) => {
    const noted = event.detail as { name?: string; fields?: { [field: string]: Json } };
    if (event.process !== process || event.kind !== "internal" || noted?.name !== name) return [];
    return [{ at: event.timeMicros / 1e6, ...noted.fields }];
  });
}

async function struck(
  faults: readonly string[],
  duration: number,
  perWorker = 1,
): Promise<{ readonly trace: Trace; readonly said: string[] }> {
  const settings = { duration: seconds(duration), faults: faults.map(parseFault) };
  return await live(
    pair,
    settings,
    async (one) => {
      await one.run.to(seconds(duration));
      const { trace } = await one.trace();
      for (const { check, result } of verify(trace)) {
        expect([check, result]).toEqual([check, "holds"]);
      }
      return { trace, said: one.said };
    },
    { name: PAIR, perWorker },
  );
}

describe.concurrent.each([1, 2])("%i processes a worker", (perWorker) => {
  test("a wiped process is born again under another store", async () => {
    const { trace } = await struck(["wipe b 1s..2s"], 4, perWorker);
    const [first, second, ...more] = notes(trace, 1, "starts");
    expect(more).toEqual([]);
    expect(first).toMatchObject({ count: 0, incarnation: 1 });
    expect(second).toMatchObject({ count: 0, incarnation: 1 });
    expect(second!.storeId).not.toBe(first!.storeId);
    expect(notes(trace, 1, "counts").at(-1)!.count).toBeGreaterThan(2);
  });

  test("a store that is full takes its process down; it is back when there is room", async () => {
    const { trace } = await struck(["store b 1s..2s full"], 5, perWorker);
    const during = notes(trace, 1, "counts").filter(({ at }) => at > 1.05 && at < 2);
    expect(during).toEqual([]);
    const after = notes(trace, 1, "counts").filter(({ at }) => at > 2);
    expect(after.length).toBeGreaterThan(2);
    // Nothing that was stored is lost: it counts on.
    expect(after[0]!.count).toBe(
      notes(trace, 1, "counts").filter(({ at }) => at < 1.05).length + 1,
    );
  });

  test("slowed, skewed, clogged: for as long as it lasts", async () => {
    const faults = ["slow a 1s..2s 4", "clock b 1s..3s drift 0.5", "clog b>a 1s..2500ms"];
    const { trace } = await struck(faults, 5, perWorker);
    const steps = [...trace].filter(
      ({ process, kind, timeMicros }) =>
        process === 0 && kind === "timeout" && timeMicros > 1.05e6 && timeMicros < 1.95e6,
    );
    expect(steps.length).toBeLessThanOrEqual(4);
    const slowed = notes(trace, 1, "counts").filter(({ at }) => at > 1.1 && at < 3);
    expect(slowed.length).toBeGreaterThan(6);
    expect(slowed.length).toBeLessThan(12);
    const last = notes(trace, 1, "counts").at(-1)!;
    expect(last.at - (last.now as number) / 1e6).toBeCloseTo(1, 1);
    const heard = notes(trace, 0, "hears").filter(({ at }) => at > 1.05 && at < 2.45);
    expect(heard).toEqual([]);
    const counted = notes(trace, 1, "counts").length;
    expect(notes(trace, 0, "hears").length).toBeGreaterThanOrEqual(counted - 2);
  });
});

test.concurrent("corrupted frames are refused, and the peers connect again", async () => {
  const { trace, said } = await struck(["corrupt a>b 1s..2s 0.5"], 4);
  const dropped = [...trace].filter(({ detail }) => detail === "corrupt");
  expect(dropped.length).toBeGreaterThan(1);
  expect(said.join("\n")).toMatch(/b refused .*: a broken frame/);
  const after = notes(trace, 1, "hears").filter(({ at }) => at > 2.5);
  expect(after.length).toBeGreaterThan(10);
});

test.concurrent("whoever leads is struck", async () => {
  const { trace } = await struck(["crash @leader 1s..1500ms"], 4);
  const crashed = [...trace].filter(({ kind }) => kind === "crash").map(({ process }) => process);
  expect(crashed).toEqual([0]);
});

const STRUCK: readonly (readonly [string, ...string[]])[] = [
  ["token-ring", "crash station_2 1s..1500ms", "loss *|* 0s..2s 0.2"],
  ["lamport-mutex", "crash p2 1s..1500ms", "duplicate *|* 0s..2s 0.5"],
  ["causal-broadcast", "partition p1|* 500ms..2s", "crash p3 1s..1500ms"],
  ["gossip", "partition p1,p2|* 500ms..2s", "wipe p5 1s..1500ms"],
  ["two-phase-commit", "crash coordinator 1s..1500ms", "crash participant_1 800ms..1600ms"],
  ["bully-election", "crash @leader 1s..2s", "clock p1 500ms..2s drift 1.5"],
  ["snapshot", "crash a2 1s..1500ms after-commit", "reorder *|* 0s..2s 0.5 100ms"],
  ["abd-register", "crash r1 1s..1500ms", "store r2 500ms..2s failing 0.1"],
  ["failure-detector", "pause p1 500ms..1500ms", "crash p2 1s..2s"],
];

test.concurrent.each(STRUCK)("examples/%s holds on real processes", async (name, ...faults) => {
  const path = join(EXAMPLES, `${name}.ts`);
  const { default: system } = (await import(path)) as { default: AnySystem };
  const duration = seconds(5);
  await live(
    system,
    { duration, faults: faults.map(parseFault) },
    async (one) => {
      await one.run.to(duration);
      const { trace } = await one.trace();
      for (const { check, kind, result, ...rest } of verify(trace, checksOf(trace.run, system))) {
        if (kind === "always") expect([check, result, rest]).toEqual([check, "holds", rest]);
        else if (kind === "eventually") expect([check, result, rest]).not.toContain("fails");
      }
      expect(trace.length).toBeGreaterThan(100);
    },
    { name: path },
  );
});
