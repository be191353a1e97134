// A report in a real browser, where there is one.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const folder = mkdtempSync(join(tmpdir(), "orrery-browser-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(executablePath === undefined)(
  "a report asks the network for nothing, fits 400 and 1,280 pixels, and shows its figures (needs Debian's chromium)",
  async () => {
    const lab = join(ROOT, "experiments/clocks/lab.yaml");
    const args = [join(ROOT, "dist/cli/main.js"), "experiment", lab, "--out", join(folder, "lab")];
    expect(spawnSync(process.execPath, args, { cwd: folder }).status).toBe(0);
    const quiet = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
    ];
    const browser = await chromium.launch({ executablePath: executablePath!, args: quiet });
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
