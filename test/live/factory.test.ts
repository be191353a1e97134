// Twenty stages on real processes, of which a random one is killed every two seconds: every lot is somewhere.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ordeal } from "./ordeal.mjs";

const folder = mkdtempSync(join(tmpdir(), "orrery-factory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a factory whose stages are killed loses no lot and uses none twice, while it runs and at the end", async () => {
  const outcome = await ordeal({ folder, forSeconds: 20, audits: 3 });
  // On a busy machine one may be killed before it has got anywhere.
  expect(outcome.crashes).toBeGreaterThan(outcome.kills / 2);
  expect(outcome.during).toEqual([[], [], []]);
  expect(outcome.atEnd).toEqual([]);
  for (const { check, result } of outcome.judgements)
    expect([check, result]).toEqual([check, "holds"]);
  expect(outcome.handedOver).toBeGreaterThan(100);
}, 120_000);
