// Untrusted input, checked once at the edge by a schema; errors name the field, what was expected,
// and the nearest known name.
import leven from "leven";
import type { z } from "zod";
import { type ErrorCode, OrreryError } from "./errors.ts";

/** Names further than this share of their length from what was written are no help. */
const NEAR = 0.5;

/** The known name nearest to a misspelt one, or undefined if none is near. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({
      candidate,
      distance: leven(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined) return undefined;
  return best.distance <= Math.max(1, NEAR * name.length) ? best.candidate : undefined;
}

/** "; did you mean X?" or the known names, to follow a complaint about an unknown one. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length <= 12 ? `known: ${known.join(", ")}` : `${known.length} are known`;
}

/**
 * `input` as the schema gives it, with defaults filled in. `subject` is what errors call it.
 * @throws OrreryError "config/unknown-parameter" or `code`, naming each field at fault.
 */
export function parse<T>(
  schema: z.ZodType<T>,
  input: unknown,
  subject: string,
  code: ErrorCode = "config/value",
): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const key = issue.keys[0] ?? "";
    const known = fieldsAt(schema, issue.path);
    const where = issue.path.length === 0 ? "" : `, ${issue.path.join(".")},`;
    throw new OrreryError(
      code === "config/value" ? "config/unknown-parameter" : code,
      `${subject}${where} has no "${key}"; ${suggestion(key, known)}`,
    );
  }
  const complaints = parsed.error.issues.map(({ path, message }) => {
    const field = path.join(".");
    return field === "" ? message : `${field}: ${message}`;
  });
  throw new OrreryError(code, `${subject}: ${complaints.join("; ")}`);
}

type Definition = {
  readonly shape?: { readonly [name: PropertyKey]: z.ZodType };
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly in?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
};

/** What a schema is made of: its own definition, or that of the schema which it wraps or was piped from. */
function definitionOf(schema: z.ZodType): Definition {
  const definition = schema.def as Definition;
  const inner = definition.in ?? definition.innerType;
  return inner === undefined ? definition : definitionOf(inner);
}

/** The names of the fields at a path, as far as objects, records and lists lead there; of several forms, those of any. */
export function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const { shape = {}, valueType, element, options } = definitionOf(schema);
  if (options !== undefined) return [...new Set(options.flatMap((each) => fieldsAt(each, path)))];
  const [name, ...rest] = path;
  const next = name === undefined ? undefined : (shape[name] ?? valueType ?? element);
  return next === undefined ? Object.keys(shape) : fieldsAt(next, rest);
}
