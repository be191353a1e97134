import fc from "fast-check";
import { expect, test } from "vitest";
import { BrokenFrame, FRAME, FrameReader, frame, PAYLOAD_MAX } from "./frames.ts";
import { messageFrame, readMessage } from "./message.ts";

/** The same bytes, cut at some places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

const message = fc.record({
  from: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  to: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  stamp: fc.integer({ min: -1, max: 2 ** 30 }),
  number: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  incarnation: fc.integer({ min: 1, max: 2 ** 14 - 2 }),
  priority: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  body: fc.jsonValue(),
});

test("messages arrive as they were sent, however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat()), (messages, cuts) => {
      const stream = Buffer.concat(messages.map((each) => messageFrame(each as never)!));
      const reader = new FrameReader(PAYLOAD_MAX);
      const read = pieces(stream, cuts).flatMap((piece) =>
        [...reader.read(piece)].map((payload) => readMessage(payload)),
      );
      // What a codec cannot carry (−0) is what JSON makes of it.
      expect(read).toEqual(JSON.parse(JSON.stringify(messages)));
    }),
  );
});

test("a flipped bit never passes for a message", () => {
  fc.assert(
    fc.property(message, fc.nat(), (given, place) => {
      const bytes = messageFrame(given as never)!;
      const bit = place % (8 * bytes.length);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const reader = new FrameReader(PAYLOAD_MAX);
      let read: Buffer[] = [];
      try {
        read = [...reader.read(bytes)];
      } catch (cause) {
        expect(cause).toBeInstanceOf(BrokenFrame);
      }
      // A length that grew waits for more; nothing is handed over.
      expect(read).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test("a frame of 4 GB is refused by its header, and so is an empty one", () => {
  for (const length of [0xffff_ffff, PAYLOAD_MAX + 1, 0]) {
    const header = Buffer.alloc(8);
    header.writeUInt32BE(length);
    expect(() => [...new FrameReader(PAYLOAD_MAX).read(header)]).toThrow(BrokenFrame);
  }
});

test("payloads that are no message are none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const payload = Buffer.from(bytes);
      const read = readMessage(payload);
      if (read !== undefined) expect(read.incarnation).toBeGreaterThan(0);
    }),
  );
  const short = frame(FRAME.message, 3, () => {}).subarray(8);
  expect(readMessage(short)).toBeUndefined();
});

test("a message longer than a frame is not made into one", () => {
  const long = "x".repeat(PAYLOAD_MAX);
  const given = { from: 0, to: 1, stamp: 1, number: 0, incarnation: 1, priority: 0 };
  expect(messageFrame({ ...given, body: long })).toBeUndefined();
});
