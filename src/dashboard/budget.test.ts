import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Budget } from "./budget.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that takes so long, ms. */
const taking = (span: number) => (): string => {
  vi.advanceTimersByTime(span);
  return "done";
};

test("what is spent is earned again as time goes by, and no more than a second's worth is saved", () => {
  const budget = new Budget(200);
  expect(budget.spend(taking(150))).toBe("done");
  expect(budget.spend(taking(150))).toBe("done");
  expect(() => budget.spend(taking(1))).toThrow("ask again");
  // 300 are spent of 260; 0.2 are earned a millisecond.
  vi.advanceTimersByTime(190);
  expect(() => budget.spend(taking(1))).toThrow("ask again");
  vi.advanceTimersByTime(20);
  expect(budget.spend(taking(1))).toBe("done");
  vi.advanceTimersByTime(1e6);
  expect(budget.spend(taking(300))).toBe("done");
  expect(() => budget.spend(taking(1))).toThrow("ask again");
});

test("work that throws is paid for too", () => {
  const budget = new Budget(100);
  const failing = (): never => {
    taking(150)();
    throw new Error("no");
  };
  expect(() => budget.spend(failing)).toThrow("no");
  expect(() => budget.spend(taking(1))).toThrow("ask again");
});
