// Events in the words of a story.
import type { Json } from "../core/json.ts";
import { carriedBy, LINK_PREFIX } from "../core/links.ts";
import type { FaultDetail, NoteDetail, TraceEvent } from "../core/trace-event.ts";
import type { Facts } from "./facts.ts";
import type { Book } from "./spy.ts";

/** Longer values are cut: a story is read, not searched. */
const VALUE_MAX = 70;

const cut = (text: string): string =>
  text.length <= VALUE_MAX ? text : `${text.slice(0, VALUE_MAX - 1)}…`;

/** A value without the quotes of JSON where nobody needs them. */
const valueText = (value: Json | undefined): string =>
  cut(JSON.stringify(value ?? null).replaceAll(/"([A-Za-z_][\w-]*)":/g, "$1: "));

export const secondsText = (timeMicros: number): string => `${(timeMicros / 1e6).toFixed(4)} s`;

/** One event as a sentence without its time. */
export function sentenceOf(
  event: TraceEvent,
  names: readonly string[],
  book: Book,
  facts: Facts,
): string {
  const { kind, process, incarnation, peer, detail } = event;
  const who = names[process]!;
  const other = peer === undefined ? "" : names[peer]!;
  const body = (): string => {
    const said = bodyOf(event, book);
    const carried = said === undefined ? undefined : carriedBy(said);
    return carried === undefined ? "an acknowledgement" : valueText(carried);
  };
  switch (kind) {
    case "start":
      return incarnation === 1
        ? `${who} starts`
        : `${who} starts again, as incarnation ${incarnation}, from what it had stored`;
    case "send":
      return `${who} sends ${body()} to ${other}`;
    case "copy":
      return detail === "duplicate"
        ? `the link doubles ${body()} from ${who} to ${other}`
        : `${who} sends ${body()} to ${other} too`;
    case "receive": {
      const sent = facts.sendOf(event);
      const when = sent === undefined ? "" : `, sent at ${secondsText(sent.timeMicros)}`;
      return `${who} receives ${body()} from ${other}${when}`;
    }
    case "drop":
      return `${body()} from ${other} to ${who} is lost: ${lossText(detail, who)}`;
    case "internal":
      return noteText(who, detail);
    case "timeout":
      return `${who}: timer "${String(detail)}" goes off`;
    case "store": {
      const stored = book.stored(process, incarnation, facts.commitOf(event));
      const own = stored.filter((change) => !LINKS_OWN.test(change));
      return own.length > 0
        ? `${who} stores ${cut(own.join(", "))}`
        : `${who} stores what its links have sent and received`;
    }
    case "crash":
      return `${who} crashes: what it did not store is lost`;
    case "recover":
      return `${who} recovers`;
    case "pause":
      return `${who} is paused`;
    case "resume":
      return `${who} goes on`;
    case "fault":
      return faultText(who, detail);
    default:
      return `${who}: ${kind}`;
  }
}

/** A change that perfect links make for themselves: a put, or a removal. */
const LINKS_OWN = new RegExp(`^(no )?${LINK_PREFIX}`);

/** What the message of an event says. */
export function bodyOf({ message }: TraceEvent, book: Book): Json | undefined {
  if (message === undefined) return undefined;
  return book.body(message.process, message.incarnation, message.number);
}

function noteText(who: string, detail: Json | undefined): string {
  if (detail === undefined) return `${who} does a step of its own`;
  const { name, fields } = detail as NoteDetail;
  const said = Object.keys(fields ?? {}).length === 0 ? "" : ` ${valueText(fields as Json)}`;
  return `${who}: ${name}${said}`;
}

const LOSSES: { readonly [reason: string]: string } = {
  lost: "the link loses it",
  partition: "the link is cut",
  corrupt: "its checksum is wrong",
  "inbox full": "the inbox is full",
  "sender crashed": "its sender crashed before it left",
};

const lossText = (reason: Json | undefined, who: string): string =>
  reason === "down" ? `${who} is down` : (LOSSES[String(reason)] ?? String(reason));

function faultText(who: string, detail: Json | undefined): string {
  if (detail === "wiped") return `${who} has lost its store`;
  if (typeof detail === "string" && detail.startsWith("lost ")) {
    return `the disk of ${who} has lost the last ${detail.slice(5)} of the commits that it had confirmed`;
  }
  if (detail === "store failed") return `${who} cannot store what it should: the commit fails`;
  const { begin, end, spared } = detail as FaultDetail;
  if (spared !== undefined) return `nobody leads, so this strikes nobody: ${spared}`;
  return begin === undefined ? `it is over: ${end}` : `fault: ${begin}`;
}
