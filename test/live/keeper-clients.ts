// Clients of a keeper, by its messages alone: some ask what they are told to, one after the other; some count
// up by compare-and-set, all in one value; some watch. Whoever is not answered asks again, with the same words.

import type { Json } from "../../src/core/json.ts";
import { type KeeperReply, type KeeperRequest, keeper } from "../../src/core/keeper.ts";
import type { Micros } from "../../src/core/micros.ts";
import type { Context, Process, ProcessId } from "../../src/core/process.ts";
import type { Member, System } from "../../src/core/system.ts";

/** A request without its name. */
export type Question =
  | { readonly kind: "get" | "watch"; readonly key: string }
  | {
      readonly kind: "swap";
      readonly key: string;
      readonly revision: number;
      readonly value: Json;
    };

export type Clients = {
  /** One client for each list. */
  readonly scripts: readonly (readonly Question[])[];
  /** Clients that count, each up to so many. */
  readonly counters: number;
  readonly count: number;
  readonly watchers: number;
};

/** What all count in: of each counter its count, and the name of the swap that made it so. */
export type Counts = {
  readonly nonce: string;
  readonly counts: { readonly [counter: string]: readonly [count: number, nonce: string] };
};

const COUNT = "count";
const AGAIN = "again";
const NEXT = "next";
/** How long an answer is waited for, and at most between two questions, µs. */
const PATIENCE = 150_000 as Micros;
const PAUSE = 40_000;

type Open = {
  readonly request: KeeperRequest /** It had been told of this revision. */;
  readonly least: number;
};
type Client = {
  readonly asked: number;
  readonly open: Open | null;
  /** The latest that it was told. */
  readonly told: { readonly revision: number; readonly value: Json };
  readonly done: number;
};
type Told = Context<KeeperRequest | KeeperReply>;

const START: Client = { asked: 0, open: null, told: { revision: 0, value: null }, done: 0 };

/** What a client asks next, if anything; and what it makes of an answer. */
type Manner = {
  next(client: Client, ask: string, context: Told): Question | undefined;
  answered(client: Client, request: KeeperRequest, reply: Answer, context: Told): Client;
};
type Answer = Exclude<KeeperReply, { readonly kind: "changed" }>;

const client = (
  manner: Manner,
  keeperId: ProcessId,
): Process<Client, KeeperRequest | KeeperReply> => {
  const say = ({ open }: Client, context: Told): void => {
    if (open === null) return;
    context.send(keeperId, open.request);
    context.setTimer(AGAIN, PATIENCE);
  };
  const ask = (before: Client, context: Told): Client => {
    const asked = before.asked + 1;
    const name = `${context.self}.${context.incarnation}.${asked}`;
    const question = manner.next(before, name, context);
    if (question === undefined) return before;
    const open = { request: { ...question, ask: name }, least: before.told.revision };
    const after = { ...before, asked, open };
    say(after, context);
    return after;
  };
  return {
    start: (_stored, context) => ask(START, context),
    receive(before, _from, message, context) {
      if (!("revision" in message) || message.kind === "swap") return before;
      const { revision, value } = message;
      if (message.kind === "changed") {
        context.note("changed", { revision, value });
        return revision > before.told.revision ? { ...before, told: { revision, value } } : before;
      }
      if (before.open?.request.ask !== message.ask) return before;
      const { request, least } = before.open;
      context.note("told", { kind: message.kind, revision, value, least });
      const told = revision >= before.told.revision ? { revision, value } : before.told;
      const after = manner.answered({ ...before, open: null, told }, request, message, context);
      context.cancelTimer(AGAIN);
      context.setTimer(NEXT, (1 + Math.floor(PAUSE * context.random())) as Micros);
      return after;
    },
    timeout(before, timer, context) {
      if (timer === NEXT) return ask(before, context);
      say(before, context);
      return before;
    },
  };
};

const scripted = (script: readonly Question[]): Manner => ({
  next: ({ done }) => script[done],
  answered: (before) => ({ ...before, done: before.done + 1 }),
});

/** Asks and swaps by turns of a coin, and notes both for the checker of linearizability. */
const counting = (most: number): Manner => ({
  next(before, ask, context) {
    if (before.done >= most) return undefined;
    const { self } = context;
    const { revision, value } = before.told;
    if (context.random() < 0.3) {
      context.note("invoke", { id: ask, call: "read" });
      return { kind: "get", key: COUNT };
    }
    const { nonce = null, counts = {} } = (value ?? {}) as Partial<Counts>;
    const count = (counts[self]?.[0] ?? 0) + 1;
    const next: Counts = { nonce: ask, counts: { ...counts, [self]: [count, ask] } };
    const cas = [
      [revision, nonce],
      [revision + 1, ask],
    ];
    context.note("invoke", { id: ask, call: "cas", value: cas });
    return { kind: "swap", key: COUNT, revision, value: next };
  },
  answered(before, { kind, ask }, { revision, value }, context) {
    const { nonce = null, counts = {} } = (value ?? {}) as Partial<Counts>;
    if (kind === "get") {
      context.note("return", { id: ask, result: [revision, nonce] });
      return before;
    }
    // Whatever the answer is called: the value says whether this swap is in it.
    const result = counts[context.self]?.[1] === ask;
    context.note("return", { id: ask, result });
    if (!result) return before;
    const done = before.done + 1;
    context.note("counted", { ask });
    return { ...before, done };
  },
});

/** Asks again from time to time, since changes may be missed. */
const watching: Manner = {
  next: () => ({ kind: "watch", key: COUNT }),
  answered: (before) => before,
};

/** The clients, and after them the keeper. */
export const keeperClients = {
  name: "keeper-clients",
  parse: (input: Json): Clients => input as unknown as Clients,
  processes({ scripts, counters, count, watchers }: Clients) {
    const keeperId = (scripts.length + counters + watchers) as ProcessId;
    const [counter, watcher] = [counting(count), watching].map((each) => client(each, keeperId));
    const named = (name: string, index: number): string => `${name}-${index + 1}`;
    const several = (name: string, of: number, process: Member["process"]): Member[] =>
      Array.from({ length: of }, (_, index) => ({ name: named(name, index), process }));
    return [
      ...scripts.map((script, index) => ({
        name: named("script", index),
        process: client(scripted(script), keeperId),
      })),
      ...several("counter", counters, counter!),
      ...several("watcher", watchers, watcher!),
      { name: "keeper", process: keeper() },
    ];
  },
} as unknown as System<Json>;
export default keeperClients;
