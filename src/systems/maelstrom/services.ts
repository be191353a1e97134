// The services that nodes may call: stores of keys and values of three strengths, and an oracle of timestamps. Each
// keeps its own promise and no stronger one, drawn from the seed.
import { canonical, type Json } from "../../core/json.ts";
import { micros, ms } from "../../core/micros.ts";
import type { AnyProcess, Context, Process, ProcessId } from "../../core/process.ts";
import { type Ask, answer, type Body, ERROR, refusal } from "./body.ts";

type Values = ReadonlyMap<string, Json>;

/** What a request changes (a key and its new value), and its answer. */
type Outcome = { readonly says: Ask; readonly put?: readonly [key: string, value: Json] };

const missing = (key: Json): Outcome => ({
  says: refusal(ERROR.missing, `no key ${canonical(key)}`),
});

/** What a request comes to, on a store that holds `values`. */
function outcomeOf(body: Body, holds: (key: string) => Json | undefined, creates = true): Outcome {
  const { type, key } = body;
  if (type !== "read" && type !== "write" && type !== "cas") {
    return { says: refusal(ERROR.unsupported, `no request "${String(type)}"`) };
  }
  if (key === undefined) return { says: refusal(ERROR.malformed, "no key") };
  const name = canonical(key);
  const value = holds(name);
  if (type === "read") {
    return value === undefined ? missing(key) : { says: { type: "read_ok", value } };
  }
  if (type === "write") {
    if (body.value === undefined) return { says: refusal(ERROR.malformed, "no value") };
    return { says: { type: "write_ok" }, put: [name, body.value] };
  }
  const { from, to } = body;
  if (from === undefined || to === undefined) {
    return { says: refusal(ERROR.malformed, "from or to is missing") };
  }
  const creating = value === undefined && creates && body.create_if_not_exists === true;
  if (value === undefined && !creating) return missing(key);
  if (!creating && canonical(value!) !== canonical(from)) {
    const text = `expected ${canonical(from)}, but had ${canonical(value!)}`;
    return { says: refusal(ERROR.precondition, text) };
  }
  return { says: { type: "cas_ok" }, put: [name, to] };
}

function reply(context: Context<Body>, to: ProcessId, request: Body, says: Ask): void {
  const answered = answer(request, says);
  if (answered !== undefined) context.send(to, answered);
}

/** One copy, which all see alike. */
const linear: Process<Values, Body> = {
  start: () => new Map(),
  receive(values, from, body, context) {
    const { says, put } = outcomeOf(body, (key) => values.get(key));
    reply(context, from, body, says);
    return put === undefined ? values : new Map(values).set(...put);
  },
  timeout: (values) => values,
};

/** So many of the last changes, of the last so many µs, may not be seen yet by who reads. */
const STALE_MAX = 50;
const STALE_SPAN = ms(2_000);

/** A change: how many had been made before, when it was made, and what the key held until then. */
type Undo = {
  readonly at: number;
  readonly made: number;
  readonly key: string;
  readonly held: Json | undefined;
};

type Sequential = {
  readonly values: Values;
  /** The last changes, oldest first. */
  readonly undo: readonly Undo[];
  readonly changes: number;
  /** Up to which change each caller has seen. */
  readonly seen: ReadonlyMap<ProcessId, number>;
};

/**
 * All see the same changes in the same order, and nobody goes back; but who reads may be behind, by as much as is
 * drawn, though never behind what he has written himself. What has been there for a while, all see.
 */
const sequential: Process<Sequential, Body> = {
  start: () => ({ values: new Map(), undo: [], changes: 0, seen: new Map() }),
  receive(state, from, body, context) {
    const { values, changes } = state;
    const undo = state.undo.filter(({ made }) => context.now - made < STALE_SPAN);
    const least = Math.max(state.seen.get(from) ?? 0, changes - undo.length);
    const stale = body.type === "read";
    const at = stale ? least + Math.floor(context.random() * (changes - least + 1)) : changes;
    const held = (key: string): Json | undefined => {
      const later = undo.find((each) => each.at >= at && each.key === key);
      return later === undefined ? values.get(key) : later.held;
    };
    const { says, put } = outcomeOf(body, held);
    reply(context, from, body, says);
    if (put === undefined) return { ...state, seen: new Map(state.seen).set(from, at) };
    const [key, value] = put;
    return {
      values: new Map(values).set(key, value),
      undo: [...undo, { at: changes, made: context.now, key, held: values.get(key) }].slice(
        -STALE_MAX,
      ),
      changes: changes + 1,
      seen: new Map(state.seen).set(from, changes + 1),
    };
  },
  timeout: (state) => state,
};

type Written = { readonly value: Json; readonly order: number };
type Replica = ReadonlyMap<string, Written>;

const REPLICAS = 2;
/** Replicas tell each other what they have after so long, at most. */
const MERGE = ms(500);

const later = (a: Written | undefined, b: Written): Written =>
  a !== undefined && a.order > b.order ? a : b;

type Eventual = { readonly replicas: readonly Replica[]; readonly writes: number };

/** Two copies, each request meets one of them; now and then they are merged, and of two values the last stays. */
const eventual: Process<Eventual, Body> = {
  start(_stored, context) {
    context.setTimer("merge", micros(MERGE * context.random()));
    return { replicas: Array.from({ length: REPLICAS }, () => new Map()), writes: 0 };
  },
  receive(state, from, body, context) {
    const chosen = Math.floor(context.random() * REPLICAS);
    const replica = state.replicas[chosen]!;
    const { says, put } = outcomeOf(body, (key) => replica.get(key)?.value, false);
    reply(context, from, body, says);
    if (put === undefined) return state;
    const [key, value] = put;
    const changed = new Map(replica).set(key, { value, order: state.writes });
    return { replicas: state.replicas.with(chosen, changed), writes: state.writes + 1 };
  },
  timeout(state, _timer, context) {
    context.setTimer("merge", micros(MERGE * context.random()));
    const merged = new Map<string, Written>();
    for (const [key, written] of state.replicas.flatMap((replica) => [...replica])) {
      merged.set(key, later(merged.get(key), written));
    }
    return { ...state, replicas: state.replicas.map(() => merged) };
  },
};

/** Timestamps that rise, one after the other. */
const timestamps: Process<number, Body> = {
  start: () => 0,
  receive(last, from, body, context) {
    if (body.type !== "ts") {
      reply(context, from, body, refusal(ERROR.unsupported, `no request "${String(body.type)}"`));
      return last;
    }
    reply(context, from, body, { type: "ts_ok", ts: last + 1 });
    return last + 1;
  },
  timeout: (last) => last,
};

/** By the names under which nodes call them. */
export const SERVICES: readonly (readonly [name: string, service: AnyProcess])[] = [
  ["lin-kv", linear],
  ["seq-kv", sequential],
  ["lww-kv", eventual],
  ["lin-tso", timestamps],
];
