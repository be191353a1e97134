import { describe, expect, test } from "vitest";
import type { Context, Process, ProcessId } from "../../core/process.ts";
import { crew } from "./crew.ts";
import type { Message } from "./messages.ts";

/** A crew in a room of its own: what it said so far, and what it has in hand. */
class Room {
  readonly said: (readonly [to: number, at: number])[] = [];
  readonly timers = new Map<string, number>();
  readonly #crew: Process<unknown, Message>;
  readonly #context: Context<Message>;
  #state: unknown;

  constructor(count: number, callAt: number) {
    this.#crew = crew({ id: 9 as ProcessId, name: "crew-x", count, callAt });
    this.#context = {
      send: (to: number, message: Message) => {
        if (message.kind === "repaired") this.said.push([to, message.at]);
      },
      setTimer: (timer: string, delay: number) => this.timers.set(timer, delay),
    } as unknown as Context<Message>;
    this.begin();
  }

  /** As after a crash: what it knew is gone. */
  begin(): void {
    this.timers.clear();
    this.#state = this.#crew.start(new Map(), this.#context);
  }

  broken(from: number, at: number, takes = 10): void {
    const message = { kind: "broken", at, takes } as const;
    this.#state = this.#crew.receive(this.#state, from as ProcessId, message, this.#context);
  }

  /** Whoever is in work is done. */
  done(from: number): void {
    this.timers.delete(String(from));
    this.#state = this.#crew.timeout(this.#state, String(from), this.#context);
  }

  get mending(): readonly number[] {
    return [...this.timers.keys()].map(Number);
  }
}

describe("a crew", () => {
  test("of one mends in the order of calls, one after the other", () => {
    const room = new Room(1, 1);
    for (const [stage, at] of [
      [5, 100],
      [2, 110],
      [7, 120],
    ] as const)
      room.broken(stage, at, stage);
    expect([...room.timers]).toEqual([["5", 5]]);
    for (const stage of [5, 2, 7]) {
      expect(room.mending).toEqual([stage]);
      room.done(stage);
    }
    expect(room.said).toEqual([
      [5, 100],
      [2, 110],
      [7, 120],
    ]);
    expect(room.mending).toEqual([]);
  });

  test("mends as many at a time as it is people", () => {
    const room = new Room(2, 1);
    for (const stage of [1, 2, 3]) room.broken(stage, 0);
    expect(room.mending).toEqual([1, 2]);
    room.done(2);
    expect(room.mending).toEqual([1, 3]);
  });

  test("comes when as many are down as it is called at, and stays until none is", () => {
    const room = new Room(1, 2);
    room.broken(1, 0);
    expect(room.mending).toEqual([]);
    room.broken(2, 1);
    expect(room.mending).toEqual([1]);
    room.done(1);
    expect(room.mending).toEqual([2]);
    room.broken(3, 2);
    room.done(2);
    expect(room.mending).toEqual([3]);
    room.done(3);
    room.broken(4, 3);
    expect(room.mending).toEqual([]);
  });

  test("that is called again about the same begins nothing anew", () => {
    const room = new Room(2, 1);
    room.broken(1, 0);
    room.broken(1, 0);
    expect(room.mending).toEqual([1]);
    room.done(1);
    expect(room.said).toEqual([[1, 0]]);
  });

  test("says again that something is mended, if that was lost, and mends the next breakdown", () => {
    const room = new Room(1, 1);
    room.broken(1, 50);
    room.done(1);
    room.broken(1, 50);
    expect(room.said).toEqual([
      [1, 50],
      [1, 50],
    ]);
    expect(room.mending).toEqual([]);
    room.broken(1, 90);
    expect(room.mending).toEqual([1]);
  });

  test("that has forgotten all is told again, and mends all the same", () => {
    const room = new Room(1, 1);
    room.broken(1, 50);
    room.broken(2, 60);
    room.begin();
    expect(room.mending).toEqual([]);
    room.broken(2, 60);
    room.broken(1, 50);
    room.done(2);
    room.done(1);
    expect(room.said).toEqual([
      [2, 60],
      [1, 50],
    ]);
  });
});
