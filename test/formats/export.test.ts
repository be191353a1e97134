// `orrery export` as its user meets it, and as its guide shows it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXPORT_FORMATS } from "../../src/cli/examples.ts";
import { svg } from "../../src/cli/export/svg.ts";
import { WHOLE } from "../../src/formats/format.ts";
import { FORMATS } from "../../src/formats/formats.ts";
import { linesOf, ours, textOf } from "../docs-commands.ts";
import { orreryIn } from "../orrery.ts";
import { clocksRun, exported } from "./exported.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-"));
afterAll(() => rmSync(folder, { recursive: true }));

const guide = textOf("docs/guides/exports.md");
const data = textOf("docs/guides/exports-data.md");
// otlp.test.ts posts, as it has a collector.
const commands = linesOf(guide).filter((line) => !line.includes("--post"));

beforeAll(() => {
  for (const line of commands) {
    const { status, stderr } = orreryIn(folder, ours(line)!);
    expect([line, status, stderr]).toEqual([line, 0, expect.anything()]);
  }
}, 120_000);

test("the guides have a command for each format, and help names all", () => {
  const others = ["svg", "parquet", "epcis", "tla-handoff"];
  expect([...EXPORT_FORMATS].sort()).toEqual([...Object.keys(FORMATS), ...others].sort());
  for (const name of EXPORT_FORMATS) {
    if (name !== "jepsen-json") expect(guide + data).toContain(`--to ${name} `);
    expect(guide + data).toMatch(new RegExp(`^\\| .*\`(--to )?${name}\``, "m"));
  }
});

const kept = (name: string): string => readFileSync(join(folder, name), "utf8");

test("a cone is smaller than its run", () => {
  const { stderr } = orreryIn(folder, ["export", "kept", "--to", "shiviz", "--cone", "300"]);
  const events = Number(/^([\d,]+) events/.exec(stderr)![1]);
  expect(events).toBeGreaterThan(10);
  expect(2 * events).toBeLessThan(kept("kept.log").split("\n").length);
});

test("what was asked wrongly is told", () => {
  const told = (...options: readonly string[]): readonly unknown[] => {
    const { status, stderr, stdout } = orreryIn(folder, ["export", "kept", ...options]);
    return [status, stdout, stderr];
  };
  expect(told("--to", "shivis")).toEqual([
    64,
    "",
    expect.stringContaining('did you mean "shiviz"'),
  ]);
  const cone = "the run has no such event; the last of its events is";
  expect(told("--to", "csv", "--cone", "9999999")).toEqual([64, "", expect.stringContaining(cone)]);
  expect(told("--to", "csv", "--cone", "x")).toEqual([64, "", expect.stringContaining("--cone")]);
  writeFileSync(join(folder, "there"), "before");
  expect(told("--to", "csv", "--out", "there")[0]).toBe(69);
  expect(kept("there")).toBe("before");
});

test("a picture has the chosen events, and says what is left out", () => {
  const few = exported(svg, clocksRun(1), { ...WHOLE, processes: new Set([0, 2]) });
  expect(few.text).toContain("machine_3");
  expect(few.text).not.toContain("machine_2");
  expect(few.notes).toEqual([]);
  expect(kept("kept.svg")).toMatch(/^<svg/);
});
