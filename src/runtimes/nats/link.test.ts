import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "../../core/json.ts";
import { type Frame, frameSchema, Link } from "./link.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Longer than a piece, and one whose pieces would part what is one character. */
const LONG = fc
  .tuple(fc.integer({ min: 90_000, max: 350_000 }), fc.constantFrom("x", '"', "\u0000", "é", "🧵"))
  .map(([length, letter]) => letter.repeat(Math.ceil(length / letter.length)));
const WORD: fc.Arbitrary<Json> = fc.oneof(
  { weight: 20, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: LONG },
);

/** What becomes of a frame that was sent: it comes so many times, each before or after others. */
const FATE = fc.array(fc.nat(20), { maxLength: 3 });

type Act = readonly ["say", 0 | 1, Json] | readonly ["wait", number];
const ACT: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(fc.constant("say" as const), fc.constantFrom(0 as const, 1 as const), WORD),
  fc.tuple(fc.constant("wait" as const), fc.integer({ min: 1, max: 700 })),
);

/** Two ends, and between them what loses, doubles and reorders until it is mended. */
function pair(fates: readonly (readonly number[])[]) {
  let [sent, mended] = [0, false];
  const heard: [Json[], Json[]] = [[], []];
  const carry = (to: 0 | 1) => (frame: Frame) => {
    // As it would come over NATS.
    const text = JSON.stringify(frame);
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    const delays = mended || fates.length === 0 ? [0] : fates[sent++ % fates.length]!;
    for (const delay of delays) {
      setTimeout(() => ends[to].take(frameSchema.parse(JSON.parse(text))), delay * 50);
    }
  };
  const ends = [
    new Link(carry(1), (word) => void heard[0].push(word)),
    new Link(carry(0), (word) => void heard[1].push(word)),
  ] as const;
  return { ends, heard, mend: () => (mended = true) };
}

test("what is said is heard once and in order, whatever is lost, doubled and late", () => {
  fc.assert(
    fc.property(
      fc.array(ACT, { maxLength: 30 }),
      fc.array(FATE, { maxLength: 20 }),
      (acts, fates) => {
        const { ends, heard, mend } = pair(fates);
        const said: [Json[], Json[]] = [[], []];
        for (const act of acts) {
          if (act[0] === "wait") vi.advanceTimersByTime(act[1]);
          else {
            ends[act[1]].say(act[2]);
            said[act[1]].push(JSON.parse(JSON.stringify(act[2])) as Json);
          }
          for (const side of [0, 1] as const) {
            const other = heard[(1 - side) as 0 | 1];
            expect(other).toEqual(said[side].slice(0, other.length));
          }
        }
        mend();
        vi.advanceTimersByTime(60_000);
        expect(heard).toEqual([said[1], said[0]]);
        expect(ends.map(({ quiet }) => quiet)).toEqual([true, true]);
        for (const end of ends) end.close();
        expect(vi.getTimerCount()).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});

test("a thousand words and one of a megabyte come over a link that loses half", () => {
  const { ends, heard } = pair([[], [0], [0, 3], []]);
  const words = Array.from({ length: 1_000 }, (_, at) => ({ at, text: "y".repeat(at) }));
  for (const word of words) ends[0].say(word);
  ends[0].say("z".repeat(1_048_576));
  vi.advanceTimersByTime(60_000);
  expect(heard[1]).toEqual([...words, "z".repeat(1_048_576)]);
  for (const end of ends) end.close();
});

test("what was said before the end leaves at once; after it nothing is said or heard", () => {
  const sent: Frame[] = [];
  const heard: Json[] = [];
  const link = new Link(
    (frame) => void sent.push(frame),
    (word) => void heard.push(word),
  );
  link.say("last");
  link.close();
  expect(sent).toEqual([{ first: 0, pieces: [['"last"', false]], heard: 0 }]);
  link.say("later");
  link.take({ first: 0, pieces: [["1", false]], heard: 0 });
  link.close();
  vi.advanceTimersByTime(10_000);
  expect([sent.length, heard, vi.getTimerCount()]).toEqual([1, [], 0]);
});

test("what is no word is passed over, and what follows is heard", () => {
  const heard: Json[] = [];
  const link = new Link(
    () => {},
    (word) => void heard.push(word),
  );
  link.take({
    first: 0,
    pieces: [
      ["{", false],
      ["1", false],
    ],
    heard: 1_000_000,
  });
  link.take({
    first: 2,
    pieces: [
      ['"a', true],
      ['b"', false],
    ],
    heard: 0,
  });
  expect(heard).toEqual([1, "ab"]);
  link.close();
});
