// What each service promises, and that it promises no more.
import { describe, expect, test } from "vitest";
import type { Json } from "../../core/json.ts";
import { ms, seconds } from "../../core/micros.ts";
import type { AnyProcess, Context, ProcessId } from "../../core/process.ts";
import type { Body } from "./body.ts";
import { SERVICES } from "./services.ts";

/** A service that is asked, at instants one says, with dice that are given. */
class Asked {
  now = 0;
  readonly #service: AnyProcess;
  readonly #dice: () => number;
  #state: unknown;
  #reply: Body | undefined;

  constructor(name: string, dice: () => number = () => 0) {
    this.#service = SERVICES.find(([each]) => each === name)![1];
    this.#dice = dice;
    this.#state = this.#service.start(new Map(), this.#context());
  }

  ask(from: number, body: Body): Body | undefined {
    this.#reply = undefined;
    const asked = { ...body, msg_id: 7 };
    this.#state = this.#service.receive(this.#state, from as ProcessId, asked, this.#context());
    return this.#reply;
  }

  timer(): void {
    this.#state = this.#service.timeout(this.#state, "merge", this.#context());
  }

  /** What somebody reads; undefined if it is not there. */
  read(from: number, key: Json): Json | undefined {
    const reply = this.ask(from, { type: "read", key });
    return reply?.type === "read_ok" ? reply.value : undefined;
  }

  #context(): Context<Body> {
    return {
      now: this.now,
      random: this.#dice,
      send: (_to: ProcessId, body: Body) => {
        this.#reply = body;
      },
      setTimer: () => {},
    } as unknown as Context<Body>;
  }
}

const write = (key: Json, value: Json): Body => ({ type: "write", key, value });
const cas = (key: Json, from: Json, to: Json, more: Body = {}): Body => ({
  ...{ type: "cas", key, from, to },
  ...more,
});
const code = (reply: Body | undefined): Json | undefined => reply?.code;

/** Dice that say the same in turn, again and again. */
const turns = (...values: readonly number[]): (() => number) => {
  let at = 0;
  return () => values[at++ % values.length]!;
};

describe.each(["lin-kv", "seq-kv", "lww-kv"])("%s", (name) => {
  test("answers what was asked, with the codes of the protocol", () => {
    const kv = new Asked(name, () => 0.999);
    expect(kv.ask(1, { type: "read", key: "a" })).toMatchObject({ code: 20, in_reply_to: 7 });
    expect(kv.ask(1, write("a", [1, { b: 2 }]))).toEqual({ type: "write_ok", in_reply_to: 7 });
    expect(kv.read(1, "a")).toEqual([1, { b: 2 }]);
    expect(kv.ask(1, cas("a", [1, { b: 2 }], 3))?.type).toBe("cas_ok");
    expect(code(kv.ask(1, cas("a", 1, 4)))).toBe(22);
    expect(code(kv.ask(1, cas("nothing", 1, 4)))).toBe(20);
    expect(code(kv.ask(1, { type: "delete", key: "a" }))).toBe(10);
    expect(code(kv.ask(1, { type: "write", key: "a" }))).toBe(12);
    expect(code(kv.ask(1, { type: "read" }))).toBe(12);
  });

  test(`${name === "lww-kv" ? "does not know" : "knows"} create_if_not_exists`, () => {
    const kv = new Asked(name);
    const reply = kv.ask(1, cas("a", 0, 1, { create_if_not_exists: true }));
    if (name === "lww-kv") expect(code(reply)).toBe(20);
    else expect([reply?.type, kv.read(1, "a")]).toEqual(["cas_ok", 1]);
  });
});

test("lin-kv: what was written, everybody reads at once", () => {
  const kv = new Asked("lin-kv");
  for (let value = 0; value < 10; value++) {
    kv.ask(value, write("a", value));
    expect(kv.read(value + 1, "a")).toBe(value);
  }
});

describe("seq-kv", () => {
  test("others may read what is no longer so; who wrote may not; nobody goes back", () => {
    const kv = new Asked("seq-kv", turns(0, 0.5, 0.2, 0.9, 0.1));
    for (let value = 0; value < 20; value++) kv.ask(1, write("a", value));
    expect(kv.read(1, "a")).toBe(19);
    const seen = Array.from({ length: 12 }, () => (kv.read(2, "a") ?? -1) as number);
    expect(seen[0]).toBeLessThan(19);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test("all see changes in one order: who has seen the second of two sees the first", () => {
    for (let die = 0; die < 1; die += 0.05) {
      const kv = new Asked("seq-kv", () => die);
      kv.ask(1, write("first", 1));
      kv.ask(1, write("second", 1));
      if (kv.read(2, "second") === 1) expect(kv.read(2, "first")).toBe(1);
    }
  });

  test("a compare-and-set sees what is so now, and after it, so does who asked", () => {
    const kv = new Asked("seq-kv");
    kv.ask(1, write("a", 1));
    kv.ask(1, write("a", 2));
    expect(code(kv.ask(2, cas("a", 1, 3)))).toBe(22);
    expect(kv.read(2, "a")).toBe(2);
  });

  test("what has been so for a while, all see", () => {
    const kv = new Asked("seq-kv");
    kv.ask(1, write("a", 1));
    expect(kv.read(2, "a")).toBeUndefined();
    kv.now = seconds(3);
    expect(kv.read(3, "a")).toBe(1);
  });
});

describe("lww-kv", () => {
  test("two copies differ until they are merged: then the last write stays", () => {
    const kv = new Asked("lww-kv", turns(0, 0.9, 0, 0.9));
    kv.ask(1, write("a", "old"));
    kv.ask(2, write("a", "new"));
    expect([kv.read(3, "a"), kv.read(3, "a")]).toEqual(["old", "new"]);
    kv.now = ms(500);
    kv.timer();
    expect([kv.read(3, "a"), kv.read(3, "a")]).toEqual(["new", "new"]);
  });
});

test("lin-tso: timestamps rise, whoever asks", () => {
  const tso = new Asked("lin-tso");
  const given = [1, 2, 1, 3].map((from) => tso.ask(from, { type: "ts" })?.ts);
  expect(given).toEqual([1, 2, 3, 4]);
  expect(code(tso.ask(1, { type: "time" }))).toBe(10);
});
