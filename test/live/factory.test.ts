// Twenty stages on real processes, of which a random one is killed every few seconds, and whoever leads them:
// every lot is somewhere, and production goes on.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ledOrdeal, type Outcome, ordeal } from "./ordeal.mjs";

const folder = mkdtempSync(join(tmpdir(), "orrery-factory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const within = (name: string): string => mkdtempSync(join(folder, name));

function expectAllWell({ crashes, kills, during, atEnd, judgements }: Outcome): void {
  // On a busy machine one may be killed before it has got anywhere.
  expect(crashes).toBeGreaterThan(kills / 2);
  expect(during).toEqual([[], [], []]);
  expect(atEnd).toEqual([]);
  for (const { check, result } of judgements) expect([check, result]).toEqual([check, "holds"]);
}

test("a factory whose stages are killed loses no lot and uses none twice, while it runs and at the end", async () => {
  const outcome = await ordeal({ folder: within("stages-"), forSeconds: 20, audits: 3 });
  expectAllWell(outcome);
  expect(outcome.handedOver).toBeGreaterThan(100);
}, 120_000);

test("a factory whose leaders are killed as well has another each time, and ships on", async () => {
  const outcome = await ledOrdeal({ folder: within("led-"), forSeconds: 40, audits: 3 });
  expectAllWell(outcome);
  const { reigns, leaderKills, tens } = outcome;
  expect(leaderKills).toBe(2);
  const terms = reigns.map(({ term }) => term);
  expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b));
  expect(reigns.filter(({ fell }) => fell).length).toBe(leaderKills);
  reigns.forEach(({ who, fell }, index) => {
    if (fell) expect([undefined, who]).not.toContain(reigns[index + 1]?.who);
  });
  expect(tens.length).toBe(4);
  for (const ten of tens) expect(ten).toBeGreaterThan(0);
}, 180_000);
