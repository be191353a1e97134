// What the command line shows.
import { styleText } from "node:util";
import { getBorderCharacters, table } from "table";
import type { Judgement } from "../core/check.ts";
import { EXIT, OrreryError } from "../core/errors.ts";
import type { Table } from "../core/table.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import { isColoured, isUnicode, tableWidth } from "./terminal.ts";

type Style = Parameters<typeof styleText>[0];

const coloured = isColoured(process.stdout);
/** Node would ask the stream once more, and take an empty NO_COLOR for a wish. */
const DECIDED = { validateStream: false };

export const paint = (style: Style, text: string): string =>
  coloured ? styleText(style, text, DECIDED) : text;

export const say = (text = ""): void => {
  process.stdout.write(`${text}\n`);
};

/** One JSON object; what is beyond ASCII is escaped where the terminal has no more. */
export function sayJson(value: unknown): void {
  const text = JSON.stringify(value, null, 2);
  say(isUnicode() ? text : text.replaceAll(/[^\p{ASCII}]/gu, escaped));
}

const escaped = (character: string): string =>
  character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/**
 * A table as text: first column left, the others right. Where it is wider than the terminal, its columns
 * stand below each other in blocks, each with the first column.
 */
export function tableText({ title, columns, rows }: Table, width = tableWidth()): string {
  const cells = [columns, ...rows].map((row) => row.map(String));
  const blocks = blocksOf(cells, width - INDENT).map(blockText);
  return [paint("bold", title), blocks.join("\n\n")].join("\n").trimEnd();
}

/** Of each line of a table, and between two columns. */
const INDENT = 2;
const GAP = 2;

/** The columns in groups that are no wider than `width`, if that can be. */
function blocksOf(cells: readonly (readonly string[])[], width: number): string[][][] {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const [first = 0, ...others] = widths.map((each) => each + GAP);
  const groups: number[][] = [[]];
  let used = first;
  for (const [index, own] of others.entries()) {
    // The gap behind the last column is not there.
    if (used + own - GAP > width && groups.at(-1)!.length > 0) {
      groups.push([]);
      used = first;
    }
    groups.at(-1)!.push(index + 1);
    used += own;
  }
  return groups.map((group) => cells.map((row) => [0, ...group].map((column) => row[column]!)));
}

function blockText(cells: string[][]): string {
  const text = table(cells, {
    border: getBorderCharacters("void"),
    columnDefault: { paddingLeft: 0, paddingRight: GAP, alignment: "right" },
    columns: { 0: { alignment: "left" } },
    drawHorizontalLine: () => false,
  });
  const [head = "", ...body] = text
    .split("\n")
    .map((line) => `${" ".repeat(INDENT)}${line.trimEnd()}`);
  return [paint("dim", head), ...body].join("\n").trimEnd();
}

/** Room for the name of a check. */
const CHECK_WIDTH = 22;

const SIGNS = { holds: "✓", fails: "✗", unknown: "?" } as const;
const STYLES = { holds: "green", fails: "red", unknown: "yellow" } as const;

/** A verdict as one line, with the events that prove a failure below it. */
export function verdictText(judgement: Judgement, names: readonly string[]): string {
  const { check, claim, result, kind } = judgement;
  if (kind === "sometimes") return sometimesText(judgement);
  const sign = paint(STYLES[result], `${SIGNS[result]} ${result.padEnd(7)}`);
  const line = `  ${sign} ${check.padEnd(CHECK_WIDTH)} ${claim}`;
  if (result === "holds") return line;
  const lines = [line, `      ${judgement.reason}`];
  if (result === "fails") {
    for (const event of judgement.witnesses) lines.push(`      ${eventText(event, names)}`);
  }
  return lines.join("\n");
}

/** Of what need not occur in every run. */
function sometimesText({ check, claim, result }: Judgement): string {
  const seen = result === "holds";
  const sign = seen ? paint("green", "✓ seen   ") : paint("dim", "- unseen ");
  return `  ${sign} ${check.padEnd(CHECK_WIDTH)} ${claim}`;
}

/** Characters of a detail that are shown: it may hold whole lists. */
const DETAIL_MAX = 300;

const shortened = (text: string): string =>
  text.length <= DETAIL_MAX ? text : `${text.slice(0, DETAIL_MAX - 1)}…`;

export function eventText(event: TraceEvent, names: readonly string[]): string {
  const { sequence, timeMicros, process, kind, lamport, inbox, peer, message, detail } = event;
  const peerText = peer === undefined ? "" : `, peer ${names[peer]}`;
  const id =
    message === undefined
      ? ""
      : `, message ${names[message.process]}/${message.incarnation}/${message.number}`;
  const said = detail === undefined ? "" : `, ${shortened(JSON.stringify(detail))}`;
  const when = (timeMicros / 1e6).toFixed(6);
  return `#${sequence} ${when} s ${names[process]} ${kind}, L=${lamport}, inbox ${inbox}${peerText}${id}${said}`;
}

/** 0 if all hold, 1 if one fails, else 2 if one is unknown. What is only sometimes may be missing once. */
export function exitOf(all: readonly Judgement[]): number {
  const verdicts = all.filter(({ kind }) => kind !== "sometimes");
  if (verdicts.some(({ result }) => result === "fails")) return EXIT.failed;
  return verdicts.some(({ result }) => result === "unknown") ? EXIT.unknown : EXIT.held;
}

/** Prints what went wrong on standard error and returns the exit status. */
export function complain(cause: unknown): number {
  if (cause instanceof OrreryError) {
    process.stderr.write(`orrery: ${cause.message} [${cause.code}]\n        ${cause.hint}\n`);
    return cause.exit;
  }
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  process.stderr.write(`orrery: this is a bug in Orrery, please report it:\n${text}\n`);
  return EXIT.bug;
}
