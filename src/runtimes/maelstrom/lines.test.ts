import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lines, lineOf, readMessage } from "./lines.ts";

describe("lines", () => {
  test("come out whole, however they were cut into pieces", () => {
    const text = fc.array(fc.string().filter((line) => !/[\n\r]/.test(line) && line.trim() !== ""));
    fc.assert(
      fc.property(text, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (lines, sizes) => {
        const seen: string[] = [];
        const cutter = new Lines((line) => seen.push(line));
        const whole = lines.map((line) => `${line}\n`).join("");
        for (let at = 0; at < whole.length; ) {
          const size = sizes.next().value as number;
          cutter.add(whole.slice(at, at + size));
          at += size;
        }
        expect(seen).toEqual(lines);
      }),
    );
  });

  test("one without an end is refused before memory runs out", () => {
    const cutter = new Lines(() => {});
    const piece = "x".repeat(1_000_000);
    expect(() => {
      for (let count = 0; count < 10; count++) cutter.add(piece);
    }).toThrow(/longer than 4194304 characters/);
  });
});

describe("a message", () => {
  test.each([
    ["hello", /not JSON/],
    ["[]", /src is no string/],
    ["null", /src is no string/],
    ['{"src":"n0","body":{}}', /dest is no string/],
    ['{"src":"n0","dest":"n1","body":[]}', /body is no object/],
  ])("is not %s", (line, says) => {
    expect(() => readMessage(line)).toThrow(says);
  });

  test("comes back as it was", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        const line = JSON.stringify({ src: "n0", dest: "n1", body });
        expect(JSON.parse(lineOf(readMessage(line)))).toEqual(JSON.parse(line));
      }),
    );
  });

  test("keeps numbers that a double does not hold", () => {
    const body = '{"type":"x","id":12345678901234567890,"list":[-9007199254740993,1.5,7]}';
    const line = `{"src":"n0","dest":"n1","body":${body}}`;
    expect(lineOf(readMessage(line))).toBe(line);
  });

  test("keeps digits in strings, in names of fields and behind a point", () => {
    const body =
      '{"type":"x","12345678901234567890":"12345678901234567890","a":"\\"1234567890123456789"}';
    const line = `{"src":"n0","dest":"n1","body":${body}}`;
    expect(lineOf(readMessage(line))).toBe(line);
    const fraction = readMessage('{"src":"n0","dest":"n1","body":{"a":0.12345678901234567890}}');
    expect(fraction.body.a).toBeCloseTo(0.123456789);
  });
});
