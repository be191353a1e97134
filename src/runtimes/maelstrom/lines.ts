// Lines of a program's output, and what one of them says.
import { messageOf } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";

/** A message between a node and whoever it speaks to, as it stands on a line. */
export type Message = {
  readonly src: string;
  readonly dest: string;
  readonly body: { readonly [field: string]: Json };
};

/** Characters of a line; who prints a longer one speaks another language. */
const LINE_MAX = 4 * 1_048_576;
/** Characters of a line that a complaint shows. */
const SHOWN = 200;

/** Cuts text, which comes in pieces, into lines. */
export class Lines {
  #rest = "";
  readonly #take: (line: string) => void;

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  /** @throws Error if a line is too long */
  add(piece: string): void {
    let from = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", from)) {
      const line = this.#rest + piece.slice(from, end);
      this.#rest = "";
      from = end + 1;
      if (line.trim() !== "") this.#take(line);
    }
    this.#rest += piece.slice(from);
    if (this.#rest.length <= LINE_MAX) return;
    throw new Error(`it is longer than ${LINE_MAX} characters: ${shown(this.#rest)}`);
  }
}

export const shown = (line: string): string =>
  line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`;

/** Strings, in which digits are no number; and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
/** A whole number that a double may not hold. */
const LONG = /^-?\d{16,}$/;
const MARKED = /"\\u0000(-?\d+)"/g;

/** Such numbers are carried as strings behind a mark that no program prints, so that they stay what they are. */
const marked = (line: string): string =>
  line.replaceAll(TOKENS, (text) => (LONG.test(text) ? `"\\u0000${text}"` : text));

const parsed = (line: string): unknown => JSON.parse(/\d{16}/.test(line) ? marked(line) : line);

/** The line of a message. */
export function lineOf(message: Message): string {
  const text = JSON.stringify(message);
  return text.includes("\\u0000") ? text.replaceAll(MARKED, "$1") : text;
}

/** The message on a line. @throws Error saying why it is none */
export function readMessage(line: string): Message {
  let value: unknown;
  try {
    value = parsed(line);
  } catch (cause) {
    throw new Error(`it is not JSON (${messageOf(cause)}): ${shown(line)}`);
  }
  const { src, dest, body } = (value ?? {}) as { readonly [field: string]: unknown };
  const wrong =
    (typeof src !== "string" && "src is no string") ||
    (typeof dest !== "string" && "dest is no string") ||
    ((typeof body !== "object" || body === null || Array.isArray(body)) && "body is no object");
  if (wrong) throw new Error(`${wrong}: ${shown(line)}`);
  return value as Message;
}
