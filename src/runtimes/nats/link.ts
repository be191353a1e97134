// A perfect link over subjects, which are fair-loss links: what one side says the other hears once and in order, as long
// as both live. Each sends what was not acknowledged again and again. Source: Cachin, Guerraoui, Rodrigues 2011, §2.4.
//
// Invariants:
// 1. Words go in pieces. `said[0]` has number `first`; all before it were heard.
// 2. What is heard has number `heard`, and then the next: nothing is heard twice, or before what was said earlier.
import { z } from "zod";
import type { Json } from "../../core/json.ts";

/** So many pieces at a time, and so many characters: a message of NATS is at most 1 MB. */
const PIECES_MAX = 256;
const LENGTH_MAX = 200_000;
/** A word of more characters comes in several pieces. */
const PIECE = 100_000;
/** Longer than any word that makes sense. */
const WORD_MAX = 512 * 1_048_576;
/** What was not acknowledged is said again after this, ms. */
const AGAIN = 300;

export const frameSchema = z.strictObject({
  /** The number of the first of these pieces. */
  first: z.int().min(0),
  /** Text of a word, or a part of it: then there is more. */
  pieces: z.array(z.tuple([z.string().max(PIECE), z.boolean()])).max(PIECES_MAX),
  /** All pieces before this number were heard. */
  heard: z.int().min(0),
});

export type Frame = z.infer<typeof frameSchema>;
type Piece = Frame["pieces"][number];

export class Link {
  readonly #send: (frame: Frame) => void;
  readonly #hear: (word: Json) => void;
  #said: Piece[] = [];
  /** Of a word whose last piece is still to come. */
  #part = "";
  #first = 0;
  #heard = 0;
  /** Of `#said`, so many were sent at least once. */
  #sent = 0;
  #due: NodeJS.Immediate | undefined;
  #closed = false;
  readonly #timer: NodeJS.Timeout;

  constructor(send: (frame: Frame) => void, hear: (word: Json) => void) {
    this.#send = send;
    this.#hear = hear;
    this.#timer = setInterval(() => this.#again(), AGAIN);
  }

  say(word: Json): void {
    if (this.#closed) return;
    const text = JSON.stringify(word);
    for (let at = 0; at < text.length; at += PIECE) {
      this.#said.push([text.slice(at, at + PIECE), at + PIECE < text.length]);
    }
    this.#due ??= setImmediate(() => this.#flush());
  }

  take({ first, pieces, heard }: Frame): void {
    if (this.#closed) return;
    const done = Math.min(Math.max(0, heard - this.#first), this.#said.length);
    this.#said.splice(0, done);
    this.#first += done;
    this.#sent = Math.max(0, this.#sent - done);
    pieces.forEach((piece, index) => {
      if (this.#closed || first + index !== this.#heard) return;
      this.#heard++;
      this.#join(piece);
    });
    if (pieces.length > 0 && !this.#closed) this.#due ??= setImmediate(() => this.#flush());
  }

  /** Was all heard that was said? */
  get quiet(): boolean {
    return this.#said.length === 0;
  }

  /** What was heard is acknowledged; what was not acknowledged is lost. Nothing is said or heard any more. */
  close(): void {
    clearInterval(this.#timer);
    clearImmediate(this.#due);
    if (this.#due !== undefined) this.#flush();
    this.#said = [];
    this.#closed = true;
  }

  #join([text, more]: Piece): void {
    const whole = this.#part + text;
    this.#part = more && whole.length < WORD_MAX ? whole : "";
    if (more) return;
    let word: Json;
    try {
      word = JSON.parse(whole) as Json;
    } catch {
      // Whoever said that is not one of us: it must not end who heard it.
      return;
    }
    this.#hear(word);
  }

  #flush(): void {
    this.#due = undefined;
    do this.#sendFrom(this.#sent);
    while (this.#sent < this.#said.length);
  }

  #again(): void {
    if (this.#said.length > 0 && this.#due === undefined) this.#sendFrom(0);
  }

  #sendFrom(from: number): void {
    const pieces: Piece[] = [];
    let length = 0;
    for (const piece of this.#said.slice(from, from + PIECES_MAX)) {
      length += piece[0].length;
      if (pieces.length > 0 && length > LENGTH_MAX) break;
      pieces.push(piece);
    }
    this.#sent = Math.max(this.#sent, from + pieces.length);
    this.#send({ first: this.#first + from, pieces, heard: this.#heard });
  }
}
