// A ShiViz log, read: with its two lines of header or without, in ShiViz's order of lines or GoVector's.
import { OrreryError } from "../core/errors.ts";
import { CausalLog, type ClockedEvent } from "./causal-log.ts";
import type { Imported } from "./imported.ts";
import { LinePattern } from "./line-pattern.ts";

const DEFAULT = String.raw`(?<event>.*)\n(?<host>\S*) (?<clock>{.*})`;
const GOVECTOR = String.raw`(?<host>\S*) (?<clock>{.*})\n(?<event>.*)`;
/** What a parser has to name. */
const NEEDED = ["event", "host", "clock"];
const PATTERN_MAX = 1_000;
const LINE_MAX = 1_000_000;
const TEXT_MAX = 300;
const NAME_MAX = 200;

/**
 * A log as a trace, in which messages are what its clocks tell. Of several executions the first.
 * @throws OrreryError "log/unreadable", "log/clocks", "log/bound", each naming the line
 */
export function shivizLog(text: string, title: string): Imported {
  const lines = new Lines(text);
  const { parser, delimiter } = headerOf(lines);
  const patterns = parser.split(String.raw`\n`).map((line) => new LinePattern(line));
  const names = new Set(patterns.flatMap((pattern) => pattern.names));
  const missing = NEEDED.filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw new OrreryError("log/unreadable", `line 1: its pattern has no group ${missing[0]}`);
  }
  const log = new CausalLog();
  const strangers: number[] = [];
  let more = false;
  while (!lines.ended && !more) {
    const number = lines.number;
    const groups = lines.take(patterns);
    if (groups !== undefined) {
      log.add(eventOf(groups, number));
      continue;
    }
    const line = lines.skip();
    if (delimiter?.match(line) !== undefined) more = log.size > 0;
    else if (line.trim() !== "") strangers.push(number);
  }
  if (log.size === 0) {
    const like = "an event is a line of text, and a line of a host, a space, and its clock as JSON";
    throw new OrreryError("log/unreadable", `${title} has no events: ${like}`);
  }
  const unread = `lines that belong to no event: ${strangers.length}, the first is line ${strangers[0]}`;
  return log.imported({ system: "shiviz", title }, [
    ...(strangers.length > 0 ? [unread] : []),
    ...(more ? ["of several executions this is the first"] : []),
  ]);
}

type Groups = { readonly [group: string]: string };

function headerOf(lines: Lines): { parser: string; delimiter: LinePattern | undefined } {
  const first = lines.peek(0);
  const second = lines.peek(1);
  const named = NEEDED.every((name) => first.includes(`(?<${name}>`));
  if (named || (first.trim() === "" && second.trim() === "")) {
    if (first.length + second.length > PATTERN_MAX) {
      throw new OrreryError("log/bound", `line 1: patterns have at most ${PATTERN_MAX} characters`);
    }
    lines.skip();
    lines.skip();
    const delimiter = second.trim() === "" ? undefined : new LinePattern(second.trim());
    return { parser: named ? first.trim() : orderOf(lines), delimiter };
  }
  return { parser: orderOf(lines), delimiter: undefined };
}

/** GoVector writes a host and its clock first. */
const orderOf = (lines: Lines): string =>
  /^\S+ \{.*\}\s*$/.test(lines.peek(0)) && !/^\S+ \{.*\}\s*$/.test(lines.peek(1))
    ? GOVECTOR
    : DEFAULT;

function eventOf(groups: Groups, line: number): ClockedEvent {
  const { event = "", host = "", clock = "", timestamp, ...others } = groups;
  const wrong = (says: string): OrreryError =>
    new OrreryError("log/unreadable", `line ${line}: ${says}`);
  if (host === "" || host.length > NAME_MAX) throw wrong("it names no host");
  let entries: unknown;
  try {
    // In TLA+ strings the quotes are escaped.
    entries = JSON.parse(clock.includes('\\"') ? clock.replaceAll('\\"', '"') : clock);
  } catch {
    throw wrong(`the clock of ${host} is not JSON`);
  }
  return {
    ...{ line, host, text: event.slice(0, TEXT_MAX), timestamp },
    clock: Object.entries(Object(entries) as { readonly [host: string]: unknown }),
    fields: Object.fromEntries(
      Object.entries(others).map(([name, value]) => [name, value.slice(0, TEXT_MAX)]),
    ),
  };
}

/** Lines of a text, one after the other. */
class Lines {
  /** Of the line that is next, from 1. */
  number = 1;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** A line that is still to come. */
  peek(ahead: number): string {
    let at = this.#at;
    for (let line = 0; line < ahead; line++) at = this.#endOf(at) + 1;
    const line = this.#text.slice(at, this.#endOf(at)).replace(/\r$/, "");
    if (line.length <= LINE_MAX) return line;
    throw new OrreryError("log/bound", `line ${this.number + ahead} is longer than ${LINE_MAX}`);
  }

  skip(): string {
    const line = this.peek(0);
    this.#at = this.#endOf(this.#at) + 1;
    this.number++;
    return line;
  }

  /** The next lines, if each matches its pattern. */
  take(patterns: readonly LinePattern[]): Groups | undefined {
    const found: Groups[] = [];
    for (const [ahead, pattern] of patterns.entries()) {
      const groups = pattern.match(this.peek(ahead));
      if (groups === undefined) return undefined;
      found.push(groups);
    }
    for (const _ of patterns) this.skip();
    return Object.assign({}, ...found) as Groups;
  }

  #endOf(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 ? this.#text.length : end;
  }
}
