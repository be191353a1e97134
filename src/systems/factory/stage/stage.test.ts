import { describe, expect, test } from "vitest";
import type { Context } from "../../../core/process.ts";
import { parseFactory } from "../file/params.ts";
import type { Message, Transfer } from "../messages.ts";
import { plantOf } from "../plant.ts";
import { stage } from "./stage.ts";

/** A saw makes bars for two presses, which are a tenth of a second away. */
const PLANT = plantOf(
  parseFactory({
    items: { bar: {}, plate: {} },
    segments: {
      cut: { produces: { bar: 1 }, cycle: "1s" },
      press: { produces: { plate: 1 }, consumes: { bar: 1 }, cycle: "1s" },
    },
    equipment: { saw: { segment: "cut" }, press: { segment: "press", count: 2 } },
    transport: { default: "100ms" },
    policies: { resend: "1s" },
  }),
);
const [SAW, PRESS] = [0, 1];

/** A stage by itself: what it is told, when, and what it says. */
class Alone {
  now = 0;
  said: (readonly [to: number, message: Message])[] = [];
  readonly notes: string[] = [];
  /** When each timer is due. */
  readonly timers = new Map<string, number>();
  readonly #process: ReturnType<typeof stage>;
  readonly #context: Context<Message>;
  #state: ReturnType<ReturnType<typeof stage>["start"]>;

  constructor(self: number, plant = PLANT) {
    this.#process = stage(plant);
    const { timers } = this;
    const room = this;
    this.#context = {
      self,
      incarnation: 1,
      storeId: `1-${self}`,
      get now() {
        return room.now;
      },
      random: () => 0.5,
      send: (to: number, message: Message) => this.said.push([to, message]),
      setTimer: (timer: string, delay: number) => timers.set(timer, this.now + delay),
      cancelTimer: (timer: string) => timers.delete(timer),
      note: (name: string) => this.notes.push(name),
      ...{ put: () => {}, remove: () => {}, append: () => {} },
    } as unknown as Context<Message>;
    this.#state = this.#process.start(new Map(), this.#context);
  }

  /** Goes on to that instant, timer by timer. */
  to(instant: number): this {
    for (;;) {
      const next = [...this.timers].sort(([, a], [, b]) => a - b)[0];
      if (next === undefined || next[1] > instant) break;
      const [timer, due] = next;
      this.timers.delete(timer);
      this.now = due;
      this.#state = this.#process.timeout(this.#state, timer, this.#context);
    }
    this.now = instant;
    return this;
  }

  hears(from: number, message: Message): this {
    this.#state = this.#process.receive(this.#state, from as never, message, this.#context);
    return this;
  }

  /** The clock is set by so much; timers go on as they did. */
  setClock(by: number): this {
    this.now += by;
    for (const [timer, due] of this.timers) this.timers.set(timer, due + by);
    return this;
  }

  /** Kinds of the messages since it was last asked. */
  heardOf(): readonly string[] {
    const kinds = this.said.map(([, { kind }]) => kind);
    this.said = [];
    return kinds;
  }
}

const request = { kind: "request", item: "bar", store: "1-1", epoch: [0, 1] } as const;
const announced = (number: number) => ({
  ...({ kind: "sent", lot: `saw-1/1-0/${number}`, g: 1, place: number - 1, settled: 0 } as const),
  ...{ store: "1-1", item: "bar", amount: 1e6, request: "r" },
});

/** A saw that has sent its first lot to the first press. */
function sender(): { readonly saw: Alone; readonly transfer: Transfer } {
  const saw = new Alone(SAW).to(1_000_000).hears(PRESS, { ...request, id: "r1" });
  const sent = saw.said.map(([, message]) => message).find(({ kind }) => kind === "sent");
  const { lot, g, place } = sent as Transfer;
  saw.said = [];
  return { saw, transfer: { lot, g, place } };
}

test("a lot that is not answered for is spoken of again, ever more seldom, to a bound", () => {
  const { saw } = sender();
  const times: number[] = [];
  for (let second = 2; second <= 40; second++) {
    saw.to(second * 1e6);
    if (saw.heardOf().includes("sent")) times.push(second);
  }
  expect(times).toEqual([2, 4, 8, 16, 24, 32, 40]);
});

describe("a lot that was for a store that is lost", () => {
  test("is lost, and not spoken of again, though a late answer comes", () => {
    const { saw, transfer } = sender();
    saw.hears(PRESS, { kind: "gone", ...transfer });
    expect(saw.notes.filter((name) => name === "lost")).toHaveLength(1);
    saw.hears(PRESS, { kind: "waiting", ...transfer });
    saw.hears(PRESS, { kind: "gone", ...transfer });
    saw.to(90e6);
    expect(saw.heardOf().filter((kind) => kind === "sent")).toEqual([]);
    expect(saw.notes.filter((name) => name === "lost")).toHaveLength(1);
  });

  test("is delivered all the same, or comes back, if that is heard later", () => {
    for (const [kind, note] of [
      ["confirm", "delivered"],
      ["refuse", "refused"],
    ] as const) {
      const { saw, transfer } = sender();
      saw.hears(PRESS, { kind: "gone", ...transfer });
      saw.hears(PRESS, { kind, ...transfer, why: "" } as Message);
      expect(saw.notes.filter((name) => name === note)).toHaveLength(1);
    }
  });
});

describe("answers are about one transfer to one stage", () => {
  const wrong: readonly (readonly [fact: string, from: number, change: Partial<Transfer>])[] = [
    ["of another generation", PRESS, { g: 2 }],
    ["of an earlier generation", PRESS, { g: 0 }],
    ["of somebody else", PRESS + 1, {}],
    ["of another lot", PRESS, { lot: "saw-1/1-0/9" }],
    ["of another store's lot", PRESS, { lot: "saw-1/1-0-1/1" }],
    ["of another maker's lot", PRESS, { lot: "press-1/1-0/1" }],
    ["of what is no lot", PRESS, { lot: "nonsense" }],
  ];
  test.each(wrong)("those %s change nothing", (_fact, from, change) => {
    for (const kind of ["confirm", "refuse", "gone"] as const) {
      const { saw, transfer } = sender();
      const notes = saw.notes.length;
      saw.hears(from, { kind, ...transfer, ...change, why: "" } as Message);
      expect(saw.notes.slice(notes)).toEqual([]);
    }
  });
});

describe("a consumer says the same of the same lot for ever", () => {
  test("of one that is under way, of one that is here, and of one that is used up", () => {
    const press = new Alone(PRESS);
    press.heardOf();
    expect(press.hears(SAW, announced(1)).heardOf()).toContain("waiting");
    expect(press.hears(SAW, announced(1)).heardOf()).toEqual(["waiting"]);
    expect(press.to(100_000).heardOf()).toContain("confirm");
    expect(press.hears(SAW, announced(1)).heardOf()).toEqual(["confirm"]);
    press.to(1_200_000).heardOf();
    expect(press.notes).toContain("ships");
    for (let times = 0; times < 3; times++) {
      expect(press.hears(SAW, announced(1)).heardOf()).toEqual(["confirm"]);
    }
  });

  test("of one that was called back, also if it was never announced", () => {
    const press = new Alone(PRESS);
    press.heardOf();
    const recall = { ...announced(1), kind: "recall" } as unknown as Message;
    expect(press.hears(SAW, recall).heardOf()).toEqual(["refuse"]);
    expect(press.hears(SAW, announced(1)).heardOf()).toEqual(["refuse"]);
    expect(press.hears(SAW, recall).heardOf()).toEqual(["refuse"]);
    expect(press.notes).not.toContain("received");
  });

  test("but nothing of what its sender has heard of long ago", () => {
    const press = new Alone(PRESS);
    press.hears(SAW, announced(1)).to(2e6);
    press
      .hears(SAW, { ...announced(2), settled: 1 })
      .to(4e6)
      .heardOf();
    expect(press.hears(SAW, announced(1)).heardOf()).toEqual([]);
  });
});

describe("a clock that is set back by an hour", () => {
  const HOUR = 3_600e6;

  test("keeps no lot waiting for an answer longer", () => {
    const { saw } = sender();
    saw.hears(PRESS, { ...request, id: "r2" });
    saw
      .setClock(HOUR)
      .to(HOUR + 2_500_000)
      .heardOf();
    saw.setClock(-HOUR).to(6e6);
    const again = saw.said.filter(([, { kind }]) => kind === "sent");
    const lots = new Set(again.map(([, message]) => (message as Transfer).lot));
    expect([...lots].sort()).toEqual(["saw-1/1-0/1", "saw-1/1-0/2"]);
  });

  test("keeps no goods under way longer", () => {
    const press = new Alone(PRESS);
    press
      .setClock(HOUR)
      .hears(SAW, announced(1))
      .to(HOUR + 20_000)
      .hears(SAW, announced(2));
    press.setClock(-HOUR).hears(SAW, announced(1)).to(300_000);
    expect(press.notes.filter((name) => name === "received")).toHaveLength(2);
  });
});

test("when its bill changes, a stage asks at once for what is new, and no more for what is not on it", () => {
  const plant = plantOf(
    parseFactory({
      items: { bar: {}, wire: {}, grid: {} },
      segments: {
        cut: { produces: { bar: 1 }, cycle: "1s" },
        draw: { produces: { wire: 1 }, cycle: "1s" },
        weave: { produces: { grid: 1 }, consumes: { bar: 1 }, cycle: "1s" },
      },
      equipment: {
        saw: { segment: "cut" },
        bench: { segment: "draw" },
        loom: { segment: "weave" },
      },
      changes: [
        { at: "5s", segment: "weave", consumes: { wire: 1 } },
        { at: "30s", segment: "weave", consumes: { bar: 1, wire: 1 } },
      ],
      policies: { resend: "1s" },
    }),
  );
  const loom = new Alone(2, plant);
  const asked = (): readonly string[] => {
    const items = loom.said.flatMap(([, each]) => (each.kind === "request" ? [each.item] : []));
    loom.said = [];
    return [...new Set(items)].sort();
  };
  expect(asked()).toEqual(["bar"]);
  loom.to(4_999_999);
  expect(asked()).toEqual(["bar"]);
  loom.to(5_000_000);
  expect(asked()).toEqual(["wire"]);
  loom.to(29_999_999);
  expect(asked()).toEqual(["wire"]);
  loom.to(30_000_000);
  expect(asked()).toEqual(expect.arrayContaining(["bar"]));
});
