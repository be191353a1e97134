// What goes over a native wire: frames of a length, a checksum and a payload, whose first byte is
// its type. A reader holds at most one frame and one chunk, whatever it is sent.
import { crc32 } from "node:zlib";

/** Types of frame. All but `message` and `bye` belong to the handshake. */
export const FRAME = {
  hello: 1,
  challenge: 2,
  proof: 3,
  welcome: 4,
  refuse: 5,
  message: 6,
  bye: 7,
};

/** Length and CRC-32 of the payload, 4 bytes each, big-endian. */
export const HEADER = 8;
/** The longest payload of a message: a message is at most 1 MiB. */
export const PAYLOAD_MAX = 1_048_576;
/** Before it is known who is there, nobody may send more than this at once. */
export const GREETING_MAX = 4_096;

/** Why a stream of frames cannot go on. */
export class BrokenFrame extends Error {}

/** A payload with its header, in one buffer. `write` fills the payload, whose first byte is taken. */
export function frame(type: number, length: number, write: (payload: Buffer) => void): Buffer {
  const whole = Buffer.allocUnsafe(HEADER + 1 + length);
  const payload = whole.subarray(HEADER);
  payload[0] = type;
  write(payload.subarray(1));
  whole.writeUInt32BE(payload.length, 0);
  whole.writeUInt32BE(crc32(payload), 4);
  return whole;
}

/** Splits a stream into payloads, however it is cut. */
export class FrameReader {
  /** Payloads longer than this break the stream. */
  max: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(max: number) {
    this.max = max;
  }

  /**
   * The payloads that are complete with this chunk. They are views: use them before the next call.
   * @throws BrokenFrame if a frame is too long, empty, or not what its checksum says
   */
  *read(chunk: Buffer): Generator<Buffer> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = Buffer.alloc(0);
    while (bytes.length >= HEADER) {
      const length = bytes.readUInt32BE(0);
      if (length === 0 || length > this.max) {
        throw new BrokenFrame(`a frame of ${length} bytes, where 1 … ${this.max} may come`);
      }
      const end = HEADER + length;
      if (bytes.length < end) break;
      const payload = bytes.subarray(HEADER, end);
      if (crc32(payload) !== bytes.readUInt32BE(4)) throw new BrokenFrame("a wrong checksum");
      yield payload;
      bytes = bytes.subarray(end);
    }
    // A copy: the chunk it lies in may be large, and what it begins may be long in coming.
    this.#rest = Buffer.from(bytes);
  }
}
