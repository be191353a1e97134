// The server of the live page: who may watch, who may act, and that nobody who only reaches the port can disturb a run.
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FolderLibrary } from "../../src/cli/view/library.ts";
import { simShow } from "../../src/cli/view/sim.ts";
import { seconds } from "../../src/core/micros.ts";
import { newRun, type RunSettings } from "../../src/core/new-run.ts";
import { Dashboard } from "../../src/dashboard/server.ts";
import type { SimShow } from "../../src/dashboard/sim-show.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { linesOf } from "../../src/trace/record.ts";
import { Page } from "./page.ts";

const PAGE = join(import.meta.dirname, "../../dist/page");
const folder = mkdtempSync(join(tmpdir(), "orrery-view-"));
afterAll(() => rmSync(folder, { recursive: true }), 60_000);

/** A server with one simulation, at its beginning. */
async function serve(settings: RunSettings = {}, speed = 1, runs = join(folder, "none")) {
  const dashboard: Dashboard = new Dashboard({
    port: 0,
    page: PAGE,
    library: new FolderLibrary([runs], () => Promise.reject(new Error("none is opened here"))),
  });
  const run = newRun(clocks, { duration: seconds(3_600), ...settings });
  const show: SimShow = simShow(dashboard, {
    ...{ id: dashboard.newId("clocks"), title: "clocks", system: clocks, run, speed },
    repeat: () => "again",
  });
  dashboard.add(show);
  const address = await dashboard.listen();
  return { dashboard, show, address, base: address.split("#")[0]!, port: +new URL(address).port };
}
type Served = Awaited<ReturnType<typeof serve>>;

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.dashboard.close());

/** Sends bytes as they are, and returns all that comes back until the server hangs up. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
  });
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  return answer;
}

const plain = (path: string, { port }: Served, more = ""): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n${more}\r\n`;
const statusOf = (answer: string): number => Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]);
const ask = async (path: string, more = "", at = served): Promise<number> =>
  statusOf(await raw(at.port, plain(path, at, more)));

describe("who asks", () => {
  test("by another host's name, or for another site's page, is refused", async () => {
    const { port } = served;
    const hosts = [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1",
      `127.0.0.1:${port + 1}`,
      "",
    ];
    for (const host of hosts) {
      const answer = await raw(
        port,
        `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect([host, [400, 403].includes(statusOf(answer))]).toEqual([host, true]);
    }
    expect(statusOf(await raw(port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"))).toBe(400);
    expect(await ask("http://evil.example/")).not.toBe(200);
    expect(await ask("/", "Origin: http://evil.example\r\n")).toBe(403);
    expect(await ask("/", `Origin: http://127.0.0.1:${port + 1}\r\n`)).toBe(403);
    expect(await ask("/", "Origin: null\r\n")).toBe(403);
    for (const site of ["cross-site", "same-site"]) {
      expect(await ask("/api/runs", `Sec-Fetch-Site: ${site}\r\nSec-Fetch-Mode: no-cors\r\n`)).toBe(
        403,
      );
      // To follow a link to the address is not to be made to ask.
      expect(await ask("/", `Sec-Fetch-Site: ${site}\r\nSec-Fetch-Mode: navigate\r\n`)).toBe(200);
    }
    expect(await ask("/", `Origin: http://127.0.0.1:${port}\r\n`)).toBe(200);
    expect(await ask("/", "Sec-Fetch-Site: same-origin\r\n")).toBe(200);
  });

  test("for anything but to be shown something is refused", async () => {
    for (const method of ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]) {
      const text = plain("/", served).replace("GET", method);
      expect([method, statusOf(await raw(served.port, text))]).toEqual([method, 405]);
    }
    expect(
      statusOf(await raw(served.port, "CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n")),
    ).not.toBe(200);
    expect(statusOf(await raw(served.port, "what is this\r\n\r\n"))).toBe(400);
  });

  test("with a body is refused before it is sent, and hung up on", async () => {
    for (const method of ["POST", "GET"]) {
      const length = 10_000_000;
      const sending = request({
        ...{ host: "127.0.0.1", port: served.port, path: "/", method },
        headers: { "Content-Length": length },
      });
      let sent = 0;
      const feed = (): void => {
        while (sent < length && !sending.destroyed) {
          sent += 65_536;
          if (!sending.write(Buffer.alloc(Math.min(65_536, length - sent + 65_536)))) {
            sending.once("drain", feed);
            return;
          }
        }
      };
      sending.on("error", () => {});
      const [response] = (
        await Promise.all([once(sending, "response"), sending.flushHeaders()])
      )[0];
      feed();
      expect(response.statusCode).toBe(method === "GET" ? 413 : 405);
      response.resume();
      await once(sending, "close");
      // What a socket holds on its way, and no more.
      expect(sent).toBeLessThan(length / 2);
    }
    const chunked = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    expect(statusOf(await raw(served.port, chunked))).toBe(405);
  });

  test("gets what is safe to show: no script but the page's own, nothing from elsewhere", async () => {
    const answers = await Promise.all(
      ["/", "/api/runs", "/nothing"].map((path) => fetch(new URL(path, served.base))),
    );
    for (const { headers } of answers) {
      const policy = headers.get("content-security-policy")!;
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|http:|\*/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
    const html = await answers[0]!.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=|https?:/);
    expect(html).not.toContain(served.dashboard.key);
    // Refusals too.
    expect(await raw(served.port, plain("/", served, "Origin: null\r\n"))).toContain(
      "frame-ancestors",
    );
  });
});

describe("paths", () => {
  const secret = join(folder, "secret.svg");
  const runs = join(folder, "runs");
  let kept: Served;
  let id: string;
  beforeAll(async () => {
    writeFileSync(secret, "<svg/>");
    mkdirSync(join(runs, "clocks/0001/figures"), { recursive: true });
    const one = join(runs, "clocks/0001");
    writeFileSync(
      join(one, "run.json"),
      JSON.stringify({ runtime: "sim", run: { system: "clocks" } }),
    );
    writeFileSync(join(one, "figures/jumps.svg"), "<svg>jumps</svg>");
    writeFileSync(join(one, "figures/notes.txt"), "not to be served");
    symlinkSync(secret, join(one, "figures/link.svg"));
    symlinkSync(folder, join(runs, "elsewhere"));
    kept = await serve({}, 1, runs);
    const [listed] = (await (await fetch(`${kept.base}api/runs`)).json()) as [{ id: string }];
    id = listed.id;
  });
  afterAll(() => kept.dashboard.close());

  test("lead to what is listed", async () => {
    const answer = await fetch(`${kept.base}files/${id}/jumps.svg`);
    expect([answer.status, await answer.text()]).toEqual([200, "<svg>jumps</svg>"]);
    expect(answer.headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    );
    const [listed] = (await (await fetch(`${kept.base}api/runs`)).json()) as [object];
    expect(listed).toMatchObject({
      kind: "run",
      figures: ["jumps.svg"],
      report: null,
      opens: false,
    });
  });

  test("lead to what came there after it was listed first", async () => {
    writeFileSync(join(runs, "clocks/0001/figures/later.svg"), "<svg>later</svg>");
    writeFileSync(join(runs, "clocks/0001/report.html"), "later");
    const listed = async (): Promise<unknown> => (await fetch(`${kept.base}api/runs`)).json();
    await expect
      .poll(listed, { timeout: 5_000 })
      .toMatchObject([{ figures: ["jumps.svg", "later.svg"], report: "report.html" }]);
  });

  test("lead nowhere else, however they are written", async () => {
    const ups = [
      "..",
      "%2e%2e",
      "%2E%2E",
      "..%2f..",
      "%2e%2e%2f%2e%2e",
      "..%5c..",
      "..\\..",
      "....//",
    ];
    const ends = ["secret.svg", "etc/passwd", "figures/notes.txt", "%00secret.svg"];
    const paths = ups.flatMap((up) =>
      ends.flatMap((end) => [
        `/${up}/${up}/${up}/${end}`,
        `/files/${id}/${up}/${end}`,
        `/files/${up}/${end}`,
        `/files/${id}/${up}%2f${end}`,
        `/files/${id}%2f${up}/${end}`,
        `/assets/${up}/${up}/${end}`,
      ]),
    );
    const others = [
      "notes.txt",
      "link.svg",
      "run.json",
      "figures%2fjumps.svg",
      "jumps.svg%00",
      "",
      ".",
    ];
    paths.push(
      ...others.map((name) => `/files/${id}/${name}`),
      `/files//jumps.svg`,
      "//etc/passwd",
    );
    paths.push("/files/clocks%2f0001/jumps.svg", `/files/${id.toUpperCase()}X/jumps.svg`, "/%");
    paths.push("/files/__proto__/constructor", "/__proto__", "/constructor");
    for (const path of paths) {
      const status = await ask(path, "", kept);
      expect([path, status === 404 || status === 400]).toEqual([path, true]);
    }
  });

  test("to a thousand folders are listed, the latest first", async () => {
    const many = join(folder, "many");
    for (let number = 0; number < 1_000; number++) {
      const one = join(many, "clocks", String(number).padStart(4, "0"));
      mkdirSync(one, { recursive: true });
      writeFileSync(
        join(one, "run.json"),
        JSON.stringify({ run: { system: "clocks", seed: number } }),
      );
    }
    const listing = await serve({}, 1, many);
    const listed = (await (await fetch(`${listing.base}api/runs`)).json()) as { when: number }[];
    expect(listed).toHaveLength(1_000);
    const times = listed.map(({ when }) => when);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    await listing.dashboard.close();
  });
});

describe("a page", () => {
  const refusedBy = async (origin: string | undefined, path = "/watch"): Promise<number> => {
    const { port } = served;
    const said = origin === undefined ? "" : `Origin: ${origin}\r\n`;
    const upgrade = `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${"a".repeat(22)}==\r\n`;
    const text = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\n${upgrade}${said}\r\n`;
    return statusOf(await raw(port, text));
  };

  test("of another site, or of none, is not let in", async () => {
    const { port } = served;
    expect(await refusedBy(undefined)).toBe(403);
    const others = [
      "http://evil.example",
      `http://127.0.0.1:${port + 1}`,
      "null",
      `https://127.0.0.1:${port}`,
    ];
    for (const origin of others) expect([origin, await refusedBy(origin)]).toEqual([origin, 403]);
    expect(await refusedBy(`http://localhost:${port}`)).toBe(403);
    expect(await refusedBy(`http://127.0.0.1:${port}`, "/other")).toBe(403);
  });

  test("that has no key watches, and may not act", async () => {
    const page = new Page(served.address);
    await page.until(({ shows }) => shows.length > 0, "it is told which runs there are");
    page.watch(served.show.info.id);
    await page.until(({ frame }) => frame !== undefined, "it is sent a frame");
    expect(await page.look(0)).toMatchObject({ process: 0, from: "simulation" });
    await expect(page.look(7)).rejects.toThrow("there is no process 7");
    for (const key of ["", "0".repeat(32), page.key.slice(1), `${page.key}0`, "ä".repeat(16)]) {
      await expect(page.act({ do: "play" }, { key })).rejects.toThrow("may only watch");
      await expect(page.act({ do: "open", folder: "x" }, { key, show: null })).rejects.toThrow(
        "only watch",
      );
    }
    expect(served.show.frame().playing).toBe(false);
    await page.act({ do: "step", by: 5 });
    await page.until(({ frame }) => frame!.rows > 0, "with the key it acts");
    await page.act({ do: "seek", at: 0 });
    await expect(page.act({ do: "open", folder: "../../etc" }, { show: null })).rejects.toThrow(
      "no such folder",
    );
    await expect(page.act({ do: "play" }, { show: "nobody" })).rejects.toThrow('no run "nobody"');
    page.close();
  });

  test("that talks nonsense is heard ten times and cut off; what is too large, at once", async () => {
    const nonsense = [
      "",
      "{",
      "null",
      "[".repeat(8_000),
      `{"a":${"[".repeat(4_000)}${"]".repeat(4_000)}}`,
      JSON.stringify({ kind: "watch", show: 1, rows: 0 }),
      JSON.stringify({ kind: "act", ask: 1, show: null, key: "", act: { do: "explode" } }),
      JSON.stringify({ kind: "watch", show: "a", rows: 0, more: 1 }),
      JSON.stringify({ kind: "look", ask: -1, show: "a", process: 1e99 }),
      '{"__proto__":{"kind":"watch"}}',
    ];
    const page = new Page(served.address);
    await page.opened;
    for (const text of nonsense.slice(0, 9)) page.socket.send(text);
    page.watch(served.show.info.id);
    await page.until(({ frame }) => frame !== undefined, "it may still be a page");
    page.socket.send(nonsense[9]!);
    await once(page.socket, "close");

    const large = new Page(served.address);
    await large.opened;
    large.socket.send("x".repeat(17_000));
    const [code] = (await once(large.socket, "close")) as [number];
    expect(code).toBe(1009);
  });

  test("that asks and does not listen is cut off", async () => {
    const busy = await serve({ params: { machines: 400 } });
    const deaf = new Page(busy.address);
    await deaf.opened;
    deaf.watch(busy.show.info.id);
    await deaf.until(({ frame }) => frame !== undefined, "it watches");
    deaf.socket.pause();
    const closed = once(deaf.socket, "close");
    const act = { do: "fault", text: "x".repeat(100) } as const;
    const question = JSON.stringify({ kind: "act", ask: 1, show: "clocks-1", key: "", act });
    let asked = 0;
    for (; deaf.socket.readyState === deaf.socket.OPEN && asked < 1_000_000; asked += 1_000) {
      for (let time = 0; time < 1_000; time++) deaf.socket.send(question);
      await sleep(0);
    }
    expect(asked).toBeLessThan(1_000_000);
    await closed;

    await busy.dashboard.close();
  });
});

describe("rows", () => {
  const settings: RunSettings = { duration: seconds(40), params: { rates: [60, 50, 40] }, seed: 9 };
  const trace = simulate(clocks, settings);
  const texts = trace.batches.map(linesOf).join("").trim().split("\n");

  test("go on where a page left off, and are the rest exactly", async () => {
    const one = await serve(settings);
    const { id } = one.show.info;
    await one.show.act({ do: "seek", at: seconds(20) });
    const all = new Page(one.address);
    await all.opened;
    all.watch(id);
    await all.until(({ rows, frame }) => rows.length === frame?.rows, "it has all rows so far");
    for (const from of [0, 1, 500, 1_023, 1_024, 1_025, one.show.rows.end - 1, one.show.rows.end]) {
      const page = new Page(one.address);
      await page.opened;
      page.first = from;
      page.watch(id, from);
      page.first = from;
      await page.until(
        ({ frame, rows }) => frame !== undefined && from + rows.length === frame.rows,
        "the rest",
      );
      expect(page.rows).toEqual(texts.slice(from, one.show.rows.end));
      page.close();
    }
    await one.show.act({ do: "seek", at: seconds(40) });
    await all.until(({ rows }) => rows.length === one.show.rows.end, "it is sent what comes");
    expect(all.rows).toEqual(texts.slice(0, one.show.rows.end));
    all.close();
    await one.dashboard.close();
  });

  test("that are no more are taken back, also from a page that was not there then", async () => {
    const one = await serve(settings);
    const { id } = one.show.info;
    await one.show.act({ do: "seek", at: seconds(10) });
    const page = new Page(one.address);
    await page.opened;
    page.watch(id);
    await page.until(({ rows, frame }) => rows.length === frame?.rows, "it has all rows so far");
    const { rows, cuts } = page;
    page.close();
    // While it is away: back, another fate, and on beyond where it was; then back once more, not as far.
    await one.show.act({ do: "step", by: -300 });
    const kept = one.show.rows.end;
    await one.show.act({ do: "fault", text: "crash machine_1 0s..1s" });
    await one.show.act({ do: "seek", at: seconds(15) });
    await one.show.act({ do: "step", by: -5 });
    const again = new Page(one.address);
    await again.opened;
    again.watch(id, 0);
    again.rows = [...rows];
    again.watch(id, rows.length, cuts);
    await again.until(({ frame, rows: had }) => had.length === frame?.rows, "it has what is now");
    expect(again.rows.slice(0, kept)).toEqual(rows.slice(0, kept));
    expect(again.rows).toEqual(
      one.show.rows.from(0).flatMap((batch) => linesOf(batch).trim().split("\n")),
    );
    expect(again.rows).not.toEqual(texts.slice(0, again.rows.length));
    again.close();
    await one.dashboard.close();
  });

  test("beyond what a slow page takes are left out; its counters are right when it reads again", async () => {
    const one = await serve({ params: { machines: 100, rates: 100 } }, 100);
    const { id } = one.show.info;
    const slow = new Page(one.address);
    await slow.opened;
    slow.watch(id);
    await slow.until(({ frame }) => frame !== undefined, "it watches");
    slow.socket.pause();
    const frames = slow.frames;
    const bytes = (): number => {
      const { heapUsed, arrayBuffers, external } = process.memoryUsage();
      return heapUsed + arrayBuffers + external;
    };
    await one.show.act({ do: "seek", at: seconds(20) });
    const before = bytes();
    await one.show.act({ do: "play" });
    const watching = new Page(one.address);
    await watching.opened;
    watching.watch(id, null);
    // Seven times as many rows as are kept, and more bytes than a socket holds.
    await watching.until(
      ({ frame }) => (frame?.rows ?? 0) > 1_500_000,
      "the run goes on all the while",
    );
    await one.show.act({ do: "pause" });
    expect(slow.frames).toBe(frames);
    expect((bytes() - before) / 1e6).toBeLessThan(60);
    slow.socket.resume();
    await slow.until(({ frame, first, rows }) => {
      const end = one.show.rows.end;
      return frame?.rows === end && first + rows.length === end;
    }, "it is where the run is");
    const { now: _, ...told } = slow.frame!;
    expect(told).toEqual({
      ...JSON.parse(JSON.stringify(one.show.frame())),
      now: undefined,
      kind: "frame",
    });
    expect(slow.rows.length).toBeGreaterThanOrEqual(200_000);
    slow.close();
    watching.close();
    await one.dashboard.close();
  });
});

test("five hundred connections are held off, and the run goes on as it was", async () => {
  const one = await serve({}, 1);
  await one.show.act({ do: "play" });
  const page = new Page(one.address);
  await page.opened;
  page.watch(one.show.info.id);
  await page.until(({ frame }) => (frame?.now ?? 0) > 200_000, "it plays");
  const pace = async (): Promise<number> => {
    const [from, began] = [one.show.frame().now, performance.now()];
    await page.until(({ frame }) => frame!.now > from + seconds(1), "a second of the run passes");
    return (one.show.frame().now - from) / 1e3 / (performance.now() - began);
  };
  const before = await pace();
  const sockets: Socket[] = [];
  let closed = 0;
  for (let number = 0; number < 500; number++) {
    const socket = connect(one.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.once("close", () => closed++);
    socket.resume();
    // Some say nothing, some do not end their request, some want to be pages.
    if (number % 3 === 1) socket.write("GET / HTTP/1.1\r\nHost: ");
    if (number % 3 === 2) {
      const origin = one.base.slice(0, -1);
      socket.write(
        `GET /watch HTTP/1.1\r\nHost: 127.0.0.1:${one.port}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${"a".repeat(22)}==\r\n\r\n`,
      );
    }
    sockets.push(socket);
  }
  const during = await pace();
  // A busy host takes its share of both.
  expect(during).toBeGreaterThan(before / 2);
  // Beyond 256 they are hung up on at once; who does not end his request, after ten seconds.
  await page.until(() => closed > 243, "most are turned away");
  await page.until(() => closed > 400, "those that say nothing are cut off");
  expect(page.socket.readyState).toBe(page.socket.OPEN);
  const latecomer = new Page(one.address);
  await latecomer.opened.catch(() => {});
  expect(await ask("/", "", one)).toBe(200);
  for (const socket of sockets) socket.destroy();
  latecomer.close();
  page.close();
  await one.dashboard.close();
});
