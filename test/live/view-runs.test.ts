// The list of kept runs in a real browser, where there is one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { browserPath, launchBrowser } from "../browser-page.ts";
import { launchOrrery, orreryIn } from "../orrery.ts";
import { until } from "../waiting.ts";

const ROOT = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "orrery-view-runs-"));
afterAll(() => rmSync(folder, { recursive: true }), 60_000);

/** Serves what is kept in `folder` on a port; stopped by killing it. */
async function serving(port = "0") {
  const args = ["view", "--port", port, "--for", "100s"];
  const { child, stdout, said } = launchOrrery(folder, args);
  await until(() => stdout().includes("\n"), said);
  return { child, address: stdout().trim() };
}

test.skipIf(browserPath === undefined)(
  "kept runs are listed, found, looked at, and opened; the page comes back when the server does (needs Debian's chromium)",
  async () => {
    const { child, address } = await serving();
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
      const said: string[] = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (cause) => said.push(cause.message));
      await page.goto(address);
      await page.locator("nav").getByText("Runs", { exact: true }).click();
      await page.getByText("Nothing is kept yet.").waitFor();

      const kept = (...args: string[]): void => {
        expect(orreryIn(folder, args).status).toBe(0);
      };
      kept("run", "clocks", "--for", "5s", "--seed", "42");
      kept("experiment", join(ROOT, "experiments/clocks/lab.yaml"));
      await page.getByRole("button", { name: "look again" }).click();
      await page.getByRole("heading", { name: "runs/clocks/0001" }).waitFor();
      await page.getByRole("searchbox").fill("EXPERIMENT lab");
      await page.getByText("1 of 2").waitFor();
      const report = page.getByRole("link", { name: "report" });
      const [opened] = await Promise.all([page.waitForEvent("popup"), report.click()]);
      expect(await opened.title()).toContain("lab");
      await opened.close();
      await page.getByRole("searchbox").fill("clocks 0001");
      await page.getByRole("button", { name: "figures of runs/clocks/0001" }).click();
      const figure = page.getByRole("img", { name: "clocks-and-inboxes" });
      await figure.waitFor();
      const width = (image: unknown): number => (image as { naturalWidth: number }).naturalWidth;
      await expect.poll(() => figure.evaluate(width), { timeout: 20_000 }).toBeGreaterThan(0);

      await page.getByRole("button", { name: "open runs/clocks/0001" }).click();
      await page
        .getByRole("rowheader", { name: "machine_1" })
        .or(page.getByText("machine_1"))
        .first()
        .waitFor();
      expect(said).toEqual([]);

      // Another start of the server is another one, whatever its runs are called.
      child.kill("SIGKILL");
      await page.getByText("reconnecting…").waitFor();
      const again = await serving(new URL(address).port);
      await page.getByText("reconnecting…").waitFor({ state: "hidden" });
      again.child.kill("SIGKILL");
    } finally {
      child.kill("SIGKILL");
      await browser.close();
    }
  },
  120_000,
);
