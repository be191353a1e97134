import { describe, expect, test } from "vitest";
import { NONE } from "../core/batch.ts";
import type { Check, Verdict } from "../core/check.ts";
import { ms, seconds } from "../core/micros.ts";
import { newRun } from "../core/new-run.ts";
import { type EventKind, KIND } from "../core/trace-event.ts";
import { simulate } from "../runtimes/sim/simulate.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { Keeper, Trace } from "../trace/trace.ts";
import { TraceWriter } from "../trace/writer.ts";
import { CHECKS, checksOf, verify } from "./checks.ts";
import { clockCondition } from "./clock-condition.ts";
import { linkOrder } from "./link-order.ts";
import { noOrphanReceive, receivedOnce } from "./receives.ts";
import { risingClock } from "./rising-clock.ts";

/** kind, process, L, and for messages: peer and number. */
type Row = readonly [EventKind, number, number, number?, number?];

const run = newRun(clocks);

function traceOf(...rows: Row[]): Trace {
  const keeper = new Keeper();
  const writer = new TraceWriter((batch) => keeper.see(batch));
  rows.forEach(([kind, process, lamport, peer = NONE, number = NONE], index) => {
    const sent = number === NONE ? 0 : 1;
    writer.record(1_000 * index, KIND[kind], process, 1, lamport, 0, peer, number, sent);
  });
  writer.close();
  return new Trace(run, ["a", "b", "c"], keeper.end());
}

const judged = (check: Check, ...rows: Row[]): Verdict => verify(traceOf(...rows), [check])[0]!;

function expectFailure(verdict: Verdict, ...witnesses: number[]): void {
  expect(verdict.result).toBe("fails");
  if (verdict.result !== "fails") return;
  expect(verdict.witnesses.map(({ sequence }) => sequence)).toEqual(witnesses);
}

const good: readonly Row[] = [
  ["start", 0, 0],
  ["start", 1, 0],
  ["send", 0, 1, 1, 0],
  ["arrive", 1, 0, 0, 0],
  ["receive", 1, 2, 0, 0],
  ["internal", 1, 3],
  ["send", 1, 4, 0, 0],
  ["receive", 0, 5, 1, 0],
];

test.each(CHECKS.map((check) => [check.name, check] as const))(
  "%s holds on a right trace",
  (_, check) => {
    expect(judged(check, ...good).result).toBe("holds");
  },
);

describe("clock-condition", () => {
  test("fails when a receive is not above its send, and names the two", () => {
    const rows: Row[] = [
      ["send", 0, 7, 1, 0],
      ["internal", 1, 1],
      ["receive", 1, 7, 0, 0],
    ];
    expectFailure(judged(clockCondition, ...rows), 0, 2);
  });

  test("fails when neighbours at a process do not rise, and names the two", () => {
    expectFailure(
      judged(clockCondition, ["internal", 0, 3], ["internal", 1, 1], ["internal", 0, 3]),
      0,
      2,
    );
  });

  test("compares a second copy with its own send", () => {
    const rows: Row[] = [
      ["send", 0, 5, 1, 0],
      ["copy", 0, 5, 2, 0],
      ["receive", 1, 6, 0, 0],
    ];
    expectFailure(judged(clockCondition, ...rows, ["receive", 2, 5, 0, 0]), 1, 3);
  });

  test("catches send-before-increment in a run, with the two events that prove it", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const trace = simulate(clocks, {
        seed,
        params: { rates: [6, 3, 1] },
        lamport: "send-before-increment",
        strict: true,
      });
      const verdict = verify(trace, [clockCondition])[0]!;
      expect(verdict.result).toBe("fails");
      if (verdict.result !== "fails") continue;
      const [send, receive] = verdict.witnesses;
      expect([send?.kind, receive?.kind]).toEqual(["send", "receive"]);
      expect(receive?.message).toEqual(send?.message);
      expect(receive?.lamport).toBeLessThanOrEqual(send!.lamport);
    }
  });
});

describe("rising-clock", () => {
  test("fails when a clock stands still or falls, also over a crash", () => {
    expectFailure(judged(risingClock, ["internal", 0, 2], ["internal", 0, 2]), 0, 1);
    expectFailure(judged(risingClock, ["internal", 0, 9], ["crash", 0, 9], ["start", 0, 0]), 0, 2);
  });
});

describe("no-orphan-receive", () => {
  test("fails when nothing was sent, or to another, or later", () => {
    expectFailure(judged(noOrphanReceive, ["receive", 1, 2, 0, 0]), 0);
    expectFailure(judged(noOrphanReceive, ["send", 0, 1, 2, 0], ["receive", 1, 2, 0, 0]), 1);
    expectFailure(judged(noOrphanReceive, ["receive", 1, 2, 0, 0], ["send", 0, 1, 1, 0]), 0);
  });
});

describe("received-once", () => {
  const twice: Row[] = [
    ["receive", 1, 2, 0, 0],
    ["receive", 1, 3, 0, 0],
  ];

  test("fails at a second receive of one copy", () => {
    expectFailure(judged(receivedOnce, ["send", 0, 1, 1, 0], ...twice), 2);
  });

  test("allows what a link doubled, and no more", () => {
    const doubled: Row[] = [["send", 0, 1, 1, 0], ["copy", 0, 1, 1, 0], ...twice];
    expect(judged(receivedOnce, ...doubled).result).toBe("holds");
    expectFailure(judged(receivedOnce, ...doubled, ["receive", 1, 4, 0, 0]), 4);
  });

  test("fails when what was lost is received after all", () => {
    const rows: Row[] = [
      ["send", 0, 1, 1, 0],
      ["drop", 1, 0, 0, 0],
      ["receive", 1, 2, 0, 0],
    ];
    expectFailure(judged(receivedOnce, ...rows), 2);
  });

  test("fails when what waited at a crash is received after it", () => {
    const rows: Row[] = [
      ["send", 0, 1, 1, 0],
      ["arrive", 1, 0, 0, 0],
      ["crash", 1, 0],
    ];
    expectFailure(judged(receivedOnce, ...rows, ["receive", 1, 40, 0, 0]), 3);
  });
});

describe("link-order", () => {
  const sends: Row[] = [
    ["send", 0, 1, 1, 0],
    ["send", 0, 2, 1, 1],
  ];

  test("fails when the second is received first", () => {
    expectFailure(
      judged(linkOrder, ...sends, ["receive", 1, 3, 0, 1], ["receive", 1, 4, 0, 0]),
      2,
      3,
    );
  });

  test("is asked only of links that promise it", () => {
    expect(checksOf(newRun(clocks))).not.toContain(linkOrder);
    expect(checksOf(newRun(clocks, { links: { order: "fifo" } }))).toContain(linkOrder);
  });

  test("a run over other links breaks it, over fifo links it does not", () => {
    const chatty = {
      params: { rates: [100, 100, 100], internal: 0 },
      links: { delay: { kind: "uniform", min: ms(1), max: ms(400) } },
      duration: seconds(20),
      strict: true,
    } as const;
    const verdictOf = (order: "any" | "fifo") =>
      verify(simulate(clocks, { ...chatty, links: { ...chatty.links, order } }), [linkOrder])[0]!
        .result;
    expect([verdictOf("any"), verdictOf("fifo")]).toEqual(["fails", "holds"]);
  });
});

test("all hold over 200 seeds of clocks with crashes, pauses, loss and duplicates", () => {
  for (let seed = 0; seed < 200; seed++) {
    const trace = simulate(clocks, {
      seed,
      params: { machines: 5, internal: 0.4 },
      links: { loss: 0.1, duplicate: 0.1, order: seed % 2 === 0 ? "any" : "fifo" },
      faults: [
        { kind: "crash", process: "machine_1", at: seconds(3 + (seed % 7)), until: seconds(20) },
        { kind: "pause", process: "machine_2", at: seconds(5), until: seconds(9) },
        { kind: "crash", process: "machine_3", at: seconds(12), point: "between-copies" },
      ],
      duration: seconds(30),
      strict: true,
    });
    for (const { check, result } of verify(trace))
      expect([seed, check, result]).toEqual([seed, check, "holds"]);
  }
});
