// How the program behaves around its work: what it removes and where it writes, what it says of the disk, how it ends when
// it is told to, and what terminals get to see.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesText } from "../src/cli/disk.ts";
import { launchOrrery, MAIN, orreryIn } from "./orrery.ts";
import { until } from "./waiting.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-manners-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What there is below a folder, links as they are. */
const everything = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
    .sort();

describe("orrery clean", () => {
  const home = join(folder, "clean");
  const runs = join(home, "runs");
  const clean = (...args: string[]) => orreryIn(home, ["clean", ...args]);

  beforeAll(() => {
    mkdirSync(home);
    expect(orreryIn(home, ["run", "clocks", "--for", "1s"]).status).toBe(0);
    for (const number of ["0002", "0003", "0010"]) {
      cpSync(join(runs, "clocks/0001"), join(runs, "clocks", number), { recursive: true });
    }
    // None of these is a run that is over.
    mkdirSync(join(runs, "clocks/0000"));
    writeFileSync(join(runs, "clocks/0000/run.json"), JSON.stringify({ run: {} }));
    for (const name of ["clocks/0004/deep", "clocks/mine", "lab", "lab/0001"]) {
      mkdirSync(join(runs, name), { recursive: true });
    }
    writeFileSync(join(runs, "clocks/0004/deep/thesis.txt"), "precious");
    writeFileSync(join(runs, "lab/experiment.json"), "{}");
    // Links to a run elsewhere, as a system and as a number, and out of a run that goes.
    cpSync(join(runs, "clocks"), join(home, "elsewhere"), { recursive: true });
    symlinkSync(join(home, "elsewhere"), join(runs, "linked"));
    symlinkSync(join(home, "elsewhere/0001"), join(runs, "clocks/0005"));
    symlinkSync(join(home, "elsewhere"), join(runs, "clocks/0002/out"));
  });

  test("says which folders and how much, and without a terminal removes nothing unless told", () => {
    const before = everything(home);
    const dry = clean("--keep", "1", "--dry-run");
    expect(dry).toMatchObject({ status: 0, stderr: "" });
    expect(dry.stdout).toMatch(/^2 run folders, [\d.]+ [kM]B\n/);
    // The first is what latest points to.
    expect(dry.stdout.match(/runs\/clocks\/\d+/g)).toEqual([
      "runs/clocks/0002",
      "runs/clocks/0003",
    ]);
    const asked = clean("--keep", "1");
    expect([asked.status, asked.stderr]).toEqual([64, expect.stringContaining("say --yes")]);
    expect(clean("--keep", "-1").status).toBe(64);
    expect(everything(home)).toEqual(before);
  });

  test("removes those, and nothing else: no link is followed, and what is no finished run stays", () => {
    const before = everything(home);
    expect(clean("--keep", "1", "--yes").status).toBe(0);
    const gone = /^runs\/clocks\/000[23](\/|$)/;
    expect(everything(home)).toEqual(before.filter((path) => !gone.test(path)));
  });

  test("with --keep 0 the last goes too, and latest with it; then there is nothing to do", () => {
    const before = everything(home);
    expect(clean("--keep", "0", "--yes").status).toBe(0);
    const gone = /^runs\/clocks\/(0001|0010|latest)(\/|$)/;
    expect(everything(home)).toEqual(before.filter((path) => !gone.test(path)));
    expect(clean("--keep", "0").stdout).toContain("Nothing to remove");
  });
});

describe("the disk", () => {
  const large = ["run", "clocks", "--set", "machines=1000", "--out", "large", "--for"];

  test("a run that surely does not fit is refused before anything is made", () => {
    const { status, stderr } = orreryIn(folder, [...large, "1000000000s"]);
    expect([status, stderr]).toEqual([69, expect.stringMatching(/about \d+(\.\d+)? TB of disk/)]);
    expect(stderr).toMatch(/\[files\/room\]\n.*orrery clean/);
    expect(existsSync(join(folder, "large"))).toBe(false);
  });

  const other = "/dev/shm";
  test.skipIf(!existsSync(other))("that counts is the one that the run goes to", () => {
    const out = join(other, "orrery-large");
    const { stderr } = orreryIn(folder, [...large, "1000000000s", "--out", out]);
    const { bavail, bsize } = statfsSync(other);
    const [, free, unit] = /; ([\d.]+) (\w+) are free/.exec(stderr)!;
    expect(Number(free) / Number.parseFloat(bytesText(bavail * bsize))).toBeCloseTo(1, 1);
    expect(bytesText(bavail * bsize)).toContain(unit);
  });
});

/** Long work of each verb, and what it says once it is under way. */
const LONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["run", ["clocks", "--set", "machines=1000", "--for", "20000s", "--out", "long"], /model time/],
  ["run", ["clocks", "--on", "tcp", "--for", "600s", "--out", "long"], /machine_1 L=/],
  ["experiment", ["long.yaml", "--jobs", "1"], /take about 3 GB of disk[\s\S]*runs\/s/],
  ["agree", ["long.yaml", "--jobs", "1"], /runs\/s/],
  ["check", ["clocks", "--seeds", "1000000", "--jobs", "1"], /seeds\/s/],
  ["view", ["clocks", "--for", "600s"], /http:/],
];

// They are heard by the same ears: one verb shows that SIGHUP is.
describe.each([
  ["SIGTERM", LONG],
  ["SIGHUP", LONG.slice(0, 1)],
] as const)("%s", (signal, long) => {
  test.concurrent.each(long)("ends %s %j as Ctrl-C does", async (verb, args, underWay) => {
    const home = mkdtempSync(join(folder, "long-"));
    writeFileSync(join(home, "long.yaml"), "question: How long?\nseeds: 1000000\nduration: 60s\n");
    const { child, said } = launchOrrery(home, [verb, ...args]);
    const ended = once(child, "exit");
    await until(() => underWay.test(said()) || child.exitCode !== null, said);
    child.kill(signal);
    // Whoever watches may stop watching at any time: that is an end like any.
    expect([await ended, said()]).toEqual([[verb === "view" ? 0 : 130, null], expect.anything()]);
    // A run in virtual time that was stopped is none; one on processes is what was done until then.
    expect(existsSync(join(home, "long"))).toBe(args.includes("tcp"));
    if (args.includes("tcp")) expect(existsSync(join(home, "long/trace.parquet"))).toBe(true);
  });
});

test("nothing is written but in the folder it is called in, and the temporary folder", () => {
  const [home, work, temporary] = ["home", "work", "tmp"].map((name) => join(folder, name));
  for (const each of [home!, work!, temporary!]) mkdirSync(each);
  chmodSync(home!, 0o500);
  const env = {
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: undefined,
    XDG_CACHE_HOME: undefined,
    XDG_DATA_HOME: undefined,
    TMPDIR: temporary,
  };
  const commands = [
    ["run", "clocks", "--for", "5s"],
    ["run", "clocks", "--for", "1s", "--on", "tcp"],
    ["new", "my-ring"],
    ["check", "my-ring/my-ring.ts", "--seeds", "4"],
    ["export", "runs/clocks/0001", "--to", "svg", "--out", "a.svg"],
    ["factory", "generate", "--out", "plant.yaml"],
    ["completion", "bash"],
  ];
  for (const command of commands) {
    const { status, stderr } = orreryIn(work!, command, env);
    expect([command, status, stderr]).toEqual([command, 0, expect.anything()]);
  }
  expect(readdirSync(home!)).toEqual([]);
  expect(readdirSync(temporary!)).toEqual([]);
  expect(readdirSync(work!).sort()).toEqual(["a.svg", "my-ring", "plant.yaml", "runs"]);
});

describe("what a terminal gets to see", () => {
  // Of util-linux; elsewhere `script` takes other words.
  const linux = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

  /** Runs it on a terminal of so many columns. */
  const onTerminal = (
    columns: number,
    args: readonly string[],
    env: Record<string, string> = {},
  ) => {
    const command = `stty cols ${columns}; ${[process.execPath, MAIN, ...args].join(" ")}`;
    const { NO_COLOR: _no, FORCE_COLOR: _force, ...others } = process.env;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...others, TERM: "xterm", ...env },
    });
    return stdout.replaceAll("\r\n", "\n");
  };
  const ESCAPE = "\u001B";
  const run = ["run", "clocks", "--for", "5s", "--set", "machines=4"];

  test.skipIf(!linux)("tables are no wider than it: columns stand below each other", () => {
    const narrow = onTerminal(50, run, { NO_COLOR: "1" });
    const [, table] = /Each machine\n([\s\S]*?)\n\nDrift/.exec(narrow)!;
    for (const line of table!.split("\n")) expect(line.length).toBeLessThanOrEqual(50);
    expect(table!.match(/^ {2}machine_4 /gm)!.length).toBeGreaterThan(1);
    const wide = onTerminal(200, run, { NO_COLOR: "1" });
    expect(/Each machine\n([\s\S]*?)\n\n/.exec(wide)![1]!.match(/machine_4/g)).toHaveLength(1);
  });

  const list = ["list"];

  test.skipIf(!linux)("colours, unless NO_COLOR says something or the terminal is dumb", () => {
    expect(onTerminal(80, list, { NO_COLOR: "" })).toContain(ESCAPE);
    expect(onTerminal(80, list, { NO_COLOR: "1" })).not.toContain(ESCAPE);
    expect(onTerminal(80, list, { TERM: "dumb" })).not.toContain(ESCAPE);
  });

  test("without a terminal no colours, unless FORCE_COLOR says so; whole tables", () => {
    const plain = { NO_COLOR: undefined, FORCE_COLOR: undefined };
    const { stdout } = orreryIn(folder, run, plain);
    expect(stdout).not.toContain(ESCAPE);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeGreaterThan(100);
    expect(orreryIn(folder, list, { ...plain, FORCE_COLOR: "1" }).stdout).toContain(ESCAPE);
    expect(orreryIn(folder, list, { ...plain, FORCE_COLOR: "0" }).stdout).not.toContain(ESCAPE);
  });

  test("in a locale without UTF-8 all is ASCII, also help and errors; JSON says the same", () => {
    const latin = { LC_ALL: "C", LC_CTYPE: undefined, LANG: "en_US.UTF-8" };
    const words = [run, ["run", "--help"], ["run", "clocks", "--seed", "-1"]];
    const said = words.map((args) => orreryIn(folder, args, latin));
    for (const { stdout, stderr } of said) expect(`${stdout}${stderr}`).toMatch(/^\p{ASCII}+$/u);
    expect(said[0]!.stdout).toMatch(/\+ holds +clock-condition/);
    const json = ["list", "--json"];
    const escaped = orreryIn(folder, json, latin).stdout;
    expect(escaped).toMatch(/^\p{ASCII}+$/u);
    const utf8 = { LC_ALL: "C.UTF-8" };
    const plain = orreryIn(folder, json, utf8).stdout;
    expect(plain).toMatch(/\P{ASCII}/u);
    expect(JSON.parse(escaped)).toEqual(JSON.parse(plain));
  });
});
