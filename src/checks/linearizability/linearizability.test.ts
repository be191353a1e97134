// The search against all orders tried one by one, against published verdicts, and at length.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../core/json.ts";
import { type Model, type ModelState, queue, register, set } from "./models.ts";
import { linearize, type Operation } from "./search.ts";

/** By the definition: is there any order at all? For few operations. */
function byDefinition(model: Model, operations: readonly Operation[]): boolean {
  const place = (left: readonly Operation[], state: ModelState): boolean => {
    if (left.every(({ returned }) => returned === Number.POSITIVE_INFINITY)) return true;
    const firstReturn = Math.min(...left.map(({ returned }) => returned));
    return left.some((operation, index) => {
      if (operation.called > firstReturn) return false;
      const next = model.step(state, operation);
      return next !== undefined && place(left.toSpliced(index, 1), next);
    });
  };
  return place(operations, model.initial);
}

const value = fc.integer({ min: 0, max: 2 });
const maybe = (results: fc.Arbitrary<Json>): fc.Arbitrary<{ result?: Json }> =>
  fc.oneof(
    { weight: 5, arbitrary: results.map((result) => ({ result })) },
    { weight: 1, arbitrary: fc.constant({}) },
  );
const nullable = fc.oneof(value, fc.constant(null));
type Made = { call: string; value: Json; result?: Json };
const call = (name: string, given: fc.Arbitrary<Json>, results: fc.Arbitrary<Json>) =>
  fc.tuple(given, maybe(results)).map(([each, end]): Made => ({ call: name, value: each, ...end }));
const nothing = fc.constant<Json>(null);

const MODELS: readonly (readonly [Model, fc.Arbitrary<Made>])[] = [
  [
    register(),
    fc.oneof(
      call("write", value, nothing),
      call("read", nothing, nullable),
      call("cas", fc.tuple(nullable, value), fc.boolean()),
    ),
  ],
  [
    set(),
    fc.oneof(
      call("add", fc.constant(1), fc.boolean()),
      call("remove", fc.constant(1), fc.boolean()),
      call("has", fc.constant(1), fc.boolean()),
    ),
  ],
  [queue(), fc.oneof(call("enqueue", value, nothing), call("dequeue", nothing, nullable))],
];

/** Operations with moments that are all different; those without a result never return. */
const history = (made: fc.Arbitrary<Made>): fc.Arbitrary<Operation[]> =>
  fc
    .array(fc.tuple(made, fc.nat({ max: 1_000 }), fc.integer({ min: 1, max: 300 })), {
      maxLength: 7,
    })
    .map((operations) =>
      operations.map(([operation, at, length], index) => ({
        ...operation,
        called: at * 100 + index,
        returned:
          "result" in operation ? (at + length) * 100 + 50 + index : Number.POSITIVE_INFINITY,
      })),
    );

describe.each(MODELS)("$name", (model, made) => {
  test("the search agrees with trying all orders", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(history(made), (operations) => {
        const { result } = linearize(model, operations);
        expect(result === "linearizable").toBe(byDefinition(model, operations));
        seen.add(result);
      }),
      { numRuns: 3_000 },
    );
    expect([...seen].sort()).toEqual(["linearizable", "not"]);
  });
});

const FILE = join(import.meta.dirname, "../../../test/golden/etcd-histories.txt");
const told = readFileSync(FILE, "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(" "));

function read(tokens: readonly string[]): Operation[] {
  const operations: { -readonly [field in keyof Operation]: Operation[field] }[] = [];
  const open = new Map<string, (typeof operations)[number]>();
  const digit = (text: string | undefined): Json => (text === undefined ? null : Number(text));
  tokens.forEach((token, at) => {
    const [, process = "", kind = "", given = "", end = "", result] =
      /^(\d+)([rwc])(\d*)([?.!]|=(.*))$/.exec(token)!;
    if (end === "?") {
      const called = { called: at, returned: Number.POSITIVE_INFINITY };
      const made = kind === "c" ? [digit(given[0]), digit(given[1])] : digit(given[0]);
      const name = { r: "read", w: "write", c: "cas" }[kind]!;
      const operation = { call: name, value: made, ...called };
      operations.push(operation);
      open.set(process, operation);
      return;
    }
    const operation = open.get(process)!;
    // A read that gave up says nothing.
    if (kind === "r" && end === "!") return;
    operation.returned = at;
    operation.result = kind === "r" ? (result === "-" ? null : Number(result)) : null;
    if (kind === "c") operation.result = end === ".";
  });
  return operations;
}

test.each(told)("%s is %s, as published", (_name, verdict, ...tokens) => {
  const found = linearize(register(), read(tokens));
  expect(found.result).toBe(verdict);
});

/** A register kept by some 10 clients, a few of whose writes never come back. */
function long(length: number): Operation[] {
  let state: Json = null;
  let dice = 12_345;
  const roll = (sides: number): number => {
    dice = (Math.imul(dice, 1_103_515_245) + 12_345) >>> 0;
    return (dice >>> 8) % sides;
  };
  return Array.from({ length }, (_, number): Operation => {
    // Each takes effect at its own moment, and is called before and returns after it: up to 10 overlap.
    const [called, returned] = [number * 100 - roll(500), number * 100 + 1 + roll(500)];
    if (roll(5_000) === 0) {
      return { call: "write", value: -number, called, returned: Number.POSITIVE_INFINITY };
    }
    if (roll(2) === 0) return { call: "read", value: null, result: state, called, returned };
    state = roll(1_000);
    return { call: "write", value: state, result: null, called, returned };
  });
}

test("100,000 operations of a register by 10 clients, some of which never come back", () => {
  expect(linearize(register(), long(100_000)).result).toBe("linearizable");
});

test("of many operations, the first that nothing explains is named", () => {
  const operations = long(10_000);
  const wrong = operations.findLastIndex(({ call: name }) => name === "read");
  operations[wrong] = { ...operations[wrong]!, result: 5_000 };
  expect(linearize(register(), operations)).toEqual({ result: "not", stuck: wrong });
});

test("too many that overlap are undecided, not wrong", () => {
  const crowd = Array.from({ length: 40 }, (_, index) => ({
    call: "write",
    value: index,
    result: null,
    called: index,
    returned: 1_000 + index,
  }));
  const reader = { call: "read", value: null, result: 99, called: 1, returned: 2_000 };
  expect(linearize(register(), [...crowd, reader], 10_000).result).toBe("unknown");
});
