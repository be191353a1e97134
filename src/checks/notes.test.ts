// Each ready-made check over notes: on a run in which it holds, and on one made for it to fail.
import { describe, expect, test } from "vitest";
import type { Check, Verdict } from "../core/check.ts";
import { parseFault } from "../core/fault-notation.ts";
import type { Json } from "../core/json.ts";
import { type Micros, ms, seconds } from "../core/micros.ts";
import type { Process } from "../core/process.ts";
import type { System } from "../core/system.ts";
import { simulate } from "../runtimes/sim/simulate.ts";
import { conservation, convergence, mutualExclusion, oneLeaderPerTerm } from "./agreement.ts";
import { boundedInbox } from "./bounded-inbox.ts";
import { verify } from "./checks.ts";
import { causalDelivery, fifoDelivery } from "./delivery.ts";
import { linearizable } from "./linearizability/linearizable.ts";
import { queue, register, set } from "./linearizability/models.ts";
import { always, eventually, sometimes } from "./notes.ts";

/** At so many seconds, this process notes this. */
type Line = readonly [at: number, process: number, name: string, fields: { [name: string]: Json }];

/** Three processes that do nothing but note what a script says. */
const actors = (script: readonly Line[]): System<Record<string, never>> => {
  const actor = (self: number): Process<null, string> => ({
    start(_stored, context) {
      script.forEach(([at, process], index) => {
        const delay = seconds(at) - context.now;
        if (process === self && delay >= 0) context.setTimer(String(index), delay as Micros);
      });
      return null;
    },
    receive: (state) => state,
    timeout(state, index, context) {
      const [, , name, fields] = script[Number(index)]!;
      context.note(name, fields);
      return state;
    },
  });
  const processes = ["a", "b", "c"].map((name, self) => ({ name, process: actor(self) }));
  return { name: "actors", parse: () => ({}), processes: () => processes };
};

const judged = (check: Check, script: readonly Line[], ...faults: string[]): Verdict => {
  const settings = { duration: seconds(10), faults: faults.map(parseFault), strict: true };
  return verify(simulate(actors(script), settings), [check])[0]!;
};
const result = (...given: Parameters<typeof judged>): string => judged(...given).result;

/** The failure of a check, with the names of what its witnesses noted. */
function failed(...given: Parameters<typeof judged>) {
  const verdict = judged(...given);
  if (verdict.result !== "fails") throw new Error(`it ${verdict.result}`);
  const noted = verdict.witnesses.map(({ process, detail }) => {
    const { name } = detail as { name: string };
    return `${"abc"[process]} ${name}`;
  });
  return [verdict.reason, ...noted];
}

const enter = (at: number, process: number): Line => [at, process, "enter", {}];
const leave = (at: number, process: number): Line => [at, process, "leave", {}];

test("mutual exclusion: one after the other, or at the same time; a crash leaves", () => {
  const check = mutualExclusion();
  expect(result(check, [enter(1, 0), leave(2, 0), enter(2.5, 1), leave(3, 1)])).toBe("holds");
  expect(failed(check, [enter(1, 0), enter(2, 1), leave(3, 0)])).toEqual([
    "b entered while a was inside",
    "a enter",
    "b enter",
  ]);
  expect(result(check, [enter(1, 0), enter(3, 1)], "crash a 2s..4s")).toBe("holds");
  const of = (at: number, process: number, resource: string): Line =>
    [...[at, process, "enter", { resource }]] as unknown as Line;
  expect(result(check, [of(1, 0, "x"), of(2, 1, "y")])).toBe("holds");
  expect(result(check, [of(1, 0, "x"), of(2, 1, "x")])).toBe("fails");
});

test("one leader per term", () => {
  const leads = (at: number, process: number, term: number): Line => [
    at,
    process,
    "leads",
    { term },
  ];
  const check = oneLeaderPerTerm();
  expect(result(check, [leads(1, 0, 1), leads(2, 1, 2), leads(3, 0, 1)])).toBe("holds");
  expect(failed(check, [leads(1, 0, 1), leads(2, 1, 1)])).toEqual([
    "a and b lead in term 1",
    "a leads",
    "b leads",
  ]);
});

test("convergence: all say the same in the end, or not, or nobody has said anything", () => {
  const has = (at: number, process: number, value: number): Line => [at, process, "has", { value }];
  const check = convergence("has", seconds(5));
  expect(result(check, [has(1, 0, 1), has(2, 1, 2), has(3, 0, 2)])).toBe("holds");
  expect(failed(check, [has(1, 0, 1), has(2, 1, 2)])[0]).toBe(
    'a has {"value":1}, b has {"value":2}',
  );
  expect(result(check, [])).toBe("fails");
  expect(judged(check, [has(1, 0, 1), has(2, 1, 2)], "pause c 1s..8s")).toEqual({
    ...{ check: "convergence", kind: "eventually", claim: check.claim, result: "unknown" },
    reason: "calm lasted 2s, and the claim is for 5s of it",
  });
  expect(result(check, [has(1, 0, 1), has(2, 1, 2)], "pause c 1s")).toBe("unknown");
});

test("conservation: nothing comes from nothing, nothing twice, and nothing is lost", () => {
  const out = (at: number, id: string): Line => [at, 0, "out", { id }];
  const into = (at: number, id: string): Line => [at, 1, "into", { id }];
  const [safe, whole] = conservation("out", "into", seconds(5)) as [Check, Check];
  expect(result(safe, [out(1, "x"), into(2, "x")])).toBe("holds");
  expect(failed(safe, [into(2, "x")])[0]).toBe('"x" entered and had not left');
  expect(failed(safe, [out(1, "x"), into(2, "x"), into(3, "x")])[0]).toBe('"x" entered twice');
  expect(result(whole, [out(1, "x"), into(9, "x")])).toBe("holds");
  expect(failed(whole, [out(1, "x"), out(2, "y"), into(3, "y")])).toEqual([
    '"x" left and never entered',
    "a out",
  ]);
  // What left 2 s before the end has 3 s more.
  expect(result(whole, [out(8, "x")])).toBe("holds");
});

describe("delivery", () => {
  const said = (at: number, process: number, id: string): Line => [
    at,
    process,
    "broadcast",
    { id },
  ];
  const got = (at: number, process: number, id: string): Line => [at, process, "deliver", { id }];

  test("an answer before its question is against causality, and not against fifo", () => {
    const lines = [said(1, 0, "why"), got(2, 1, "why"), said(3, 1, "so"), got(4, 2, "so")];
    expect(failed(causalDelivery(), lines)).toEqual([
      'c delivered "so" without "why", which came before it',
      "b deliver",
      "c deliver",
    ]);
    expect(result(fifoDelivery(), lines)).toBe("holds");
    expect(
      result(causalDelivery(), [...lines.slice(0, 3), got(4, 2, "why"), got(5, 2, "so")]),
    ).toBe("holds");
  });

  test("the second of a sender before the first is against both; what is concurrent is free", () => {
    const lines = [said(1, 0, "one"), said(2, 0, "two"), got(3, 1, "two"), got(4, 1, "one")];
    expect(result(causalDelivery(), lines)).toBe("fails");
    expect(result(fifoDelivery(), lines)).toBe("fails");
    const free = [said(1, 0, "x"), said(2, 1, "y"), got(3, 2, "y"), got(4, 2, "x")];
    expect(result(causalDelivery(), [...free, got(5, 0, "y"), got(5, 1, "x")])).toBe("holds");
  });

  test("causes reach through others, also when the sender never delivers its own", () => {
    const lines = [
      said(1, 0, "1"),
      got(2, 1, "1"),
      said(3, 1, "2"),
      got(4, 2, "1"),
      got(4.1, 2, "2"),
      said(5, 2, "3"),
      got(6, 1, "3"),
      got(6, 0, "3"),
    ];
    expect(failed(causalDelivery(), lines)[0]).toMatch(/a delivered "3" without "2"/);
  });
});

describe("linearizability", () => {
  const invoke = (at: number, process: number, call: string, value: Json = null): Line =>
    [...[at, process, "invoke", { id: at, call, value }]] as unknown as Line;
  const returns = (at: number, process: number, id: number, outcome: Json = null): Line =>
    [...[at, process, "return", { id, result: outcome }]] as unknown as Line;

  test("a read of what was overwritten before it was called fails, with the events that prove it", () => {
    const lines = [
      invoke(1, 0, "write", 5),
      returns(1.5, 0, 1),
      invoke(2, 1, "write", 6),
      returns(2.5, 1, 2),
      invoke(3, 2, "read"),
      returns(3.5, 2, 3, 5),
    ];
    expect(failed(linearizable(register()), lines)).toEqual([
      "read by c gave 5, which no order explains; before that, write 6 by b",
      "b invoke",
      "b return",
      "c invoke",
      "c return",
    ]);
    expect(result(linearizable(register()), lines.with(5, returns(3.5, 2, 3, 6)))).toBe("holds");
  });

  test("a write whose writer crashed may have taken effect, or not; one that failed has not", () => {
    const lines = (read: Json): Line[] => [
      invoke(1, 0, "write", 5),
      invoke(3, 1, "read"),
      returns(4, 1, 3, read),
    ];
    for (const read of [5, null]) {
      expect(result(linearizable(register()), lines(read), "crash a 2s")).toBe("holds");
    }
    const fail: Line = [1.5, 0, "fail", { id: 1 }];
    expect(result(linearizable(register()), [...lines(null), fail])).toBe("holds");
    expect(result(linearizable(register()), [...lines(5), fail])).toBe("fails");
  });

  test("sets and queues", () => {
    const add = [invoke(1, 0, "add", "x"), returns(2, 0, 1, false)];
    const has = (there: boolean) => [invoke(3, 1, "has", "x"), returns(4, 1, 3, there)];
    expect(result(linearizable(set()), [...add, ...has(true)])).toBe("holds");
    expect(result(linearizable(set()), [...add, ...has(false)])).toBe("fails");
    const put = [invoke(1, 0, "enqueue", 1), returns(1.5, 0, 1), invoke(2, 0, "enqueue", 2)];
    const taken = (first: Json) => [
      returns(2.5, 0, 2),
      invoke(3, 1, "dequeue"),
      returns(4, 1, 3, first),
    ];
    expect(result(linearizable(queue()), [...put, ...taken(1)])).toBe("holds");
    expect(result(linearizable(queue()), [...put, ...taken(2)])).toBe("fails");
  });
});

test("bounded inbox", () => {
  const crowd = { duration: seconds(10), faults: [parseFault("pause a 1s..5s")] };
  const talk = actors([]);
  const shout: Process<null, string> = {
    start: () => null,
    receive: (state) => state,
    timeout: (state) => state,
  };
  const talking = {
    ...talk,
    processes: () => [
      { name: "a", process: shout },
      {
        name: "b",
        process: {
          ...shout,
          start(_stored: unknown, context: Parameters<typeof shout.start>[1]) {
            for (let number = 0; number < 5; number++) context.setTimer(String(number), ms(2_000));
            return null;
          },
          timeout(state: null, _timer: string, context: Parameters<typeof shout.timeout>[2]) {
            context.send(0 as never, "hello");
            return state;
          },
        },
      },
    ],
  };
  const trace = simulate(talking, crowd);
  expect(verify(trace, [boundedInbox(5)])[0]!.result).toBe("holds");
  expect(verify(trace, [boundedInbox(4)])[0]).toMatchObject({ reason: "5 events wait at a" });
});

test("always, eventually, sometimes: of one's own", () => {
  const never = always("never", "Nobody notes x.", () => ({
    note: ({ name, event }) => (name === "x" ? { reason: "x", witnesses: [event] } : undefined),
  }));
  const seen = sometimes("seen", "Somebody notes x.", () => ({
    note: ({ name, event }) => (name === "x" ? { reason: "", witnesses: [event] } : undefined),
  }));
  const due = eventually("due", "x comes.", seconds(4), ({ due: by }) => {
    let asked = 0;
    return {
      note({ name, timeMicros }) {
        if (name === "ask" && timeMicros <= by) asked++;
        if (name === "x") asked = 0;
        return undefined;
      },
      end: () => (asked > 0 ? { reason: "no x", witnesses: [] } : undefined),
    };
  });
  const x: Line = [3, 0, "x", {}];
  expect(result(never, [])).toBe("holds");
  expect(result(never, [x])).toBe("fails");
  expect(judged(seen, [])).toMatchObject({ result: "unknown", reason: /did not occur/ });
  expect(result(seen, [x])).toBe("holds");
  expect(result(due, [[2, 0, "ask", {}], x])).toBe("holds");
  expect(result(due, [[4, 0, "ask", {}], x])).toBe("fails");
  expect(result(due, [[7, 0, "ask", {}], x])).toBe("holds");
  const disturbed = eventually(
    "disturbed",
    "x comes.",
    seconds(4),
    () => ({ end: () => ({ reason: "no x", witnesses: [] }) }),
    seconds(7),
  );
  expect(judged(disturbed, [])).toMatchObject({ result: "unknown", reason: /calm lasted 3s/ });
});
