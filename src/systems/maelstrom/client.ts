// A client: one operation at a time on one node, at instants drawn from the seed. What it notes is the history that
// checks judge:
//
//   invoke { id, call, value, key?, node, client, last? }   it asks
//   return { id, result }                                  it was answered
//   fail   { id, code, text }                              it is known not to have been done
//   info   { id, code, text }                              it may have been done or not
//   malformed { id, reply, wrong }                         the answer is none
//   finished {}                                            there is nothing more to do
//
// Who does not know what became of an operation never acts again under that number: a new client takes its place.
import type { Json } from "../../core/json.ts";
import { type Micros, micros, ms, seconds } from "../../core/micros.ts";
import type { Context, Process, ProcessId } from "../../core/process.ts";
import { type Body, isDefinite } from "./body.ts";
import type { MaelstromParams } from "./params.ts";
import { type Operation, resultOf, WORKLOADS, type Workload } from "./workloads.ts";

type Pending = { readonly id: number; readonly operation: Operation; readonly last: boolean };

export type ClientState = {
  /** Under which number it acts. */
  readonly client: number;
  /** Operations so far. */
  readonly asked: number;
  readonly pending: Pending | null;
  /** The next operation is due, and waits for the one before. */
  readonly overdue: boolean;
};

type Self = Context<Body>;

/** From a last read that was not answered to the next try. */
const AGAIN = ms(250);
const AT_ONCE = micros(1);
/** The code of an operation that was given up. */
const TIMEOUT = 0;

/** The client of that number. It has no state of its own: what changes is in what its handlers return. */
export class Client implements Process<ClientState, Body> {
  readonly #params: MaelstromParams;
  readonly #index: number;
  readonly #workload: Workload;
  readonly #node: number;
  /** When the load is over, µs. */
  readonly #end: number;

  constructor(params: MaelstromParams, index: number) {
    this.#params = params;
    this.#index = index;
    this.#workload = WORKLOADS[params.workload];
    this.#node = index % params.nodes;
    this.#end = seconds(params.load);
  }

  start(_stored: ReadonlyMap<string, Json>, context: Self): ClientState {
    context.setTimer("next", this.#pause(context));
    return { client: this.#index, asked: 0, pending: null, overdue: false };
  }

  receive(state: ClientState, from: ProcessId, body: Body, context: Self): ClientState {
    const { pending } = state;
    // Late answers of operations that were given up, and what nobody asked for.
    if (pending === null || from !== this.#node || body.in_reply_to !== pending.id) return state;
    const { id, operation, last } = pending;
    const said = meaningOf(this.#workload, operation, body);
    if ("code" in said) return this.#lose(state, context, said.code, said.text);
    if ("wrong" in said) {
      context.note("malformed", { id, reply: body, wrong: said.wrong });
      return this.#lose(state, context, TIMEOUT, said.wrong);
    }
    // Lists grow: only the last ones are judged, of others it is enough how long they were.
    const { result } = said;
    const short = Array.isArray(result) && !last ? { size: result.length } : { result };
    context.note("return", { id, ...short });
    return this.#settle(state, context, true);
  }

  timeout(state: ClientState, timer: string, context: Self): ClientState {
    if (timer === "late") return this.#lose(state, context, TIMEOUT, "no answer in time");
    if (timer === "finish") {
      context.note("finished", {});
      return state;
    }
    if (timer === "last") return this.#ask(state, context, this.#workload.last!, true);
    if (state.pending !== null) return { ...state, overdue: true };
    return context.now < this.#end ? this.#act(state, context) : this.#goOn(state, context);
  }

  #pause(context: Self): Micros {
    const { clients, rate } = this.#params;
    return micros(Math.max(1, (2e6 * context.random() * clients) / rate));
  }

  /** What comes next: another operation, or when the load is over the last read, or nothing. */
  #goOn(state: ClientState, context: Self): ClientState {
    if (context.now < this.#end) {
      // In a step of its own: what one operation came to is not what another was asked for.
      if (state.overdue) context.setTimer("next", AT_ONCE);
      return state;
    }
    context.cancelTimer("next");
    if (this.#workload.last === undefined) context.setTimer("finish", AT_ONCE);
    else {
      const left = this.#end + seconds(this.#params.quiet) - context.now;
      context.setTimer("last", micros(Math.max(1, left)));
    }
    return state;
  }

  #act(state: ClientState, context: Self): ClientState {
    context.setTimer("next", this.#pause(context));
    const unique = state.asked * this.#params.clients + this.#index;
    const random = (): number => context.random();
    const operation = this.#workload.next({ random, unique, seconds: context.now / 1e6 });
    return this.#ask(state, context, operation, false);
  }

  #ask(state: ClientState, context: Self, operation: Operation, last: boolean): ClientState {
    const { call, value, key, request } = operation;
    const id = state.asked + 1;
    context.note("invoke", {
      ...{ id, call, value },
      ...(key === undefined ? {} : { key }),
      ...{ node: `n${this.#node}`, client: state.client },
      ...(last ? { last } : {}),
    });
    context.send(this.#node as ProcessId, { ...request, msg_id: id });
    context.setTimer("late", seconds(this.#params.timeout));
    return { ...state, asked: id, pending: { id, operation, last }, overdue: false };
  }

  /** It was not done, or nobody knows. Reads do nothing, so one that is not answered has failed. */
  #lose(state: ClientState, context: Self, code: number, text: string): ClientState {
    const { id, operation } = state.pending!;
    const known = isDefinite(code) || operation.call === "read";
    context.note(known ? "fail" : "info", { id, code, text });
    const client = known ? state.client : state.client + this.#params.clients;
    return this.#settle({ ...state, client }, context, false);
  }

  #settle(state: ClientState, context: Self, done: boolean): ClientState {
    context.cancelTimer("late");
    const next = { ...state, pending: null };
    if (state.pending?.last !== true) return this.#goOn(next, context);
    if (done) context.setTimer("finish", AT_ONCE);
    else context.setTimer("last", AGAIN);
    return next;
  }
}

type Meaning =
  | { readonly result: Json }
  | { readonly wrong: string }
  | { readonly code: number; readonly text: string };

function meaningOf(workload: Workload, operation: Operation, reply: Body): Meaning {
  if (reply.type !== "error") return resultOf(workload, operation, reply);
  const { code, text = "" } = reply;
  if (typeof code !== "number") return { wrong: "an error has a code, which is a number" };
  const result = workload.meaning?.(operation.call, code);
  return result === undefined ? { code, text: String(text) } : { result };
}
