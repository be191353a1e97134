// The events of a run. docs/reference/trace.md is printed from this table.
import type { Json } from "./json.ts";

/** Every kind of event, its number in a trace row being its place here. At most 16. */
export const EVENT_KINDS = [
  { name: "start", ticks: false, says: "An incarnation begins; L is 0, or the reserved base." },
  { name: "internal", ticks: true, says: "A note, or an idle step that neither noted nor sent." },
  { name: "send", ticks: true, says: "One `send` call, to its first destination." },
  {
    name: "copy",
    ticks: false,
    says: "The same send to a further destination, or a link's duplicate.",
  },
  { name: "arrive", ticks: false, says: "A message or a due timer enters the inbox to wait." },
  { name: "receive", ticks: true, says: "The handler runs on a message; L = max(L, stamp) + 1." },
  { name: "timeout", ticks: true, says: "The handler runs on a due timer." },
  { name: "store", ticks: false, says: "A step's puts, removals and appends become one commit." },
  {
    name: "drop",
    ticks: false,
    says: "A copy is lost; the process is where it would have arrived.",
  },
  { name: "crash", ticks: false, says: "State, inbox, timers and unsent messages are lost." },
  { name: "recover", ticks: false, says: "The process is up again; a start follows." },
  {
    name: "pause",
    ticks: false,
    says: "Steps stop; inbox and timers are kept, ticks are skipped.",
  },
  { name: "resume", ticks: false, says: "Steps go on." },
  { name: "rate", ticks: false, says: "The rate is set, in ticks per second." },
  {
    name: "fault",
    ticks: false,
    says: "A fault of the network, a clock or a store begins or ends.",
  },
  {
    name: "skip",
    ticks: false,
    says: "A machine was more than 1 s behind its ticks and passes over those; how many.",
  },
] as const;

export type EventKind = (typeof EVENT_KINDS)[number]["name"];

const numbers: { [name: string]: number } = {};
EVENT_KINDS.forEach((kind, number) => {
  numbers[kind.name] = number;
});
/** The number of each kind: `KIND.send`. */
export const KIND = numbers as { readonly [Name in EventKind]: number };

/** Kinds at which L rises. */
export const TICKS: readonly boolean[] = EVENT_KINDS.map((kind) => kind.ticks);

/**
 * Kinds that are events of a process itself: its start, and those at which L rises. What happens to a message on its
 * way, or to a process from outside, is none.
 */
export const OWN: readonly boolean[] = EVENT_KINDS.map(
  ({ name, ticks }) => ticks || name === "start",
);

/** Names a message for ever: who sent it, in which incarnation, its how-many-th. */
export type MessageId = {
  readonly process: number;
  readonly incarnation: number;
  readonly number: number;
};

/** One event, as an object, for people and witnesses; a trace holds rows of integers instead. */
export type TraceEvent = {
  /** Place in the run's total order, from 0. */
  readonly sequence: number;
  /** µs since the run began. */
  readonly timeMicros: number;
  readonly process: number;
  readonly incarnation: number;
  readonly kind: EventKind;
  /** Lamport clock after the event. */
  readonly lamport: number;
  /** Events waiting in the inbox after the event. */
  readonly inbox: number;
  /** The other process of a send, copy, arrive, receive or drop. */
  readonly peer?: number;
  readonly message?: MessageId;
  /** A note's name and fields, a timer's name, what a message is called, the keys stored, why a copy was dropped. */
  readonly detail?: Json;
};

/** The detail of an internal event that has one. */
export type NoteDetail = {
  readonly name: string;
  readonly fields: { readonly [name: string]: Json | undefined };
};

/** The detail of a fault event that is no text: what begins or ends, or what strikes nobody as nobody leads. */
export type FaultDetail = {
  readonly begin?: string;
  readonly end?: string;
  readonly spared?: string;
};

/** The timer of a program that is hosted as a process: it goes off when the program has printed something. */
export const PRINTED = "printed";

const LABEL_MAX = 64;

/** What a message is called in a trace, at its send and its receive: its `kind` or `type`, if it is an object that has one. */
export function labelOf(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { type, kind = type } = message as { readonly kind?: unknown; readonly type?: unknown };
  return typeof kind === "string" && kind.length <= LABEL_MAX ? kind : undefined;
}
