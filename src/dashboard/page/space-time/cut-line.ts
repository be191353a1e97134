// The line of a cut: how it is drawn, and where one takes hold of it.
import type { Palette } from "../shell/palette.ts";
import type { Cut } from "./cut.ts";
import { laneAt, laneStep, lanesShown, laneY, type Pane, processesPerLane, xOf } from "./pane.ts";
import { type Pen, SMALL, segment, textWidth } from "./pen.ts";
import { instantText } from "./ticks.ts";

/** A line through all lanes, with a handle on each that has room for one. */
export function drawCut(pen: Pen, palette: Palette, pane: Pane, cut: Cut, wrong: boolean): void {
  const [first, last] = lanesShown(pane);
  const each = processesPerLane(pane);
  const half = laneStep(pane) / 2;
  pen.strokeStyle = wrong ? palette.alarm : palette.accent;
  pen.fillStyle = pen.strokeStyle;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(xOf(pane, cut[first * each] ?? 0), pane.head);
  for (let lane = first; lane <= last; lane++) {
    const [x, y] = [xOf(pane, cut[lane * each] ?? 0), laneY(pane, lane)];
    pen.lineTo(x, y - half * 0.5);
    pen.lineTo(x, y + half * 0.5);
  }
  pen.lineTo(xOf(pane, cut[last * each] ?? 0), pane.height);
  pen.stroke();
  if (half < HANDLE_ROOM) return;
  for (let lane = first; lane <= last; lane++) {
    const [x, y] = [xOf(pane, cut[lane * each] ?? 0), laneY(pane, lane)];
    pen.beginPath();
    segment(pen, x - 2, y - 5, x - 2, y + 5);
    segment(pen, x + 2, y - 5, x + 2, y + 5);
    pen.stroke();
  }
}

/** Half a lane that has a handle of the cut, px. */
const HANDLE_ROOM = 7;
/** How near to the cut a pointer takes hold of it. */
const HOLD = 6;

/** Which part of a cut is at a point: one process's handle, the line, or nothing. */
export function cutAt(pane: Pane, cut: Cut, x: number, y: number): number | "line" | undefined {
  if (x < pane.gutter) return undefined;
  const each = processesPerLane(pane);
  const lane = laneAt(pane, y);
  if (Math.abs(x - xOf(pane, cut[lane * each] ?? 0)) > HOLD) return undefined;
  const half = laneStep(pane) / 2;
  const handle = each === 1 && y > pane.head && half >= HANDLE_ROOM;
  return handle && Math.abs(y - laneY(pane, lane)) <= 7 ? lane : "line";
}

/** When the cut is, on the axis; of a bent one, at its first lane that can be seen. */
export function drawCutWords(pen: Pen, palette: Palette, pane: Pane, cut: Cut): void {
  const [first] = lanesShown(pane);
  const at = cut[first * processesPerLane(pane)] ?? 0;
  const words = `cut ${instantText(at)}`;
  const half = textWidth(words) / 2 + 5;
  const x = Math.min(Math.max(xOf(pane, at), pane.gutter + half), pane.width - half);
  pen.fillStyle = palette.accent;
  pen.fillRect(x - half, 2, 2 * half, 17);
  pen.fillStyle = palette.paper;
  pen.font = SMALL;
  pen.textAlign = "center";
  pen.fillText(words, x, 14);
  pen.textAlign = "left";
}
