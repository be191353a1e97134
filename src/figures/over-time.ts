// A chart over the time of a run, and below it, on the same scale, what lasted meanwhile.
import * as Plot from "@observablehq/plot";
import type { Track } from "../core/figure.ts";
import { type EndLabel, endLabels } from "./labels.ts";
import { type FigureText, figure, HEAD, PANEL_HEAD, type Panel, TIME_AXIS } from "./plot.ts";
import { ALARM, RULE, short, textWidth } from "./theme.ts";
import { layOutTracks, ROW, trackMarks, trackName } from "./tracks.ts";

/** What is drawn in the chart, and how high it goes. */
export type Drawn = {
  readonly end: number;
  readonly unit: string;
  readonly tracks: readonly Track[];
  readonly top: number;
  readonly marks: readonly Plot.Markish[];
  /** Beside the right end; `at` in the unit of the chart. */
  readonly labels: readonly EndLabel[];
};

const WIDTH = 1080;
const LEFT = 16;
const CHART = 300;
const MARGINS = { marginTop: 8, marginBottom: 8 };
const AXIS = 40;
const LABEL_ROOM = 15;
const HEADROOM = 1.06;
const INNER_HEIGHT = CHART - MARGINS.marginTop - MARGINS.marginBottom;

/** A chart from 0 to its top, its names at its right end, its tracks below. */
export function overTimeFigure(text: FigureText, drawn: Drawn): string {
  const { end, unit, tracks, marks } = drawn;
  const top = HEADROOM * Math.max(drawn.top, Number.MIN_VALUE);
  const width = WIDTH - LEFT - 8;
  const right = 24 + Math.max(0, ...drawn.labels.map((label) => textWidth(label.text, 12)));
  const left = 20 + Math.max(36, ...tracks.map((track) => textWidth(trackName(track), 13)));
  const inner = width - left - right;
  const layout = layOutTracks(tracks, end, inner);
  const x = { domain: [0, end], label: null };
  const margins = { marginLeft: left, marginRight: right };
  const grid = Plot.gridX({ stroke: RULE, strokeOpacity: 0.7 });
  const alarms = Plot.ruleX(layout.alarms, {
    stroke: ALARM,
    strokeOpacity: 0.55,
    strokeDasharray: "3,3",
  });
  const chart: Panel = {
    x: LEFT,
    y: HEAD,
    title: unit,
    plot: {
      ...margins,
      ...MARGINS,
      width,
      height: CHART,
      x: { ...x, axis: null },
      y: { label: null, domain: [0, top], ticks: 5, tickFormat: short },
      marks: [
        grid,
        Plot.gridY({ stroke: RULE, strokeOpacity: 1, ticks: 5 }),
        ...marks,
        alarms,
        Plot.ruleY([0]),
        ...endLabels(drawn.labels, { end, top, height: INNER_HEIGHT, room: LABEL_ROOM }),
      ],
    },
  };
  const height = layout.rows * ROW + AXIS;
  const below: Panel = {
    x: LEFT,
    y: HEAD + CHART,
    title: "",
    plot: {
      ...margins,
      width,
      height,
      marginTop: 0,
      marginBottom: AXIS,
      x: { ...x, ...TIME_AXIS },
      y: { axis: null, domain: [layout.rows - 0.5, -0.5] },
      marks: [grid, alarms, ...trackMarks(layout, end, inner)],
    },
  };
  return figure({ width: WIDTH, height: HEAD + PANEL_HEAD + CHART + height + 4 }, text, [
    chart,
    below,
  ]);
}
