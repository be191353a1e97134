// Pictures of the page, in docs/images/page: each view at three widths and in both themes, of two simulations.
// Usage: npm run shots; needs chromium.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "..");
const OUT = join(ROOT, "docs/images/page");
const WIDTHS = { 400: 800, 1280: 800, 2560: 1440 };
const THEMES = ["light", "dark"];
/** Each view, of which run it is, and how fast that plays until it is looked at, after so many seconds of it. */
const VIEWS = [
  ["Overview", "clocks", 10, 40],
  ["Space-time", "clocks", 10, 40],
  ["Factory", "bicycle", 10, 50],
  ["Runs", "clocks", 1, 0],
];

/** What is served for each run. */
const RUNS = {
  clocks: ["clocks", "--set", "rates=6,3,2", "--fault", "crash machine_3 20s..26s"],
  bicycle: [
    ...["experiments/factory/bicycle.yaml", "--set", "timeScale=600"],
    ...["--set", "leader.candidates=3", "--fault", "crash weld-1 40s..80s"],
  ],
};

async function serve(run) {
  const args = [join(ROOT, "dist/cli/main.js"), "view", ...RUNS[run], "--for", "10min"];
  const child = spawn(process.execPath, args, { cwd: ROOT });
  const address = await new Promise((done) => {
    child.stdout.once("data", (chunk) => done(String(chunk).trim()));
  });
  return { child, address };
}

mkdirSync(OUT, { recursive: true });
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const browser = await chromium.launch({ executablePath, args: quiet });
for (const [view, run, speed, until] of VIEWS) {
  const { child, address } = await serve(run);
  const first = await browser.newPage({ locale: "en-US" });
  await first.goto(address);
  await first.getByLabel("Speed").selectOption(String(speed));
  await first.waitForFunction(
    (least) =>
      Number.parseFloat(document.querySelector(".time")?.textContent ?? "0") >= least ||
      /min/.test(document.querySelector(".time")?.textContent?.split("/")[0] ?? ""),
    until,
    { timeout: 120_000 },
  );
  await first.keyboard.press("Space");
  for (const [width, height] of Object.entries(WIDTHS)) {
    for (const colorScheme of THEMES) {
      const viewport = { width: Number(width), height };
      const page = await browser.newPage({ viewport, colorScheme, locale: "en-US" });
      await page.goto(address);
      await page.getByText(view, { exact: true }).first().click();
      // Charts and diagrams are drawn in the frames after their data are there.
      await page.waitForTimeout(1_500);
      const name = `${view.toLowerCase()}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: join(OUT, name) });
      await page.close();
      console.log(name);
    }
  }
  await first.close();
  child.kill();
}
await browser.close();
