// YAML files that people write, read so that whatever is wrong with a field can be said with its line.
import { readFileSync, statSync } from "node:fs";
import { Document, isMap, isPair, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { type ErrorCode, messageOf, OrreryError } from "../core/errors.ts";

/** Larger files are refused: reading takes some thirty times their size in memory. */
const BYTES_MAX = 16 * 1024 * 1024;
/** Nodes that one alias may stand for, itself included: a small text must not become a huge value. */
const ALIASES_MAX = 100;

/** Where a field stands, as `file:line:column`; where its nearest parent does, if it is missing. */
export type Place = (field: readonly PropertyKey[]) => string;

/**
 * What a YAML file says, and where. `code` is that of errors in it; `called` names such files.
 * @throws OrreryError "files/missing", or `code` if it is too large or not YAML
 */
export function readYaml(
  path: string,
  code: ErrorCode,
  called: string,
): { readonly value: unknown; readonly place: Place } {
  const text = textOf(path, code, called);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${path}:${line}:${col}`;
  };
  const problem = document.errors[0];
  if (problem !== undefined) {
    const said = problem.message.split("\n")[0];
    throw new OrreryError(code, `${at(problem.pos[0])}: ${said}`);
  }
  const place: Place = (field) => at(offsetOf(document, field));
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown, place };
  } catch (cause) {
    // Aliases of nothing, or of too much, come to light only here.
    throw new OrreryError(code, `${path}: ${messageOf(cause)}`, { cause });
  }
}

function textOf(path: string, code: ErrorCode, called: string): string {
  try {
    const { size } = statSync(path);
    if (size > BYTES_MAX) {
      throw new OrreryError(code, `${path} has ${size} bytes; ${BYTES_MAX} are read at most`);
    }
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof OrreryError) throw cause;
    throw new OrreryError("files/missing", `there is no ${called} ${path}`, { cause });
  }
}

/** Where a field stands in the text; where its nearest known parent does, if it is missing. */
function offsetOf(document: Document, field: readonly PropertyKey[]): number | undefined {
  for (let depth = field.length; depth > 0; depth--) {
    const parent =
      depth === 1 ? document.contents : document.getIn(field.slice(0, depth - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === field[depth - 1])
      : undefined;
    if (isPair(pair) && isScalar(pair.key)) return pair.key.range?.[0];
    const node = document.getIn(field.slice(0, depth), true) as { range?: [number] } | undefined;
    if (node?.range !== undefined) return node.range[0];
  }
  return undefined;
}

/** A value as YAML for people, below comments of these lines. `readYaml` reads it back. */
export function yamlText(value: object, comments: readonly string[]): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Map(_key, map, way) {
      const flat = map.items.every(({ value: field }) => isScalar(field));
      map.flow = flat && way.length > 1;
    },
    Pair(_key, { key, value: field }, way) {
      // A blank line before each section.
      if (way.length === 2 && isScalar(key) && isMap(field)) key.spaceBefore = true;
    },
  });
  const head = comments.map((line) => `# ${line}\n`).join("");
  return `${head}${document.toString({ lineWidth: 100 })}`;
}
