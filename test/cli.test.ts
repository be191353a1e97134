// The command line as its user meets it: real processes, real folders.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { VERBS } from "../src/cli/verbs.ts";
import { orreryIn, startOrrery } from "./orrery.ts";
import { until } from "./waiting.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const orrery = (...args: string[]) => orreryIn(folder, args);

describe("orrery run clocks", () => {
  const first = orrery("run", "clocks");
  const kept = join(folder, "runs/clocks/0001");

  test("exits 0 and says where the pictures are", () => {
    expect(first).toMatchObject({ status: 0, stderr: "" });
    expect(first.stdout).toContain(join("runs/clocks/0001", "figures"));
  });

  test("leaves three logs, a trace, verdicts, summary and figures; latest points to it", () => {
    expect(readdirSync(join(kept, "logs"))).toEqual([
      "machine_1.log",
      "machine_2.log",
      "machine_3.log",
    ]);
    for (const name of ["clocks-and-inboxes", "jumps", "space-time"]) {
      expect(readFileSync(join(kept, "figures", `${name}.svg`), "utf8")).toMatch(
        /^<svg [\s\S]*<\/svg>\s*$/,
      );
      const png = readFileSync(join(kept, "figures", `${name}.png`));
      expect(png.subarray(1, 4).toString()).toBe("PNG");
    }
    for (const file of [
      "trace.parquet",
      "verdicts.json",
      "summary.json",
      "summary.csv",
      "run.json",
    ]) {
      expect(statSync(join(kept, file)).size).toBeGreaterThan(100);
    }
    expect(realpathSync(join(folder, "runs/clocks/latest"))).toBe(realpathSync(kept));
  });

  test("a log has a line for each event of its machine", () => {
    const lines = readFileSync(join(kept, "logs/machine_2.log"), "utf8").trim().split("\n");
    expect(lines[0]).toMatch(/process +time s +event +L +inbox +peer/);
    for (const line of lines.slice(1))
      expect(line).toMatch(/^machine_2 +\d+\.\d{6} +[a-z]+ +\d+ +\d+/);
    expect(lines.length).toBeGreaterThan(60);
  });

  test("the printed line repeats it byte for byte", () => {
    const repeat = /Repeat +npx orrery (.*)/.exec(first.stdout)![1]!;
    const args = [...repeat.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]!);
    expect(orrery(...args, "--out", "again").status).toBe(0);
    const bytes = (path: string): Buffer => readFileSync(join(folder, path));
    for (const file of [
      "trace.parquet",
      "summary.json",
      "verdicts.json",
      "figures/space-time.svg",
    ]) {
      expect(bytes(join("again", file)).equals(bytes(join("runs/clocks/0001", file)))).toBe(true);
    }
  });

  test("a report made again from the trace is the same", () => {
    const before = readFileSync(join(kept, "summary.json"), "utf8");
    const svg = readFileSync(join(kept, "figures/clocks-and-inboxes.svg"), "utf8");
    rmSync(join(kept, "summary.json"));
    rmSync(join(kept, "figures"), { recursive: true });
    const again = orrery("report", "runs/clocks/0001");
    expect(again.status).toBe(0);
    expect(again.stdout).toBe(first.stdout);
    expect(readFileSync(join(kept, "summary.json"), "utf8")).toBe(before);
    expect(readFileSync(join(kept, "figures/clocks-and-inboxes.svg"), "utf8")).toBe(svg);
  });
});

test("--json prints one object, and 6, 1, 1 is said to saturate", () => {
  const { status, stdout } = orrery(
    "run",
    "clocks",
    "--set",
    "rates=6,1,1",
    "--json",
    "--for",
    "600s",
  );
  expect(status).toBe(0);
  const result = JSON.parse(stdout) as {
    seed: number;
    runtime: string;
    findings: string[];
    verdicts: { check: string; kind: string; result: string }[];
    prediction: { machines: { saturates: boolean; inboxGrowthPerSecond: number }[] };
  };
  expect(result).toMatchObject({ seed: 1, runtime: "sim" });
  expect(result.prediction.machines.map(({ saturates }) => saturates)).toEqual([false, true, true]);
  expect(result.prediction.machines[1]!.inboxGrowthPerSecond).toBeCloseTo(0.2, 9);
  expect(result.findings[0]).toMatch(/^machine_2, machine_3 saturate/);
  expect(result.verdicts).toContainEqual({
    check: "clock-condition",
    kind: "always",
    result: "holds",
    examined: expect.any(Number),
  });
});

test("send-before-increment is caught: exit 1, and the two events are named", () => {
  const { status, stdout } = orrery(
    "run",
    "clocks",
    "--lamport",
    "send-before-increment",
    "--out",
    "wrong",
  );
  expect(status).toBe(1);
  expect(stdout).toMatch(/fails +clock-condition/);
  expect(stdout).toMatch(/#\d+ .* send, L=(\d+)[\s\S]*#\d+ .* receive, L=\1/);
});

test("twice says identical", () => {
  const { status, stdout } = orrery("twice", "clocks", "--seed", "7");
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^identical: \d+ events of seed 7/)]);
});

test("twice shows where a process whose state outlives a run parts from itself", () => {
  writeFileSync(
    join(folder, "impure.mjs"),
    `let rolled = 0;
export default { name: "impure", parse: () => null, processes: () => [{ name: "p", pace: { rate: 5 }, process: {
      start: () => null, receive: (s) => s, timeout: (s) => s,
      idle: (s, c) => { if (c.now > 3e6) c.note("dice", { value: ++rolled }); return s; } } }] };`,
  );
  const { status, stdout } = orrery("twice", "./impure.mjs");
  expect(status).toBe(1);
  expect(stdout).toMatch(/different from event #\d+ on:/);
  expect(stdout).toMatch(/once +#\d+ 3\.2\d+ s p internal/);
});

describe("a wrong request", () => {
  const before = readdirSync(folder).length;
  test.each([
    [["run", "cloks"], 64, /no system "cloks"; did you mean "clocks"/],
    [["run", "clocks", "--set", "intrenal=0.3"], 64, /no "intrenal"; did you mean "internal"/],
    [["run", "clocks", "--set", "rates=0,1,1"], 64, /rates\b.*0\.000001/],
    [["run", "clocks", "--set", "rates=fast"], 64, /rates: expected rates such as/],
    [["run", "clocks", "--set", "rates=6..1"], 64, /rates/],
    [["run", "clocks", "--set", "rates=1,2", "--set", "machines=3"], 64, /2 rates for 3 machines/],
    [["run", "clocks", "--set", "machines=1000000000"], 64, /machines.*1000000\b/],
    [["run", "clocks", "--set", "internal=1.5"], 64, /internal.*1\b/],
    [["run", "clocks", "--set", "internal=0.5", "--set", "faces=9"], 64, /not both/],
    [["run", "clocks", "--set", "machines"], 64, /name=value/],
    [["run", "clocks", "--for", "-5s"], 64, /negative/],
    [["run", "clocks", "--for", "0s"], 64, /longer than 0/],
    [["run", "clocks", "--for", "60"], 64, /not a time.*\n.*unit/],
    [["run", "clocks", "--seed", "x"], 64, /--seed "x" is not a number/],
    [["collect", "a.record", "--round", "x"], 64, /--round "x" is not a whole number/],
    [["run", "clocks", "--seed", "-1"], 64, /seed/],
    [["run", "clocks", "--loss", "2"], 64, /links.loss/],
    [["run", "clocks", "--delay", "10ms..1ms"], 64, /ends before it begins/],
    [["run", "clocks", "--lamport", "wrong"], 64, /standard, send-before-increment/],
    [
      ["run", "clocks", "--fault", "crash machine_9 1s"],
      64,
      /"machine_9"; did you mean "machine_1"/,
    ],
    [
      ["run", "clocks", "--for", "10s", "--fault", "crash machine_1 90s"],
      64,
      /would come after the end/,
    ],
    [["run", "clocks", "--delay", "2d"], 64, /at most a day/],
    [["run", "clocks", "--fault", "melt machine_1 1s"], 64, /"melt" is none of crash, wipe/],
    [["run", "./none.mjs"], 69, /there is no file/],
    [["rnu"], 64, /Did you mean run/],
    [["run"], 64, /missing required argument/],
    [["run", "clocks", "--what"], 64, /unknown option/],
    [["report", "nowhere"], 69, /there is no nowhere/],
  ])("%j is refused with %i, without a stack trace or a folder", (args, exit, complaint) => {
    const { status, stdout, stderr } = orrery(...args);
    expect(stderr).toMatch(complaint);
    expect(status).toBe(exit);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(folder).length).toBeLessThanOrEqual(before + 3);
  });

  test("a folder that exists is left as it is", () => {
    writeFileSync(join(folder, "mine.txt"), "precious");
    for (const out of [".", "mine.txt"]) {
      const { status, stderr } = orrery("run", "clocks", "--out", out);
      expect([status, stderr]).toEqual([
        69,
        expect.stringContaining("exists; nothing in it was changed"),
      ]);
    }
    expect(readFileSync(join(folder, "mine.txt"), "utf8")).toBe("precious");
  });

  test("a trace that was cut off is refused", () => {
    expect(orrery("run", "clocks", "--out", "cut").status).toBe(0);
    truncateSync(join(folder, "cut/trace.parquet"), 2_000);
    const { status, stderr } = orrery("report", "cut");
    expect([status, stderr]).toEqual([
      69,
      expect.stringMatching(/trace\.parquet[\s\S]*cut off or not a trace/),
    ]);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("a process that throws is named, with exit 70 and no folder left", () => {
    writeFileSync(
      join(folder, "throws.mjs"),
      `export default { name: "throws", parse: () => null, processes: () => [{ name: "p", pace: { rate: 5 }, process: {
        start: () => null, receive: (s) => s, timeout: (s) => s, idle: () => { throw new Error("no idea"); } } }] };`,
    );
    const { status, stderr } = orrery("run", "./throws.mjs", "--out", "thrown");
    expect([status, stderr]).toEqual([70, expect.stringContaining("p failed at 0.2 s: no idea")]);
    expect(existsSync(join(folder, "thrown"))).toBe(false);
  });
});

test("Ctrl-C stops a long run at once: exit 130, and no half folder", async () => {
  const args = ["run", "clocks", "--set", "machines=1000", "--for", "20000s", "--out", "long"];
  const { child, stderr, ended } = startOrrery(folder, args);
  await until(() => stderr().includes("of model time"), stderr);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(stderr()).toContain("stopped");
  expect(existsSync(join(folder, "long"))).toBe(false);
});

test("every verb has help with an example", () => {
  for (const verb of Object.keys(VERBS)) {
    const { status, stdout } = orrery(verb, "--help");
    expect([verb, status, stdout]).toEqual([
      verb,
      0,
      expect.stringMatching(/Examples?\b.*:\n +(\w+ +source <\()?orrery /),
    ]);
  }
});

test("the line that repeats can be pasted into a shell, whatever files and folders are called", () => {
  const file = "two seeds.json";
  const asked = { question: "Why?", system: "clocks", seeds: 2, duration: "1s" };
  writeFileSync(join(folder, file), JSON.stringify(asked));
  const { stdout } = orrery("experiment", file, "--on", "sim", "--out", "its rows");
  expect(stdout).toMatch(
    /^Repeat {4}npx orrery experiment 'two seeds.json' --on sim --out 'its rows'$/m,
  );
});

test("what is of workers is refused where there are none; a worker that is told nonsense says so at once", () => {
  const refused = (...args: string[]) => {
    const { status, stderr } = orrery(...args);
    return [status, stderr.split("\n")[0]];
  };
  const where = (option: string) => `orrery: ${option} is for runs with --on nats [config/option]`;
  const rule = ["--place", "machine_1 on site=paris"];
  expect(refused("run", "clocks", ...rule)).toEqual([64, where("--place")]);
  expect(refused("run", "clocks", "--on", "tcp", ...rule)).toEqual([64, where("--place")]);
  const nats = ["--nats", "nats://127.0.0.1:1"];
  expect(refused("run", "clocks", "--on", "tcp", ...nats)).toEqual([64, where("--nats")]);
  // Nobody is at port 1: it does not wait for servers first.
  expect(refused("worker", ...nats, "--label", "site")).toEqual([
    64,
    'orrery: --label "site": write it as site=paris [config/option]',
  ]);
  expect(refused("worker", ...nats, "--cores", "0")[1]).toContain('--cores "0" is not a whole');
});
