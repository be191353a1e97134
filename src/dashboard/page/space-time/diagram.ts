// The diagram as it is looked at: which part is shown, what is chosen, sought and cut. It draws when something of that
// changed, at most once a frame, and not otherwise.
import { computed, effect, signal } from "@preact/signals";
import { NONE } from "../../../core/batch.ts";
import { count } from "../format.ts";
import { placeIn } from "../place-in.ts";
import { palette, reducedMotion } from "../shell/theme.ts";
import { book, frame, rowsVersion, show } from "../store.ts";
import type { RowBook } from "../watched/row-book.ts";
import { Canvasser } from "./canvasser.ts";
import { type Reach, reachOf } from "./causality.ts";
import { bentCut, type Crossing, type Cut, crossingOf, straightCut } from "./cut.ts";
import { headFor } from "./faults.ts";
import { approached, restingSpan } from "./follow.ts";
import { gutterFor } from "./ground.ts";
import {
  type Extent,
  fitted,
  laidOut,
  laneCount,
  lanesShown,
  type Pane,
  resized,
  revealed,
  SPAN_EMPTY,
  scrollShares,
  spanOf,
} from "./pane.ts";
import { rowBeside, rowOfProcess } from "./pointing.ts";
import type { Scene } from "./scene.ts";
import { rowsFound, Search, timesFound } from "./search.ts";
import { STRIP, Strip } from "./strip.ts";
import { sceneToSvg } from "./svg.ts";
import { reachText, sentenceOf } from "./words.ts";

/** Rows that are searched in one frame. */
const SEARCHED = 25_000;

/** Frames come whether or not anything happened. */
const present = computed(() => `${frame.value?.now} ${frame.value?.speed}`);

export class Diagram {
  /** Sequence numbers of the event that is looked at, and of the chosen one. */
  readonly focus = signal<number | null>(null);
  readonly chosen = signal<number | null>(null);
  readonly following = signal(true);
  readonly cut = signal<Cut | null>(null);
  readonly search = signal<Search | null>(null);
  /** How many events the search found so far, and which of them was gone to last; −1: none. */
  readonly foundCount = signal(0);
  readonly foundAt = signal(NONE);
  /** What a listener is told. */
  readonly said = signal("");
  /** Rises with each frame that was drawn, for what goes along with it. */
  readonly drawn = signal(0);
  /** Rises when more, or something else, can be said of what is looked at, chosen and cut. */
  readonly learned = signal(0);
  /** What is drawn, and what is left out of it. */
  readonly remark = signal("");
  reach: Reach | null = null;
  crossing: Crossing | null = null;
  pane: Pane = {
    ...{ from: 0, to: SPAN_EMPTY, width: 600, height: 300, gutter: 100, head: headFor(0) },
    ...{ processes: 1, laneHeight: 40, arranged: true, scroll: 0 },
  };
  readonly canvasser = new Canvasser();
  readonly #strip = new Strip();
  #canvas: HTMLCanvasElement | null = null;
  #asked = false;
  /** The user has set how much time is shown. */
  #zoomed = false;
  /** Which rows `reach` and `crossing` were made of. */
  #reached = "";
  #crossed = "";
  #book: RowBook | undefined;
  #shift = 0;
  #leave: (() => void)[] = [];

  get book(): RowBook {
    return book;
  }

  get names(): readonly string[] {
    return show.value?.names ?? [];
  }

  /** All there is to look at. */
  get extent(): Extent {
    return { from: book.first === 0 ? 0 : book.firstTime, to: Math.max(this.now, 1) };
  }

  get now(): number {
    return Math.max(frame.value?.now ?? 0, book.lastTime);
  }

  /** The row of a sequence number, −1 if it is not here. */
  rowOf(sequence: number | null): number {
    if (sequence === null || sequence < book.first || sequence >= book.end) return NONE;
    return sequence - book.first;
  }

  /** Takes a canvas, and everything that must be heard for it; null: gives it back. */
  attach = (canvas: HTMLCanvasElement | null): void => {
    for (const leave of this.#leave) leave();
    this.#leave = [];
    this.#canvas = canvas;
    if (canvas === null) return;
    const sizes = new ResizeObserver(() => this.#resize());
    sizes.observe(canvas);
    this.#leave = [
      () => sizes.disconnect(),
      effect(() => this.#heard(rowsVersion.value)),
      effect(() => {
        // Whatever of these changes is drawn.
        const { focus, chosen, cut, search } = this;
        void [present.value, focus.value, chosen.value, cut.value, search.value, palette.value];
        this.ask();
      }),
    ];
  };

  /** Asks for a frame. */
  ask = (): void => {
    if (this.#asked || this.#canvas === null) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  };

  /** Shows another part; who moves it no longer follows the present. */
  show(pane: Pane, follows = false): void {
    this.pane = pane;
    this.following.value = follows;
    this.ask();
  }

  /** As `show`, when the span was changed: it stays as it was set. */
  zoom(pane: Pane): void {
    this.#zoomed = true;
    this.show(pane, this.following.value);
  }

  follow(): void {
    this.following.value = !this.following.value;
    this.ask();
  }

  fit(): void {
    this.#zoomed = true;
    this.show(fitted(this.pane, this.extent));
  }

  /** Looks at an event, and says it if nobody pointed there. */
  look(row: number, points = false): void {
    if (row === NONE) {
      this.focus.value = null;
      return;
    }
    this.focus.value = book.first + row;
    if (points) return;
    this.said.value = sentenceOf(book, row, this.names);
    const pane = revealed(this.pane, book.time[row]!, book.process[row]!, this.extent);
    if (pane !== this.pane) this.show(pane);
  }

  /** From the event that is looked at to the next of its process, or the one before. */
  walk(by: 1 | -1): void {
    const row = this.rowOf(this.focus.value);
    if (row === NONE) this.#lookAtMiddle();
    else this.#step(rowBeside(book, row, by), by > 0 ? "No later event." : "No earlier event.");
  }

  /** To the event of the process below, or above, that is nearest in time. */
  changeLane(by: 1 | -1): void {
    const row = this.rowOf(this.focus.value);
    if (row === NONE) {
      this.#lookAtMiddle();
      return;
    }
    const process = book.process[row]! + by;
    const there = process >= 0 && process < this.names.length;
    const next = there ? rowOfProcess(book, process, book.time[row]!) : NONE;
    this.#step(next, by > 0 ? "No lane below." : "No lane above.");
  }

  /** Chooses an event, whose past and future are then told apart; −1: none. */
  choose(row: number): void {
    this.chosen.value = row === NONE ? null : book.first + row;
    this.#reason();
    if (this.reach === null || row === NONE) return;
    const words = reachText(book, this.reach, this.names);
    this.said.value = `${sentenceOf(book, row, this.names)}: ${words}`;
  }

  /** Leaves what was chosen last: the chosen event, then the cut, then the one looked at. */
  escape(): void {
    if (this.chosen.value !== null) this.choose(NONE);
    else if (this.cut.value !== null) this.cut.value = null;
    else this.focus.value = null;
  }

  /** A cut at one instant, or there is none any more. */
  toggleCut(): void {
    const at = this.#cutTime();
    this.cut.value = this.cut.value === null ? straightCut(this.names.length, at) : null;
  }

  /** Moves the cut to the event that is looked at: all of it, or of that process alone. */
  cutHere(alone: boolean): void {
    const row = this.rowOf(this.focus.value);
    const straight = straightCut(this.names.length, this.#cutTime());
    const whole = !alone || row === NONE;
    this.cut.value = whole
      ? straight
      : bentCut(this.cut.value ?? straight, book.process[row]!, book.time[row]!);
  }

  seek(query: string): void {
    const search = new Search(query, this.names);
    this.foundCount.value = 0;
    this.foundAt.value = NONE;
    this.search.value = search.asks ? search : null;
  }

  /** To the next match, or the one before; first the one nearest to what is shown. */
  goToMatch(by: 1 | -1): void {
    const found = this.search.value?.found ?? [];
    if (found.length === 0) return;
    const start = book.first + book.rowAt(this.pane.from + spanOf(this.pane) / 2);
    const last = this.foundAt.value;
    const next = last === NONE ? placeIn(found, start) - (by > 0 ? 0 : 1) : last + by;
    this.foundAt.value = (next + found.length) % found.length;
    this.look(this.rowOf(found[this.foundAt.value]!));
  }

  /** The window as an SVG text. */
  svg(): string {
    return sceneToSvg(this.#scene(), show.value?.title ?? "A run");
  }

  #cutTime(): number {
    const row = this.rowOf(this.focus.value);
    return row === NONE ? this.pane.from + spanOf(this.pane) / 2 : book.time[row]!;
  }

  #step(row: number, otherwise: string): void {
    if (row === NONE) this.said.value = otherwise;
    else this.look(row);
  }

  #lookAtMiddle(): void {
    if (book.count === 0) return;
    const row = book.rowAt(this.pane.from + spanOf(this.pane) / 2);
    this.look(Math.min(row, book.count - 1));
  }

  /** Another run: nothing of the last one holds. */
  #meet(): void {
    this.#book = book;
    this.#shift = book.shifts;
    const processes = this.names.length;
    this.focus.value = null;
    this.chosen.value = null;
    this.cut.value = null;
    this.search.value = null;
    this.reach = null;
    this.crossing = null;
    this.#zoomed = false;
    this.following.value = true;
    const gutter = gutterFor(this.names, this.pane.width);
    this.pane = laidOut({ ...this.pane, from: 0, to: SPAN_EMPTY, processes, gutter });
  }

  /** Rows came, or went. */
  #heard(_version: number): void {
    if (book !== this.#book) this.#meet();
    if (this.rowOf(this.focus.peek()) === NONE) this.focus.value = null;
    if (this.rowOf(this.chosen.peek()) === NONE) this.chosen.value = null;
    const search = this.search.peek();
    if (search !== null && this.#shift !== book.shifts) this.seek(search.query);
    this.#shift = book.shifts;
    this.learned.value = this.learned.peek() + 1;
    this.ask();
  }

  #resize(): void {
    const canvas = this.#canvas;
    if (canvas === null || canvas.clientWidth === 0) return;
    const ratio = devicePixelRatio;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    const gutter = gutterFor(this.names, canvas.clientWidth);
    const height = Math.max(1, canvas.clientHeight - STRIP);
    this.pane = resized({ ...this.pane, gutter }, canvas.clientWidth, height);
    // A canvas that changes its size is empty until it is drawn.
    this.#draw();
  }

  /** Moves towards the present; true if it is not there yet. */
  #approach(): boolean {
    if (!this.following.value) return false;
    const resting = restingSpan(book, this.now, frame.value?.speed ?? 1);
    const span = this.#zoomed ? spanOf(this.pane) : resting;
    const before = this.pane.from;
    this.pane = approached(this.pane, this.extent, span, reducedMotion.peek());
    return this.pane.from !== before;
  }

  /** What follows from the chosen event and the cut; made anew if rows came, or these changed. */
  #reason(): void {
    const rows = `${book.end} ${book.shifts}`;
    const row = this.rowOf(this.chosen.value);
    const reached = `${rows} ${row}`;
    const cut = this.cut.value;
    const crossed = `${rows} ${cut?.join()}`;
    if (reached === this.#reached && crossed === this.#crossed) return;
    if (row === NONE) this.reach = null;
    else if (reached !== this.#reached || this.reach === null) {
      this.reach = reachOf(book, row, this.names.length, this.reach ?? undefined);
    }
    this.#reached = reached;
    if (cut === null) this.crossing = null;
    else if (crossed !== this.#crossed || this.crossing === null) {
      this.crossing = crossingOf(book, cut, this.crossing ?? undefined);
    }
    this.#crossed = crossed;
    this.learned.value++;
  }

  #scene(): Scene {
    const { pane, reach, crossing, now, names } = this;
    const cut = this.cut.value;
    const focus = this.rowOf(this.focus.value);
    return {
      book,
      names,
      pane,
      palette: palette.peek(),
      now,
      reach,
      crossing,
      cut,
      focus,
      found: rowsFound(this.search.value, book, pane),
    };
  }

  #draw(): void {
    const canvas = this.#canvas;
    const pen = canvas?.getContext("2d", { alpha: false });
    if (canvas === null || !pen) return;
    const head = headFor(book.spans.tracks);
    if (head !== this.pane.head) {
      this.pane = resized({ ...this.pane, head }, this.pane.width, this.pane.height);
    }
    const moving = this.#approach();
    const search = this.search.value;
    const searching = search?.goOn(book, SEARCHED) ?? false;
    this.foundCount.value = search?.found.length ?? 0;
    this.#reason();
    const ratio = devicePixelRatio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scene = this.#scene();
    this.canvasser.draw(pen, scene);
    this.#strip.draw(pen, scene.palette, book, this.pane, this.extent, timesFound(search, book));
    this.remark.value = this.#remark();
    this.drawn.value++;
    if (moving || searching) this.ask();
  }

  #lanes(): number {
    const [first, last] = lanesShown(this.pane);
    return last - first + 1;
  }

  #remark(): string {
    const { gathered, arrows } = this.canvasser;
    const events = `${count(gathered.count)} events`;
    const [from, to] = scrollShares(this.pane);
    const part =
      to - from < 1 ? `${count(this.#lanes())} of ${count(laneCount(this.pane))} lanes · ` : "";
    const shown = { marks: "", ticks: ", as ticks", density: ", as counts" };
    const messages = `${count(arrows.all)} messages`;
    const oneIn = Math.max(...arrows.oneIn);
    const some = oneIn > 1 ? `, one in ${oneIn} drawn` : "";
    return `${part}${events}${shown[gathered.level]} · ${messages}${some}`;
  }
}
