// The live page in a real browser, on simulations, where there is a browser.
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { barriers, browserPath, inBrowser } from "./browser-page.ts";

const { open, serve } = inBrowser();

const serveClocks = (...options: readonly string[]) => serve("clocks", ...options);

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

/** Clocks and inboxes as they are written. */
const table = (page: Page): Promise<string[]> =>
  page
    .locator(".machines tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].slice(0, 7).map((cell) => cell.textContent)).map(String),
    );

const time = async (page: Page): Promise<number> =>
  Number.parseFloat((await page.locator(".time").textContent()) ?? "");

const row = (page: Page, name: string) => page.locator(".machines tbody tr", { hasText: name });

const stand = async (page: Page): Promise<void> => {
  await page.keyboard.press("Space");
  await page.locator(".standing", { hasText: "standing" }).waitFor();
};

describe.skipIf(browserPath === undefined)("the page (needs Debian's chromium)", () => {
  test("three clocks advance; ten steps back and ten on lead to the same state", async () => {
    const page = await open(await serveClocks());
    const before = await table(page);
    expect(before).toHaveLength(3);
    await expect.poll(() => table(page)).not.toEqual(before);
    await stand(page);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Shift+ArrowRight");
    const [here, at] = [await settled(page), await time(page)];
    await page.keyboard.press("Shift+ArrowLeft");
    await expect.poll(async () => time(page)).toBeLessThan(at);
    expect(await settled(page)).not.toEqual(here);
    await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(() => table(page)).toEqual(here);
  });

  test("a machine that is killed is seen down and back, and the line that repeats it says so", async () => {
    const page = await open(await serveClocks());
    await page.getByLabel("Seconds of the run").fill("2");
    await page.locator("form").getByRole("button", { name: "Kill" }).click();
    await row(page, "machine_1").locator(".state", { hasText: "down" }).waitFor();
    await page.locator(".troubles .holds", { hasText: "crash machine_1" }).waitFor();
    await row(page, "machine_1").locator(".state", { hasText: "up" }).waitFor();
    expect(await row(page, "machine_1").locator(".of-inc").textContent()).toBe("2");
    await page.locator(".troubles li:not(.holds)", { hasText: "crash machine_1" }).waitFor();
    expect(await page.locator(".repeat code").textContent()).toContain("--fault 'crash machine_1");
  });

  test("a machine that is down or paused for long comes back when it is told to", async () => {
    const page = await open(await serveClocks());
    for (const fault of ["crash machine_2 0s..50s", "pause machine_3 0s..50s"]) {
      const [, name = ""] = fault.split(" ");
      await press(page, "Type it");
      await page.locator("form input").fill(fault);
      await page.locator("form input").press("Enter");
      await page.getByRole("button", { name: `Recover ${name}` }).click();
      await row(page, name).locator(".state", { hasText: "up" }).waitFor();
      await page.locator(".troubles li:not(.holds)", { hasText: name }).waitFor();
    }
    expect(await page.locator(".repeat code").textContent()).not.toContain("50s");
  });

  test("a machine that is cut off loses messages, and it heals", async () => {
    const page = await open(await serveClocks());
    await press(page, "Partition");
    await page.getByRole("button", { name: "machine_2 is on no side" }).click();
    await page.getByLabel("Seconds of the run").fill("4");
    await page.locator("form").getByRole("button", { name: "Partition" }).click();
    await page.locator(".troubles .holds", { hasText: "partition machine_2|*" }).waitFor();
    await page.locator(".figure", { hasText: "lost" }).locator(".warn").waitFor();
    await page.locator(".troubles li:not(.holds)", { hasText: "partition" }).waitFor();
  });

  test("a line drawn around machines puts them on a side", async () => {
    const page = await open(await serveClocks("--set", "machines=30"));
    const place = await page.locator(".picture canvas").boundingBox();
    if (place === null) throw new Error("there is no picture");
    const { x, y, width, height } = place;
    await page.mouse.move(x + 2, y + 2);
    await page.mouse.down();
    for (const [across, down] of [
      [0.5, 0.01],
      [0.5, 0.4],
      [0.01, 0.4],
    ] as const) {
      await page.mouse.move(x + width * across, y + height * down, { steps: 5 });
    }
    await page.mouse.up();
    await page.locator(".fault-text", { hasText: "partition machine_1,machine_2," }).waitFor();
    expect(await page.locator(".fault-text").textContent()).toMatch(/\|\* 0s\.\.5s$/);
  });

  test("what a form writes wrong is said there, and nothing befalls the run", async () => {
    const page = await open(await serveClocks());
    await press(page, "Type it");
    await page.locator("form input").fill("crash machine_1 5s..1s");
    await page.locator("form input").press("Enter");
    await page.locator(".refused", { hasText: "ends before it begins" }).waitFor();
    expect(await page.locator(".troubles li").count()).toBe(0);
  });

  test("a machine is looked into, and what it has follows the run", async () => {
    const page = await open(await serveClocks());
    await page.keyboard.press("j");
    const panel = page.getByRole("tabpanel");
    await panel.getByText("Known as the simulation has it.").waitFor();
    const clock = () => panel.locator(".facts dd").first().textContent();
    const before = await clock();
    await expect.poll(clock).not.toBe(before);
  });

  test("a branch with a fault is shown beside the run, driven with it, and closed", async () => {
    const page = await open(await serveClocks());
    await expect.poll(async () => time(page)).toBeGreaterThan(1);
    await press(page, "in a branch");
    await page.locator(".pane").nth(1).waitFor();
    await press(page, "Play");
    const branch = page.locator(".pane").nth(1).locator("tr", { hasText: "machine_1" });
    await branch.locator(".state", { hasText: "down" }).waitFor();
    const own = page.locator(".pane").first().locator("tr", { hasText: "machine_1" });
    expect(await own.locator(".state").textContent()).toBe("up");
    const apart = page.locator(".differences tr", { hasText: "machine_1" }).locator("td").nth(2);
    await expect.poll(() => apart.textContent()).not.toBe("0");
    expect(await barriers(page)).toEqual([]);
    await press(page, "Close");
    await page.locator(".charts").waitFor();
    expect(await page.locator(".pane").count()).toBe(0);
  });

  test("from any speed the keys lead to the next of those that can be chosen", async () => {
    const page = await open(await serveClocks("--speed", "3"));
    const speed = (): Promise<string> => page.locator(".speed select").inputValue();
    for (const [key, next] of [
      ["+", "5"],
      ["-", "2"],
      ["+", "5"],
      ["+", "10"],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(speed).toBe(next);
    }
  });

  test("without the key one watches, and is told why not more", async () => {
    const address = await serveClocks();
    const page = await open(address.replace(/#.*/, ""));
    await page.locator(".side-panel .reason", { hasText: "This page may only watch" }).waitFor();
    expect(
      await page.getByRole("button", { name: "Pause", exact: true }).first().isDisabled(),
    ).toBe(true);
    const at = await time(page);
    await page.keyboard.press("Space");
    await expect.poll(async () => time(page)).toBeGreaterThan(at);
    for (let chart = 0; chart < 4; chart++) {
      const picture = (): Promise<string> =>
        page
          .locator(".plot canvas")
          .nth(chart)
          .evaluate((canvas) => (canvas as { toDataURL?: () => string }).toDataURL?.() ?? "");
      const before = await picture();
      await expect.poll(picture).not.toBe(before);
    }
  });

  test.each(["light", "dark"] as const)(
    "no width or state is a bar to anybody: %s",
    async (colorScheme) => {
      const address = await serveClocks();
      for (const width of [400, 1280, 2560]) {
        const page = await open(address, { width, colorScheme, reducedMotion: "reduce" });
        const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(over).toBeLessThanOrEqual(0);
        await page.keyboard.press("j");
        expect(await barriers(page)).toEqual([]);
        await page.close();
      }
    },
  );

  test("of a thousand machines only what is seen is in the page, and all can be found", async () => {
    const page = await open(await serveClocks("--set", "machines=1000", "--for", "10min"));
    expect(await page.locator(".machines tbody tr").count()).toBeLessThan(60);
    expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThan(1_500);
    await page.getByLabel("Search machines").fill("machine_777");
    await row(page, "machine_777").waitFor();
    expect(await page.locator(".machines tbody tr").count()).toBe(1);
    await row(page, "machine_777").getByRole("button").click();
    await page.getByRole("tabpanel").getByRole("heading", { name: "machine_777" }).waitFor();
  });
});

/** The table when frames no longer change it. */
async function settled(page: Page): Promise<string[]> {
  let before: string[] = [];
  await expect
    .poll(async () => {
      const last = before;
      before = await table(page);
      return String(last) === String(before);
    })
    .toBe(true);
  return before;
}
