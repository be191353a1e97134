// Events, selections and cuts in words: for the line beside the pointer, the panel, and whoever listens to them.

import { NONE } from "../../../core/batch.ts";
import type { Json } from "../../../core/json.ts";
import { EVENT_KINDS, KIND } from "../../../core/trace-event.ts";
import { count } from "../format.ts";
import type { RowBook } from "../watched/row-book.ts";
import type { Reach } from "./causality.ts";
import type { Crossing } from "./cut.ts";
import { instantText, lengthText } from "./ticks.ts";

/** What is said of an event, longest first cut: a note may have many fields. */
const DETAIL_MAX = 400;
/** Processes of which it is said how much an event knows. */
const KNOWN_MAX = 8;

export type Fact = { readonly term: string; readonly says: string };

/** An event in one sentence. */
export function sentenceOf(book: RowBook, row: number, names: readonly string[]): string {
  const peer = names[book.peer[row]!];
  const what = [
    names[book.process[row]!] ?? "?",
    EVENT_KINDS[book.kind[row]!]!.name,
    ...(labelText(book, row) === "" ? [] : [labelText(book, row)]),
    ...(peer === undefined ? [] : [book.isSend(row) ? `to ${peer}` : `from ${peer}`]),
  ];
  return `${what.join(" ")} at ${instantText(book.time[row]!)}`;
}

/** What else is known of it. */
export function factsOf(book: RowBook, row: number, names: readonly string[]): Fact[] {
  const facts = [
    { term: "L", says: String(book.lamport[row]) },
    { term: "inbox", says: String(book.inbox[row]) },
    { term: "incarnation", says: String(book.incarnation[row]) },
    { term: "event", says: `#${book.first + row}` },
  ];
  const message = messageText(book, row, names);
  if (message !== "") facts.push({ term: "message", says: message });
  const detail = book.detail(row);
  if (detail !== undefined && labelText(book, row) === "") {
    facts.push({ term: "says", says: detailText(detail) });
  }
  return facts;
}

/** What a message is called, a timer's name, why a copy was dropped. */
function labelText(book: RowBook, row: number): string {
  const own = book.detail(row);
  if (typeof own === "string") return `“${own}”`;
  if (typeof own === "number") return String(own);
  return "";
}

/** What became of a message, or where it came from. */
function messageText(book: RowBook, row: number, names: readonly string[]): string {
  if (book.number[row] === NONE) return "";
  const mate = book.mate[row]!;
  const kind = book.kind[row]!;
  if (book.isSend(row)) {
    if (mate === NONE) return "still under way, or waiting in the inbox";
    const ends: { readonly [kind: number]: string } = {
      [KIND.receive]: "received",
      [KIND.drop]: "lost",
      [KIND.crash]: "lost in the inbox by the crash",
    };
    const took = lengthText(book.time[mate]! - book.time[row]!);
    return `${ends[book.kind[mate]!]} at ${instantText(book.time[mate]!)}, ${took} later`;
  }
  if (mate === NONE) return "its send is not among the rows that are here";
  const took = lengthText(book.time[row]! - book.time[mate]!);
  const doubled =
    kind === KIND.receive && book.mate[mate] !== row ? "; a copy that came again" : "";
  return `sent by ${names[book.process[mate]!]} at ${instantText(book.time[mate]!)}, ${took} before${doubled}`;
}

function detailText(detail: Json): string {
  const text = JSON.stringify(detail);
  return text.length <= DETAIL_MAX ? text : `${text.slice(0, DETAIL_MAX - 1)}…`;
}

/** Past, future and what is neither. */
export function reachText(book: RowBook, reach: Reach, names: readonly string[]): string {
  const first = (row: number): string =>
    row === NONE ? "" : ` (the first is ${sentenceOf(book, row, names)})`;
  return [
    `${count(reach.before)} before${first(reach.firstBefore)}`,
    `${count(reach.after)} after${first(reach.firstAfter)}`,
    `${count(reach.concurrent)} concurrent${first(reach.firstConcurrent)}`,
  ].join(", ");
}

/** How many events of each process came before, as a vector clock counts them. */
export function knownText(reach: Reach, names: readonly string[], process: number): string {
  const known = names
    .map((name, of) => ({ name, of, count: reach.knows[of]! }))
    .filter(({ of, count }) => count > 0 || of === process)
    .sort((a, b) => b.count - a.count);
  const said = known.slice(0, KNOWN_MAX).map((each) => `${each.name} ${count(each.count)}`);
  const more = known.length - said.length;
  const silent = names.length - known.length;
  return [
    said.join(" · "),
    ...(more > 0 ? [`${more} others less`] : []),
    ...(silent > 0 ? [`nothing of ${silent} others`] : []),
  ].join(" · ");
}

/** Is a cut consistent, and what crosses it. */
export function cutText(book: RowBook, crossing: Crossing, names: readonly string[]): string {
  const { inFlight, violations, firstViolation } = crossing;
  const flying = `${count(inFlight)} ${inFlight === 1 ? "message" : "messages"} in flight`;
  if (violations === 0) return `Consistent: nothing is received before it is sent; ${flying}.`;
  const more = violations === 1 ? "" : `, and ${count(violations - 1)} more`;
  const worst = sentenceOf(book, firstViolation, names);
  return `Inconsistent: ${worst} is in the cut, its send is not${more}; ${flying}.`;
}
