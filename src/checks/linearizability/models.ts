// Objects by what they do one operation at a time: what a linearizable one must look as if it did.
import { canonical, type Json } from "../../core/json.ts";

/** An operation, as it was called and answered. Without `result` it is not known, or never came. */
export type Call = {
  readonly call: string;
  readonly value: Json;
  readonly result?: Json;
};

/** A state of an object. States are the same if `canonical` writes them the same. */
export type ModelState = Json;

export type Model = {
  readonly name: string;
  readonly initial: ModelState;
  /** What can be called. */
  readonly calls: readonly string[];
  /** The state after the operation, or undefined if it cannot have had that result. */
  readonly step: (state: ModelState, call: Call) => ModelState | undefined;
  /** Does an operation with this result leave every state as it is in which it is possible? Speeds up. */
  readonly observes?: (call: Call) => boolean;
  /** Operations of different parts do not touch each other: each part is checked by itself. */
  readonly part?: (call: Call) => Json;
};

/** Are they the same value, however each was made? */
export const same = (a: Json, b: Json | undefined): boolean =>
  a === b || (typeof a === "object" && typeof b === "object" && canonical(a) === canonical(b));

/** Is this the result, or is it unknown? */
const may = (expected: Json, { result }: Call): boolean =>
  result === undefined || same(expected, result);

/**
 * A register: `write` (value), `read` (result), and `cas` (value [from, to], result true or false).
 * Starts as `initial`.
 */
export const register = (initial: Json = null): Model => ({
  name: "register",
  calls: ["read", "write", "cas"],
  initial,
  observes: ({ call, result }) => call === "read" || (call === "cas" && result === false),
  step(state, operation) {
    const { call, value } = operation;
    if (call === "write") return value;
    if (call === "read") return may(state, operation) ? state : undefined;
    if (call !== "cas" || !Array.isArray(value)) return undefined;
    const [from = null, to = null] = value;
    const hits = same(from, state);
    if (!may(hits, operation)) return undefined;
    return hits ? to : state;
  },
});

/** A set: `add`, `remove` and `has` (value), each with the result whether it was in it. Starts empty. */
export const set = (): Model => ({
  name: "set",
  calls: ["add", "remove", "has"],
  initial: false,
  part: ({ value }) => value,
  observes: ({ call, result }) => call === "has" || result === (call === "add"),
  step(state, operation) {
    if (!may(state, operation)) return undefined;
    if (operation.call === "add") return true;
    if (operation.call === "remove") return false;
    return operation.call === "has" ? state : undefined;
  },
});

/** A queue: `enqueue` (value), and `dequeue`, whose result is the oldest value, or null if there is none. */
export const queue = (): Model => ({
  name: "queue",
  calls: ["enqueue", "dequeue"],
  initial: [],
  observes: ({ call, result }) => call === "dequeue" && result === null,
  step(state, operation) {
    const waiting = state as readonly Json[];
    if (operation.call === "enqueue") return [...waiting, operation.value];
    if (operation.call !== "dequeue" || !may(waiting[0] ?? null, operation)) return undefined;
    return waiting.slice(1);
  },
});
