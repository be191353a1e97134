// Which rows a few words are about: each word is part of a process's name, of a kind, or of what the row says.
import { EVENT_KINDS } from "../../../core/trace-event.ts";
import { placeIn } from "../place-in.ts";
import type { RowBook } from "../watched/row-book.ts";
import type { Pane } from "./pane.ts";

/** Found events that are marked, at most. */
const SHOWN_MAX = 400;

/** A search over a book that grows: rows are looked at once, a piece at a time. */
export class Search {
  readonly query: string;
  /** Sequence numbers of the rows that match so far, ascending. */
  readonly found: number[] = [];
  readonly #words: readonly Word[];
  /** Sequence number of the first row that was not looked at. */
  #next = 0;

  constructor(query: string, names: readonly string[]) {
    this.query = query;
    this.#words = query
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "")
      .map((word) => new Word(word, names));
  }

  get asks(): boolean {
    return this.#words.length > 0;
  }

  /** Looks at so many rows more; true if there are others yet. */
  goOn(book: RowBook, rows: number): boolean {
    if (!this.asks) return false;
    this.#next = Math.max(this.#next, book.first);
    const end = Math.min(this.#next + rows, book.end);
    for (; this.#next < end; this.#next++) {
      const row = this.#next - book.first;
      if (this.#words.every((word) => word.isIn(book, row))) this.found.push(this.#next);
    }
    return this.#next < book.end;
  }
}

/** Rows in a pane that a search found; none if they are too many to be told apart. */
export function rowsFound(search: Search | null, book: RowBook, pane: Pane): number[] {
  const found = search?.found ?? [];
  const from = placeIn(found, book.first + book.rowAt(pane.from));
  const to = placeIn(found, book.first + book.rowAt(pane.to));
  if (to - from > SHOWN_MAX) return [];
  return found.slice(from, to).map((sequence) => sequence - book.first);
}

/** When matches are, µs: of too many, of some. */
export function timesFound(search: Search | null, book: RowBook): number[] {
  const found = search?.found ?? [];
  const every = Math.ceil(found.length / SHOWN_MAX);
  const times: number[] = [];
  for (let at = 0; at < found.length; at += every) times.push(book.time[found[at]! - book.first]!);
  return times;
}

class Word {
  readonly #text: string;
  readonly #processes: readonly boolean[];
  readonly #kinds: readonly boolean[];

  constructor(text: string, names: readonly string[]) {
    this.#text = text;
    this.#processes = names.map((name) => name.toLowerCase().includes(text));
    this.#kinds = EVENT_KINDS.map(({ name }) => name.includes(text));
  }

  isIn(book: RowBook, row: number): boolean {
    if (this.#processes[book.process[row]!] || this.#kinds[book.kind[row]!]) return true;
    const detail = book.detail(row);
    if (detail === undefined) return false;
    const said = typeof detail === "string" ? detail : JSON.stringify(detail);
    return said.toLowerCase().includes(this.#text);
  }
}
