// What clients ask of nodes, and what answers must look like, by workload.
import type { Json } from "../../core/json.ts";
import { type Ask, type Body, ERROR } from "./body.ts";
import type { WorkloadName } from "./params.ts";

/** An operation, as a client notes it, and the request that asks for it. */
export type Operation = {
  readonly call: string;
  readonly value: Json;
  /** Which object, if there are several. */
  readonly key?: Json;
  readonly request: Ask;
};

/** What an operation may be drawn from. */
export type Draw = {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A whole number that no other operation of the run has. */
  readonly unique: number;
  /** Seconds since the run began. */
  readonly seconds: number;
};

/** The field of an answer that carries the result, and what it may hold. */
type Answer = { readonly field: string; readonly is: (value: Json | undefined) => boolean };

export type Workload = {
  readonly next: (draw: Draw) => Operation;
  /** After the quiet each client reads once more, and what it sees must be all. */
  readonly last?: Operation;
  /** By type of request: its answer's field, or null for one that only says `…_ok`. */
  readonly answers: { readonly [type: string]: Answer | null };
  /** What an error means that is a result like others; undefined for all that are not. */
  readonly meaning?: (call: string, code: number) => Json | undefined;
};

const whole = (value: Json | undefined): boolean => Number.isInteger(value);
const list = (value: Json | undefined): boolean => Array.isArray(value);
const anything = (value: Json | undefined): boolean => value !== undefined;

const below = ({ random }: Draw, most: number): number => Math.floor(random() * most);

const READ: Operation = { call: "read", value: null, request: { type: "read" } };

/** One in so many operations on what grows is a read: the last reads are those that count. */
const READS = 5;
/** Keys of a register that are used at a time, and for how long, s: a history is searched for each key. */
const KEYS = 4;
const KEY_SPAN = 3;
/** Few values, so that a compare-and-set often finds the one that it expects. */
const VALUES = 5;

const adding =
  (add: (draw: Draw) => Operation) =>
  (draw: Draw): Operation =>
    draw.random() * READS < 1 ? READ : add(draw);

const counter = (least: number, most: number): Workload => ({
  next: adding((draw) => {
    const delta = least + below(draw, most - least + 1);
    return { call: "add", value: delta, request: { type: "add", delta } };
  }),
  last: READ,
  answers: { add: null, read: { field: "value", is: whole } },
});

export const WORKLOADS: { readonly [name in WorkloadName]: Workload } = {
  echo: {
    next({ unique }) {
      const echo = `please echo ${unique}`;
      return { call: "echo", value: echo, request: { type: "echo", echo } };
    },
    answers: { echo: { field: "echo", is: anything } },
  },
  "unique-ids": {
    next: () => ({ call: "generate", value: null, request: { type: "generate" } }),
    answers: { generate: { field: "id", is: anything } },
  },
  broadcast: {
    next: adding(({ unique: message }) => ({
      call: "broadcast",
      value: message,
      request: { type: "broadcast", message },
    })),
    last: READ,
    answers: { broadcast: null, read: { field: "messages", is: list } },
  },
  "g-set": {
    next: adding(({ unique: element }) => ({
      call: "add",
      value: element,
      request: { type: "add", element },
    })),
    last: READ,
    answers: { add: null, read: { field: "value", is: list } },
  },
  "g-counter": counter(0, 4),
  "pn-counter": counter(-5, 5),
  "lin-kv": {
    next(draw) {
      const key = KEYS * Math.floor(draw.seconds / KEY_SPAN) + below(draw, KEYS);
      const kind = below(draw, 3);
      if (kind === 0) return { call: "read", value: null, key, request: { type: "read", key } };
      const to = below(draw, VALUES);
      if (kind === 1) {
        return { call: "write", value: to, key, request: { type: "write", key, value: to } };
      }
      const from = below(draw, VALUES);
      return { call: "cas", value: [from, to], key, request: { type: "cas", key, from, to } };
    },
    answers: { read: { field: "value", is: anything }, write: null, cas: null },
    // A key that is not there holds null, and a compare-and-set that found another value did nothing.
    meaning(call, code) {
      if (call === "read") return code === ERROR.missing ? null : undefined;
      const missed = code === ERROR.missing || code === ERROR.precondition;
      return call === "cas" && missed ? false : undefined;
    },
  },
};

/** The result in an answer. For what only says `…_ok`: null; a compare-and-set that did so, true. */
export function resultOf(
  { answers }: Workload,
  { call, request }: Operation,
  reply: Body,
): { readonly result: Json } | { readonly wrong: string } {
  const answer = answers[request.type] ?? null;
  const expected = `${request.type}_ok`;
  if (reply.type !== expected) return { wrong: `its type is not "${expected}"` };
  if (answer !== null && !answer.is(reply[answer.field])) {
    return { wrong: `its field "${answer.field}" is missing or of another kind` };
  }
  const known = ["type", "in_reply_to", "msg_id", answer?.field];
  const extra = Object.keys(reply).find((field) => !known.includes(field));
  if (extra !== undefined) return { wrong: `it has a field "${extra}"` };
  if (answer === null) return { result: call === "cas" ? true : null };
  return { result: reply[answer.field]! };
}
