import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode, type ForeignWire, wireReader } from "./foreign-wires.ts";

const WIRES: readonly ForeignWire[] = [
  "int32-be",
  "int32-le",
  "uint64-le",
  "decimal-line",
  "clock-colon-id",
];
const TAGS = ["1", "2", "31", "32"];

describe.each(WIRES)("wire %s", (wire) => {
  test("clocks arrive as they were sent, joined or split anywhere", () => {
    const clock = fc.integer({ min: 0, max: 2 ** 30 });
    fc.assert(
      fc.property(fc.array(clock, { maxLength: 20 }), fc.array(fc.nat()), (clocks, cuts) => {
        const tags = clocks.map((each) => TAGS[each % TAGS.length]!);
        const stream = Buffer.concat(clocks.map((each, at) => encode(wire, each, tags[at]!)));
        const reader = wireReader(wire, TAGS);
        const at = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort(
          (a, b) => a - b,
        );
        const heard = at.flatMap((end, index) =>
          reader.read(stream.subarray(at[index - 1] ?? 0, end)),
        );
        expect(heard.map((each) => each.clock)).toEqual(clocks);
        if (wire === "clock-colon-id") expect(heard.map((each) => each.tag)).toEqual(tags);
        expect(reader.refused).toBe(0);
      }),
    );
  });

  test("garbage is counted, gives no clock out of range, and does not grow", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
        const reader = wireReader(wire, TAGS);
        for (const chunk of chunks) {
          for (const { clock } of reader.read(Buffer.from(chunk))) {
            expect(clock).toBeGreaterThanOrEqual(0);
            expect(clock).toBeLessThan(2 ** 31);
          }
        }
        expect(JSON.stringify(reader).length).toBeLessThan(1_000);
      }),
    );
  });
});

test.each([
  ["int32-be", Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5]), [5], 1],
  ["uint64-le", Buffer.concat([Buffer.alloc(8, 0xff), encode("uint64-le", 7, "")]), [7], 1],
  ["decimal-line", Buffer.from("12\nhello\n-4\n1e3\n99999999999\n13\n"), [12, 13], 4],
  ["decimal-line", Buffer.from(`${"9".repeat(5_000)}\n8\n`), [8], 1],
  ["clock-colon-id", Buffer.from("5:1 garbage 12:31\n7:9 8:2"), [5, 12, 8], 2],
] as const)("%s passes over what is no clock: %j", (wire, bytes, clocks, refused) => {
  const reader = wireReader(wire, TAGS);
  expect(reader.read(bytes).map(({ clock }) => clock)).toEqual(clocks);
  expect(reader.refused).toBe(refused);
});
