// How smoothly the space-time diagram moves: `view` on clocks until at least so many rows are in the page, then ten
// seconds of panning and zooming by a real pointer in headless Chromium. Prints the times between frames, how long the
// page's code ran for each that was drawn, and how long a click took that tells past and future apart. All are times of
// the clock: on a machine that others use, theirs too.
//
//   npm run prepare && node bench/page.mjs [machines] [rows]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [machines = "100", rows = "100000"] = process.argv.slice(2);
const SECONDS = 10;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const SIZE = { width: 1280, height: 800 };

const main = join(import.meta.dirname, "../dist/cli/main.js");
const args = [main, "view", "clocks", "--set", `machines=${machines}`, "--for", "24h"];
const viewer = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: FLAGS,
});

try {
  const [line] = await once(createInterface(viewer.stdout), "line");
  const [address] = /http:\S+/.exec(line);
  const page = await browser.newPage({ viewport: SIZE });
  await page.addInitScript(watchFrames);
  await page.goto(address);
  await load(page, Number(rows));
  await page.getByRole("button", { name: "space-time" }).click();
  await page.getByRole("button", { name: "all", exact: true }).click();
  console.log(`load of the machine: ${loadavg()[0].toFixed(1)} on ${cpus().length} cores`);
  report("all rows, panned", await measured(page, () => pan(page)));
  report("zoomed to single events and back", await measured(page, () => zoom(page)));
  await page.evaluate("handled.length = 0");
  await page.mouse.click(700, 420);
  const clicks = await page.evaluate("handled");
  console.log(`a click that tells past and future apart: ${Math.max(...clicks).toFixed(1)} ms`);
  console.log(await page.locator(".space-time-remark").textContent());
} finally {
  await browser.close();
  viewer.kill();
}

/** In the page, before anything of it runs: times between frames, of the work in each, and of handling a click. */
function watchFrames() {
  Object.assign(window, { between: [], worked: [], handled: [] });
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (call) =>
    ask((time) => {
      const began = performance.now();
      call(time);
      window.worked.push(performance.now() - began);
    });
  let last = 0;
  const next = (time) => {
    if (last > 0) window.between.push(time - last);
    last = time;
    ask(next);
  };
  ask(next);
  let down = 0;
  addEventListener("pointerup", () => (down = performance.now()), { capture: true });
  addEventListener("pointerup", () => window.handled.push(performance.now() - down));
}

/** Plays fast until the run has so many rows, then stands still. */
async function load(page, wanted) {
  const act = (what) =>
    page.evaluate((asked) => {
      return new Promise((done) => {
        const socket = new WebSocket(`${location.origin.replace("http", "ws")}/watch`);
        socket.onmessage = ({ data }) => {
          const { kind, shows } = JSON.parse(data);
          if (kind === "hello") {
            const said = { kind: "act", ask: 1, show: shows[0].id, key: location.hash.slice(1) };
            socket.send(JSON.stringify({ ...said, act: asked }));
          } else {
            socket.close();
            done();
          }
        };
      });
    }, what);
  // Some 4 rows of each machine a second.
  const micros = Math.ceil((wanted / (Number(machines) * 4)) * 1.3 * 1e6);
  await act({ do: "pause" });
  await act({ do: "seek", at: micros });
}

async function measured(page, act) {
  await page.waitForTimeout(500);
  await page.evaluate("between.length = 0; worked.length = 0");
  const end = Date.now() + (SECONDS / 2) * 1_000;
  while (Date.now() < end) await act();
  return await page.evaluate("({ between, worked })");
}

/** Drags to and fro. */
async function pan(page) {
  await page.mouse.move(900, 420);
  await page.mouse.down();
  for (let x = 900; x > 400; x -= 12) await page.mouse.move(x, 420 + (x % 40));
  for (let x = 400; x < 900; x += 12) await page.mouse.move(x, 420 - (x % 40));
  await page.mouse.up();
  await page.keyboard.press("Escape");
}

/** Turns the wheel until single events are shown, and back. */
async function zoom(page) {
  await page.mouse.move(700, 420);
  for (let turn = 0; turn < 45; turn++) await page.mouse.wheel(0, -120);
  for (let turn = 0; turn < 45; turn++) await page.mouse.wheel(0, 120);
}

function report(what, { between, worked }) {
  const line = (name, times) => {
    const sorted = [...times].sort((a, b) => a - b);
    const at = (share) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1);
    const some = `p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms`;
    console.log(`${what}: ${name}: ${some} (${sorted.length})`);
  };
  line("between frames", between);
  line("in the page's code, for each frame that was drawn", worked);
}
