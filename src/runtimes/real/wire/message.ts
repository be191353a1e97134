// A copy of a message as the payload of a frame: six integers and the body as JSON.
import { INCARNATION_MAX } from "../../../core/batch.ts";
import type { Json } from "../../../core/json.ts";
import { SLOT, SLOT_WORDS } from "../../driver/layout.ts";
import type { Slots } from "../../driver/slots.ts";
import { FRAME, frame, PAYLOAD_MAX } from "./frames.ts";

export type WireMessage = {
  readonly from: number;
  readonly to: number;
  readonly stamp: number;
  readonly number: number;
  readonly incarnation: number;
  readonly priority: number;
  readonly body: Json;
};

/** The message in a slot. */
export function messageIn(slots: Slots, slot: number): WireMessage {
  const { words, body } = slots;
  const word = slot * SLOT_WORDS;
  return {
    to: slots.process(slot),
    from: words[word + SLOT.from]!,
    stamp: words[word + SLOT.stamp]!,
    number: words[word + SLOT.number]!,
    incarnation: words[word + SLOT.incarnation]!,
    priority: words[word + SLOT.priority]!,
    body: body[slot] as Json,
  };
}

const FIELDS = 24;
/** Clocks beyond this are not taken: a forged one would end the run. 2^31 is the bound of a clock. */
const STAMP_MAX = 2 ** 31 - 2 ** 20;

/** The frame of a message; undefined if it is longer than a frame may be. */
export function messageFrame(message: WireMessage): Buffer | undefined {
  const text = JSON.stringify(message.body);
  const length = FIELDS + Buffer.byteLength(text);
  if (length + 1 > PAYLOAD_MAX) return undefined;
  return frame(FRAME.message, length, (payload) => {
    payload.writeUInt32BE(message.from, 0);
    payload.writeUInt32BE(message.to, 4);
    payload.writeInt32BE(message.stamp, 8);
    payload.writeUInt32BE(message.number, 12);
    payload.writeUInt32BE(message.incarnation, 16);
    payload.writeInt32BE(message.priority, 20);
    payload.write(text, FIELDS);
  });
}

/** What a payload says; undefined if that is no message. */
export function readMessage(payload: Buffer): WireMessage | undefined {
  if (payload.length <= 1 + FIELDS || payload[0] !== FRAME.message) return undefined;
  const stamp = payload.readInt32BE(9);
  const number = payload.readUInt32BE(13);
  const incarnation = payload.readUInt32BE(17);
  if (stamp < -1 || stamp > STAMP_MAX || number >= 2 ** 31) return undefined;
  if (incarnation < 1 || incarnation > INCARNATION_MAX) return undefined;
  try {
    return {
      from: payload.readUInt32BE(1),
      to: payload.readUInt32BE(5),
      stamp,
      number,
      incarnation,
      priority: payload.readInt32BE(21),
      body: JSON.parse(payload.toString("utf8", 1 + FIELDS)) as Json,
    };
  } catch {
    return undefined;
  }
}
