// Clients and checks in virtual time, on nodes that are processes: right ones hold, and each check fails where it should.
import { describe, expect, test } from "vitest";
import { broadcaster } from "../../../examples/maelstrom-broadcast.ts";
import { checksOf, verify } from "../../checks/checks.ts";
import type { Verdict } from "../../core/check.ts";
import { parseFault } from "../../core/fault-notation.ts";
import type { Json } from "../../core/json.ts";
import { seconds } from "../../core/micros.ts";
import type { RunSettings } from "../../core/new-run.ts";
import type { AnyProcess, Process } from "../../core/process.ts";
import { simulate } from "../../runtimes/sim/simulate.ts";
import type { Trace } from "../../trace/trace.ts";
import type { Ask, Body } from "./body.ts";
import { maelstromOf } from "./maelstrom.ts";
import { gridOf } from "./topology.ts";

/** A node that knows all that there is to know: it answers from what its state is, which all nodes may share. */
const answering = <State>(
  initial: () => State,
  answer: (state: State, body: Body, self: number) => Ask | undefined,
): Process<State, Body> => ({
  start: initial,
  receive(state, from, body, context) {
    const says = answer(state, body, context.self);
    if (says !== undefined) context.send(from, { ...says, in_reply_to: body.msg_id ?? 0 });
    return state;
  },
  timeout: (state) => state,
});

const LOAD = { load: 4, quiet: 1, rate: 20, timeout: 1, nodes: 3 };

/** What the workload's own check, or the one of that name, says of a run on these nodes. */
function judged(
  workload: string,
  node: AnyProcess | ((id: number) => AnyProcess),
  { params, ...settings }: RunSettings = {},
): { readonly trace: Trace; readonly verdicts: ReadonlyMap<string, Verdict> } {
  const system = maelstromOf("nodes", (id) => (typeof node === "function" ? node(id) : node));
  const asked = { workload, ...LOAD, ...(params as { readonly [name: string]: Json } | undefined) };
  const trace = simulate(system, { duration: seconds(10), params: asked, ...settings });
  const verdicts = verify(trace, checksOf(trace.run, system));
  return { trace, verdicts: new Map(verdicts.map((verdict) => [verdict.check, verdict])) };
}

const failure = (verdict: Verdict | undefined): string =>
  verdict?.result === "fails" ? verdict.reason : `it ${verdict?.result}`;

const echo = answering(
  () => null,
  (_, { echo = null }) => ({ type: "echo_ok", echo }),
);

test("the same seed asks for the same, at the same instants", () => {
  const runs = [1, 1, 2].map((seed) =>
    [...judged("echo", echo, { seed }).trace]
      .filter(({ kind }) => kind === "internal")
      .map(({ timeMicros, detail }) => [timeMicros, detail]),
  );
  expect(runs[0]).toEqual(runs[1]);
  expect(runs[0]).not.toEqual(runs[2]);
  expect(runs[0]!.length).toBeGreaterThan(60);
});

test("operations come at the rate that was asked for", () => {
  const { trace } = judged("echo", echo, { params: { rate: 300, clients: 12 } });
  const asked = [...trace].filter(
    ({ detail }) => (detail as { readonly name?: string } | undefined)?.name === "invoke",
  );
  expect(asked.length / LOAD.load).toBeGreaterThan(240);
  expect(asked.length / LOAD.load).toBeLessThan(360);
});

test("links of clients lose and delay nothing, and `*` means nodes alone", () => {
  const faults = ["partition n0|* 0s..4s", "loss *|* 0s..4s 1", "delay *|* 0s..4s 1s"];
  const { trace, verdicts } = judged("echo", echo, { faults: faults.map(parseFault) });
  expect(verdicts.get("echo")?.result).toBe("holds");
  expect([...trace].filter(({ kind }) => kind === "drop")).toEqual([]);
});

test("profiles strike nodes alone", () => {
  const outside = /^(c\d+|lin-kv|seq-kv|lww-kv|lin-tso)$/;
  for (let seed = 1; seed <= 20; seed++) {
    const { trace } = judged("echo", echo, { seed, profile: "crashy" });
    const struck = [...trace].filter(({ kind }) => kind === "crash" || kind === "pause");
    for (const { process } of struck) expect(trace.names[process]).not.toMatch(outside);
  }
});

describe("well-formed-answers", () => {
  test.each([
    ["of another type", { type: "ecko_ok", echo: "x" }, /its type is not "echo_ok"/],
    ["with a field too many", { type: "echo_ok", echo: "x", more: 1 }, /it has a field "more"/],
    ["without its field", { type: "echo_ok" }, /its field "echo" is missing/],
    ["an error without a code", { type: "error" }, /an error has a code/],
  ])("fails on an answer %s", (_, says, reason) => {
    const wrong = answering(
      () => null,
      () => says as Ask,
    );
    expect(failure(judged("echo", wrong).verdicts.get("well-formed-answers"))).toMatch(reason);
  });
});

test("each-call-done is unknown where a call is never done, and says why", () => {
  const refusing = answering(
    () => null,
    () => ({ type: "error", code: 10, text: "no such thing" }),
  );
  expect(judged("echo", refusing).verdicts.get("each-call-done")).toMatchObject({
    result: "unknown",
    reason: expect.stringMatching(/of \d+ echo none was done; the first: code 10, no such thing/),
  });
});

test("echo fails if something else comes back", () => {
  const wrong = answering(
    () => ({ last: "nothing" as Json }),
    (state, { echo = null }) => {
      const { last } = state;
      state.last = echo;
      return { type: "echo_ok", echo: last };
    },
  );
  const reason = failure(judged("echo", wrong).verdicts.get("echo"));
  expect(reason).toMatch(/n\d was sent "please echo \d+" and answered "nothing"/);
});

test("unique-ids fails on an id that was given out before", () => {
  const wrong = answering(
    () => ({ count: 0 }),
    (state) => ({ type: "generate_ok", id: state.count++ }),
  );
  const reason = failure(judged("unique-ids", wrong).verdicts.get("unique-ids"));
  expect(reason).toMatch(/id 0 was given out by n\d at .* and by n\d at/);
});

describe("broadcast", () => {
  const faults = ["partition n0|* 1s..2s"].map(parseFault);
  const broadcast = (tellsOnce: boolean) =>
    judged("broadcast", (id) => broadcaster(id, { nodes: LOAD.nodes }, { tellsOnce }), { faults });

  test("holds if neighbours are told until they know", () => {
    expect(broadcast(false).verdicts.get("broadcast")?.result).toBe("holds");
  });

  test("fails if they are told once", () => {
    const reason = failure(broadcast(true).verdicts.get("broadcast"));
    expect(reason).toMatch(/acknowledged by n\d at .* is missing from the last read of n\d/);
  });

  test("fails on a message that nobody sent", () => {
    const wrong = answering(
      () => null,
      (_, { type }) =>
        type === "read" ? { type: "read_ok", messages: [4711] } : { type: "broadcast_ok" },
    );
    const reason = failure(judged("broadcast", wrong).verdicts.get("broadcast"));
    expect(reason).toMatch(/has 4711, for which nobody asked/);
  });

  test("is unknown where a node was not read at last", () => {
    const crash = [parseFault("crash n1 3s")];
    const node = (id: number) => broadcaster(id, { nodes: LOAD.nodes });
    const { verdicts } = judged("broadcast", node, { faults: crash });
    expect(verdicts.get("broadcast")).toEqual({
      ...verdicts.get("broadcast"),
      ...{ result: "unknown", reason: "there is no last read of n1" },
    });
  });
});

/** One counter that all nodes share; each add counts so often. */
const counter = (times: (delta: number) => number) => {
  const shared = { count: 0 };
  return answering(
    () => shared,
    (state, { type, delta }) => {
      if (type === "read") return { type: "read_ok", value: state.count };
      state.count += times(delta as number) * (delta as number);
      return { type: "add_ok" };
    },
  );
};

describe.each(["g-counter", "pn-counter"])("%s", (workload) => {
  test("holds if each add counts once", () => {
    expect(
      judged(
        workload,
        counter(() => 1),
      ).verdicts.get(workload)?.result,
    ).toBe("holds");
  });

  test("fails if one is lost, and names adds that may have undone each other", () => {
    const lossy = counter((delta) => (delta === 3 ? 0 : 1));
    const reason = failure(judged(workload, lossy).verdicts.get(workload));
    expect(reason).toMatch(/acknowledged adds make -?\d+: \d+ too little/);
  });

  test("fails if one counts twice", () => {
    const reason = failure(
      judged(
        workload,
        counter((delta) => (delta > 0 ? 2 : 1)),
      ).verdicts.get(workload),
    );
    expect(reason).toMatch(/too much/);
  });

  test("allows for adds of which nobody knows, and for nothing else", () => {
    // Who is told to add 3 does so, and never says so.
    const shared = { count: 0 };
    const silent = answering(
      () => shared,
      (state, { type, delta }) => {
        if (type === "read") return { type: "read_ok", value: state.count };
        state.count += delta as number;
        return delta === 3 ? undefined : { type: "add_ok" };
      },
    );
    expect(judged(workload, silent).verdicts.get(workload)?.result).toBe("holds");
  });
});

test("lin-kv fails on a write that was lost", () => {
  const store = new Map<Json, Json>();
  let writes = 0;
  const forgetful = answering(
    () => store,
    (values, { type, key = null, value = null }) => {
      if (type === "read") return { type: "read_ok", value: values.get(key) ?? null };
      if (type === "cas") return { type: "error", code: 11, text: "not now" };
      if (++writes % 5 !== 0) values.set(key, value);
      return { type: "write_ok" };
    },
  );
  const { verdicts } = judged("lin-kv", forgetful, { params: { rate: 60 } });
  expect(failure(verdicts.get("linearizable-register"))).toMatch(/at key \d+ by c\d/);
});

test("who does not know what became of an operation acts on as another client", () => {
  const silent = answering(
    () => null,
    () => undefined,
  );
  const { trace } = judged("unique-ids", silent);
  const clients = [...trace].flatMap(({ process, detail }) => {
    const { name, fields } = (detail ?? {}) as { name?: string; fields?: { client?: number } };
    return trace.names[process] === "c0" && name === "invoke" ? [fields!.client] : [];
  });
  expect(clients.slice(0, 3)).toEqual([0, 3, 6]);
});

test("the grid of 5 nodes", () => {
  expect(gridOf(5)).toEqual({
    n0: ["n3", "n1"],
    n1: ["n4", "n0", "n2"],
    n2: ["n1"],
    n3: ["n0", "n4"],
    n4: ["n1", "n3"],
  });
});
