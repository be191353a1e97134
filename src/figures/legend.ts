import type { Part } from "../core/figure.ts";
import { HEAD } from "./plot.ts";
import { escapeText, RULE, TONES, textWidth } from "./theme.ts";

const SIZE = 12;
const SWATCH = 12;

/** Which colour says what, in one line of SVG below the head. */
export function legend(parts: readonly Part[]): string {
  let at = 24;
  return parts
    .map(({ name, tone }) => {
      const swatch = `<rect x="${at}" y="${HEAD}" width="${SWATCH}" height="${SWATCH}" rx="2" fill="${TONES[tone]}" stroke="${RULE}"/>`;
      const text = `<text x="${at + SWATCH + 6}" y="${HEAD + 10}">${escapeText(name)}</text>`;
      at += Math.round(SWATCH + 6 + textWidth(name, SIZE) + 22);
      return swatch + text;
    })
    .join("");
}
