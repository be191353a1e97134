// Hundreds of machines and more as a grid of cells, each as dark as what is asked for is high in it; when there are
// more than there is room for, a cell stands for several, and shows the worst of them.
import { DOWN, UP } from "../../protocol.ts";
import type { Size } from "../surface.tsx";
import { gridOf } from "./dials.ts";
import { howIs } from "./order.ts";
import type { Context, Picture, Scene, Spot } from "./picture.ts";

/** What the cells show. */
export const MEASURES = ["events/s", "inbox", "behind", "rate"] as const;
export type Measure = (typeof MEASURES)[number];

/** The smallest cell that can be seen and pointed at. */
const CELL_MIN = 7;
const GAP = 1;

/** How many processes a cell stands for. */
export function clusterOf(processes: number, { width, height }: Size): number {
  const room = Math.max(1, Math.floor(width / CELL_MIN) * Math.floor(height / CELL_MIN));
  return Math.max(1, Math.ceil(processes / room));
}

/** The value of each process. */
function measured(measure: Measure, scene: Scene): (process: number) => number {
  const { standings, activity } = scene;
  if (measure === "events/s") return activity;
  if (measure === "inbox") return (process) => standings.waiting[process]!;
  if (measure === "rate") return (process) => standings.rate[process]!;
  const highest = standings.lamport.reduce((high, value) => Math.max(high, value), 0);
  return (process) => highest - standings.lamport[process]!;
}

/** `most` is told of the highest value, for the legend. */
export const cells = (measure: Measure, most: (value: number) => void): Picture => ({
  spots({ info: { names } }, size) {
    const cluster = clusterOf(names.length, size);
    const places = Math.ceil(names.length / cluster);
    const grid = gridOf(places, size, 1);
    return Array.from({ length: names.length }, (_, process) => {
      const cell = Math.floor(process / cluster);
      return {
        x: ((cell % grid.columns) + 0.5) * grid.width,
        y: (Math.floor(cell / grid.columns) + 0.5) * grid.height,
        radius: Math.min(grid.width, grid.height) / 2,
      };
    });
  },

  draw(context, scene, size, spots) {
    const cluster = clusterOf(spots.length, size);
    const value = measured(measure, scene);
    const places = Math.ceil(spots.length / cluster);
    const grid = gridOf(places, size, 1);
    const values = new Float64Array(places);
    const ill = new Uint8Array(places);
    for (let process = 0; process < spots.length; process++) {
      const cell = Math.floor(process / cluster);
      values[cell] = Math.max(values[cell]!, value(process));
      const isNew = howIs(scene.standings, process) === "new";
      const state = isNew ? UP : scene.standings.state[process]!;
      if (state !== UP && ill[cell] !== DOWN) ill[cell] = state;
    }
    const highest = values.reduce((high, each) => Math.max(high, each), 0);
    most(highest);
    const [wide, high] = [Math.max(1, grid.width - GAP), Math.max(1, grid.height - GAP)];
    for (let cell = 0; cell < places; cell++) {
      const x = (cell % grid.columns) * grid.width;
      const y = Math.floor(cell / grid.columns) * grid.height;
      drawCell(context, scene, { x, y, wide, high }, ill[cell]!, values[cell]! / (highest || 1));
    }
    outline(context, scene, spots, { wide, high });
  },
});

type Box = {
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly high: number;
};

/** Ill is told by shape too: a full block of alarm with a stroke through it, as a dark cell is one that is busy. */
function drawCell(
  context: Context,
  { palette }: Scene,
  { x, y, wide, high }: Box,
  ill: number,
  share: number,
): void {
  context.fillStyle = ill === UP ? palette.accent : ill === DOWN ? palette.alarm : palette.warn;
  context.globalAlpha = ill === UP ? 0.07 + 0.93 * share : 1;
  context.fillRect(x, y, wide, high);
  context.globalAlpha = 1;
  if (ill === UP) return;
  context.strokeStyle = palette.paper;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x + 1, y + 1);
  context.lineTo(x + wide - 1, y + high - 1);
  if (ill === DOWN) {
    context.moveTo(x + wide - 1, y + 1);
    context.lineTo(x + 1, y + high - 1);
  }
  context.stroke();
}

function outline(
  context: Context,
  { palette, selected, hovered, sides }: Scene,
  spots: readonly Spot[],
  { wide, high }: { readonly wide: number; readonly high: number },
): void {
  const box = (process: number, colour: string): void => {
    const spot = spots[process];
    if (spot === undefined) return;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.strokeRect(spot.x - wide / 2 - 1.5, spot.y - high / 2 - 1.5, wide + 2, high + 2);
  };
  for (const [process, side] of sides) box(process, side === "a" ? palette.accent : palette.warn);
  if (hovered !== null) box(hovered, palette.faint);
  if (selected !== null) box(selected, palette.ink);
}
