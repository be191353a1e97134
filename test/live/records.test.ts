// What a record keeps when its writer died between the rows and the commits of a turn.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { RecordFile, recordLines } from "../../src/runtimes/real/records/record-file.ts";
import type { RecordHeader } from "../../src/trace/record.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-records-"));
const path = join(folder, "w.record");
afterEach(() => rmSync(path, { force: true }));

const header = (boot: number): RecordHeader => ({
  orrery: "record",
  format: 1,
  owner: "w",
  boot,
  processes: [0, 1],
  names: ["a", "b"],
  rates: [0, 0],
  epoch: 0,
  run: { system: "s", seed: 1, duration: 1 } as never,
  foreign: false,
});
const row = (process: number, lamport: number): string => `[0,1,${process},1,${lamport},0,-1,-1,0]`;

/** Lamport clocks of the rows of each process. */
function rows(): readonly (readonly number[])[] {
  const kept: number[][] = [[], []];
  for (const line of recordLines(path)) {
    if (line.kind === "row") kept[line.row.process]!.push(line.row.lamport);
  }
  return kept;
}

const before = [
  JSON.stringify(header(1)),
  '{"turn":1,"of":[0]}',
  row(0, 1),
  row(1, 1),
  '{"turn":2,"of":[0,1]}',
  row(0, 2),
  row(1, 2),
];

test.each([
  [
    "both are durable",
    [2, 2],
    [
      [1, 2],
      [1, 2],
    ],
  ],
  ["neither is", [1, 0], [[1], [1]]],
  ["one is", [2, 0], [[1, 2], [1]]],
] as const)("of the last turn, rows stay where %s", (_, turns, expected) => {
  writeFileSync(path, `${before.join("\n")}\n[0,1,0`);
  const record = new RecordFile(path, header(2), (process) => turns[process]!);
  record.close();
  expect(rows()).toEqual(expected);
  expect(readFileSync(path, "utf8").endsWith(`${JSON.stringify(header(2))}\n`)).toBe(true);
  // A later start finds the same, and what came since stays.
  writeFileSync(path, `${readFileSync(path, "utf8")}${row(0, 9)}\n${row(1, 9)}\n`);
  new RecordFile(path, header(3), (process) => turns[process]!).close();
  expect(rows()).toEqual(expected.map((each) => [...each, 9]));
});
