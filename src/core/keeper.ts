// The keeper of services that are one in a system: values under keys, each changed by compare-and-set. A
// lease is such a value, and so is the flow of a factory. An ordinary process with a store, so any system
// can have it; on NATS the same messages are answered by JetStream's key-value store.
//
// It has no clock, and leases do not expire in it: who sees a lease unchanged for as long as it holds, by his
// own clock, may try to take it. Whoever has an answer to a swap that he is not sure of asks again: a value
// carries its writer's nonce, by which he recognises that he had succeeded.
import type { Json } from "./json.ts";
import type { Process, ProcessId } from "./process.ts";

/** `ask` comes back with the answer. `revision` 0: there is no value yet. */
export type KeeperRequest =
  | { readonly kind: "get"; readonly key: string; readonly ask: string }
  | {
      readonly kind: "swap";
      readonly key: string;
      /** Of the value that is to be replaced. */
      readonly revision: number;
      readonly value: Json;
      readonly ask: string;
    }
  /** Tell me when it changes. A change may be missed: who must know of it asks from time to time. */
  | { readonly kind: "watch"; readonly key: string; readonly ask: string };

type Held = { readonly revision: number; readonly value: Json };

export type KeeperReply =
  | (Held & { readonly kind: "ok" | "conflict"; readonly key: string; readonly ask: string })
  | (Held & { readonly kind: "changed"; readonly key: string });

type Keeper = {
  readonly held: ReadonlyMap<string, Held>;
  /** Volatile. */
  readonly watchers: ReadonlyMap<string, readonly ProcessId[]>;
};

const PREFIX = "key/";
const NOTHING: Held = { revision: 0, value: null };
/** Watchers of a key. */
const WATCHERS_MAX = 100_000;

const keepers = new WeakSet<object>();

/** Is this a keeper's process, for which something else may answer? */
export const isKeeper = (process: object): boolean => keepers.has(process);

/** Keeps values. Cost: one put a swap that succeeds, and a message to each watcher. */
export function keeper(): Process<Keeper, KeeperRequest | KeeperReply> {
  const process: Process<Keeper, KeeperRequest | KeeperReply> = {
    start: (stored) => ({
      held: new Map(
        [...stored]
          .filter(([key]) => key.startsWith(PREFIX))
          .map(([key, held]) => [key.slice(PREFIX.length), held as Held] as const),
      ),
      watchers: new Map(),
    }),
    receive(state, from, message, context) {
      const { key } = message;
      const current = state.held.get(key) ?? NOTHING;
      switch (message.kind) {
        case "get":
          context.send(from, { kind: "ok", key, ask: message.ask, ...current });
          return state;
        case "watch": {
          context.send(from, { kind: "ok", key, ask: message.ask, ...current });
          const watchers = state.watchers.get(key) ?? [];
          if (watchers.includes(from) || watchers.length >= WATCHERS_MAX) return state;
          return { ...state, watchers: new Map(state.watchers).set(key, [...watchers, from]) };
        }
        case "swap": {
          if (message.revision !== current.revision) {
            context.send(from, { kind: "conflict", key, ask: message.ask, ...current });
            return state;
          }
          const held = { revision: current.revision + 1, value: message.value };
          context.put(`${PREFIX}${key}`, held);
          context.note("kept", { key, revision: held.revision });
          context.send(from, { kind: "ok", key, ask: message.ask, ...held });
          const others = (state.watchers.get(key) ?? []).filter((watcher) => watcher !== from);
          context.send(others, { kind: "changed", key, ...held });
          return { ...state, held: new Map(state.held).set(key, held) };
        }
        default:
          return state;
      }
    },
    timeout: (state) => state,
  };
  keepers.add(process);
  return process;
}
