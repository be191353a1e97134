// Hands on the diagram: pointers, wheel and keys.
import { NONE } from "../../../core/batch.ts";
import { bentCut, movedCut } from "./cut.ts";
import { cutAt } from "./cut-line.ts";
import type { Diagram } from "./diagram.ts";
import {
  lanesZoomed,
  moved,
  panned,
  plotHeight,
  plotWidth,
  scaleOf,
  scrolled,
  spanOf,
  timeAt,
  yOf,
  zoomed,
} from "./pane.ts";
import { rowNear } from "./pointing.ts";
import { timeInStrip } from "./strip.ts";

/** A pointer that moves less than so many px has not moved. */
const STILL = 4;
/** Zoom for each px of a wheel, and for each key. */
const WHEEL = 0.0016;
const KEY = 1.5;
/** Share of the window that a key moves it. */
const STEP = 0.12;
/** Lines and pages of a wheel in px. */
const WHEEL_UNITS = [1, 16, 400];

type Point = { x: number; y: number };
type Grip = "pan" | "strip" | "line" | number;

/** Listens to a canvas, and to the keys of what it is in; returns what ends that. */
export function listen(
  stage: HTMLElement,
  canvas: HTMLCanvasElement,
  diagram: Diagram,
): () => void {
  const hands = new Hands(canvas, diagram);
  const end = new AbortController();
  const { signal } = end;
  canvas.addEventListener("pointerdown", hands.down, { signal });
  canvas.addEventListener("pointermove", hands.move, { signal });
  canvas.addEventListener("pointerup", hands.up, { signal });
  canvas.addEventListener("pointercancel", hands.cancel, { signal });
  canvas.addEventListener("pointerleave", hands.leave, { signal });
  canvas.addEventListener("wheel", hands.wheel, { signal, passive: false });
  stage.addEventListener("keydown", (event) => pressed(event, diagram), { signal });
  return () => end.abort();
}

class Hands {
  readonly #canvas: HTMLCanvasElement;
  readonly #diagram: Diagram;
  /** Pointers that are down, by their ids. */
  readonly #points = new Map<number, Point>();
  #grip: Grip = "pan";
  /** Where the first pointer went down; undefined once it has moved from there. */
  #start: Point | undefined;

  constructor(canvas: HTMLCanvasElement, diagram: Diagram) {
    this.#canvas = canvas;
    this.#diagram = diagram;
  }

  down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    const point = pointOf(event);
    this.#points.set(event.pointerId, point);
    this.#start = this.#points.size === 1 ? point : undefined;
    if (this.#points.size === 1) this.#grip = this.#gripAt(point);
    if (this.#grip === "strip") this.#drag(point, 0, 0);
  };

  move = (event: PointerEvent): void => {
    const point = pointOf(event);
    const before = this.#points.get(event.pointerId);
    if (before === undefined) {
      this.#hover(point);
      return;
    }
    if (this.#start !== undefined && away(this.#start, point) < STILL) return;
    this.#start = undefined;
    if (this.#points.size === 2) this.#pinch(event.pointerId, point);
    else this.#drag(point, point.x - before.x, point.y - before.y);
    this.#points.set(event.pointerId, point);
  };

  up = (event: PointerEvent): void => {
    const still = this.#start;
    this.cancel(event);
    if (still === undefined || this.#grip !== "pan") return;
    const { book, pane } = this.#diagram;
    const row = rowNear(book, pane, still.x, still.y);
    this.#diagram.look(row, true);
    this.#diagram.choose(row);
  };

  cancel = (event: PointerEvent): void => {
    this.#points.delete(event.pointerId);
    this.#start = undefined;
  };

  leave = (): void => {
    if (this.#points.size === 0) this.#diagram.look(NONE, true);
  };

  wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = WHEEL_UNITS[event.deltaMode] ?? 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    const { x, y } = pointOf(event);
    const { pane, extent } = this.#diagram;
    const sideways = event.shiftKey || Math.abs(dx) > Math.abs(dy);
    if (event.altKey) this.#diagram.zoom(lanesZoomed(pane, y, Math.exp(-dy * WHEEL)));
    else if (sideways) this.#diagram.show(panned(pane, -(dx === 0 ? dy : dx), 0, extent));
    else if (x < pane.gutter) this.#diagram.show(scrolled(pane, dy), this.#diagram.following.value);
    else this.#zoom(x, Math.exp(dy * WHEEL * (event.ctrlKey ? 6 : 1)));
  };

  /** What follows the present keeps it where it is. */
  #zoom(x: number, factor: number): void {
    const { pane, extent, following } = this.#diagram;
    this.#diagram.zoom(zoomed(pane, following.value ? pane.width : x, factor, extent));
  }

  #gripAt({ x, y }: Point): Grip {
    const { pane, cut } = this.#diagram;
    if (y >= pane.height) return "strip";
    return (cut.value === null ? undefined : cutAt(pane, cut.value, x, y)) ?? "pan";
  }

  #drag(point: Point, dx: number, dy: number): void {
    const { pane, extent, cut } = this.#diagram;
    if (this.#grip === "strip") {
      const middle = timeInStrip(pane, extent, point.x);
      this.#diagram.show(moved(pane, middle - spanOf(pane) / 2, extent));
    } else if (this.#grip === "pan") {
      const follows = dx === 0 && this.#diagram.following.value;
      this.#diagram.show(panned(pane, dx, dy, extent), follows);
    } else if (cut.value === null) return;
    else if (this.#grip === "line") cut.value = movedCut(cut.value, dx / scaleOf(pane));
    else cut.value = bentCut(cut.value, this.#grip, timeAt(pane, point.x));
  }

  #pinch(id: number, point: Point): void {
    const still = [...this.#points].find(([other]) => other !== id)![1];
    const before = this.#points.get(id)!;
    const factor = Math.max(away(still, before), 1) / Math.max(away(still, point), 1);
    this.#zoom((still.x + point.x) / 2, factor);
  }

  #hover(point: Point): void {
    const { book, pane } = this.#diagram;
    const grip = this.#gripAt(point);
    const grips: { readonly [grip: string]: string } = { pan: "crosshair", strip: "pointer" };
    this.#canvas.style.cursor = grips[grip] ?? "ew-resize";
    const row = grip === "pan" ? rowNear(book, pane, point.x, point.y) : NONE;
    this.#diagram.look(row, true);
  }
}

const pointOf = ({ offsetX, offsetY }: MouseEvent): Point => ({ x: offsetX, y: offsetY });

const away = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** What each key does. */
const KEYS: { readonly [key: string]: (diagram: Diagram) => void } = {
  ArrowLeft: (diagram) => shift(diagram, -STEP),
  ArrowRight: (diagram) => shift(diagram, STEP),
  ArrowUp: (diagram) => diagram.changeLane(-1),
  ArrowDown: (diagram) => diagram.changeLane(1),
  "[": (diagram) => diagram.walk(-1),
  "]": (diagram) => diagram.walk(1),
  Enter: (diagram) => diagram.choose(diagram.rowOf(diagram.focus.value)),
  Escape: (diagram) => diagram.escape(),
  "+": (diagram) => zoomBy(diagram, 1 / KEY),
  "=": (diagram) => zoomBy(diagram, 1 / KEY),
  "-": (diagram) => zoomBy(diagram, KEY),
  "<": (diagram) => zoomLanes(diagram, 1 / KEY),
  ">": (diagram) => zoomLanes(diagram, KEY),
  PageUp: (diagram) => diagram.show(scrolled(diagram.pane, -plotHeight(diagram.pane) * 0.9)),
  PageDown: (diagram) => diagram.show(scrolled(diagram.pane, plotHeight(diagram.pane) * 0.9)),
  Home: (diagram) => {
    const { pane, extent } = diagram;
    diagram.show(moved(pane, extent.from - spanOf(pane) * 0.02, extent));
  },
  End: (diagram) => diagram.show(diagram.pane, true),
  f: (diagram) => diagram.fit(),
  l: (diagram) => diagram.follow(),
  c: (diagram) => diagram.cutHere(false),
  C: (diagram) => diagram.cutHere(true),
  n: (diagram) => diagram.goToMatch(1),
  N: (diagram) => diagram.goToMatch(-1),
};

function pressed(event: KeyboardEvent, diagram: Diagram): void {
  const act = KEYS[event.key];
  if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  act(diagram);
}

function shift(diagram: Diagram, by: number): void {
  const { pane, extent } = diagram;
  diagram.show(panned(pane, -by * plotWidth(pane), 0, extent));
}

/** Zooms around what is looked at, else the middle. */
export function zoomBy(diagram: Diagram, factor: number): void {
  const { pane, extent, following, book } = diagram;
  const row = diagram.rowOf(diagram.focus.value);
  const middle = pane.gutter + plotWidth(pane) / 2;
  const looked =
    row === NONE ? middle : pane.gutter + (book.time[row]! - pane.from) * scaleOf(pane);
  diagram.zoom(zoomed(pane, following.value ? pane.width : looked, factor, extent));
}

/** Makes lanes higher or lower around what is looked at, else the top. */
export function zoomLanes(diagram: Diagram, factor: number): void {
  const { pane, book } = diagram;
  const row = diagram.rowOf(diagram.focus.value);
  const y = row === NONE ? pane.head : yOf(pane, book.process[row]!);
  diagram.zoom(lanesZoomed(pane, y, factor));
}
