// What the diagram is drawn with: the part of a canvas context that it uses, which an SVG text can also be made with.
import type { Palette } from "../shell/palette.ts";

/** Draws at once what it is told. A `CanvasRenderingContext2D` is one. */
export interface Pen {
  fillStyle: string | object;
  strokeStyle: string | object;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: "left" | "right" | "center" | "start" | "end";
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  closePath(): void;
  fill(): void;
  stroke(): void;
  clip(): void;
  save(): void;
  restore(): void;
  setLineDash(dashes: number[]): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  strokeText(text: string, x: number, y: number): void;
}

/** Whatever the reader's system has. */
export const FAMILY = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";
export const SMALL = `11px ${FAMILY}`;
export const STRONG = `600 12px ${FAMILY}`;
/** Width of a letter of each font, px: near enough to keep labels apart, and the same in any browser. */
export const LETTER = 6.5;
export const LETTER_STRONG = 7.4;
/** Baseline below the middle of a line of text. */
export const BASELINE = 4;

export const textWidth = (text: string): number => text.length * LETTER;

/** A text, cut to fit a width, px; empty if not even a few letters do. */
export function fitText(text: string, width: number, letter = LETTER): string {
  const letters = Math.floor(width / letter);
  if (text.length <= letters) return text;
  return letters < 3 ? "" : `${text.slice(0, letters - 1)}…`;
}

/** Text with a margin of paper, so that lines behind it do not run through it. */
export function haloText(pen: Pen, palette: Palette, text: string, x: number, y: number): void {
  pen.strokeStyle = palette.paper;
  pen.lineWidth = 3;
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

/** A cross, such as where a message was lost. */
export function cross(pen: Pen, x: number, y: number, half: number): void {
  pen.moveTo(x - half, y - half);
  pen.lineTo(x + half, y + half);
  pen.moveTo(x - half, y + half);
  pen.lineTo(x + half, y - half);
}

export function segment(pen: Pen, x1: number, y1: number, x2: number, y2: number): void {
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
}
