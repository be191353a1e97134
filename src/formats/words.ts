// What formats say of events alike.
import type { TraceBatch } from "../core/batch.ts";
import type { Json } from "../core/json.ts";
import { EVENT_KINDS, KIND } from "../core/trace-event.ts";

/** Where time begins for tools that want dates: 2025-01-01, in seconds since 1970. The same for all runs, so that an export can be repeated. */
const EPOCH_SECONDS = 1_735_689_600;

/** An instant as nanoseconds since 1970: 19 digits, more than a number holds exactly. */
export function nanosText(micros: number): string {
  const whole = Math.floor(micros / 1e6);
  return `${EPOCH_SECONDS + whole}${String((micros - whole * 1e6) * 1_000).padStart(9, "0")}`;
}

/** What an event is called: a note, a timer, a message, a fault; empty if it has no name. */
export function calledOf(kind: number, detail: Json | undefined): string {
  if (typeof detail === "string" || typeof detail === "number") return String(detail);
  if (typeof detail !== "object" || detail === null) return "";
  const { name, begin, end } = detail as { readonly [field: string]: unknown };
  if (kind === KIND.internal && typeof name === "string") return name;
  if (kind === KIND.fault && typeof begin === "string") return `begins: ${begin}`;
  if (kind === KIND.fault && typeof end === "string") return `ends: ${end}`;
  return "";
}

/** Kinds that begin a step. */
export const STEPS: ReadonlySet<number> = new Set([KIND.start, KIND.receive, KIND.timeout]);

const TOWARDS: { readonly [kind: number]: string } = {
  [KIND.send]: "to",
  [KIND.copy]: "to",
  [KIND.receive]: "from",
  [KIND.arrive]: "from",
  [KIND.drop]: "from",
};

/** An event in words: `send hello to machine_2`. */
export function phraseOf(
  batch: TraceBatch,
  row: number,
  detail: Json | undefined,
  names: readonly string[],
): string {
  const kind = batch.kind(row);
  const words: string[] = [EVENT_KINDS[kind]!.name, calledOf(kind, detail)];
  const towards = TOWARDS[kind];
  if (towards !== undefined) words.push(towards, names[batch.peer(row)]!);
  return words.filter((word) => word !== "").join(" ");
}

/** How much text is gathered before it is written, characters. */
const PIECE = 65_536;

/** Gathers what is written into pieces, so that neither each line nor the whole is one. */
export class Pieces {
  readonly #write: (text: string) => void;
  #text = "";

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE) this.flush();
  }

  flush(): void {
    if (this.#text !== "") this.#write(this.#text);
    this.#text = "";
  }
}
