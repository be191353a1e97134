// The figures of one run.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Measures } from "../analysis/measure.ts";
import type { Series } from "../analysis/series.ts";
import type { Window } from "../analysis/window.ts";
import { writing } from "../core/errors.ts";
import type { Figure, GeneralFigure } from "../core/figure.ts";
import { spanText } from "../core/micros.ts";
import { draw } from "../figures/draw.ts";
import { histogramFigure } from "../figures/histogram.ts";
import { linesFigure } from "../figures/lines.ts";
import { spaceTimeFigure } from "../figures/space-time.ts";
import type { TraceHeader } from "../trace/file.ts";
import { renderPng } from "./png.ts";
import { writeText } from "./run-folder.ts";

/** A figure that is drawn. */
export type NamedSvg = readonly [name: string, svg: string];

/** What the figures are drawn from. */
export type Drawn = {
  readonly header: TraceHeader;
  readonly measures: Measures;
  readonly series: Series;
  readonly window: Window;
  /** The system's own, and which of the general ones stand beside them. */
  readonly own: readonly Figure[];
  readonly beside: readonly GeneralFigure[];
};

/** By name, what is drawn of any run; undefined where it would show nothing. */
const GENERAL: { readonly [name in GeneralFigure]: (drawn: Drawn) => string | undefined } = {
  "clocks-and-inboxes": pairFigure,
  jumps: (drawn) => (drawn.measures.jumps.length > 0 ? jumpsFigure(drawn) : undefined),
  "space-time": ({ header, window }) =>
    window.events.length > 0 ? windowFigure(header, window) : undefined,
};

/** All of them: for systems that do not say which they want. */
export const GENERAL_FIGURES = Object.keys(GENERAL) as GeneralFigure[];

/** Those that would show nothing are left out. */
export function runFigures(drawn: Drawn): readonly NamedSvg[] {
  const { header, own, beside } = drawn;
  const figures = own.map(
    ({ name, title, subtitle, shows }): NamedSvg => [
      name,
      draw({ title, subtitle: `${runText(header)}; ${subtitle}` }, shows),
    ],
  );
  const general = beside.flatMap((name): NamedSvg[] => {
    const svg = GENERAL[name](drawn);
    return svg === undefined ? [] : [[name, svg]];
  });
  return [...figures, ...general];
}

/** Writes each figure as SVG and PNG into a folder. */
export async function writeFigures(folder: string, figures: readonly NamedSvg[]): Promise<void> {
  const drawn = figures.map(async ([name, svg]) => {
    const path = join(folder, name);
    writeText(`${path}.svg`, svg);
    const png = await renderPng(svg);
    writing(path, () => writeFileSync(`${path}.png`, png));
  });
  await Promise.all(drawn);
}

const runText = ({ run, runtime }: TraceHeader): string =>
  `${run.system}, seed ${run.seed}, ${spanText(run.duration, runtime)}`;

function rated({ names, rates }: TraceHeader, process: number): string {
  const rate = rates[process] ?? 0;
  return rate > 0 ? `${names[process]} ${Number(rate.toPrecision(3))}/s` : names[process]!;
}

function pairFigure({ header, series }: Drawn): string {
  const { seconds, lines } = series;
  const of = (key: "lamport" | "inbox") =>
    lines.map((line) => ({ name: rated(header, line.process), values: line[key] }));
  const shown =
    lines.length < header.names.length ? `; ${lines.length} of ${header.names.length} shown` : "";
  return linesFigure(
    { title: "Clocks and inboxes over time", subtitle: `${runText(header)}${shown}` },
    seconds,
    [
      { title: "Lamport clock", lines: of("lamport"), stepped: false },
      { title: "Inbox length", lines: of("inbox"), stepped: true },
    ],
  );
}

function jumpsFigure({ header, measures }: Drawn): string {
  return histogramFigure(
    {
      title: "By how much a receive moves the clock",
      subtitle: `${runText(header)}; 1 is no jump`,
    },
    "rise of L at a receive",
    "share of receives",
    measures.jumps,
  );
}

/** A piece of a run as a space-time diagram. */
export function windowFigure(header: TraceHeader, window: Window): string {
  const name = (process: number): string => header.names[process]!;
  const { fromMicros, toMicros } = window;
  // As many digits as it takes to tell the ends apart.
  const digits = Math.min(6, Math.max(2, 7 - Math.floor(Math.log10(1 + toMicros - fromMicros))));
  const at = (micros: number): string => `${(micros / 1e6).toFixed(digits)} s`;
  const span = `${at(fromMicros)} to ${at(toMicros)}`;
  return spaceTimeFigure(
    { title: "Space-time diagram", subtitle: `${runText(header)}; from ${span}` },
    {
      from: window.fromMicros / 1e6,
      to: window.toMicros / 1e6,
      processes: window.processes.map(name),
      events: window.events.map((event) => ({
        seconds: event.timeMicros / 1e6,
        process: name(event.process),
        kind: event.kind,
        label: String(event.lamport),
      })),
      arrows: window.arrows.map(({ from, to, sentMicros, receivedMicros, lost }) => ({
        from: name(from),
        to: name(to),
        sent: sentMicros / 1e6,
        ...(receivedMicros === undefined ? {} : { received: receivedMicros / 1e6 }),
        lost,
      })),
    },
  );
}
