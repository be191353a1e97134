// Lines over time, drawn by uPlot: given anew with each frame, drawn ten times a second at most.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { amount, briefly } from "../format.ts";
import { palette } from "../shell/theme.ts";
import { lastPart, lastSeconds } from "./time-range.tsx";

/** Drawn no more often, ms. */
const PAUSE = 100;
/** Charts of one page have one cursor. */
const CURSOR = "orrery";
/** All that is drawn is counted: 1, 2, 5, 10, … from one line of the grid to the next. */
const WHOLE = Array.from({ length: 30 }, (_, at) => [1, 2, 5][at % 3]! * 10 ** Math.floor(at / 3));
const FONT = "11px system-ui, sans-serif";

export type Line = {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  readonly faint?: boolean;
};

type Props = {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Seconds, and beside them the values of each line. */
  readonly data: () => uPlot.AlignedData;
  readonly fromZero?: boolean;
  /** Beside the title. */
  readonly head?: ComponentChildren;
  /** Values hold until the next one. */
  readonly stepped?: boolean;
  /** The first two lines are the edges of a band. */
  readonly banded?: boolean;
  /** A time was clicked, s. */
  readonly onTime?: ((seconds: number) => void) | undefined;
};

export function Lines(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const read = useRef<HTMLSpanElement>(null);
  const latest = useRef(props);
  latest.current = props;
  // Read here, so that a change draws anew.
  void lastSeconds.value;
  const chart = useRef<{ plot: uPlot; drawn: number; due: number } | null>(null);
  const kind = JSON.stringify([props.lines, props.banded, palette.value.paper]);
  useEffect(() => {
    const plot = new uPlot(
      optionsOf(latest, read),
      lastPart(latest.current.data()),
      place.current!,
    );
    const own = { plot, drawn: 0, due: 0 };
    chart.current = own;
    const watch = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (width > 0 && height > 0) plot.setSize({ width, height });
    });
    watch.observe(place.current!);
    return () => {
      watch.disconnect();
      clearTimeout(own.due);
      plot.destroy();
    };
  }, [kind]);
  useEffect(() => {
    const own = chart.current!;
    clearTimeout(own.due);
    const redraw = (): void => {
      own.drawn = performance.now();
      own.plot.setData(lastPart(latest.current.data()));
    };
    const rest = own.drawn + PAUSE - performance.now();
    if (rest <= 0) redraw();
    else own.due = setTimeout(redraw, rest);
  });
  return (
    <figure class="card lines">
      <figcaption class="card-head">
        <h2>{props.title}</h2>
        <span ref={read} class="quiet" aria-hidden="true" />
        {props.head}
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={`Chart: ${props.title} against time`} />
    </figure>
  );
}

function optionsOf(
  props: { readonly current: Props },
  read: { readonly current: HTMLSpanElement | null },
): uPlot.Options {
  const { lines, banded = false, stepped = false, fromZero = false } = props.current;
  const { faint, rule, accent } = palette.peek();
  const axis = {
    stroke: faint,
    font: FONT,
    grid: { stroke: rule, width: 1 },
    ticks: { show: false },
  };
  return {
    width: 300,
    height: 120,
    padding: [6, 14, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: CURSOR },
      drag: { x: false, y: false },
      points: { size: 5 },
      focus: { prox: 24 },
    },
    focus: { alpha: 0.35 },
    scales: { x: { time: false }, y: { range: (_, low, high) => reach(fromZero, low, high) } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 60,
        values: (_, splits) => splits.map((at) => `${amount(at)} s`),
      },
      { ...axis, size: 44, space: 28, incrs: WHOLE, values: (_, splits) => splits.map(briefly) },
    ],
    series: [
      {},
      ...lines.map(({ name, colour, dashed = false, faint: isFaint = false }) => ({
        label: name,
        stroke: colour,
        width: isFaint ? 1 : 1.5,
        alpha: isFaint ? 0.6 : 1,
        points: { show: false },
        ...(stepped ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
        spanGaps: true,
        ...(dashed ? { dash: [4, 3] } : {}),
      })),
    ],
    ...(banded
      ? {
          bands: [
            {
              series: [2, 1] as uPlot.Band.Bounds,
              fill: `color-mix(in srgb, ${accent} 15%, transparent)`,
            },
          ],
        }
      : {}),
    hooks: {
      setCursor: [(plot) => readOut(plot, props.current, read.current)],
      ready: [
        ({ over, posToVal, cursor }) =>
          over.addEventListener("click", () => {
            props.current.onTime?.(posToVal(cursor.left ?? 0, "x"));
          }),
      ],
    },
  };
}

/** Never without any height. */
function reach(fromZero: boolean, low: number, high: number): [number, number] {
  const from = fromZero ? 0 : (low ?? 0);
  return [from, Math.max(high ?? 0, from + 1)];
}

/** Of many lines only the first are told. */
const TOLD = 4;

function readOut(plot: uPlot, { lines, banded = false }: Props, place: HTMLElement | null): void {
  const at = plot.cursor.idx;
  const time = at == null ? undefined : plot.data[0][at];
  if (place === null) return;
  if (at == null || time === undefined) {
    place.textContent = "";
    return;
  }
  const values = plot.data.slice(1).map((column) => {
    const value = column[at];
    return value == null ? "–" : briefly(value);
  });
  const [low, high] = values;
  const told = banded
    ? `${low} … ${high}`
    : lines
        .slice(0, TOLD)
        .map(({ name }, line) => (lines.length === 1 ? values[line] : `${name} ${values[line]}`))
        .join(" · ");
  place.textContent = `${time.toFixed(2)} s · ${told}`;
}
