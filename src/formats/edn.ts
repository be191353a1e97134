// EDN, the notation of Clojure's data, as far as logs of operations use it. It is read as JSON: keywords and
// symbols become text without their colon, lists and sets become arrays, tags are dropped.
import type { Json } from "../core/json.ts";

/** A value, and the line on which it begins, from 1. */
export type EdnItem = { readonly value: Json; readonly line: number };

/** Deeper values are refused: a history nests a handful of levels. */
const DEPTH_MAX = 64;

const BLANK = /(?:[\s,]+|;[^\n]*)+/y;
const TEXT = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y;
const ATOM = /[^\s,()[\]{}";]+/y;
const INTEGER = /^[+-]?\d+N?$/;
const DECIMAL = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?M?$/;
const RATIO = /^([+-]?\d+)\/(\d+)$/;
const CLOSING: { readonly [opening: string]: string } = { "(": ")", "[": "]", "{": "}" };
const ESCAPES: { readonly [letter: string]: string } = {
  ...{ t: "\t", r: "\r", n: "\n", b: "\b", f: "\f" },
  ...{ "\\": "\\", '"': '"' },
};

/** What stands in a text one after the other; of a text that is one vector or list, what is in it. @throws Error, naming the line */
export function* readEdn(text: string): Generator<EdnItem> {
  const reader = new Reader(text);
  const close = reader.enter("(", "[");
  for (let item = reader.next(close); item !== undefined; item = reader.next(close)) yield item;
  if (close !== undefined && reader.next(undefined) !== undefined) {
    throw reader.problem("something follows the vector");
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  /** Line ends are counted as far as this. */
  #counted = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  problem(says: string): Error {
    return new Error(`line ${this.#lineHere()}: ${says}`);
  }

  /** Goes in, if one of these is next; gives what ends it. */
  enter(...openings: readonly string[]): string | undefined {
    this.#match(BLANK);
    const opening = this.#text[this.#at];
    if (opening === undefined || !openings.includes(opening)) return undefined;
    this.#at++;
    return CLOSING[opening];
  }

  /** The next value before `close`, or before the end of the text; undefined if there is none. */
  next(close: string | undefined, depth = 0): EdnItem | undefined {
    for (;;) {
      this.#match(BLANK);
      const here = this.#text[this.#at];
      if (here === close) {
        this.#at++;
        return undefined;
      }
      if (here === undefined) throw this.problem(`it ends before its ${close}`);
      if (!this.#text.startsWith("#_", this.#at)) break;
      this.#at += 2;
      this.#value(depth);
    }
    const line = this.#lineHere();
    return { value: this.#value(depth), line };
  }

  #value(depth: number): Json {
    if (depth > DEPTH_MAX) throw this.problem(`it nests deeper than ${DEPTH_MAX}`);
    this.#match(BLANK);
    const here = this.#text[this.#at];
    if (here === "{") return this.#map(depth);
    if (here === "[" || here === "(") return this.#all(depth);
    if (here === '"') return this.#string();
    if (this.#text.startsWith("#{", this.#at)) {
      this.#at++;
      return this.#all(depth);
    }
    const atom = this.#match(ATOM);
    if (atom === undefined)
      throw this.problem(here === undefined ? "it is cut off" : `${here} opens nothing`);
    if (atom.startsWith("#") && !atom.startsWith("##")) return this.#value(depth + 1);
    return this.#atom(atom);
  }

  #all(depth: number): Json[] {
    const close = CLOSING[this.#text[this.#at++]!]!;
    const all: Json[] = [];
    for (;;) {
      const item = this.next(close, depth + 1);
      if (item === undefined) return all;
      all.push(item.value);
    }
  }

  #map(depth: number): Json {
    const parts = this.#all(depth);
    if (parts.length % 2 !== 0) throw this.problem("a map has a key without a value");
    const entries = new Map<string, Json>();
    for (let index = 0; index < parts.length; index += 2) {
      const key = parts[index]!;
      entries.set(typeof key === "string" ? key : JSON.stringify(key), parts[index + 1]!);
    }
    return Object.fromEntries(entries);
  }

  #string(): string {
    const quoted = this.#match(TEXT);
    if (quoted === undefined) throw this.problem("a text does not end");
    return quoted.slice(1, -1).replaceAll(/\\(u[\da-fA-F]{4}|[\s\S])/g, (_, escaped: string) => {
      if (escaped.length > 1) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
      const meant = ESCAPES[escaped];
      if (meant === undefined) throw this.problem(`a text has \\${escaped}`);
      return meant;
    });
  }

  #atom(atom: string): Json {
    if (atom === "nil") return null;
    if (atom === "true" || atom === "false") return atom === "true";
    if (INTEGER.test(atom)) {
      const digits = atom.replace(/^\+|N$/g, "");
      const number = Number(digits);
      // One that JSON numbers cannot hold is still told from its neighbours.
      return Number.isSafeInteger(number) || String(number) === digits ? number : digits;
    }
    if (DECIMAL.test(atom)) return Number(atom.replace(/M$/, ""));
    const [, above, below] = RATIO.exec(atom) ?? [];
    if (above !== undefined) return Number(above) / Number(below);
    if (/^[+-]?\d/.test(atom)) throw this.problem(`${atom} is no number`);
    return atom.replace(/^[:\\]/, "");
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }

  #lineHere(): number {
    for (;;) {
      const end = this.#text.indexOf("\n", this.#counted);
      if (end < 0 || end >= this.#at) return this.#line;
      this.#counted = end + 1;
      this.#line++;
    }
  }
}

/** JSON as EDN. Text stays text: who means a keyword writes it. */
export function ednText(value: Json): string {
  if (value === null) return "nil";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(ednText).join(" ")}]`;
  const entries = Object.entries(value).map(
    ([key, part]) => `${JSON.stringify(key)} ${ednText(part)}`,
  );
  return `{${entries.join(", ")}}`;
}
