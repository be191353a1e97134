// `check` and `why` as their user meets them: wrong systems are found, told, kept, and repeated.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { MAIN, orreryIn, startOrrery } from "./orrery.ts";
import { until } from "./waiting.ts";

const ROOT = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "orrery-hunt-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** One of each sort; test/simulation/wrong.test.ts has all, and bench/hunt.mjs what it takes to find them. */
const WRONG = ["stale-leader", "missing-retry", "links-without-order", "readers-keep-it"];

type Failure = {
  readonly seed: number;
  readonly check: string;
  readonly story: readonly string[];
  readonly repeat: string;
  readonly folder: string;
};
type Hunt = {
  readonly seeds: number;
  readonly failures: readonly Failure[];
  readonly sometimes: { readonly [check: string]: number };
};

const orrery = (...args: string[]) => orreryIn(folder, args);

const hunted = (...args: string[]): { readonly status: number | null; readonly hunt: Hunt } => {
  const { status, stdout } = orrery("check", ...args, "--json");
  return { status, hunt: JSON.parse(stdout) as Hunt };
};

describe.each(WRONG)("examples/wrong/%s", (name) => {
  const { status, hunt } = hunted(join(ROOT, `examples/wrong/${name}.ts`), "--seeds", "500");
  const [failure] = hunt.failures;

  test("is found, and told in 5 to 14 lines", () => {
    expect(status).toBe(1);
    expect(failure!.story.length).toBeGreaterThanOrEqual(5);
    expect(failure!.story.length).toBeLessThanOrEqual(14);
  });

  test("its line repeats it: the same check fails", () => {
    const line = failure!.repeat.replace("npx orrery", `"${process.execPath}" "${MAIN}"`);
    const again = spawnSync("sh", ["-c", `${line} --json --out again-${name}`], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(again.status).toBe(1);
    const { verdicts } = JSON.parse(again.stdout) as {
      verdicts: readonly { readonly check: string; readonly result: string }[];
    };
    const broken = verdicts.filter(({ result }) => result === "fails").map(({ check }) => check);
    expect(broken).toContain(failure!.check);
  });

  test("is kept like any run, with its story and picture", () => {
    const kept = join(folder, failure!.folder);
    for (const file of ["trace.parquet", "story.txt", "failure.json", "figures/story.png"]) {
      expect(existsSync(join(kept, file)), file).toBe(true);
    }
    if (name === WRONG[0]) expect(orrery("report", failure!.folder).status).toBe(1);
  });
});

test("the same hunt finds the same failure, shrunk to the same run and told in the same words", () => {
  const file = join(ROOT, "examples/wrong/stale-leader.ts");
  const once = hunted(file, "--jobs", "1").hunt.failures[0]!;
  const again = hunted(file, "--jobs", "3").hunt.failures[0]!;
  expect({ ...again, folder: "" }).toEqual({ ...once, folder: "" });
});

test("a right system holds, and what was never seen leaves it undecided", () => {
  const file = join(ROOT, "examples/token-ring.ts");
  const { status, hunt } = hunted(file, "--seeds", "60");
  expect(status).toBe(0);
  expect(hunt.seeds).toBe(60);
  expect(hunt.sometimes["passed-again"]).toBeGreaterThan(50);
  const calm = orrery("check", file, "--seeds", "10", "--profile", "calm", "--for", "6s");
  expect(calm.status).toBe(2);
  expect(calm.stdout).toMatch(/never\s+passed-again/);
});

test("with --keep-going each check that fails is told once", () => {
  const file = join(ROOT, "examples/wrong/deliver-twice.ts");
  const { hunt } = hunted(file, "--seeds", "40", "--keep-going");
  expect(hunt.seeds).toBe(40);
  const checks = hunt.failures.map(({ check }) => check);
  expect(new Set(checks).size).toBe(checks.length);
});

test("structured faults find what loss of messages does not", () => {
  const file = join(ROOT, "examples/wrong/store-nothing.ts");
  expect(hunted(file, "--seeds", "200", "--profile", "lossy").status).toBe(0);
  expect(hunted(file, "--seeds", "200", "--profile", "crashy").status).toBe(1);
});

test("why finds the moment at which one message decided it", () => {
  const code = readFileSync(join(import.meta.dirname, "simulation/planted.ts"), "utf8");
  writeFileSync(
    join(folder, "planted.ts"),
    code.replaceAll(/"\.\.\/\.\.\/src\/[^"]*"/g, '"orrery"'),
  );
  const { hunt } = hunted("./planted.ts", "--profile", "calm", "--seeds", "100");
  const [failure] = hunt.failures;
  expect(failure!.story.join("\n")).toMatch(/3\.0000 s ◆ caster sends "poison" to victim/);
  const { status, stdout } = orrery("why", failure!.folder, "--json", "--seeds", "40");
  expect(status).toBe(0);
  const { jumps, curves } = JSON.parse(stdout) as {
    jumps: readonly {
      from: { at: number };
      to: { at: number; failed: number };
      events: string[];
    }[];
    curves: readonly { shares: readonly { at: number; failed: number }[] }[];
  };
  expect(jumps).toHaveLength(1);
  const [{ from, to, events }] = jumps as [(typeof jumps)[number]];
  expect(from.at).toBeLessThanOrEqual(3e6);
  expect(to.at).toBeGreaterThan(3e6);
  expect(to.at - from.at).toBeLessThan(60_000);
  expect(events.join("\n")).toContain('caster sends "poison" to victim');
  const early = curves[0]!.shares.filter(({ at }) => at < 3e6);
  for (const { failed } of early) expect(failed).toBeLessThan(20);
  expect(existsSync(join(folder, failure!.folder, "figures/why.png"))).toBe(true);
});

test("a system that reads the clock is caught, and named with its place", () => {
  writeFileSync(
    join(folder, "impure.mjs"),
    `const process = {
  start: (_stored, context) => { context.setTimer("t", 1000); return 0; },
  receive: (state) => state,
  timeout: () => Date.now(),
};
export default { name: "impure", parse: () => ({}), processes: () => [{ name: "a", process }] };
`,
  );
  const twice = orrery("twice", "./impure.mjs");
  expect(twice.status).toBe(70);
  expect(twice.stderr).toMatch(/a at 0.001 s: its timeout handler called Date.now\(\)/);
  expect(twice.stderr).toMatch(/impure.mjs:4:/);
  const { hunt } = hunted("./impure.mjs", "--profile", "calm", "--seeds", "5");
  expect(hunt.failures[0]!.check).toBe("no-handler-throws");
});

test.each([
  [["check", "clocks", "--profile", "strom"], 64, /did you mean "storm"/],
  [["check", "clocks", "--seeds", "0"], 64, /--seeds "0" is not a whole number/],
  [["check", "./none.ts"], 69, /there is no file/],
  [["why", "nowhere"], 69, /no failure that orrery check has kept/],
  [
    ["run", "clocks", "--on", "tcp", "--fault", "power machine_1 1s..2s"],
    64,
    /power cannot be cut/,
  ],
] as const)("%j is refused with %i", (args, status, said) => {
  const refused = orrery(...args);
  expect(refused.status).toBe(status);
  expect(refused.stderr).toMatch(said);
  expect(refused.stderr).not.toMatch(/at .*\.js/);
});

test("Ctrl-C ends a hunt at once", async () => {
  const { child, stderr, ended } = startOrrery(folder, ["check", "clocks", "--seeds", "1000000"]);
  await until(() => stderr() !== "", "it says how far it is");
  child.kill("SIGINT");
  expect(await ended).toBe(130);
});
