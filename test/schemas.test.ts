// Editors check the files under experiments/ as one types: each names its schema, and is valid by it.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "..");
const files = readdirSync(join(ROOT, "experiments"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)))
  .sort();

/** How YAML and JSON each name a schema, for editors. */
const NAMED = [/^# yaml-language-server: \$schema=(\S+)\n/, /^\{\s*"\$schema": "([^"]+)"/];

test("there are examples of each schema", () => {
  const named = files.map((file) => schemaOf(file)).filter((schema) => schema !== undefined);
  const all = readdirSync(join(ROOT, "schemas")).map((name) => join(ROOT, "schemas", name));
  expect([...new Set(named)].sort()).toEqual(all.sort());
});

function schemaOf(file: string): string | undefined {
  const text = readFileSync(join(ROOT, file), "utf8");
  const path = NAMED.map((pattern) => pattern.exec(text)?.[1]).find((each) => each !== undefined);
  return path && join(ROOT, dirname(file), path);
}

test.each(files)("%s names its schema first, and is valid by it", (file) => {
  const schema = schemaOf(file);
  expect(schema).toBeDefined();
  const valid = new Ajv2020({ strict: false }).compile(
    JSON.parse(readFileSync(schema!, "utf8")) as object,
  );
  const value: unknown = parse(readFileSync(join(ROOT, file), "utf8"));
  expect(valid(value), JSON.stringify(valid.errors)).toBe(true);
});
