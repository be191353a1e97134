import * as Plot from "@observablehq/plot";
import { countIn } from "../core/counting.ts";
import { type FigureText, figure, HEAD } from "./plot.ts";
import { COLOURS, FAINT, RULE, short } from "./theme.ts";

const WIDTH = 720;
const HEIGHT = 380;
/** Values beyond this go into one last bar. */
const BARS_MAX = 40;
/** Room above the highest bar for its number. */
const HEADROOM = 1.08;

/** How often each whole number occurred, as bars of shares; the tail beyond 40 bars is one bar. */
export function histogramFigure(
  text: FigureText,
  label: string,
  unit: string,
  entries: readonly (readonly [number, number])[],
): string {
  const total = entries.reduce((sum, [, times]) => sum + times, 0);
  const first = entries[0]?.[0] ?? 0;
  const bars = new Map<number, number>();
  for (const [value, times] of entries) {
    const bar = Math.min(value, first + BARS_MAX);
    countIn(bars, bar, times);
  }
  const last = Math.max(first + 9, ...bars.keys());
  const data = [...bars].map(([value, times]) => ({ value, share: times / total, times }));
  const values = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const every = Math.ceil(values.length / 20);
  const tail = last === first + BARS_MAX;
  return figure({ width: WIDTH, height: HEIGHT }, text, [
    {
      x: 8,
      y: HEAD - 4,
      title: unit,
      plot: {
        width: WIDTH - 24,
        height: HEIGHT - HEAD - 28,
        marginLeft: 56,
        marginRight: 12,
        marginTop: 8,
        marginBottom: 44,
        x: {
          type: "band",
          domain: values,
          label,
          labelArrow: "none",
          labelAnchor: "center",
          tickFormat: (value: number) =>
            tail && value === last ? `≥${value}` : (value - first) % every === 0 ? `${value}` : "",
          tickSize: 0,
          padding: 0.15,
        },
        y: {
          label: null,
          percent: true,
          domain: [0, 100 * HEADROOM * Math.max(...data.map(({ share }) => share))],
          tickFormat: (share: number) => `${share} %`,
        },
        marks: [
          Plot.gridY({ stroke: RULE, strokeOpacity: 1 }),
          Plot.barY(data, { x: "value", y: "share", fill: COLOURS[0] }),
          Plot.text(values.length > 20 ? [] : data.filter(({ times }) => times > 0), {
            x: "value",
            y: "share",
            text: ({ times }) => short(times),
            dy: -8,
            fill: FAINT,
          }),
          Plot.ruleY([0]),
        ],
      },
    },
  ]);
}
