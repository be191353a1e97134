// One look for all figures: readable in print, without colour, and by the colour-blind.
import type { Tone } from "../core/figure.ts";

/**
 * Okabe and Ito 2008 (jfly.uni-koeln.de/color), darkened where needed for thin lines on white. Lines
 * are also labelled where they end, so that no figure needs its colours to be read.
 */
export const COLOURS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#b8569b",
  "#c18a00",
  "#2f9bd4",
  "#5b5b5b",
  "#8c6d31",
  "#7b3294",
  "#1b7837",
] as const;

export const INK = "#1f2328";
export const FAINT = "#6e7781";
export const RULE = "#d8dee4";
export const PAPER = "#ffffff";
/** Lost messages, crashes. */
export const ALARM = "#c0261f";

/** Calm where all is well, red where somebody is gone; no two of one lightness stand for good and bad. */
export const TONES: { readonly [tone in Tone]: string } = {
  work: "#5a9fc4",
  want: "#efbf4a",
  jam: "#b08fc7",
  rest: "#e3e8ec",
  service: "#4f9d86",
  hold: "#b3bdc6",
  fault: "#e37b5f",
  absent: "#a61e1a",
};

/** Inter is what PNGs are drawn with; the others stand in where an SVG's reader lacks it. */
export const FONT = "Inter, 'Helvetica Neue', Arial, sans-serif";

export const colourOf = (index: number): string => COLOURS[index % COLOURS.length]!;

export const escapeText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The same, for the value of an attribute too. */
export const escapeMarkup = (text: string): string => escapeText(text).replaceAll('"', "&quot;");

const NARROW = /[ijltfrI1.,:;'|()[\]-]/g;
const WIDE = /[mwMW@%]/g;

/** About how wide a text is drawn in Inter, px. */
export function textWidth(text: string, size: number): number {
  const count = (letters: RegExp): number => text.match(letters)?.length ?? 0;
  return size * (0.58 * text.length - 0.24 * count(NARROW) + 0.28 * count(WIDE));
}

/** Room for the names of rows at the left of a figure, px. */
export const roomFor = (names: readonly string[]): number =>
  Math.ceil(Math.max(150, ...names.map((name) => 24 + textWidth(name, 12))));

/** A number as short as it can be said: 3 digits, and thousands with a space. */
export function short(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en").replaceAll(",", "\u202f");
  return String(Number(value.toPrecision(3)));
}

/** Whole numbers from 0 up to `top`, at most `most` steps of 1, 2 or 5 times a power of ten. */
export function wholeTicks(top: number, most: number): number[] {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(top)) - 1);
  const sizes = [1, 2, 5, 10, 20, 50, 100].map((size) => size * power);
  const step = sizes.find((size) => top / size <= most) ?? top;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
}

/** What is readable on a tone. */
export const inkOn = (tone: Tone): string => (tone === "absent" ? PAPER : INK);
