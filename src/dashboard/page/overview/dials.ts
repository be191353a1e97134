// Tens of machines as dials in a grid: a hand turns at each one's rate; of those that have none, a disc is as bright as
// they are busy. The number in it is how many messages wait.
import { UP } from "../../protocol.ts";
import type { Size } from "../surface.tsx";
import {
  type Context,
  drawBody,
  drawMarks,
  type Picture,
  type Scene,
  type Spot,
  TURN,
  tint,
  turned,
} from "./picture.ts";

const NAME = 14;
/** How wide a place is for its height. */
const SHAPE = 1.1;
/** Dials that are smaller have no names beneath, or no numbers in them. */
const ROOM_FOR_NAME = 44;
const ROOM_FOR_NUMBER = 9;
const RADIUS_MAX = 30;

export type Grid = {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
};

/** A grid of as many places in a size, each about `shape` times as wide as high. */
export function gridOf(places: number, { width, height }: Size, shape: number): Grid {
  const wanted = Math.sqrt((places * width) / (height * shape));
  const columns = Math.max(1, Math.min(places, Math.ceil(wanted)));
  const rows = Math.ceil(places / columns);
  return { columns, width: width / columns, height: height / rows };
}

export const dials: Picture = {
  spots({ info: { names } }, size) {
    const { columns, width, height } = gridOf(names.length, size, SHAPE);
    const name = width >= ROOM_FOR_NAME ? NAME : 0;
    const radius = Math.max(3, Math.min(RADIUS_MAX, width / 2 - 4, (height - name) / 2 - 4));
    return names.map((_, process) => ({
      x: (process % columns) * width + width / 2,
      y: Math.floor(process / columns) * height + (height - name) / 2 + 2,
      radius,
    }));
  },

  draw(context, scene, size, spots) {
    const paced = scene.info.rates.some((rate) => rate > 0);
    const busiest = Math.max(1e-9, ...spots.map((_, process) => scene.activity(process)));
    for (const [process, spot] of spots.entries()) {
      if (scene.standings.state[process] !== UP) drawBody(context, scene, process, spot);
      else if (paced) drawDial(context, scene, process, spot);
      else drawDisc(context, scene, process, spot, scene.activity(process) / busiest);
      drawWaiting(context, scene, process, spot);
    }
    const { width } = gridOf(spots.length, size, SHAPE);
    if (width >= ROOM_FOR_NAME) drawNames(context, scene, spots, width - 4);
    drawMarks(context, scene, spots);
  },
};

function drawDial(context: Context, scene: Scene, process: number, spot: Spot): void {
  const { x, y, radius } = spot;
  const angle = turned(scene, process) * TURN - TURN / 4;
  context.beginPath();
  context.arc(x, y, radius, 0, TURN);
  context.strokeStyle = scene.palette.rule;
  context.lineWidth = 1.5;
  context.stroke();
  context.strokeStyle = tint(scene, process);
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x + 0.4 * radius * Math.cos(angle), y + 0.4 * radius * Math.sin(angle));
  context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  context.stroke();
}

function drawDisc(
  context: Context,
  scene: Scene,
  process: number,
  { x, y, radius }: Spot,
  busy: number,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, TURN);
  context.fillStyle = scene.palette.accent;
  context.globalAlpha = 0.06 + 0.5 * busy;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = tint(scene, process);
  context.lineWidth = 1.5;
  context.stroke();
}

function drawWaiting(context: Context, scene: Scene, process: number, spot: Spot): void {
  const waiting = scene.standings.waiting[process]!;
  if (waiting === 0 || spot.radius < ROOM_FOR_NUMBER) return;
  context.font = "10px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = scene.palette.ink;
  context.fillText(waiting > 999 ? "999+" : String(waiting), spot.x, spot.y + 0.5);
}

function drawNames(
  context: Context,
  { info, palette }: Scene,
  spots: readonly Spot[],
  wide: number,
): void {
  context.font = "10px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillStyle = palette.faint;
  const names = clippedNames(context, info.names, wide);
  for (const [process, { x, y, radius }] of spots.entries()) {
    context.fillText(names[process]!, x, y + radius + 3);
  }
}

/** Measuring is slow, and this is drawn sixty times a second: the last answer is kept. */
let last: { names: readonly string[]; wide: number; clipped: readonly string[] } | undefined;

function clippedNames(context: Context, names: readonly string[], wide: number): readonly string[] {
  if (last?.names !== names || last.wide !== wide) {
    const own = withoutCommon(names);
    last = { names, wide, clipped: own.map((name) => clipped(context, name, wide)) };
  }
  return last.clipped;
}

/** Names without what all begin with, up to a sign that parts words. */
export function withoutCommon(names: readonly string[]): readonly string[] {
  const [first = ""] = names;
  let common = names.length > 1 ? first.length : 0;
  for (const name of names) {
    while (!name.startsWith(first.slice(0, common))) common--;
  }
  const parted = /^.*[_\-. /:]/.exec(first.slice(0, common))?.[0].length ?? 0;
  return names.map((name) => name.slice(parted));
}

/** The end of a name tells it from others. */
function clipped(context: Context, name: string, wide: number): string {
  if (context.measureText(name).width <= wide) return name;
  let end = name;
  while (end.length > 1 && context.measureText(`…${end}`).width > wide) end = end.slice(1);
  return `…${end}`;
}
