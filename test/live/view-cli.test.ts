// `orrery view` as its user meets it: systems, files and folders, to the end or to Ctrl-C.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatFault } from "../../src/core/fault-notation.ts";
import type { Fault } from "../../src/core/run.ts";
import { readTrace } from "../../src/trace/file.ts";
import { linesOf } from "../../src/trace/record.ts";
import { launchOrrery, orreryIn, type Started } from "../orrery.ts";
import { until } from "../waiting.ts";
import { Page } from "./page.ts";
import { lives } from "./tcp.ts";

const ROOT = join(import.meta.dirname, "../..");
const BICYCLE = join(ROOT, "experiments/factory/bicycle.yaml");
const folder = mkdtempSync(join(tmpdir(), "orrery-view-cli-"));
afterAll(() => rmSync(folder, { recursive: true }), 60_000);

const orrery = (...args: string[]) => orreryIn(folder, args);

type Viewer = Started & {
  readonly page: Page;
  /** Ends it as Ctrl-C does, and returns its exit status. */
  readonly stop: () => Promise<number | null>;
};

/** Starts `orrery view`, and looks at its page. */
async function viewing(...args: string[]): Promise<Viewer> {
  const started = launchOrrery(folder, ["view", ...args]);
  const { child, stdout, ended } = started;
  await until(() => stdout().includes("\n") || child.exitCode !== null, started.said);
  const page = new Page(stdout().split("\n")[0]!);
  await page.opened;
  await page.until(({ server }) => server !== "", "it is told which runs there are");
  const stop = async (): Promise<number | null> => {
    page.close();
    child.kill("SIGINT");
    return await ended;
  };
  return { ...started, page, stop };
}

/** The options of a printed line, as one gives them. */
const argumentsOf = (line: string): string[] =>
  [...line.replace(/^npx orrery /, "").matchAll(/'([^']*)'|(\S+)/g)].map(
    (match) => match[1] ?? match[2]!,
  );

async function rowsIn(run: string): Promise<string[]> {
  const rows: string[] = [];
  await readTrace(join(folder, run, "trace.parquet"), () => ({
    see: (batch) => void rows.push(...linesOf(batch).trim().split("\n")),
    end: () => undefined,
  }));
  return rows;
}

describe("a simulation", () => {
  test("plays at once; the line that it says repeats it, with the faults that were put in, byte for byte", async () => {
    const { page, stdout, stop } = await viewing(
      "clocks",
      "--set",
      "rates=9,5,2",
      "--for",
      "20s",
      "--profile",
      "crashy",
    );
    const [info] = page.shows;
    expect(info).toMatchObject({
      source: "sim",
      title: "clocks",
      can: ["play", "step", "fault", "branch"],
    });
    expect(info!.theory).toEqual({
      machine_3: expect.stringContaining("predicted to saturate"),
    });
    page.watch(info!.id);
    await page.until(({ frame }) => (frame?.now ?? 0) > 1_000_000, "it plays");
    await page.act({ do: "pause" });
    await page.act({ do: "fault", text: "partition machine_1|* 100ms..3s" });
    await page.act({ do: "step", by: 40 });
    await page.act({ do: "fault", text: "crash machine_3 0s..2s" });
    await page.act({ do: "seek", at: 20_000_000 });
    await page.until(
      ({ frame, rows }) => frame!.ended && rows.length === frame!.rows,
      "it is at its end",
    );
    const { repeat } = page.frame!;
    expect(repeat).not.toContain("--profile");
    const { status } = orrery(...argumentsOf(repeat), "--out", "repeated");
    expect(status).toBe(0);
    expect(page.rows).toEqual(await rowsIn("repeated"));
    expect(await stop()).toBe(0);
    expect(stdout()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{32}\n$/);
  });

  test("without a terminal ends by itself, after --for", async () => {
    const { stderr, ended } = await viewing("clocks", "--for", "3s");
    expect([await ended, stderr()]).toEqual([0, ""]);
  });
});

test("what makes no sense is refused before anything is served, with what to do", () => {
  const wrong: [string[], string][] = [
    [["nothing"], "there is no system"],
    [["clocks", "--port", "x"], "--port"],
    [["clocks", "--speed", "0"], "--speed"],
    [["clocks", "--for", "soon"], "soon"],
    [["clocks", "--set", "bicycle:timeScale=9"], "no bicycle is watched; clocks is"],
    [["./nowhere"], "nowhere"],
    [[join(ROOT, "experiments/clocks/lab.yaml")], "is an experiment"],
    [["clocks", "--on", "tcp", "--strict"], "on real clocks"],
    [["clocks", "nothing", "--on", "tcp"], "there is no system"],
  ];
  for (const [args, says] of wrong) {
    const { status, stdout, stderr } = orrery("view", ...args);
    expect([args, [64, 69].includes(status!), stdout]).toEqual([args, true, ""]);
    expect(stderr).toContain(says);
  }
  // None of them left a folder of a run.
  expect(existsSync(join(folder, "runs/clocks/0001"))).toBe(false);
});

test("real processes are watched until Ctrl-C, struck, stopped without a trace of them, and kept", async () => {
  const { page, stdout, stderr, stop } = await viewing(
    ...["clocks", BICYCLE, "--on", "tcp", "--for", "120s"],
    ...["--set", "clocks:rates=40,20,10", "--set", "bicycle:timeScale=600"],
    ...["--set", "bicycle:leader.candidates=2", "--per-worker", "8"],
  );
  const [machines, bicycle] = page.shows;
  expect(machines).toMatchObject({
    source: "real",
    runtime: "tcp",
    rates: [40, 20, 10],
    can: ["fault"],
  });
  expect(bicycle).toMatchObject({ source: "real", system: "factory", can: ["fault", "audit"] });
  page.watch(bicycle!.id);
  await page.until(({ frame }) => (frame?.messages.received ?? 0) > 100, "the factory works");
  const audit = (await page.act({ do: "audit" })) as {
    readonly invariants: readonly { holds: boolean }[];
  };
  expect(audit.invariants).toHaveLength(9);
  expect(audit.invariants.every(({ holds }) => holds)).toBe(true);
  page.watch(machines!.id);
  await page.until(
    ({ frame }) => frame?.standings.lamport.every((lamport) => lamport > 5) === true,
    "all turn",
  );
  await page.act({ do: "fault", text: "crash machine_2 0s..2s" });
  await page.until(({ frame }) => frame!.standings.state[1] === 1, "machine_2 is down");
  await page.until(({ frame }) => frame!.standings.state[1] === 0, "machine_2 is up");
  expect(page.frame!.repeat).toMatch(/^npx orrery run clocks .*--fault 'crash machine_2 /);
  expect(page.frame!.repeat).not.toContain("--on tcp");
  const status = await stop();
  expect([status, stdout().trim().split("\n").length]).toEqual([0, 1]);
  const folders = [...stderr().matchAll(/Folder (\S+)/g)].map(([, path]) => path!);
  expect(folders.sort()).toEqual(["runs/clocks/0001", "runs/factory/0001"]);
  for (const path of folders) {
    const verdicts = JSON.parse(readFileSync(join(folder, path, "verdicts.json"), "utf8")) as {
      result: string;
    }[];
    expect(verdicts.filter(({ result }) => result === "fails")).toEqual([]);
  }
  const { run } = JSON.parse(readFileSync(join(folder, "runs/clocks/0001/run.json"), "utf8")) as {
    run: { faults: Fault[] };
  };
  expect(run.faults.map(formatFault)).toEqual([expect.stringMatching(/^crash machine_2 /)]);
}, 120_000);

describe("kept runs", () => {
  let viewer: Viewer;
  beforeAll(async () => {
    orrery(
      "run",
      "clocks",
      "--set",
      "rates=9,5,2",
      "--for",
      "20s",
      "--fault",
      "crash machine_1 3s..5s",
      "--out",
      "kept-sim",
    );
    orrery(
      "run",
      "clocks",
      "--on",
      "tcp",
      "--set",
      "rates=50,30,20",
      "--for",
      "3s",
      "--out",
      "kept-tcp",
    );
    viewer = await viewing("kept-sim", "kept-tcp", "--for", "100s", "--speed", "50");
  }, 60_000);
  afterAll(async () => {
    await viewer.stop();
  });

  test("of virtual time are executed again: paused at the beginning, to be stepped and struck", async () => {
    const { page } = viewer;
    const info = page.shows.find(({ title }) => title === "kept-sim")!;
    expect(info).toMatchObject({ source: "sim", can: ["play", "step", "fault", "branch"] });
    page.watch(info.id);
    await page.until(({ frame }) => frame !== undefined, "it is shown");
    expect(page.frame).toMatchObject({ now: 0, rows: 0, playing: false, says: null });
    expect(page.frame!.repeat).toMatch(/^npx orrery run clocks .*--fault 'crash machine_1 3s..5s'/);
    await page.act({ do: "play" });
    await page.until(
      ({ frame, rows }) => frame!.ended && rows.length === frame!.rows,
      "it is at its end",
    );
    const kept = await rowsIn("kept-sim");
    // What pends at the very end becomes part of a trace as it is closed.
    expect(page.rows).toEqual(kept.slice(0, page.rows.length));
    expect(kept.length - page.rows.length).toBeLessThan(5);
    await page.act({ do: "seek", at: 1_000_000 });
    await page.act({ do: "fault", text: "pause machine_2 0s..1s" });
    await page.until(
      ({ frame }) => frame!.repeat.includes("pause machine_2 1000001us..2000001us"),
      "it is struck",
    );
    const { status } = orrery(...argumentsOf(page.frame!.repeat), "--out", "struck");
    expect(status).toBe(0);
    await page.act({ do: "seek", at: 20_000_000 });
    await page.until(
      ({ frame, rows }) => frame!.ended && rows.length === frame!.rows,
      "it is at its end",
    );
    expect(page.rows).toEqual((await rowsIn("struck")).slice(0, page.rows.length));
  });

  test("of real processes are replayed, row by row, with what the trace and stores tell", async () => {
    const { page } = viewer;
    const info = page.shows.find(({ title }) => title === "kept-tcp")!;
    expect(info).toMatchObject({ source: "kept", runtime: "tcp", can: ["play", "step"] });
    page.watch(info.id);
    await page.until(({ frame }) => frame !== undefined, "it is shown");
    const kept = await rowsIn("kept-tcp");
    await page.act({ do: "step", by: 17 });
    await page.until(({ rows }) => rows.length === 17, "17 rows on");
    expect(await page.look(0)).toMatchObject({ from: "trace" });
    await page.act({ do: "step", by: -5 });
    await page.until(({ rows }) => rows.length === 12, "5 rows back");
    expect(page.rows).toEqual(kept.slice(0, 12));
    await page.act({ do: "play" });
    await page.until(
      ({ frame, rows }) => frame!.ended && rows.length === frame!.rows,
      "it is at its end",
    );
    expect(page.rows).toEqual(kept);
    expect(await page.look(0)).toMatchObject({ from: "trace and stores" });
    await expect(page.act({ do: "fault", text: "crash machine_1 0s" })).rejects.toThrow(
      "a kept run cannot",
    );
  });

  test("are listed, and opened by their place in the list", async () => {
    orrery("run", "clocks", "--for", "2s");
    const { page, stdout } = viewer;
    const base = stdout().split("#")[0]!;
    const listed = (await (await fetch(`${base}api/runs`)).json()) as {
      id: string;
      title: string;
      opens: boolean;
    }[];
    const newest = listed.find(({ opens }) => opens)!;
    expect(newest.title).toMatch(/^runs\/clocks\/\d{4}$/);
    const id = await page.act({ do: "open", folder: newest.id }, { show: null });
    await page.until(({ shows }) => shows.some((show) => show.id === id), "it is one of the shows");
    // Who opens it again gets the same.
    expect(await page.act({ do: "open", folder: newest.id }, { show: null })).toBe(id);
  });
});

test("no OS process of a run is left, even if the viewer is killed", async () => {
  const { page, child } = await viewing(
    "clocks",
    "--on",
    "tcp",
    "--for",
    "100s",
    "--set",
    "rates=20,20,20",
  );
  page.watch(page.shows[0]!.id);
  await page.until(
    ({ frame }) => frame?.standings.lamport.every((lamport) => lamport > 0) === true,
    "all turn",
  );
  const children = spawnSync("ps", ["-o", "pid=", "--ppid", String(child.pid)], {
    encoding: "utf8",
  });
  const pids = children.stdout.trim().split(/\s+/).map(Number);
  expect(pids.length).toBeGreaterThanOrEqual(3);
  child.kill("SIGKILL");
  await until(() => !pids.some(lives), "all are gone");
  page.close();
});
