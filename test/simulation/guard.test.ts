// A handler that touches the real world is caught at the call.
import { expect, test } from "vitest";
import led from "../../examples/factory-led.ts";
import { OrreryError } from "../../src/core/errors.ts";
import { ms, seconds } from "../../src/core/micros.ts";
import type { Process } from "../../src/core/process.ts";
import type { System } from "../../src/core/system.ts";
import { guarded } from "../../src/runtimes/guard.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";

const doing = (act: () => unknown): System<Record<string, never>> => ({
  name: "curious",
  parse: () => ({}),
  processes: () => {
    const process: Process<unknown, string> = {
      start(_stored, context) {
        context.setTimer("act", ms(10));
        return 0;
      },
      receive: (state) => state,
      timeout: () => act(),
    };
    return [{ name: "a", process }];
  },
});

const CALLS: readonly (readonly [string, () => unknown])[] = [
  ["Date.now()", () => Date.now()],
  ["new Date()", () => new Date().toISOString()],
  ["Date()", () => Date().length],
  ["performance.now()", () => performance.now()],
  ["process.hrtime()", () => process.hrtime()],
  ["process.nextTick()", () => process.nextTick(() => {})],
  ["Math.random()", () => Math.random()],
  ["crypto.randomUUID()", () => crypto.randomUUID()],
  ["crypto.getRandomValues()", () => crypto.getRandomValues(new Uint8Array(4))],
  ["setTimeout()", () => setTimeout(() => {}, 1)],
  ["setInterval()", () => setInterval(() => {}, 1)],
  ["setImmediate()", () => setImmediate(() => {})],
  ["queueMicrotask()", () => queueMicrotask(() => {})],
  ["fetch()", () => fetch("http://localhost")],
];

const caught = (act: () => unknown): unknown => {
  try {
    simulate(guarded(doing(act)), { duration: seconds(1) });
  } catch (cause) {
    return cause;
  }
  return undefined;
};

test.each(CALLS)("%s in a handler is caught, with its place", (call, act) => {
  const cause = caught(act);
  expect(cause).toBeInstanceOf(OrreryError);
  expect((cause as OrreryError).code).toBe("process/impure");
  expect((cause as OrreryError).message).toContain(
    `a at 0.01 s: its timeout handler called ${call}`,
  );
  expect((cause as OrreryError).message).toContain("guard.test.ts");
});

test("also when the handler swallows it", () => {
  const act = (): number => {
    try {
      return Math.random();
    } catch {
      return 0.5;
    }
  };
  expect((caught(act) as OrreryError | undefined)?.code).toBe("process/impure");
});

test("outside a handler, and for dates of one's own, all is as it was", () => {
  expect(caught(() => new Date(86_400_000).getUTCDate())).toBeUndefined();
  expect(caught(() => JSON.stringify({ a: 1 }))).toBeUndefined();
  expect(Math.abs(Date.now() - Date.now())).toBeLessThan(1_000);
  expect(Math.random()).toBeLessThan(1);
  expect(new Date() instanceof Date).toBe(true);
  expect(typeof process.hrtime.bigint()).toBe("bigint");
});

test("a leader that plans by a solver is not taken for one that reads the clock", async () => {
  await led.ready!();
  const trace = simulate(guarded(led), { duration: seconds(5) });
  const plans = [...trace].filter(
    ({ detail }) => (detail as { readonly name?: string } | undefined)?.name === "plans",
  );
  expect(plans.length).toBeGreaterThan(0);
});
