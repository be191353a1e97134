// The live page on real processes: machines that are killed in earnest, and a factory whose leader is.
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { barriers, browserPath, inBrowser } from "../browser-page.ts";

const ROOT = join(import.meta.dirname, "../..");
// Runs on real processes are kept: not here.
const folder = mkdtempSync(join(tmpdir(), "orrery-page-"));
symlinkSync(join(ROOT, "experiments"), join(folder, "experiments"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { open, serve } = inBrowser(folder);

const row = (page: Page, name: string) => page.locator(".machines tbody tr", { hasText: name });

/** Strikes the run with a fault as one types it. */
async function strike(page: Page, fault: string): Promise<void> {
  await page.getByRole("button", { name: "Type it", exact: true }).click();
  await page.locator("form input").fill(fault);
  await page.locator("form input").press("Enter");
}

describe.skipIf(browserPath === undefined)("the page (needs Debian's chromium)", () => {
  test("a process that is killed is seen down and back, as another incarnation", async () => {
    const page = await open(await serve("clocks", "--on", "tcp", "--for", "10min"));
    await row(page, "machine_2").locator(".state", { hasText: "up" }).waitFor();
    await strike(page, "crash machine_2 0s..2s");
    await row(page, "machine_2").locator(".state", { hasText: "down" }).waitFor();
    await row(page, "machine_2").locator(".state", { hasText: "up" }).waitFor();
    expect(await row(page, "machine_2").locator(".of-inc").textContent()).toBe("2");
    await strike(page, "crash machine_3 0s..9min");
    await row(page, "machine_3").locator(".state", { hasText: "down" }).waitFor();
    await page.getByRole("button", { name: "Recover machine_3" }).click();
    await row(page, "machine_3").locator(".state", { hasText: "up" }).waitFor();
    await strike(page, "partition machine_1|* 0s..2s");
    await page.locator(".troubles .holds", { hasText: "partition" }).waitFor();
    await page.locator(".troubles li:not(.holds)", { hasText: "partition" }).waitFor();
    expect(await page.locator(".repeat code").textContent()).toContain("--fault");
  });

  test("a factory whose leader is killed has another, in a later term, and its stores are right", async () => {
    const settings = ["timeScale=600", "leader.candidates=3", "leader.lease=2s"];
    const set = settings.flatMap((each) => ["--set", each]);
    const what = ["experiments/factory/bicycle.yaml", "--on", "tcp", "--for", "10min"];
    const page = await open(await serve(...what, ...set));
    await page.getByText("Factory", { exact: true }).first().click();
    const fact = (name: string) =>
      page.locator(".factory-summary div", { hasText: name }).locator("dd");
    const term = async (): Promise<number> =>
      Number(/term (\d+)/.exec((await fact("Leader").textContent()) ?? "")?.[1] ?? 0);
    await expect.poll(term, { timeout: 30_000 }).toBeGreaterThan(0);
    const before = await term();
    // Something is made, and leaves.
    await expect
      .poll(() => fact("Leaves the plant").textContent(), { timeout: 40_000 })
      .not.toMatch(/ 0 so far/);
    await strike(page, "crash @leader 0s..20s");
    await expect.poll(term, { timeout: 30_000 }).toBeGreaterThan(before);
    await page.getByRole("button", { name: "Audit the stores" }).click();
    await page.locator(".factory-audit", { hasText: "invariants hold" }).waitFor();
    await page.getByRole("button", { name: /^weld-1:/ }).click();
    await page.locator(".factory-stage", { hasText: "raw_frame" }).waitFor();
    expect(await barriers(page)).toEqual([]);
  });
});
