import * as Plot from "@observablehq/plot";
import type { Strips } from "../core/figure.ts";
import { type FigureText, figure, HEAD, PANEL_HEAD } from "./plot.ts";
import { colourOf, FAINT, INK, PAPER, RULE, short, textWidth } from "./theme.ts";

const WIDTH = 1080;
const STRIP = 58;
const MARGINS = { marginTop: 10, marginRight: 150, marginBottom: 42 };
/** Half of the height in which dots of a strip lie, as a share of it. */
const SPREAD = 0.26;
/** Cases whose dots are joined, so that each can be followed. */
const JOINED_MAX = 60;
/** A scale from 0 goes up to so many medians. */
const WIDE = 8;
/** A few cases have their names at their last dot. */
const NAMED_MAX = 6;

type Dot = {
  readonly name: string;
  readonly step: number;
  readonly at: number;
  readonly y: number;
};

/** For each step, from above, a dot for each case and the median of all. */
export function stripsFigure(text: FigureText, { unit, steps, cases }: Strips): string {
  const left = Math.max(...steps.map((step) => textWidth(step, 12))) + 36;
  const lines = linesOf(cases);
  const dots = lines.flat();
  const height = steps.length * STRIP + MARGINS.marginTop + MARGINS.marginBottom;
  const plot: Plot.PlotOptions = {
    width: WIDTH - 16,
    height,
    ...MARGINS,
    marginLeft: left,
    x: { labelArrow: "none", labelAnchor: "center", ...scaleOf(dots, unit, cases.length) },
    y: { axis: null, domain: [steps.length - 0.5, -0.5] },
    marks: [
      Plot.gridX({ stroke: RULE, strokeOpacity: 1 }),
      Plot.ruleY(steps.slice(1), { y: (_, step) => step + 0.5, stroke: RULE }),
      ...medianMarks(dots, steps.length, cases.length),
      ...lineMarks(lines),
      Plot.text(steps, {
        frameAnchor: "left",
        y: (_, step) => step,
        text: (step) => step,
        textAnchor: "end",
        dx: -12,
        fontWeight: 600,
        fill: (_, step) => colourOf(step),
      }),
    ],
  };
  return figure({ width: WIDTH, height: HEAD + height + 4 }, text, [
    { x: 8, y: HEAD - PANEL_HEAD, title: "", plot },
  ]);
}

/** From 0 on; or logarithmic, where a few long times would press all others together. */
function scaleOf(dots: readonly Dot[], unit: string, cases: number): Plot.ScaleOptions {
  const values = dots.map(({ at }) => at).filter((at) => at > 0);
  const most = Math.max(...values, Number.MIN_VALUE);
  const room = cases > NAMED_MAX ? 1.04 : 1.12;
  if (values.length === 0 || most <= WIDE * medianOf(values)) {
    return { label: unit, domain: [0, room * most] };
  }
  const label = `${unit}, on a logarithmic scale`;
  return {
    type: "log",
    label,
    domain: [0.9 * Math.min(...values), room * most],
    tickFormat: short,
  };
}

type Line = readonly Dot[];

function linesOf(cases: Strips["cases"]): readonly Line[] {
  return cases.map(({ name, values }, index) =>
    values.flatMap(
      (at, step): Line =>
        at === null ? [] : [{ name, step, at, y: step + offsetOf(index, cases.length) }],
    ),
  );
}

/** What belongs together is joined, and a few have names. */
function lineMarks(lines: readonly Line[]): Plot.Markish[] {
  const joined = lines.length > JOINED_MAX ? [] : lines;
  const named = lines.length > NAMED_MAX ? [] : lines.flatMap((line) => line.slice(-1));
  const place = { x: "at", y: "y" };
  return [
    ...joined.map((line) =>
      Plot.line(line, { ...place, stroke: FAINT, strokeOpacity: 0.4, strokeWidth: 1 }),
    ),
    Plot.dot(lines.flat(), {
      ...place,
      r: 3.4,
      fill: ({ step }: Dot) => colourOf(step),
      fillOpacity: 0.65,
    }),
    Plot.text(named, {
      ...place,
      text: "name",
      textAnchor: "start",
      dx: 8,
      fontSize: 11,
      fill: FAINT,
      stroke: PAPER,
      strokeWidth: 4,
    }),
  ];
}

function medianMarks(dots: readonly Dot[], steps: number, cases: number): Plot.Markish[] {
  const medians = Array.from({ length: steps }, (_, step) => {
    const values = dots.filter((dot) => dot.step === step).map(({ at }) => at);
    return { step, count: values.length, at: values.length === 0 ? null : medianOf(values) };
  });
  return [
    Plot.ruleX(medians, {
      x: "at",
      y1: ({ step }) => step - 0.36,
      y2: ({ step }) => step + 0.36,
      stroke: INK,
      strokeWidth: 2.5,
    }),
    Plot.text(medians, {
      frameAnchor: "right",
      y: "step",
      text: ({ at, count }) => medianText(at, count, cases),
      lineHeight: 1.3,
      textAnchor: "start",
      dx: 12,
    }),
  ];
}

function medianText(at: number | null, count: number, cases: number): string {
  const time = at === null ? "" : `${at.toPrecision(3)} s`;
  if (cases === 1) return time;
  return `${at === null ? "" : `median ${time}\n`}${count} of ${cases}`;
}

/** Cases one above the other, and many in many turns, so that dots of one value do not cover each other. */
function offsetOf(index: number, count: number): number {
  if (count === 1) return 0;
  const turns = Math.min(count, 12);
  return SPREAD * ((2 * (index % turns)) / (turns - 1) - 1);
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
