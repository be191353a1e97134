// The bytes of other programs' wires: nothing but clocks. Readers take a stream however it is cut,
// and pass over what is no clock.

/** The largest clock that is taken. */
const CLOCK_MAX = 2 ** 30;
/** A line longer than this is none. */
const LINE_MAX = 64;
/** What may stand between messages on `clock-colon-id`. */
const SPACES = " \n\r\t";

export type ForeignWire = Exclude<typeof import("../machines.ts").WIRES[number], "native">;

/** A clock that was read, and what its sender calls himself if the wire says it. */
export type Heard = { readonly clock: number; readonly tag?: string };

/** Reads one stream. What is no clock is counted. */
export interface WireReader {
  readonly refused: number;
  read(chunk: Buffer): Heard[];
}

/** A clock as that wire writes it. */
export function encode(wire: ForeignWire, clock: number, tag: string): Buffer {
  switch (wire) {
    case "int32-be":
    case "int32-le": {
      const bytes = Buffer.alloc(4);
      if (wire === "int32-be") bytes.writeInt32BE(clock);
      else bytes.writeInt32LE(clock);
      return bytes;
    }
    case "uint64-le": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(clock));
      return bytes;
    }
    case "decimal-line":
      return Buffer.from(`${clock}\n`);
    case "clock-colon-id":
      return Buffer.from(`${clock}:${tag}`);
  }
}

/** `tags`: what others may call themselves. */
export function wireReader(wire: ForeignWire, tags: readonly string[]): WireReader {
  switch (wire) {
    case "int32-be":
      return new FixedReader(4, (bytes) => bytes.readInt32BE());
    case "int32-le":
      return new FixedReader(4, (bytes) => bytes.readInt32LE());
    case "uint64-le":
      return new FixedReader(8, (bytes) => Number(bytes.readBigUInt64LE()));
    case "decimal-line":
      return new LineReader();
    case "clock-colon-id":
      return new TaggedReader(tags);
  }
}

const isClock = (clock: number): boolean =>
  Number.isInteger(clock) && clock >= 0 && clock <= CLOCK_MAX;

/** Clocks of so many bytes each. */
class FixedReader implements WireReader {
  refused = 0;
  readonly #size: number;
  readonly #decode: (bytes: Buffer) => number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(size: number, decode: (bytes: Buffer) => number) {
    this.#size = size;
    this.#decode = decode;
  }

  read(chunk: Buffer): Heard[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const whole = bytes.length - (bytes.length % this.#size);
    const heard: Heard[] = [];
    for (let at = 0; at < whole; at += this.#size) {
      const clock = this.#decode(bytes.subarray(at, at + this.#size));
      if (isClock(clock)) heard.push({ clock });
      else this.refused++;
    }
    this.#rest = Buffer.from(bytes.subarray(whole));
    return heard;
  }
}

/** Decimal numbers, each with a newline behind it. */
class LineReader implements WireReader {
  refused = 0;
  #rest = "";
  /** The line under way is too long: its end is awaited. */
  #overlong = false;

  read(chunk: Buffer): Heard[] {
    const lines = (this.#rest + chunk.toString("latin1")).split("\n");
    this.#rest = lines.pop() ?? "";
    const heard: Heard[] = [];
    for (const line of lines) {
      const text = line.trim();
      const clock = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      if (this.#overlong) this.#overlong = false;
      else if (isClock(clock)) heard.push({ clock });
      else this.refused++;
    }
    if (this.#rest.length > LINE_MAX) {
      if (!this.#overlong) this.refused++;
      this.#overlong = true;
      this.#rest = "";
    }
    return heard;
  }
}

/**
 * `clock:tag` with nothing between one and the next. As no tag begins like another, it is plain where
 * each ends.
 */
class TaggedReader implements WireReader {
  refused = 0;
  readonly #tags: readonly string[];
  #rest = "";
  /** In the midst of what is none: counted once. */
  #astray = false;

  constructor(tags: readonly string[]) {
    this.#tags = tags;
  }

  read(chunk: Buffer): Heard[] {
    const text = this.#rest + chunk.toString("latin1");
    const heard: Heard[] = [];
    let at = 0;
    for (;;) {
      while (SPACES.includes(text[at] ?? "-")) at++;
      if (at === text.length) break;
      // A message is short, and so is what is looked at for one.
      const head = text.slice(at, at + LINE_MAX);
      const digits = /^\d{1,10}:/.exec(head)?.[0];
      const behind = digits === undefined ? undefined : head.slice(digits.length);
      const tag = this.#tags.find((each) => behind?.startsWith(each));
      const clock = Number(digits?.slice(0, -1));
      if (digits !== undefined && tag !== undefined && isClock(clock)) {
        heard.push({ clock, tag });
        this.#astray = false;
        at += digits.length + tag.length;
        continue;
      }
      if (this.#mayGrow(head, behind)) break;
      if (!this.#astray) this.refused++;
      this.#astray = true;
      at++;
    }
    this.#rest = text.slice(at);
    return heard;
  }

  /** Could more bytes make a message of what the stream has left? */
  #mayGrow(head: string, behind: string | undefined): boolean {
    if (behind === undefined) return /^\d{1,10}$/.test(head);
    return this.#tags.some((tag) => tag.startsWith(behind));
  }
}
