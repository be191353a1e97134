// What pictures of processes are drawn from, and the marks they share.
import { type ShowInfo, type Standings, UP } from "../../protocol.ts";
import type { Side } from "../faults/sides.ts";
import type { Palette } from "../shell/palette.ts";
import type { Size } from "../surface.tsx";
import type { Ticks } from "../watched/ticks.ts";
import type { Traffic } from "../watched/traffic.ts";
import { howIs } from "./order.ts";

export type Scene = {
  readonly info: ShowInfo;
  readonly standings: Standings;
  /** µs of the run. */
  readonly now: number;
  /** Ticks a turn of what turns. */
  readonly perTurn: number;
  readonly ticks: Ticks;
  readonly traffic: Traffic;
  /** Nothing is to move by itself. */
  readonly still: boolean;
  readonly palette: Palette;
  readonly selected: number | null;
  readonly hovered: number | null;
  readonly sides: ReadonlyMap<number, Side>;
  /** Events a second of a process, and of the busiest. */
  readonly activity: (process: number) => number;
};

/** Where a process is drawn. */
export type Spot = { readonly x: number; readonly y: number; readonly radius: number };

export type Context = CanvasRenderingContext2D;

/** A picture of all processes. */
export type Picture = {
  readonly spots: (scene: Scene, size: Size) => readonly Spot[];
  readonly draw: (context: Context, scene: Scene, size: Size, spots: readonly Spot[]) => void;
};

export const TURN = 2 * Math.PI;
/** Radius of the letter of a side. */
const BADGE = 7;
/** Of what stands still: far apart from each other, as no multiples of the golden angle meet. */
const GOLDEN = 0.381966;

/** How far round a process is, in turns, from the top. */
export function turned({ standings, ticks, perTurn, now, still }: Scene, process: number): number {
  if (still) return (process * GOLDEN) % 1;
  const up = standings.state[process] === UP;
  const turns = ticks.at(process, standings.rate[process]!, now, up) / perTurn;
  return turns - Math.floor(turns);
}

/** The colour of a process as it stands. */
export function tint({ standings, palette }: Scene, process: number): string {
  const how = howIs(standings, process);
  if (how === "new") return palette.faint;
  if (how === "down") return palette.alarm;
  if (how === "paused") return palette.warn;
  return palette.series[process % palette.series.length]!;
}

/** A body: full if it is up, hollow with a cross if it is down, hollow with two bars if it is paused, hollow if it never began. */
export function drawBody(context: Context, scene: Scene, process: number, spot: Spot): void {
  const { x, y, radius } = spot;
  const how = howIs(scene.standings, process);
  context.beginPath();
  context.arc(x, y, radius, 0, TURN);
  context.fillStyle = how === "up" ? tint(scene, process) : scene.palette.paper;
  context.fill();
  if (how === "up") return;
  context.strokeStyle = tint(scene, process);
  context.lineWidth = 1.5;
  context.stroke();
  if (how === "new") return;
  const arm = radius * 0.45;
  context.beginPath();
  if (how === "down") {
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x + arm, y - arm);
    context.lineTo(x - arm, y + arm);
  } else {
    for (const side of [-0.6, 0.6]) {
      context.moveTo(x + side * arm, y - arm);
      context.lineTo(x + side * arm, y + arm);
    }
  }
  context.stroke();
}

/** A ring about the one that is selected or pointed at, and the letter of its side. */
export function drawMarks(context: Context, scene: Scene, spots: readonly Spot[]): void {
  const { palette, selected, hovered, sides } = scene;
  for (const process of [hovered, selected]) {
    const spot = process === null ? undefined : spots[process];
    if (spot === undefined) continue;
    context.beginPath();
    context.arc(spot.x, spot.y, spot.radius + 4, 0, TURN);
    context.strokeStyle = process === selected ? palette.accent : palette.faint;
    context.lineWidth = process === selected ? 2 : 1;
    context.stroke();
  }
  context.font = "700 10px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [process, side] of sides) {
    const spot = spots[process];
    if (spot === undefined) continue;
    const out = spot.radius < BADGE * 2 ? spot.radius + 3 : spot.radius * 0.75;
    const [x, y] = [spot.x + out, spot.y - out];
    context.beginPath();
    context.arc(x, y, BADGE, 0, TURN);
    context.fillStyle = side === "a" ? palette.accent : palette.warn;
    context.fill();
    context.fillStyle = palette.paper;
    context.fillText(side.toUpperCase(), x, y + 0.5);
  }
}
