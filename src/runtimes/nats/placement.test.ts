import fc from "fast-check";
import { expect, test } from "vitest";
import { OrreryError } from "../../core/errors.ts";
import { fits, placed, type Rule, readRule } from "./placement.ts";
import type { HostInfo } from "./words.ts";

const host = (worker: string, cores: number, labels: HostInfo["labels"]): HostInfo => ({
  worker,
  start: "1",
  version: "1",
  host: worker,
  cores,
  memoryBytes: 0,
  labels,
  parts: 0,
  jobs: 0,
  draining: false,
});

const HOSTS = fc
  .array(
    fc.tuple(fc.integer({ min: 1, max: 16 }), fc.constantFrom("paris", "lyon"), fc.boolean()),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map(([cores, site, oven], at) =>
      host(`w${at}`, cores, { site, ...(oven && { oven: "yes" }) }),
    ),
  );
const NAMES = fc
  .array(fc.constantFrom("saw", "weld", "paint"), { minLength: 1, maxLength: 40 })
  .map((kinds) => kinds.map((kind, at) => `${kind}-${at}`));
const RULE: fc.Arbitrary<Rule> = fc
  .constantFrom(
    "saw-* on site=paris",
    "weld-*,paint-* on site=lyon",
    "* on oven=yes",
    "paint-* on oven=yes,site=paris",
  )
  .map(readRule);

const SETTING = fc.record({
  hosts: HOSTS,
  names: NAMES,
  rules: fc.array(RULE, { maxLength: 2 }),
  perWorker: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  alone: fc.array(fc.nat(39), { maxLength: 4 }),
});

test("every process is in one part, where the rules let it be, beside no more than may be", () => {
  fc.assert(
    fc.property(SETTING, ({ hosts, names, rules, perWorker, alone }) => {
      const moving = new Set(alone.filter((each) => each < names.length));
      const possible = names.every((name) => hosts.some((each) => fits(each, [name], rules)));
      let parts: ReturnType<typeof placed>;
      try {
        parts = placed(names, hosts, rules, perWorker, moving);
      } catch (cause) {
        expect(cause).toBeInstanceOf(OrreryError);
        const { code } = cause as OrreryError;
        const unnamed = rules.some((rule) =>
          rule.names.some(
            (each) => each !== "*" && !names.some((name) => name.startsWith(each.slice(0, -1))),
          ),
        );
        expect(code).toBe(unnamed ? "config/option" : "nats/workers");
        expect(unnamed || !possible).toBe(true);
        return;
      }
      expect(possible).toBe(true);
      const all = parts.flatMap(({ processes }) => processes);
      expect(all.toSorted((a, b) => a - b)).toEqual([...names.keys()]);
      for (const { processes, worker } of parts) {
        const where = hosts.find((each) => each.worker === worker)!;
        for (const each of processes) expect(fits(where, [names[each]!], rules)).toBe(true);
        if (processes.some((each) => moving.has(each))) expect(processes.length).toBe(1);
        if (perWorker !== undefined) expect(processes.length).toBeLessThanOrEqual(perWorker);
      }
      if (perWorker !== undefined) return;
      for (const { worker, cores } of hosts) {
        const own = parts.filter((each) => each.worker === worker);
        const stay = own.filter(({ processes }) => !moving.has(processes[0]!));
        const count = stay.reduce((sum, { processes }) => sum + processes.length, 0);
        // One OS process a core, with as many in each, but for one.
        expect(stay.length).toBe(Math.min(cores, count));
        const sizes = stay.map(({ processes }) => processes.length);
        expect(Math.max(0, ...sizes) - Math.min(...sizes, 1_000)).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 500 },
  );
});

test("without rules the shares of workers are within one process for each core", () => {
  fc.assert(
    fc.property(HOSTS, NAMES, fc.array(fc.nat(39), { maxLength: 8 }), (hosts, names, alone) => {
      const parts = placed(names, hosts, [], undefined, new Set(alone));
      const loads = hosts.map(({ worker, cores }) => {
        const own = parts.filter((each) => each.worker === worker);
        const count = own.reduce((sum, { processes }) => sum + processes.length, 0);
        return { count, cores };
      });
      for (const more of loads) {
        for (const less of loads) {
          // Who has most took the last when he had no more for his cores than any other.
          if (more.count > 0) {
            expect((more.count - 1) / more.cores).toBeLessThanOrEqual(less.count / less.cores);
          }
        }
      }
    }),
  );
});

test("a rule is names and labels, and nothing else is a rule", () => {
  expect(readRule(" saw-*,weld-1 on site=paris,gpu=yes ")).toEqual({
    names: ["saw-*", "weld-1"],
    labels: { site: "paris", gpu: "yes" },
  });
  for (const wrong of [
    "",
    "saw on",
    "saw on site",
    "saw on site=",
    "saw on =paris",
    "saw at site=x",
    "saw on site=a=b",
  ]) {
    expect(() => readRule(wrong)).toThrow(expect.objectContaining({ code: "config/option" }));
  }
});
