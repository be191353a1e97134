import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Json } from "../core/json.ts";
import type { Stored } from "../core/stored.ts";
import { readStoredFile, STORED_FILE, writeStored } from "./stored-file.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-stores-"));
const path = join(folder, STORED_FILE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As JSON carries it: without −0. */
const value = fc.jsonValue({ maxDepth: 2 }).map((each) => JSON.parse(JSON.stringify(each)) as Json);
const name = fc.string({ unit: "binary", maxLength: 8 });
const mapOf = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> =>
  fc.array(fc.tuple(name, of), { maxLength: 4 }).map((entries) => new Map(entries));
const store: fc.Arbitrary<Stored> = fc.record({
  id: name,
  keyed: mapOf(value),
  logs: mapOf(fc.array(value, { minLength: 1, maxLength: 4 })),
});
const stores = fc
  .uniqueArray(fc.tuple(name, store), { maxLength: 4, selector: ([each]) => each })
  .map((entries) => new Map(entries));

const write = (written: ReadonlyMap<string, Stored>): void =>
  writeStored(path, [...written.keys()], written.values());

const unreadable = (line: number) =>
  expect.objectContaining({
    code: "trace/unreadable",
    message: expect.stringMatching(`line ${line}:`),
  });

test("stores are read as they were written, in the same order", () => {
  fc.assert(
    fc.property(stores, (written) => {
      write(written);
      const read = readStoredFile(path);
      expect(read).toEqual(written);
      expect([...read].map(([each, { keyed }]) => [each, ...keyed.keys()])).toEqual(
        [...written].map(([each, { keyed }]) => [each, ...keyed.keys()]),
      );
    }),
    { numRuns: 100 },
  );
});

test("a file cut off anywhere is refused, by the line where it ends", () => {
  fc.assert(
    fc.property(stores, fc.double({ min: 0, max: 1, maxExcluded: true }), (written, share) => {
      write(written);
      const whole = readFileSync(path);
      const cut = whole.subarray(0, Math.floor(share * whole.length));
      writeFileSync(path, cut);
      const line = 1 + cut.filter((byte) => byte === 10).length;
      expect(() => readStoredFile(path)).toThrow(unreadable(line));
    }),
    { numRuns: 100 },
  );
});

const HEADER = '{"process":"p","id":"1"}';

test.each([
  ["text", 1, ["once"]],
  ["an entry before any process", 1, ['{"put":"k","value":1}']],
  ["a key without a value", 2, [HEADER, '{"put":"k"}']],
  ["a process twice", 2, [HEADER, HEADER]],
  ["null", 2, [HEADER, "null"]],
  ["fewer processes than there were", 2, [HEADER, '{"end":2}']],
  ["a line behind the last", 3, [HEADER, '{"end":1}', HEADER]],
])("a file that has %s is refused", (_, line, lines) => {
  writeFileSync(path, lines.map((each) => `${each}\n`).join(""));
  expect(() => readStoredFile(path)).toThrow(unreadable(line));
});

test("a file that is not there is missing", () => {
  expect(() => readStoredFile(join(folder, "none"))).toThrow(
    expect.objectContaining({ code: "files/missing" }),
  );
});

test("stores larger than a piece are whole, characters of several bytes included", () => {
  const log = Array.from({ length: 40_000 }, (_, index) => `${"ключ".repeat(index % 12)}${index}`);
  const wide = "ü".repeat(3_000_000);
  const large = { id: "1", keyed: new Map([["wide", wide]]), logs: new Map([["log", log]]) };
  write(new Map([["p", large]]));
  expect(readStoredFile(path)).toEqual(new Map([["p", large]]));
});
