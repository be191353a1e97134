// What the streams can show: colours, widths, and characters beyond ASCII.
import { Writable } from "node:stream";

type Stream = typeof process.stdout | typeof process.stderr;

/** Can the cursor be moved there? A dumb terminal is written to like a file. */
export const isTerminal = (stream: Stream): boolean =>
  stream.isTTY === true && process.env.TERM !== "dumb";

/** FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal. As Node itself decides. */
export function isColoured(stream: Stream): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none } = process.env;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return (none === undefined || none === "") && isTerminal(stream);
}

/** Columns of the terminal that tables go to; Infinity where there is none. */
export const tableWidth = (): number =>
  process.stdout.isTTY === true ? process.stdout.columns || Infinity : Infinity;

/**
 * Does the locale have more than ASCII? Of the variables the first that is set decides, as everywhere. Where none is,
 * UTF-8 is assumed: containers, macOS and Windows set none, and have it.
 */
export function isUnicode(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || "UTF-8";
  return /utf-?8/i.test(locale);
}

/** What stands for a character where there is only ASCII; of the same width, where columns hang on it. */
const ASCII: { readonly [character: string]: string } = {
  "✓": "+",
  "✗": "x",
  "■": "#",
  "◆": "*",
  "●": "*",
  "·": ".",
  "–": "-",
  "−": "-",
  "×": "x",
  µ: "u",
  "…": "...",
  "→": "->",
  "←": "<-",
  "≥": ">=",
  "≤": "<=",
  "≈": "~",
  "±": "+/-",
  "│": "|",
  "├": "|",
  "└": "`",
  "─": "-",
};

/** The text in ASCII. */
const asciiOf = (text: string): string =>
  text.replaceAll(/[^\p{ASCII}]/gu, (character) => ASCII[character] ?? "?");

/** Lets all text that goes to these streams be ASCII. What is written as bytes, such as exports, stays as it is. */
export function speakAscii(...streams: readonly Stream[]): void {
  for (const stream of streams) {
    const write = stream.write.bind(stream) as (...given: readonly unknown[]) => boolean;
    stream.write = (chunk: unknown, ...rest: readonly unknown[]) =>
      write(typeof chunk === "string" ? asciiOf(chunk) : chunk, ...rest);
  }
}

/** Standard error for what draws bars: on a dumb terminal they come as lines. */
export function barStream(): NodeJS.WritableStream {
  if (process.stderr.isTTY !== true || isTerminal(process.stderr)) return process.stderr;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      process.stderr.write(chunk.toString());
      done();
    },
  });
}
