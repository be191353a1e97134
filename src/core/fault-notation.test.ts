import { expect, test } from "vitest";
import { FAULT_EXAMPLES } from "./fault-examples.ts";
import { formatFault, parseFault } from "./fault-notation.ts";
import { partsOf } from "./faults.ts";

const FAULTS = [
  ...FAULT_EXAMPLES,
  "crash a 1us",
  "crash a 5us..9us between-copies",
  "crash @leader 5s..9s after-commit lost 3",
  "power a,b 5s lost 1",
  "loss a>* 0s 0.25",
  "duplicate *|* 0s 1",
  "delay a|b 1us exponential 5us 7us",
  "store a 1s..2s slow 1ms..10ms",
];

test.each(FAULTS)("%s is read as it is written", (text) => {
  expect(formatFault(parseFault(text))).toBe(text);
});

test.each([
  ["kill a 1s", /none of crash, wipe, power/],
  ["partition a 1s", /between whom/],
  ["partition a|b 1s..2s 5", /too much/],
  ["loss a|b 1s..2s", /how likely/],
  ["loss a b 0.5 1s..2s", /between whom/],
  ["loss a|b 1s..2s 1.5", /probability/],
  ["delay a|b 1s..2s", /how much/],
  ["reorder a|b 1s..2s 0.5", /by how much/],
  ["clog a|b 1s", /until when/],
  ["swizzle a,b 1s", /until when/],
  ["crash a", /say to whom/],
  ["crash a,b 1s..2s", /not one process/],
  ["crash a 5s..1s", /ends before/],
  ["crash a 1s..2s..3s", /"2s\.\.3s" is not a time/],
  ["crash a 1s..2s sideways", /none of before-commit/],
  ["crash a 1s..2s lost", /how many/],
  ["pause a 1s..2s before-commit", /too much/],
  ["crash a 1s after-commit now", /too much/],
  ["slow a 1s..2s", /how many steps/],
  ["slow a 1s..2s 0", /rate/],
  ["clock a 1s..2s", /say how/],
  ["clock a 1s..2s forward 3s", /none of offset/],
  ["clock a 1s..2s drift 0", /0.01/],
  ["clock a 1s..2s sine 5s 10s", /backwards/],
  ["store a 1s..2s broken", /none of slow/],
  ["store a 1s..2s failing 2", /probability/],
])("%j is no fault", (text, complaint) => {
  expect(() => parseFault(text)).toThrow(complaint);
});

test("a swizzle clogs one by one, and frees all in another order by its end", () => {
  const parts = partsOf(parseFault("swizzle a,b,c,d 10s..18s"));
  expect(parts.map(({ at }) => at)).toEqual([10e6, 11e6, 12e6, 13e6]);
  const ends = parts.map(({ until }) => until!);
  expect([...ends].sort((x, y) => x - y)).toEqual([15e6, 16e6, 17e6, 18e6]);
  expect(ends).not.toEqual([...ends].sort((x, y) => x - y));
});
