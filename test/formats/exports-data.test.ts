// The commands of the guide to exports, run as they stand there, and what is refused.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExportOptions, exportRun } from "../../src/cli/export/export.ts";
import { readTrace } from "../../src/trace/file.ts";
import { Keeper } from "../../src/trace/trace.ts";
import { blockNamed } from "../docs-blocks.ts";
import { orreryIn } from "../orrery.ts";

const ROOT = join(import.meta.dirname, "../..");
mkdirSync(join(ROOT, "runs"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "runs/exports-"));
afterAll(() => rmSync(folder, { recursive: true }));

const guide = readFileSync(join(ROOT, "docs/guides/exports-data.md"), "utf8");
const orrery = (command: string) => {
  const words = command
    .replaceAll("runs/", `${folder}/`)
    .match(/"[^"]*"|\S+/g)!
    .slice(1);
  return orreryIn(
    ROOT,
    words.map((word) => word.replaceAll('"', "")),
  );
};
const text = (file: string): string => readFileSync(join(folder, file), "utf8");

test("the help names all formats, and the guide those that are data", () => {
  for (const name of ["csv", "parquet", "jepsen", "jepsen-json", "tla", "tla-handoff", "epcis"]) {
    expect(guide).toContain(`\`${name}\``);
  }
});

describe("the commands of the guide", () => {
  beforeAll(() => {
    for (const command of blockNamed("docs/guides/exports-data.md", "commands")
      .trim()
      .split("\n")) {
      const { status, stderr } = orrery(command);
      expect([command, status, stderr]).toEqual([command, 0, stderr]);
    }
  }, 60_000);

  test("a part of a trace is a trace", async () => {
    const { result, rows } = await readTrace(join(folder, "crash.parquet"), () => new Keeper());
    const times = result.flatMap((batch) => [batch.time(0), batch.time(batch.count - 1)]);
    expect([Math.min(...times) >= 5e6, Math.max(...times) < 8e6, rows > 100]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test("the others have in them what the guide says", () => {
    expect(text("register.edn")).toMatch(/:process :nemesis, :f :kill, :value \["r2"\]/);
    expect(text("clocks.ndjson")).toMatch(/^\{"event":"start","host":"r1","lamport":0\}\n/);
    expect(text("handoff.ndjson")).toMatch(/^\{"event":"makes","stage":"[\w-]+","lot":/);
    const document = JSON.parse(text("bicycle.jsonld")) as { epcisBody: { eventList: unknown[] } };
    expect(document.epcisBody.eventList.length).toBeGreaterThan(100);
  });

  test("a history is judged by the snippet", () => {
    const snippet = blockNamed("docs/guides/exports-data.md", "history.mjs");
    writeFileSync(join(folder, "history.mjs"), snippet);
    const { stdout } = spawnSync(process.execPath, ["history.mjs"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stdout).toBe("holds\n");
  });

  test.each([
    [{ to: "parquet" }, "config/option", /--to parquet is no text: name its file with --out/],
    [{ to: "parquet", out: "crash.parquet" }, "files/exists", /exists; nothing in it was changed/],
    [{ to: "epcis" }, "config/value", /is a run of abd-register, not of factory/],
    [{ to: "tla", from: "1s" }, "config/option", /shorten it with --until/],
    [{ to: "toString" }, "config/option", /there is no format "toString"/],
    [{ to: "jepson" }, "config/option", /there is no format "jepson"; did you mean "jepsen"/],
  ])("of a register, %j is refused: %s", async (asked, code, message) => {
    const { out, ...options }: ExportOptions = asked;
    const file = out === undefined ? {} : { out: join(folder, out) };
    const refused = exportRun(join(folder, "register"), { ...options, ...file });
    const says = expect.stringMatching(message);
    await expect(refused).rejects.toThrow(expect.objectContaining({ code, message: says }));
  });
});
