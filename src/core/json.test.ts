import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copied } from "./json.ts";

/** Whatever a program may hand over, also what JSON cannot carry. */
const anything = fc.anything({
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  withObjectString: true,
  values: [
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(
      null,
      undefined,
      -0,
      Number.NaN,
      () => 1,
      { toJSON: () => "said" },
      JSON.parse('{"__proto__":1}'),
    ),
  ],
});
const container = anything.filter((value) => typeof value === "object" && value !== null);

describe("copied", () => {
  test("is what JSON makes of it, to the order of keys", () => {
    fc.assert(
      fc.property(container, (value) => {
        const throughText: unknown = JSON.parse(JSON.stringify(value));
        expect(copied(value)).toStrictEqual(throughText);
        expect(JSON.stringify(copied(value))).toBe(JSON.stringify(throughText));
      }),
      { numRuns: 2_000 },
    );
  });

  test("is not reached by changes of the original", () => {
    const original = { list: [{ a: 1 }], b: 2 };
    const copy = copied(original);
    original.list[0]!.a = 7;
    original.b = 7;
    expect(copy).toEqual({ list: [{ a: 1 }], b: 2 });
  });
});
