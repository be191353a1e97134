import type { Figure } from "../core/figure.ts";
import { againstFigure } from "./against.ts";
import { ganttFigure } from "./gantt.ts";
import { levelsFigure } from "./levels.ts";
import type { FigureText } from "./plot.ts";
import { stackedSharesFigure } from "./stacked-shares.ts";
import { stripsFigure } from "./strips.ts";

/** A figure that a system gave as data, as SVG text. */
export function draw(text: FigureText, shows: Figure["shows"]): string {
  switch (shows.kind) {
    case "against":
      return againstFigure(text, shows);
    case "levels":
      return levelsFigure(text, shows);
    case "shares":
      return stackedSharesFigure(text, shows);
    case "gantt":
      return ganttFigure(text, shows);
    case "strips":
      return stripsFigure(text, shows);
  }
}
