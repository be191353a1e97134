// Experiments as their user meets them: files, worker threads, kills, folders.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { newExperiment, readExperiment } from "../src/experiments/experiment-file.ts";
import { clocks } from "../src/systems/clocks/clocks.ts";
import { orreryIn, startOrrery } from "./orrery.ts";
import { until } from "./waiting.ts";

const ROOT = join(import.meta.dirname, "..");
const PRESETS = join(ROOT, "experiments/clocks");
const folder = mkdtempSync(join(tmpdir(), "orrery-experiment-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fresh = (name: string): string => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};

const orrery = (cwd: string, ...args: string[]) => orreryIn(cwd, args);

const SMALL = `question: Does it drift?
cells:
  A: { rates: [6, 1, 1] }
  B: { rates: [6, 6, 6] }
seeds: 12
duration: 20s
compare:
  - { metric: drift_mean, of: [A, B] }
`;
const write = (cwd: string, name: string, text: string): string => {
  writeFileSync(join(cwd, name), text);
  return name;
};

/** Everything that must not depend on how often the work was interrupted. */
const RESULTS = [
  "bands.json",
  "experiment.json",
  "results.parquet",
  "summary.csv",
  "verdicts.json",
  "report.html",
];
const bytesOf = (cwd: string): string[] =>
  RESULTS.map((file) => readFileSync(join(cwd, "out", file), "hex"));

describe("orrery experiment", () => {
  const cwd = fresh("whole");
  const file = write(cwd, "small.yaml", SMALL);
  const done = orrery(cwd, "experiment", file, "--out", "out", "--jobs", "2");

  test("answers in words, with intervals, and writes its folder", () => {
    expect(done).toMatchObject({ status: 0, stderr: "" });
    expect(done.stdout).toContain("24 runs: 2 cells × 12 seeds, 20 s of model time each.");
    expect(done.stdout).toMatch(/Machines are predicted to saturate in: A\./);
    expect(done.stdout).toMatch(
      /drift_mean is smaller in B than in A: difference -\d.* over 12 paired seeds/,
    );
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(
      [...RESULTS, "figures", "timing.json"].sort(),
    );
    expect(readdirSync(join(cwd, "out/figures"))).toContain("drift.png");
  });

  test("gives the same bytes with one worker, and again from what was kept", () => {
    const alone = fresh("alone");
    expect(
      orrery(alone, "experiment", write(alone, "small.yaml", SMALL), "--out", "out", "--jobs", "1")
        .status,
    ).toBe(0);
    expect(bytesOf(alone)).toEqual(bytesOf(cwd));
    const before = bytesOf(cwd);
    rmSync(join(cwd, "out/summary.csv"));
    expect(orrery(cwd, "report", "out").stdout).toContain("drift_mean is smaller in B");
    expect(bytesOf(cwd)).toEqual(before);
  });

  test("leaves a folder of another experiment as it is", () => {
    const other = write(cwd, "other.yaml", SMALL.replace("seeds: 12", "seeds: 13"));
    const before = bytesOf(cwd);
    const { status, stderr } = orrery(cwd, "experiment", other, "--out", "out");
    expect([status, stderr]).toEqual([
      69,
      expect.stringContaining("not of this experiment; nothing in it was changed"),
    ]);
    expect(bytesOf(cwd)).toEqual(before);
  });

  test("its results open in DuckDB, one row a run and metric", async () => {
    const connection = await (await DuckDBInstance.create()).connect();
    const reader = await connection.runAndReadAll(
      `SELECT cell, count(*)::INTEGER, avg(value) FROM '${join(cwd, "out/results.parquet")}'
       WHERE metric = 'drift_mean' GROUP BY cell ORDER BY cell`,
    );
    const rows = reader.getRows() as [string, number, number][];
    expect(rows.map(([cell, count]) => [cell, count])).toEqual([
      ["A", 12],
      ["B", 12],
    ]);
    const csv = readFileSync(join(cwd, "out/summary.csv"), "utf8");
    const mean = Number(/^"A",drift_mean,12,[^,]*,[^,]*,([^,]*)/m.exec(csv)![1]);
    expect(rows[0]![2]).toBeCloseTo(mean, 9);
  });
});

const LONG = SMALL.replace("seeds: 12", "seeds: 300").replace("20s", "300s");

/** Starts an experiment and kills it once its journal has some rows, at a place that a signal picks. */
async function interrupt(cwd: string, signal: "SIGKILL" | "SIGINT"): Promise<number | null> {
  const { child, said, ended } = startOrrery(cwd, ["experiment", "long.yaml", "--out", "out"]);
  const journal = join(cwd, "out/journal.ndjson");
  const lines = (): number =>
    existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length : 0;
  const before = lines();
  await until(() => lines() >= before + 60, said);
  child.kill(signal);
  return ended;
}

test("killed, torn, stopped and resumed, an experiment gives the same bytes as one never interrupted", async () => {
  const whole = fresh("uninterrupted");
  expect(orrery(whole, "experiment", write(whole, "long.yaml", LONG), "--out", "out").status).toBe(
    0,
  );
  const cut = fresh("interrupted");
  write(cut, "long.yaml", LONG);
  await interrupt(cut, "SIGKILL");
  const journal = join(cut, "out/journal.ndjson");
  expect(existsSync(join(cut, "out/results.parquet"))).toBe(false);
  // As a kill in the middle of a write leaves it.
  const rows = readFileSync(journal, "utf8");
  writeFileSync(journal, rows.slice(0, -100));
  const finished = rows.trim().split("\n").length;
  expect(finished).toBeLessThan(600);
  expect(await interrupt(cut, "SIGINT")).toBe(130);
  expect(orrery(cut, "experiment", "long.yaml", "--out", "out").status).toBe(0);
  expect(bytesOf(cut)).toEqual(bytesOf(whole));
  expect(existsSync(journal)).toBe(false);
});

test("a run that throws is named and does not lose the others", () => {
  const cwd = fresh("throws");
  write(
    cwd,
    "fragile.mjs",
    `const process = { start: () => null, receive: (s) => s, timeout: (s) => s,
       idle(s, c) { if (c.random() < 0.002) throw new Error("fragile"); return s; } };
     export default { name: "fragile", parse: () => null,
       processes: () => [{ name: "p", process, pace: { rate: 10 } }] };`,
  );
  write(
    cwd,
    "fragile.yaml",
    "question: Does it break?\nsystem: ./fragile.mjs\nseeds: 40\nduration: 20s\n",
  );
  const { status, stdout } = orrery(cwd, "experiment", "fragile.yaml", "--out", "out");
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /A run broke: all, seed \d+: p failed at [\d.]+ s: fragile \(fragile\.mjs:2:\d+\)/,
  );
  const { broken } = JSON.parse(readFileSync(join(cwd, "out/verdicts.json"), "utf8")) as {
    broken: unknown[];
  };
  expect(broken.length).toBeGreaterThan(5);
  const whole = Number(
    /^"all",jump_mean,(\d+)/m.exec(readFileSync(join(cwd, "out/summary.csv"), "utf8"))![1],
  );
  expect(whole + broken.length).toBe(40);
});

test.each([
  [
    SMALL.replace("seeds:", "seedz:"),
    /bad\.yaml:5:1: there is no field "seedz"; did you mean "seeds"/,
  ],
  [
    `${SMALL}agree: { distanc: 0.1 }\n`,
    /bad\.yaml:9:10: there is no field "distanc"; did you mean "distance"/,
  ],
  [
    SMALL.replace("[A, B]", "[A, B], wit: 1"),
    /bad\.yaml:8:\d+: there is no field "wit"; known: metric, of/,
  ],
  [SMALL.replace("12", "many"), /bad\.yaml:5:1: seeds: /],
  [SMALL.replace("question: Does it drift?", "system: clocks"), /bad\.yaml:1:1: question: /],
  [
    SMALL.replace("rates: [6, 6, 6]", "ratez: 6"),
    /bad\.yaml:4:3: cell "B": clocks has no "ratez"; did you mean "rates"/,
  ],
  [SMALL.replace("[6, 1, 1]", "[6, -1, 1]"), /bad\.yaml:3:3: cell "A": .*rates/],
  [SMALL.replace("of: [A, B]", "of: [A, C]"), /bad\.yaml:8:\d+: there is no cell "C"/],
  [
    SMALL.replace("drift_mean", "drift_meen"),
    /bad\.yaml:8:\d+: there is no metric "drift_meen"; did you mean "drift_mean"/,
  ],
  [SMALL.replace("20s", "20"), /bad\.yaml:6:1: duration: expected a time with its unit/],
  [`${SMALL}warmUp: 20s\n`, /bad\.yaml:9:1: the warm-up takes the whole run/],
  ["question: [unclosed", /bad\.yaml:1:\d+: /],
  ["system: planets\nquestion: q\n", /no system "planets"/],
])("a file with a mistake is refused with its place: %#", (text, complaint) => {
  const cwd = existsSync(join(folder, "bad")) ? join(folder, "bad") : fresh("bad");
  const { status, stderr } = orrery(
    cwd,
    "experiment",
    write(cwd, "bad.yaml", text),
    "--out",
    "out",
  );
  expect(stderr).toMatch(complaint);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(64);
  expect(existsSync(join(cwd, "out"))).toBe(false);
});

describe("the presets", () => {
  const schema = JSON.parse(readFileSync(join(ROOT, "schemas/experiment.json"), "utf8")) as object;
  const valid = new Ajv2020({ strict: false }).compile(schema);
  test.each(readdirSync(PRESETS))(
    "%s is read, and is valid by the published schema",
    async (name) => {
      const read = await readExperiment(join(PRESETS, name), () => Promise.resolve(clocks));
      expect(read.cells.length).toBeGreaterThan(0);
      const text = readFileSync(join(PRESETS, name), "utf8");
      expect(valid(parse(text)), JSON.stringify(valid.errors)).toBe(true);
    },
  );

  test("the schema refuses what the program refuses", () => {
    for (const wrong of [
      { seedz: 3 },
      { params: { ratez: 1 } },
      { cells: { a: { internal: 2 } } },
      { seeds: 0 },
    ]) {
      expect(valid({ question: "q", ...wrong })).toBe(false);
      expect(() => newExperiment({ question: "q", ...wrong } as never, clocks)).toThrow();
    }
  });

  test("a typed value is the same experiment as its file", async () => {
    const cwd = fresh("typed");
    const read = await readExperiment(join(cwd, write(cwd, "small.yaml", SMALL)), () =>
      Promise.resolve(clocks),
    );
    expect(
      newExperiment({ ...(parse(SMALL) as { question: string }), name: "small" }, clocks),
    ).toEqual(read);
  });
});

describe("what a researcher's hour found", () => {
  const small = { question: "q", seeds: 2, duration: "5s" };
  const refused = (settings: object, complaint: RegExp) =>
    expect(() => newExperiment({ ...small, ...settings } as never, clocks)).toThrow(complaint);

  test("no setting is ignored in silence", () => {
    refused({ grid: { "links.los": [0, 0.5] } }, /there is no links\.los; did you mean "loss"/);
    refused({ grid: { "links.delay": [5, 10] } }, /links\.delay: expected a delay/);
    refused({ grid: { "links.loss": [null] } }, /loss/);
    refused({ faults: ["crash machine_9 1s"] }, /a fault names process "machine_9"; did you mean/);
    refused({ cells: {} }, /at least one cell/);
    refused({ grid: { internal: [0.1, 0.1] } }, /two cells are named/);
    refused({ seeds: { first: 2 ** 53 - 2, count: 5 } }, /seeds go up to/);
    refused({ seeds: 1_000_000, grid: { internal: [0, 1] } }, /more than 1000000 runs/);
    refused({ compare: [{ metric: "*.rate", of: ["all", "all"] }] }, /no metric "\*\.rate"/);
    const map = { x: "internal", y: "toString", metric: "drift_mean" };
    refused({ grid: { internal: [0, 1], machines: [2, 3] }, map }, /"toString" is not in the grid/);
    refused(
      {
        grid: { internal: [0, 1], machines: [2, 3], urgent: [0, 1] },
        map: { ...map, y: "machines" },
      },
      /just its two/,
    );
  });

  test("a cell keeps the shared fields that it does not say, and may name links", () => {
    const { cells } = newExperiment(
      {
        ...small,
        params: { inbox: { capacity: 3 } },
        cells: { a: { inbox: { order: "lifo" } }, b: { "links.loss": 0.5, "inbox.batch": 2 } },
      },
      clocks,
    );
    expect(cells.map(({ run }) => (run.params as { inbox: object }).inbox)).toMatchObject([
      { capacity: 3, order: "lifo" },
      { capacity: 3, batch: 2 },
    ]);
    expect(cells.map(({ run }) => run.links.loss)).toEqual([0, 0.5]);
  });

  test("a cell may have faults of its own, beside those of all", () => {
    const faults = ["crash machine_1 1s..2s"];
    const own = ["crash machine_2 2s..3s", "pause machine_1 3s..4s"];
    const cells = { none: {}, some: { faults: own } };
    const read = newExperiment({ ...small, faults, cells }, clocks);
    expect(read.cells.map(({ run }) => run.faults.map(({ kind }) => kind))).toEqual([
      ["crash"],
      ["crash", "crash", "pause"],
    ]);
    refused(
      { cells: { a: { faults: "crash machine_1 1s" } } },
      /cell "a": faults: expected a list/,
    );
    refused({ cells: { a: { faults: ["crash machine_9 1s"] } } }, /names process "machine_9"/);
  });

  test("a metric that a cell lacks is not compared, and one seed says nothing of others", () => {
    const cwd = fresh("lacking");
    const compare =
      "compare:\n  - { metric: machine_3.lamport_rate, of: [machines 2, machines 3] }\n";
    const grid = "question: q\ngrid: { machines: [2, 3] }\nduration: 20s\n";
    const two = orrery(
      cwd,
      "experiment",
      write(cwd, "two.yaml", `${grid}${compare}seeds: 5\n`),
      "--out",
      "two",
    );
    expect([two.status, two.stdout]).toEqual([
      0,
      expect.stringContaining("machine_3.lamport_rate cannot be compared"),
    ]);
    const one = orrery(
      cwd,
      "experiment",
      write(cwd, "one.yaml", `${grid}seeds: 1\n`),
      "--out",
      "one",
    );
    expect(one.stdout).not.toMatch(/agree in|Infinity|NaN/);
  });

  test("another question asks the same rows; another system asks anew", () => {
    const cwd = fresh("asked");
    const system = (rate: number): string =>
      write(
        cwd,
        "own.mjs",
        `const process = { start: () => null, receive: (s) => s, timeout: (s) => s, idle: (s) => s };
         export default { name: "own", parse: () => null, processes: () => [{ name: "p", process, pace: { rate: ${rate} } }] };`,
      );
    system(5);
    mkdirSync(join(cwd, "deep"));
    const file = (question: string): string =>
      write(
        cwd,
        "deep/own.yaml",
        `question: ${question}\nsystem: ../own.mjs\nseeds: 3\nduration: 5s\n`,
      );
    expect(orrery(cwd, "experiment", file("first"), "--out", "out").status).toBe(0);
    const rows = readFileSync(join(cwd, "out/results.parquet"), "hex");
    const again = orrery(cwd, "experiment", file("second"), "--out", "out");
    expect([again.status, again.stdout]).toEqual([0, expect.stringContaining("second")]);
    expect(readFileSync(join(cwd, "out/results.parquet"), "hex")).toBe(rows);
    system(6);
    const changed = orrery(cwd, "experiment", file("second"), "--out", "out");
    expect([changed.status, changed.stderr]).toEqual([
      69,
      expect.stringContaining("not of this experiment"),
    ]);
  });

  test("a folder that is called as its system is not taken for that", () => {
    const cwd = fresh("called");
    mkdirSync(join(cwd, "clocks"));
    const file = write(cwd, "one.yaml", SMALL.replace("seeds: 12", "seeds: 1"));
    expect(orrery(cwd, "experiment", file, "--out", "out")).toMatchObject({ status: 0 });
  });

  test("of more than 30 processes, drift to the fastest has a name of its own", () => {
    const cwd = fresh("many");
    const text = "question: q\ngrid: { machines: [30, 31] }\nseeds: 2\nduration: 5s\n";
    expect(orrery(cwd, "experiment", write(cwd, "many.yaml", text), "--out", "out").status).toBe(0);
    const csv = readFileSync(join(cwd, "out/summary.csv"), "utf8");
    expect(csv).toMatch(/^"machines 30",drift_mean/m);
    expect(csv).toMatch(/^"machines 31",drift_to_fastest_mean/m);
    expect(csv).not.toMatch(/^"machines 31",drift_mean/m);
  });
});
