// Few machines as an orrery: each a body on a ring of its own, that passes a mark at each of its ticks; about it, as
// satellites, the messages that wait; between them, for a moment, those that are sent.
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

/** What a tail tells of the rate: as long as what is turned in this time, s of the page. */
const TAIL = 0.4;
const TAIL_MAX = 0.8;
/** Marks of more ticks a turn would be a blur. */
const MARKS_MAX = 10;
/** So many satellites are drawn one by one. */
const SATELLITES_MAX = 12;
const EDGE = 18;
const BODY_MAX = 13;
/** Rings that are closer have no room for names. */
const ROOM_FOR_NAME = 15;

type Rings = { readonly x: number; readonly y: number; readonly radii: readonly number[] };

function ringsOf(processes: number, { width, height }: Size): Rings {
  const outer = Math.max(20, Math.min(width, height) / 2 - EDGE);
  const inner = processes === 1 ? outer * 0.7 : outer * 0.34;
  const gap = processes === 1 ? 0 : (outer - inner) / (processes - 1);
  const radii = Array.from({ length: processes }, (_, process) => inner + process * gap);
  return { x: width / 2, y: height / 2, radii };
}

/** From the top, clockwise. */
const angleOf = (turns: number): number => turns * TURN - TURN / 4;

export const orrery: Picture = {
  spots(scene, size) {
    const { x, y, radii } = ringsOf(scene.info.names.length, size);
    const outer = radii.at(-1)!;
    const gap = radii.length > 1 ? radii[1]! - radii[0]! : outer;
    const radius = Math.max(4, Math.min(gap * 0.3, outer * 0.055, BODY_MAX));
    return radii.map((ring, process) => {
      const angle = angleOf(turned(scene, process));
      return { x: x + ring * Math.cos(angle), y: y + ring * Math.sin(angle), radius };
    });
  },

  draw(context, scene, size, spots) {
    const rings = ringsOf(spots.length, size);
    drawRings(context, scene, rings);
    drawNames(context, scene, rings);
    drawMessages(context, scene, spots, rings);
    for (const [process, spot] of spots.entries()) {
      drawTail(context, scene, process, rings);
      drawSatellites(context, scene, process, spot);
      drawBody(context, scene, process, spot);
    }
    drawMarks(context, scene, spots);
  },
};

function drawRings(context: Context, scene: Scene, { x, y, radii }: Rings): void {
  const { palette, perTurn, selected } = scene;
  context.lineWidth = 1;
  for (const [process, radius] of radii.entries()) {
    context.strokeStyle = process === selected ? palette.accent : palette.rule;
    context.beginPath();
    context.arc(x, y, radius, 0, TURN);
    context.stroke();
  }
  context.strokeStyle = palette.faint;
  const marks = perTurn <= MARKS_MAX ? perTurn : 1;
  context.beginPath();
  for (const radius of radii) {
    for (let mark = 0; mark < marks; mark++) {
      const angle = angleOf(mark / marks);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const half = mark === 0 ? 4 : 2;
      context.moveTo(x + (radius - half) * cos, y + (radius - half) * sin);
      context.lineTo(x + (radius + half) * cos, y + (radius + half) * sin);
    }
  }
  context.stroke();
  context.beginPath();
  context.arc(x, y, 3, 0, TURN);
  context.fillStyle = palette.faint;
  context.fill();
}

/** As long as the rate is high; it says so in a still picture too. */
function drawTail(context: Context, scene: Scene, process: number, { x, y, radii }: Rings): void {
  const { standings, perTurn } = scene;
  if (standings.state[process] !== UP) return;
  const fastest = Math.max(...standings.rate, 1e-9);
  const share = Math.min(TAIL_MAX, (standings.rate[process]! / fastest) * TAIL);
  const head = angleOf(turned(scene, process));
  context.strokeStyle = tint(scene, process);
  context.lineWidth = perTurn > 0 ? 2.5 : 1;
  const parts = 8;
  for (let part = 0; part < parts; part++) {
    context.globalAlpha = 0.5 * (1 - part / parts);
    context.beginPath();
    const from = head - (share * TURN * part) / parts;
    context.arc(x, y, radii[process]!, from - (share * TURN) / parts, from);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function drawSatellites(context: Context, scene: Scene, process: number, spot: Spot): void {
  const waiting = scene.standings.waiting[process]!;
  if (waiting === 0) return;
  context.fillStyle = tint(scene, process);
  const shown = Math.min(waiting, SATELLITES_MAX);
  const orbit = spot.radius + 5;
  for (let one = 0; one < shown; one++) {
    const angle = angleOf(one / SATELLITES_MAX);
    context.beginPath();
    context.arc(spot.x + orbit * Math.cos(angle), spot.y + orbit * Math.sin(angle), 1.7, 0, TURN);
    context.fill();
  }
  if (waiting <= SATELLITES_MAX) return;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(String(waiting), spot.x + orbit + 5, spot.y);
}

/** What is sent, bent towards the middle, so that both ways between two are told apart. */
function drawMessages(
  context: Context,
  { traffic, palette, still }: Scene,
  spots: readonly Spot[],
  { x, y }: Rings,
): void {
  if (still) return;
  const { processes, sent, lost } = traffic;
  for (const [heat, colour] of [[sent, palette.faint] as const, [lost, palette.alarm] as const]) {
    context.strokeStyle = colour;
    context.lineWidth = 1.25;
    for (let pair = 0; pair < heat.length; pair++) {
      if (heat[pair] === 0) continue;
      const [from, to] = [spots[Math.floor(pair / processes)]!, spots[pair % processes]!];
      context.globalAlpha = 0.7 * heat[pair]!;
      context.beginPath();
      context.moveTo(from.x, from.y);
      const [midX, midY] = [(2 * from.x + to.x) / 3, (2 * from.y + to.y) / 3];
      context.quadraticCurveTo(midX + (x - midX) * 0.35, midY + (y - midY) * 0.35, to.x, to.y);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

function drawNames(context: Context, { info, palette }: Scene, { x, y, radii }: Rings): void {
  const gap = radii.length > 1 ? radii[1]! - radii[0]! : ROOM_FOR_NAME;
  if (gap < ROOM_FOR_NAME) return;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const [process, radius] of radii.entries()) {
    const name = info.names[process]!;
    const wide = context.measureText(name).width;
    context.fillStyle = palette.paper;
    context.globalAlpha = 0.8;
    context.fillRect(x + 6, y - radius - 7, wide + 4, 14);
    context.globalAlpha = 1;
    context.fillStyle = palette.faint;
    context.fillText(name, x + 8, y - radius);
  }
}
