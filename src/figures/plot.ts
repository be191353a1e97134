// Charts by Observable Plot, drawn in a DOM held in memory, composed into one SVG text.
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeMarkup, escapeText, FAINT, FONT, INK, PAPER } from "./theme.ts";

/** A chart and where it stands in its figure, in px. */
export type Panel = {
  readonly x: number;
  readonly y: number;
  readonly title: string;
  readonly plot: Plot.PlotOptions;
};

export type FigureText = { readonly title: string; readonly subtitle: string };

/** Height of title and subtitle; panels begin below. */
export const HEAD = 62;
/** Room for a panel's title above its chart. */
export const PANEL_HEAD = 24;
/** The x axis of what is drawn over the time of a run. */
export const TIME_AXIS = {
  label: "time, seconds",
  labelArrow: "none",
  labelAnchor: "center",
} as const;

const TITLE_SIZE = 17;
const TEXT_SIZE = 12;

/** One chart as SVG text, without its title. */
function chart(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const drawn = Plot.plot({
    ...options,
    document,
    style: { fontFamily: FONT, fontSize: `${TEXT_SIZE}px`, color: INK, background: "none" },
  } as Plot.PlotOptions);
  drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  drawn.setAttribute("font-family", FONT);
  drawn.setAttribute("fill", INK);
  return withoutStyle(drawn.outerHTML);
}

/** Plot's style element speaks of pages; in a file the attributes are enough. */
const withoutStyle = (svg: string): string => svg.replace(/<style>[\s\S]*?<\/style>/g, "");

/** A figure as SVG text: title, subtitle, panels. */
export function figure(
  size: { readonly width: number; readonly height: number },
  text: FigureText,
  panels: readonly Panel[],
  overlay = "",
): string {
  const { width, height } = size;
  const drawn = panels.map(({ x, y, title, plot }) => {
    const svg = chart(plot).replace("<svg ", `<svg x="${x}" y="${y + PANEL_HEAD}" `);
    const label = `<text x="${x + 8}" y="${y + 15}" font-weight="600">${escapeText(title)}</text>`;
    return `${title === "" ? "" : label}\n${svg}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}" font-size="${TEXT_SIZE}" fill="${INK}" role="img" aria-label="${escapeMarkup(text.title)}">
<rect width="${width}" height="${height}" fill="${PAPER}"/>
<text x="24" y="31" font-size="${TITLE_SIZE}" font-weight="600">${escapeText(text.title)}</text>
<text x="24" y="51" fill="${FAINT}">${escapeText(text.subtitle)}</text>
${drawn.join("\n")}
${overlay}
</svg>
`;
}
