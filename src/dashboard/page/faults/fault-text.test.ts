// Faults as the form writes them are faults as the server reads them.
import { expect, test } from "vitest";
import { parseFault } from "../../../core/fault-notation.ts";
import { type Chosen, faultTexts, withoutSpan } from "./fault-text.ts";

const ofOne = { whom: "a", seconds: 5 };
const ofLinks = { a: ["a", "b"], b: [], seconds: 5, oneWay: false };
const clock = { ...ofOne, kind: "clock", period: 10 } as const;

test.each<[Chosen, readonly string[]]>([
  [{ ...ofOne, kind: "kill", wipes: false }, ["crash a 0s..5s"]],
  [{ ...ofOne, kind: "kill", wipes: true, seconds: null }, ["wipe a 0s"]],
  [{ ...ofOne, kind: "pause", seconds: 0.5 }, ["pause a 0s..0.5s"]],
  [{ ...ofOne, kind: "slow", rate: 2.5 }, ["slow a 0s..5s 2.5"]],
  [{ ...clock, model: "offset", by: -3 }, ["clock a 0s..5s offset -3s"]],
  [{ ...clock, model: "step", by: 3 }, ["clock a 0s step 3s"]],
  [{ ...clock, model: "drift", by: 1.05 }, ["clock a 0s..5s drift 1.05"]],
  [{ ...clock, model: "sine", by: 0.5 }, ["clock a 0s..5s sine 0.5s 10s"]],
  [{ ...ofLinks, kind: "partition" }, ["partition a,b|* 0s..5s"]],
  [{ ...ofLinks, kind: "partition", b: ["c"], oneWay: true }, ["partition a,b>c 0s..5s"]],
  [
    { ...ofLinks, kind: "links", delayMs: 50, loss: 0.25 },
    ["delay a,b|* 0s..5s 50ms", "loss a,b|* 0s..5s 0.25"],
  ],
  [{ kind: "typed", text: " power a,b 0s..1s " }, ["power a,b 0s..1s"]],
])("%j", (chosen, texts) => {
  expect(faultTexts(chosen)).toEqual(texts);
  for (const text of texts) expect(() => parseFault(text)).not.toThrow();
});

test.each<Chosen>([
  { ...ofOne, kind: "kill", wipes: false, whom: "" },
  { ...ofLinks, kind: "partition", a: [] },
  { ...ofLinks, kind: "links", delayMs: 0, loss: 0 },
  { kind: "typed", text: "  " },
])("%j is no fault yet", (chosen) => {
  expect(faultTexts(chosen)).toEqual([]);
});

test.each([
  ["slow a 1000001us..2s 5", "slow a 5"],
  ["partition a|b,c 1s..2s", "partition a|b,c"],
  ["clock a 1s step 3s", "clock a step 3s"],
  ["crash a", "crash a"],
])("%s is told beside its span as %s", (text, told) => {
  expect(withoutSpan(text)).toBe(told);
});
