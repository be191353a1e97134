// `orrery view` in a real browser: a page that says anything on its console, or asks for anything from elsewhere, fails its
// test.
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchOrrery } from "./orrery.ts";
import { until } from "./waiting.ts";

const ROOT = join(import.meta.dirname, "..");
const AXE = readFileSync(join(ROOT, "node_modules/axe-core/axe.min.js"), "utf8");

/** Where there is a browser, if there is one. */
export const browserPath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
];

/** Starts it; only where `browserPath` is. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath!, args: QUIET });

type OpenOptions = { width?: number; ready?: string } & Parameters<Browser["newPage"]>[0];

/** A browser for the tests of a file; what they open and serve is closed after each. */
export function inBrowser(cwd = ROOT) {
  let browser: Browser;
  let server: ChildProcess | undefined;
  const said: string[] = [];
  beforeAll(async () => {
    if (browserPath !== undefined) browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
    const ended = server?.exitCode === null && new Promise((done) => server?.once("exit", done));
    server?.kill();
    await ended;
    server = undefined;
    expect(said.splice(0)).toEqual([]);
  });

  /** Serves what is named; the address with its key. */
  async function serve(...options: readonly string[]): Promise<string> {
    const { child, stdout, said } = launchOrrery(cwd, ["view", ...options]);
    server = child;
    const address = () => /http:\/\/127\.0\.0\.1:\d+\/#\w+/.exec(stdout())?.[0];
    await until(() => address() !== undefined || child.exitCode !== null, said);
    if (address() === undefined) throw new Error(`nothing is served: ${said()}`);
    return address()!;
  }

  async function open(
    address: string,
    { width = 1280, ready = ".machines tbody th", ...options }: OpenOptions = {},
  ): Promise<Page> {
    const viewport = { width, height: 800 };
    const page = await browser.newPage({ viewport, locale: "en-US", ...options });
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(new URL(address).origin)) said.push(request.url());
    });
    await page.goto(address);
    await page.waitForSelector(ready);
    return page;
  }
  return { open, serve };
}

/** What an accessibility checker finds serious. */
export async function barriers(page: Page): Promise<unknown> {
  await page.evaluate(AXE);
  return await page.evaluate(
    "axe.run().then(({ violations }) => violations.filter(({ impact }) => " +
      "impact === 'serious' || impact === 'critical').map(({ id, nodes }) => " +
      "id + ' ' + nodes.map(({ html }) => html.slice(0, 90)).join(' ')))",
  );
}
