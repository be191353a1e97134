import * as Plot from "@observablehq/plot";
import { type FigureText, figure, HEAD, PANEL_HEAD } from "./plot.ts";
import { colourOf, escapeText, PAPER, roomFor } from "./theme.ts";

/** Shares in % of one cell, in the order of the kinds. */
export type Mix = { readonly cell: string; readonly shares: readonly number[] };

const WIDTH = 1140;
const ROW = 26;
const LEGEND = 26;

/** What events are made of: a bar for each cell. */
export function mixFigure(
  text: FigureText,
  kinds: readonly string[],
  mixes: readonly Mix[],
): string {
  const data = mixes.flatMap(({ cell, shares }) =>
    shares.map((share, index) => ({ cell, share, kind: kinds[index]!, index })),
  );
  const height = mixes.length * ROW + 40;
  const legend = kinds.map(
    (kind, index) =>
      `<rect x="${24 + index * 110}" y="${HEAD}" width="12" height="12" fill="${colourOf(index)}"/>` +
      `<text x="${42 + index * 110}" y="${HEAD + 10}">${escapeText(kind)}</text>`,
  );
  const panel = {
    x: 8,
    y: HEAD + LEGEND - PANEL_HEAD,
    title: "",
    plot: {
      width: WIDTH - 16,
      height,
      marginLeft: roomFor(mixes.map(({ cell }) => cell)),
      marginRight: 16,
      marginTop: 4,
      x: { label: null, domain: [0, 100], tickFormat: (share: number) => `${share} %` },
      y: { type: "band" as const, domain: mixes.map(({ cell }) => cell), label: null, tickSize: 0 },
      marks: [
        Plot.barX(data, {
          y: "cell",
          x: "share",
          fill: ({ index }) => colourOf(index),
          inset: 1.5,
        }),
        Plot.text(
          data,
          Plot.stackX({
            y: "cell",
            x: "share",
            text: ({ share }: { share: number }) => (share < 4 ? "" : share.toFixed(0)),
            fill: PAPER,
          }),
        ),
      ],
    },
  };
  return figure(
    { width: WIDTH, height: HEAD + LEGEND + height + 8 },
    text,
    [panel],
    legend.join(""),
  );
}
