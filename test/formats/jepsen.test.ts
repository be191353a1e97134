// Histories: written so that an independent reader takes them, by Jepsen's rules, and read so that our checks say of
// them what they said of the run itself.
import { parseEDNString } from "edn-data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import abdRegister from "../../examples/abd-register.ts";
import readersKeepIt from "../../examples/wrong/readers-keep-it.ts";
import { verify } from "../../src/checks/checks.ts";
import { linearizable } from "../../src/checks/linearizability/linearizable.ts";
import { type Model, queue, register, set } from "../../src/checks/linearizability/models.ts";
import { parseFault } from "../../src/core/fault-notation.ts";
import type { Json } from "../../src/core/json.ts";
import { seconds } from "../../src/core/micros.ts";
import { newRun } from "../../src/core/new-run.ts";
import { KIND } from "../../src/core/trace-event.ts";
import { ednText, readEdn } from "../../src/formats/edn.ts";
import { WHOLE } from "../../src/formats/format.ts";
import { jepsen, jepsenJson } from "../../src/formats/jepsen.ts";
import { historyTrace, readHistory } from "../../src/formats/jepsen-history.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { Keeper, Trace } from "../../src/trace/trace.ts";
import { TraceWriter } from "../../src/trace/writer.ts";
import { RIGHT } from "../simulation/factory/books.ts";
import { exported } from "./exported.ts";

const settings = { profile: "storm", duration: seconds(5) } as const;
const seeds = Array.from({ length: 100 }, (_, index) => index + 1);

type Moment = { readonly [field: string]: Json };

/** By a reader that is not ours. */
const parsed = (edn: string): readonly Moment[] =>
  edn
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parseEDNString(line, { mapAs: "object", keywordAs: "string" }) as Moment);

/** What is wrong with a history by Jepsen's rules; nothing if it is right. */
function wrongIn(moments: readonly Moment[]): string | undefined {
  const calling = new Map<Json, Moment>();
  const gone = new Set<Json>();
  let last = 0;
  for (const [place, { index, type, process, f, time }] of moments.entries()) {
    if (index !== place) return `index ${index} at ${place}`;
    if (!Number.isInteger(time) || (time as number) < last) return `time ${time} at ${place}`;
    last = time as number;
    if (process === "nemesis") {
      if (type !== "info") return `nemesis has ${type}`;
      continue;
    }
    if (gone.has(process!)) return `${process} acts again at ${place}`;
    if (type === "invoke") {
      if (calling.has(process!)) return `${process} calls twice at ${place}`;
      calling.set(process!, moments[place]!);
    } else {
      if (calling.get(process!)?.f !== f) return `${process} did not call ${f} at ${place}`;
      calling.delete(process!);
      if (type === "info") gone.add(process!);
    }
  }
  return calling.size === 0 ? undefined : "something is open at the end";
}

const judged = (trace: Trace, model: Model = register()): string =>
  verify(trace, [linearizable(model)])[0]!.result;

describe("100 seeds of a register in storms", () => {
  const types = new Set<Json>();
  test.each([
    ["right", abdRegister, ["holds"]],
    ["wrong", readersKeepIt, ["fails", "holds"]],
  ] as const)("%s: read back, the history is judged as the run was", (_, system, expected) => {
    const results = new Set<string>();
    for (const seed of seeds) {
      const trace = simulate(system, { seed, ...settings });
      const { text } = exported(jepsen, trace);
      const moments = parsed(text);
      expect([seed, wrongIn(moments)]).toEqual([seed, undefined]);
      for (const { type, f } of moments) types.add(type!).add(f!);
      const twin = exported(jepsenJson, trace).text;
      expect(JSON.parse(twin)).toEqual(moments);
      expect(readHistory(twin)).toEqual(readHistory(text));
      const result = judged(historyTrace(readHistory(text)));
      expect([seed, result]).toEqual([seed, judged(trace)]);
      results.add(result);
    }
    expect([...results].sort()).toEqual(expected);
  });

  test("all types occur, and faults are told", () => {
    const wanted = ["invoke", "ok", "info", "kill", "start", "pause", "start-partition"];
    expect([...types]).toEqual(expect.arrayContaining(wanted));
  });
});

test("a window has what was called in it, and what it does not see answered is open", () => {
  const trace = simulate(abdRegister, { seed: 3, duration: seconds(8) });
  const choice = {
    ...WHOLE,
    from: seconds(2),
    to: seconds(2) + 920_000,
    processes: new Set([0, 2]),
  };
  const moments = parsed(exported(jepsen, trace, choice).text);
  expect(wrongIn(moments)).toBeUndefined();
  const times = moments.map(({ time }) => (time as number) / 1e9);
  expect([Math.min(...times) >= 2, Math.max(...times) <= 2.92]).toEqual([true, true]);
  expect(new Set(moments.map(({ process }) => Number(process) % 3))).toEqual(new Set([0, 2]));
  expect(moments.at(-1)).toMatchObject({ type: "info", error: "unanswered", time: 2.92e9 });
});

test("of systems without operations, the faults are told, and why there is no more", () => {
  const faults = [parseFault("crash machine_1 1s..2s")];
  const { text, notes } = exported(jepsen, simulate(clocks, { duration: seconds(3), faults }));
  expect(parsed(text).map(({ f }) => f)).toEqual(["kill", "kill", "start", "start"]);
  expect(notes).toEqual([expect.stringContaining("no operations")]);
  for (const seed of seeds.slice(0, 10)) {
    expect(
      wrongIn(parsed(exported(jepsen, simulate(RIGHT, { seed, ...settings })).text)),
    ).toBeUndefined();
  }
  expect(exported(jepsen, simulate(clocks, { duration: seconds(1) })).text).toBe("\n");
  expect(readHistory("\n")).toEqual([]);
  expect(readHistory("[]")).toEqual([]);
});

/** Notes of processes, in their order, a millisecond apart. */
function noted(
  ...lines: readonly (readonly [process: number, name: string, fields: Json])[]
): Trace {
  const keeper = new Keeper();
  const writer = new TraceWriter((batch) => keeper.see(batch));
  for (const [index, [process, name, fields]] of lines.entries()) {
    writer.mark();
    writer.record((index + 1) * 1_000, KIND.internal, process, 1, index + 1, 0, -1, -1, 0);
    writer.detail({ name, fields });
  }
  writer.close();
  return new Trace(newRun(clocks, { duration: seconds(1) }), ["a", "b"], keeper.end());
}

test("each kind of call is written in Jepsen's way", () => {
  const trace = noted(
    [0, "invoke", { id: 1, call: "write", value: 3 }],
    [1, "invoke", { id: 1, call: "read" }],
    [0, "return", { id: 1, result: null }],
    [1, "return", { id: 1, result: 3 }],
    [0, "invoke", { id: 2, call: "cas", value: [3, 4] }],
    [0, "return", { id: 2, result: true }],
    [0, "invoke", { id: 3, call: "cas", value: [3, 5] }],
    [0, "invoke", { id: 4, call: "write", value: 6 }],
    [0, "return", { id: 3, result: false }],
    [0, "fail", { id: 4 }],
    [1, "invoke", { id: 2, call: "read" }],
  );
  const lines = exported(jepsen, trace).text.split("\n");
  expect(lines.slice(0, 2)).toEqual([
    "{:index 0, :type :invoke, :process 0, :f :write, :value 3, :time 1000000}",
    "{:index 1, :type :invoke, :process 1, :f :read, :value nil, :time 2000000}",
  ]);
  const told = parsed(lines.join("\n")).map(({ type, process, f, value, result }) =>
    result === undefined ? [type, process, f, value] : [type, process, f, value, result],
  );
  expect(told.slice(2)).toEqual([
    ["ok", 0, "write", 3],
    ["ok", 1, "read", 3],
    ["invoke", 0, "cas", [3, 4]],
    ["ok", 0, "cas", [3, 4]],
    ["invoke", 0, "cas", [3, 5]],
    // A process of ours that does two things at once is two clients.
    ["invoke", 2, "write", 6],
    ["fail", 0, "cas", [3, 5], false],
    ["fail", 2, "write", 6],
    ["invoke", 1, "read", null],
    ["info", 1, "read", null],
  ]);
  expect(judged(historyTrace(readHistory(lines.join("\n"))))).toBe("holds");
});

const MODELS: readonly (readonly [string, Model, Trace, Trace])[] = [
  [
    "registers by key",
    register(),
    noted(
      [0, "invoke", { id: 1, call: "write", value: 1, key: "x" }],
      [0, "return", { id: 1, result: null }],
      [1, "invoke", { id: 1, call: "read", key: "y" }],
      [1, "return", { id: 1, result: null }],
      [1, "invoke", { id: 2, call: "cas", value: [1, 2], key: "x" }],
      [1, "return", { id: 2, result: true }],
    ),
    noted(
      [0, "invoke", { id: 1, call: "write", value: 1, key: "x" }],
      [0, "return", { id: 1, result: null }],
      [1, "invoke", { id: 1, call: "read", key: "y" }],
      [1, "return", { id: 1, result: 1 }],
    ),
  ],
  [
    "a set",
    set(),
    noted(
      [0, "invoke", { id: 1, call: "add", value: "x" }],
      [0, "return", { id: 1, result: false }],
      [0, "invoke", { id: 2, call: "has", value: "x" }],
      [0, "return", { id: 2, result: true }],
    ),
    noted(
      [0, "invoke", { id: 1, call: "add", value: "x" }],
      [0, "return", { id: 1, result: false }],
      [0, "invoke", { id: 2, call: "has", value: "x" }],
      [0, "return", { id: 2, result: false }],
    ),
  ],
  [
    "a queue",
    queue(),
    noted(
      [0, "invoke", { id: 1, call: "enqueue", value: "x" }],
      [0, "return", { id: 1, result: null }],
      [1, "invoke", { id: 1, call: "dequeue" }],
      [1, "return", { id: 1, result: "x" }],
    ),
    noted(
      [0, "invoke", { id: 1, call: "enqueue", value: "x" }],
      [0, "return", { id: 1, result: null }],
      [1, "invoke", { id: 1, call: "dequeue" }],
      [1, "return", { id: 1, result: null }],
    ),
  ],
];

test.each(MODELS)("%s: judged alike before and after", (_, model, right, wrong) => {
  for (const format of [jepsen, jepsenJson]) {
    const back = (trace: Trace) => historyTrace(readHistory(exported(format, trace).text));
    expect([judged(right, model), judged(back(right), model)]).toEqual(["holds", "holds"]);
    expect([judged(wrong, model), judged(back(wrong), model)]).toEqual(["fails", "fails"]);
  }
});

test("a history as Jepsen's own tools print it: tags, a vector, comments, several nemeses", () => {
  const text = `; a test of a register
  [#jepsen.history.Op{:index 0, :time 1500, :type :invoke, :process 0, :f :write, :value 1N}
   {:type :info :process :nemesis :f :kill :value #{"n1" "n2"} :time 2000.0 :index 1}
   #_{:type :nothing}
   {:type :ok,:process 0,:f :write,:value 1, :time 2600, :index 2}
   {:type :invoke, :process 1, :f :read, :value nil, :time 9000, :index 3, :error [:timeout "é\\n"]}
   {:type :ok, :process 1, :f :read, :value 2, :time 9999, :index 4}]`;
  const moments = readHistory(text);
  expect(moments).toHaveLength(5);
  expect(moments[1]).toEqual({
    type: "info",
    process: "nemesis",
    f: "kill",
    value: ["n1", "n2"],
    time: 2_000,
  });
  const trace = historyTrace(moments);
  expect(trace.names).toEqual(["client 0", "client 1", "nemesis"]);
  expect(trace.run.duration).toBe(9);
  expect(judged(trace)).toBe("fails");
  expect(judged(historyTrace(readHistory(text.replace(":value 2,", ":value 1,"))))).toBe("holds");
});

describe("what is no history is refused, with the line", () => {
  const invoke = "{:type :invoke, :process 0, :f :read, :value nil}";
  test.each([
    [
      `${invoke}\n{:type :done, :process 0}`,
      /line 2: moment 1: :type is "done"; expected invoke, ok/,
    ],
    [`${invoke}\n\n${invoke}`, /line 3: process 0 calls read while its read is not answered/],
    ["{:type :ok, :process 0, :f :read}", /line 1: process 0 has ok for what it did not call/],
    [
      `${invoke}\n{:type :info :process 0 :f :read}\n${invoke}`,
      /line 3: process 0 had info, and acts again/,
    ],
    ["{:type :info :process -1 :f :x}", /:process is -1; expected a whole number or a name/],
    ["{:type :info :process 1 :f nil}", /:f is null/],
    ["{:type :info :process :n :f :x :time :late}", /:time is "late"; expected nanoseconds/],
    ["[1 2]", /line 1: moment 0 is no map/],
    [`[${invoke}`, /line 1: it ends before its \]/],
    [`[${invoke}] 5`, /something follows/],
    [`${invoke}\n{:type`, /line 2: it ends before its }/],
    ["{:a 1 :b}", /a key without a value/],
    ['{:a "x}', /a text does not end/],
    ["{:a 1x}", /1x is no number/],
    [")", /line 1: \) opens nothing/],
    ["[".repeat(100), /nests deeper than 64/],
    ['{"type": "invoke", "process": 0, "f": "read"}\n{"type"', /line 2: /],
    ['[{"type": "invoke"}]', /moment 0: :process is null/],
  ])("%s", (text, says) => {
    expect(() => readHistory(text)).toThrow(
      expect.objectContaining({ code: "history/unreadable", message: expect.stringMatching(says) }),
    );
  });
});

test("any JSON is written as EDN that both readers read back", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (any) => {
      const value = JSON.parse(JSON.stringify(any)) as Json;
      const text = ednText(value);
      expect([...readEdn(`[${text}]`)]).toEqual([{ value, line: 1 }]);
    }),
    { numRuns: 500 },
  );
  const value = { a: [1, -2.5, 1e-7, null, true, { b: 'é"\\\n\t' }] };
  expect(parseEDNString(ednText(value), { mapAs: "object", keywordAs: "string" })).toEqual(value);
});
