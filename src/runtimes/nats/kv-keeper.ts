// A keeper (core/keeper.ts) whose values are kept by JetStream, on as many servers as the bucket has copies: the same
// requests, the same replies. Its process stores nothing, so it starts again wherever there is a host; and as each
// swap is a compare-and-set in the bucket, two of them at once would do no harm.
//
// Invariants:
// 1. What is kept under a key has revision n, and what a swap makes of it n + 1: also if the reply of the server was
//    lost. Who wrote it is kept with it, by which a keeper knows its own.
// 2. Requests are answered one after the other.
import { setTimeout as sleep } from "node:timers/promises";
import type { KV } from "@nats-io/kv";
import { z } from "zod";
import type { Json } from "../../core/json.ts";
import type { KeeperReply, KeeperRequest } from "../../core/keeper.ts";
import { seconds } from "../../core/micros.ts";
import type { Process, ProcessId } from "../../core/process.ts";
import { swapAlone } from "./buckets.ts";

/** Nothing is waited for longer than this by the timer that a reply rings. */
const PATIENCE = seconds(3_600);
/** After a failure of the servers it is tried again, ms. */
const AGAIN = 200;
/** A failure of so many ms, without the time that it takes to fail, is worth a word. */
const SAID_AFTER = 1_000;
const WATCHERS_MAX = 100_000;
/** Requests that may wait; of more the first are let go of: who asked will ask again. */
const WAITING_MAX = 10_000;

const keptSchema = z.object({ revision: z.int().min(1), value: z.json(), by: z.string() });
type Held = { readonly revision: number; readonly value: Json };
type Kept = Held & { readonly by: string };
type Answer = Held & { readonly kind: "ok" | "conflict" };
type Asked = { readonly request: KeeperRequest; readonly timer: string; readonly by: string };

/** Who asked, and what for, until it is answered. */
type State = {
  readonly asked: number;
  readonly open: ReadonlyMap<string, readonly [from: ProcessId, request: KeeperRequest]>;
  readonly watchers: ReadonlyMap<string, readonly ProcessId[]>;
};

const NOTHING: Held = { revision: 0, value: null };

export class KvKeeper {
  readonly process: Process<State, KeeperRequest | KeeperReply>;
  readonly #run: string;
  readonly #open: () => Promise<KV>;
  readonly #ring: (timer: string) => void;
  readonly #answers = new Map<string, Answer>();
  readonly #waiting: Asked[] = [];
  readonly #say: (line: string) => void;
  /** The latest revisions that it knows of. */
  readonly #known = new Map<string, number>();
  /** Since when nothing was answered; −1: the last request was. */
  #failing = -1;
  #bucket: Promise<KV> | undefined;
  #busy = false;
  #closed = false;

  /** `open` makes the bucket if it is gone. `ring`: a timer of the process waits no longer. `say`: to the user. */
  constructor(
    run: string,
    open: () => Promise<KV>,
    ring: (timer: string) => void,
    say: (line: string) => void,
  ) {
    this.#run = run;
    this.#open = open;
    this.#ring = ring;
    this.#say = say;
    this.process = this.#newProcess();
  }

  close(): void {
    this.#closed = true;
  }

  #newProcess(): Process<State, KeeperRequest | KeeperReply> {
    return {
      start: () => ({ asked: 0, open: new Map(), watchers: new Map() }),
      receive: (state, from, message, context) => {
        if (message.kind !== "get" && message.kind !== "swap" && message.kind !== "watch")
          return state;
        // Who was not answered yet asks again with the same words: one answer will do.
        if (isOpen(state, from, message)) return state;
        const asked = state.asked + 1;
        const timer = `kept/${context.incarnation}/${asked}`;
        this.#ask({ request: message, timer, by: `${context.storeId}/${timer}` });
        context.setTimer(timer, PATIENCE);
        const { key } = message;
        const watchers = state.watchers.get(key) ?? [];
        const open = new Map(state.open).set(timer, [from, message]);
        const watches =
          message.kind === "watch" && !watchers.includes(from) && watchers.length < WATCHERS_MAX;
        if (!watches) return { ...state, asked, open };
        return {
          asked,
          open,
          watchers: new Map(state.watchers).set(key, [...watchers, from]),
        };
      },
      timeout: (state, timer, context) => {
        const [from, request] = state.open.get(timer) ?? [];
        const answer = this.#answers.get(timer);
        this.#answers.delete(timer);
        const open = new Map(state.open);
        open.delete(timer);
        if (from === undefined || request === undefined || answer === undefined) {
          return { ...state, open };
        }
        const { key, ask } = request;
        const { kind, revision, value } = answer;
        if (request.kind === "swap" && kind === "ok") {
          context.note("kept", { key, revision });
          const others = (state.watchers.get(key) ?? []).filter((watcher) => watcher !== from);
          context.send(from, { kind, key, ask, revision, value });
          context.send(others, { kind: "changed", key, revision, value });
        } else context.send(from, { kind, key, ask, revision, value });
        return { ...state, open };
      },
    };
  }

  #ask(asked: Asked): void {
    this.#waiting.push(asked);
    if (this.#waiting.length > WAITING_MAX) {
      // The very first is under way. Its process, which is within a step, learns later that it waits in vain.
      const [first] = this.#waiting.splice(1, 1);
      queueMicrotask(() => this.#ring(first!.timer));
    }
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (!this.#closed) {
      const asked = this.#waiting[0];
      if (asked === undefined) break;
      try {
        const answer = await this.#answer(asked);
        this.#told(asked.request.key, answer);
        this.#waiting.shift();
        this.#answers.set(asked.timer, answer);
        this.#ring(asked.timer);
      } catch {
        // The bucket may be gone, or without a leader: it is looked for anew.
        this.#bucket = undefined;
        this.#missed();
        await sleep(AGAIN);
      }
    }
    this.#busy = false;
  }

  /** Says what a user may want to know: it is answered again, or what was kept is gone. */
  #told(key: string, { kind, revision }: Answer): void {
    if (this.#failing > SAID_AFTER) this.#say("JetStream answers again");
    this.#failing = -1;
    const known = this.#known.get(key) ?? 0;
    if (revision < known) {
      const lost = `JetStream no longer has what was kept as "${key}" (revision ${known})`;
      this.#say(`${lost}: it begins anew, and what runs goes on with what it knew`);
    }
    if (kind === "ok" || revision > 0) this.#known.set(key, revision);
  }

  #missed(): void {
    const before = this.#failing;
    this.#failing = Math.max(0, before) + AGAIN;
    if (before <= SAID_AFTER && this.#failing > SAID_AFTER) {
      this.#say("JetStream does not answer: who leads stays, and nobody takes over meanwhile");
    }
  }

  async #answer({ request, by }: Asked): Promise<Answer> {
    this.#bucket ??= this.#open();
    const bucket = await this.#bucket;
    const name = this.#nameOf(request.key);
    const entry = await bucket.get(name);
    const there = entry === null || entry.operation !== "PUT" ? undefined : keptOf(entry.value);
    if (request.kind !== "swap") return { kind: "ok", ...heldOf(there) };
    // It has come to pass, though the server could not say so.
    if (there?.by === by) return { kind: "ok", ...heldOf(there) };
    if ((there?.revision ?? 0) !== request.revision) return { kind: "conflict", ...heldOf(there) };
    const kept: Kept = { revision: request.revision + 1, value: request.value, by };
    // If somebody was quicker, or this is not answered, it is looked at again.
    await swapAlone(bucket, name, entry, kept);
    return { kind: "ok", ...heldOf(kept) };
  }

  /** Keys of a keeper may be any text; those of a bucket may not. */
  #nameOf(key: string): string {
    return `${this.#run}.k${Buffer.from(key).toString("hex")}`;
  }
}

const isOpen = ({ open }: State, from: ProcessId, { key, ask }: KeeperRequest): boolean =>
  [...open.values()].some(
    ([who, request]) => who === from && request.ask === ask && request.key === key,
  );

/** What is not ours to read is nothing: a swap then begins anew. */
function keptOf(bytes: Uint8Array): Kept | undefined {
  try {
    return keptSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return undefined;
  }
}

const heldOf = (kept: Kept | undefined): Held =>
  kept === undefined ? NOTHING : { revision: kept.revision, value: kept.value };
