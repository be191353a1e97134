// What a schema has against a factory file, in words for who wrote it: the field, what it may be, and the
// nearest known name.
import type { z } from "zod";
import { fieldsAt, suggestion } from "../../../core/parse.ts";
import { factorySchema } from "./definition.ts";
import type { Problem } from "./params.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** The first problem; a name that is not known comes first, for a missing one is often that one misspelt. */
export const schemaProblem = (issues: readonly Issue[], input: unknown): Problem =>
  problemOf(firstOf(issues), [], input);

const firstOf = (issues: readonly Issue[]): Issue =>
  issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!;

function problemOf(issue: Issue, base: Path, input: unknown): Problem {
  const path = [...base, ...(issue.path as Path)];
  const given = valueAt(input, path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const key = issue.keys[0]!;
      const near = suggestion(key, fieldsAt(factorySchema, path));
      return { path: [...path, key], says: `there is no field "${key}"; ${near}` };
    }
    case "invalid_key":
      return { path, says: issue.issues[0]!.message };
    case "invalid_union":
      return problemOfChoice(issue, path, input);
    case "invalid_value":
      if (typeof given !== "string") break;
      return {
        path,
        says: `there is no "${given}"; ${suggestion(given, issue.values.map(String))}`,
      };
  }
  const says = issue.message.replace(/^(?:Invalid|Too) \w+: /, "");
  if (path.length === 0) {
    return { path, says: "expected a factory: items, segments and equipment, or a plant" };
  }
  return { path, says: given === undefined ? missing(path, says) : says };
}

/** Of several forms that a value may have, the one that it seems to be meant as: that knows most of its fields. */
function problemOfChoice(
  issue: Extract<Issue, { readonly code: "invalid_union" }>,
  path: Path,
  input: unknown,
): Problem {
  const given = valueAt(input, path);
  if (given === undefined) return { path, says: missing(path, issue.message) };
  const [form] = issue.errors
    .filter((issues) =>
      issues.every(({ code, path: [field] }) =>
        field === undefined ? code === "custom" || code === "unrecognized_keys" : field !== "dist",
      ),
    )
    .sort((a, b) => unknownIn(a) - unknownIn(b));
  if (form !== undefined) return problemOf(firstOf(form), path, input);
  const { dist } = (given ?? {}) as { readonly dist?: unknown };
  if (typeof dist !== "string") return { path, says: issue.message };
  const near = suggestion(dist, DISTRIBUTIONS);
  return { path: [...path, "dist"], says: `there is no distribution "${dist}"; ${near}` };
}

const unknownIn = (issues: readonly Issue[]): number =>
  issues.reduce((sum, each) => sum + (each.code === "unrecognized_keys" ? each.keys.length : 0), 0);

const missing = (path: Path, says: string): string =>
  `"${path.at(-1)}" is missing; ${says.replace(", received undefined", "")}`;

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as { readonly [key: string | number]: unknown })[key];
  }
  return value;
}

const DISTRIBUTIONS = ["uniform", "triangular", "exponential", "lognormal"];
