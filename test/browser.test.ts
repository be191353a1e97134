// A report in a real browser, where there is one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { browserPath, launchBrowser } from "./browser-page.ts";
import { orreryIn } from "./orrery.ts";

const ROOT = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "orrery-browser-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(browserPath === undefined)(
  "a report asks the network for nothing, fits 400 and 1,280 pixels, and shows its figures (needs Debian's chromium)",
  async () => {
    const lab = join(ROOT, "experiments/clocks/lab.yaml");
    expect(orreryIn(folder, ["experiment", lab, "--out", "lab"]).status).toBe(0);
    const browser = await launchBrowser();
    try {
      for (const width of [400, 1280]) {
        const page = await browser.newPage({ viewport: { width, height: 900 }, locale: "en-US" });
        const said: string[] = [];
        page.on("console", (message) => said.push(message.text()));
        page.on("request", (request) => {
          if (!request.url().startsWith("file:")) said.push(request.url());
        });
        await page.goto(`file://${join(folder, "lab/report.html")}`);
        expect(said).toEqual([]);
        const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(over).toBeLessThanOrEqual(0);
        const shown = await page
          .locator("figure > svg")
          .evaluateAll((all) => all.map((svg) => svg.clientHeight));
        expect(shown).toHaveLength(4);
        for (const height of shown) expect(height).toBeGreaterThan(100);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  },
);
