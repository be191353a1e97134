// A frame of the diagram from back to front, on the page or in a file.
import { NONE } from "../../../core/batch.ts";
import { Arrows, drawArrows, drawLabels } from "./arrows.ts";
import { drawCut, drawCutWords } from "./cut-line.ts";
import { drawGround, drawHead, drawNames } from "./ground.ts";
import { Gathered } from "./level.ts";
import { drawEvents, drawNotes, drawRings } from "./marks.ts";
import { plotHeight, plotWidth, xOf, yOf } from "./pane.ts";
import { LETTER, type Pen } from "./pen.ts";
import type { Scene } from "./scene.ts";

/** Buffers that are used for one frame after the other. */
export class Canvasser {
  readonly gathered = new Gathered();
  readonly arrows = new Arrows();
  readonly #room = new Room();

  /** Draws a scene; what was chosen for it is left in `gathered` and `arrows`. */
  draw(pen: Pen, scene: Scene): void {
    const { book, pane, palette, reach, cut, crossing } = scene;
    const { gathered, arrows } = this;
    gathered.see(book, pane, reach);
    arrows.choose(book, pane, gathered, scene);
    pen.fillStyle = palette.paper;
    pen.fillRect(0, 0, pane.width, pane.height);
    pen.save();
    pen.beginPath();
    pen.rect(pane.gutter, pane.head, plotWidth(pane), plotHeight(pane));
    pen.clip();
    drawGround(pen, scene);
    drawArrows(pen, scene, arrows);
    drawEvents(pen, scene, gathered);
    if (gathered.level === "marks") this.#words(pen, scene);
    drawRings(pen, palette.warn, scene, scene.found, 7);
    if (reach !== null) drawRings(pen, palette.ink, scene, [reach.row], 8);
    if (scene.focus !== NONE) drawRings(pen, palette.accent, scene, [scene.focus], 11);
    if (cut !== null) drawCut(pen, palette, pane, cut, (crossing?.violations ?? 0) > 0);
    pen.restore();
    drawHead(pen, scene);
    if (cut !== null) drawCutWords(pen, palette, pane, cut);
    drawNames(pen, scene);
    // The corner above the names, over those that have scrolled there.
    pen.fillStyle = palette.paper;
    pen.fillRect(0, 0, pane.gutter - 1, pane.head - 1);
  }

  #words(pen: Pen, scene: Scene): void {
    this.#room.clear(scene, this.gathered);
    const free = (x: number, y: number, width: number): boolean => this.#room.take(x, y, width);
    drawLabels(pen, scene, this.arrows, free);
    drawNotes(pen, scene, this.gathered, free);
  }
}

/** Height of a line of text. */
const LINE = 12;

/** Where words may stand: neither on events nor on each other. */
class Room {
  #taken = new Uint8Array(0);
  #columns = 0;

  clear({ pane, book }: Scene, gathered: Gathered): void {
    this.#columns = Math.ceil(pane.width / LETTER);
    const size = this.#columns * Math.ceil(pane.height / LINE);
    if (this.#taken.length < size) this.#taken = new Uint8Array(size);
    else this.#taken.fill(0);
    for (let at = 0; at < gathered.count; at++) {
      const row = gathered.rows[at]!;
      this.#mark(xOf(pane, book.time[row]!), yOf(pane, book.process[row]!), LETTER);
    }
  }

  /** Takes room for a text around a point, if it is free. */
  take(x: number, y: number, width: number): boolean {
    const line = Math.floor(y / LINE) * this.#columns;
    const from = Math.max(0, Math.floor((x - width / 2) / LETTER));
    const to = Math.min(this.#columns, Math.ceil((x + width / 2) / LETTER));
    for (let column = from; column < to; column++) if (this.#taken[line + column]) return false;
    this.#mark(x, y, width);
    return true;
  }

  #mark(x: number, y: number, width: number): void {
    const line = Math.floor(y / LINE) * this.#columns;
    const from = Math.max(0, Math.floor((x - width / 2) / LETTER));
    const to = Math.min(this.#columns, Math.ceil((x + width / 2) / LETTER));
    if (line >= 0 && from < to) this.#taken.fill(1, line + from, line + to);
  }
}
