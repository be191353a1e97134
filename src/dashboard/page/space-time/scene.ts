// What a frame of the diagram is drawn from.
import type { Palette } from "../shell/palette.ts";
import type { RowBook } from "../watched/row-book.ts";
import type { Reach } from "./causality.ts";
import type { Crossing, Cut } from "./cut.ts";
import type { Pane } from "./pane.ts";

/** What is drawn of messages besides the rows: what stands out, and until when it is known what became of them. */
export type Emphasis = {
  readonly reach: Reach | null;
  readonly crossing: Crossing | null;
  /** The present, µs. */
  readonly now: number;
};

export type Scene = Emphasis & {
  readonly book: RowBook;
  readonly names: readonly string[];
  readonly pane: Pane;
  readonly palette: Palette;
  readonly cut: Cut | null;
  /** Rows in the pane that a search found. */
  readonly found: readonly number[];
  /** The row that is looked at; −1: none. */
  readonly focus: number;
};
