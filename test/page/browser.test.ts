// The space-time diagram in a real browser, where there is one, on a simulated run: by keys alone, and what it hands over.
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserPath, launchBrowser } from "../browser-page.ts";
import { launchOrrery } from "../orrery.ts";
import { until } from "../waiting.ts";

const ROOT = join(import.meta.dirname, "../..");
const FAULTS = ["crash machine_2 3s..4s", "partition machine_1|machine_3 5s..7s"];

let viewer: ChildProcess;
let browser: Browser;
let page: Page;
const said: string[] = [];

beforeAll(async () => {
  if (browserPath === undefined) return;
  const rates = ["--set", "rates=6,3,4", "--loss", "0.1", "--duplicate", "0.1"];
  const args = ["view", "clocks", ...rates, ...FAULTS.flatMap((fault) => ["--fault", fault])];
  const { child, stdout, said: told } = launchOrrery(ROOT, args);
  viewer = child;
  await until(() => stdout().includes("\n") || child.exitCode !== null, told);
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1700, height: 900 }, locale: "en-US" });
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  await page.goto(/http:\S+/.exec(stdout())![0]);
  await act({ do: "pause" });
  await act({ do: "seek", at: 10e6 });
  await page.getByRole("button", { name: "space-time" }).click();
  await page.getByText(/^[1-9]\d* events.* messages$/).waitFor();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  viewer?.kill();
});

/** Does something to the run, as another page would. */
async function act(what: object): Promise<void> {
  await page.evaluate(`new Promise((done) => {
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/watch");
    socket.onmessage = ({ data }) => {
      const { kind, shows } = JSON.parse(data);
      if (kind !== "hello") return done(socket.close());
      const said = { kind: "act", ask: 1, show: shows[0].id, key: location.hash.slice(1) };
      socket.send(JSON.stringify({ ...said, act: ${JSON.stringify(what)} }));
    };
  })`);
}

async function press(...keys: readonly string[]): Promise<void> {
  await page.locator(".space-time-stage").focus();
  for (const key of keys) await page.keyboard.press(key);
}

/** Types into the search; how many matches there are. */
async function seek(query: string): Promise<number> {
  await page.getByRole("searchbox").fill(query);
  const count = page.locator(".space-time-seek output");
  await expect.poll(() => count.textContent()).toMatch(/^[1-9]\d*$/);
  return Number(await count.textContent());
}

const needsBrowser = test.skipIf(browserPath === undefined);

needsBrowser("events are walked and chosen by keys, and what is shown is said", async () => {
  const live = page.locator(".space-time [aria-live]");
  await press("]");
  await expect.poll(() => live.textContent()).toMatch(/^machine_\d \w+ .*at \d+\.\d+ s$/);
  const first = await live.textContent();
  await press("]");
  await expect.poll(() => live.textContent()).not.toBe(first);
  await press("ArrowDown", "ArrowDown", "ArrowDown");
  await expect.poll(() => live.textContent()).toBe("No lane below.");
  await press("Enter");
  await expect
    .poll(() => live.textContent())
    .toMatch(/: \d+ before \(the first is .*\), \d+ after .*, \d+ concurrent/);
  await page.getByText(/It knows of machine_\d \d+/).waitFor();
  await press("Escape");
  await page.getByText(/It knows of/).waitFor({ state: "detached" });
});

needsBrowser("a search counts its matches and goes to them", async () => {
  expect(await seek("machine_2 crash")).toBe(1);
  await page.getByRole("searchbox").press("Enter");
  await page.getByText("1 of 1").waitFor();
  await page.getByRole("heading", { name: "machine_2 crash at 3.000 s" }).waitFor();
});

needsBrowser("a cut is consistent until one lane of it goes too far", async () => {
  // Nothing is looked at, so the cut is in the middle, and matches are gone to from there.
  await press("Escape", "Escape", "f", "c");
  await page.getByText(/^Consistent: /).waitFor();
  expect(await seek("machine_3 receive")).toBeGreaterThan(6);
  await press("n", "n", "n", "C");
  await page.getByText(/^Inconsistent: machine_3 receive from machine_\d/).waitFor();
  await press("Escape");
  await page.getByText(/^Inconsistent: /).waitFor({ state: "detached" });
});

needsBrowser("the window is handed over as an SVG that stands alone", async () => {
  await page.getByRole("button", { name: "all", exact: true }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "save SVG" }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toMatch(/space-time\.svg$/);
  const svg = readFileSync(await download.path(), "utf8");
  expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
  for (const word of ["machine_1", "crash", "recover", "partition machine_1|machine_3"])
    expect(svg).toContain(word);
});

needsBrowser("axe finds nothing, and nothing was complained of", async () => {
  await press("]", "Enter", "c");
  await page.evaluate(readFileSync(join(ROOT, "node_modules/axe-core/axe.min.js"), "utf8"));
  const { violations, passes } = (await page.evaluate("axe.run('.space-time')")) as {
    readonly violations: readonly { readonly id: string; readonly help: string }[];
    readonly passes: readonly unknown[];
  };
  expect(violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([]);
  expect(passes.length).toBeGreaterThan(5);
  expect(said).toEqual([]);
});
