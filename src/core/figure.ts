// What a figure shows, as data: a system says it, and figures/ draws it. So systems stay light: their code is
// loaded once for every worker, and workers draw nothing.

/** What a colour says, the same in every figure. */
export type Tone = "work" | "want" | "jam" | "rest" | "service" | "hold" | "fault" | "absent";

/** Something that lasts; seconds. */
export type Span = { readonly from: number; readonly to: number };

export type LabelledSpan = Span & { readonly label: string };

/** A value at an instant, seconds. */
export type Point = readonly [seconds: number, value: number];

/** What lasted meanwhile, below a chart over time. */
export type Track = {
  readonly name: string;
  readonly tone: Tone;
  readonly spans: readonly LabelledSpan[];
};

/** What is drawn over a run from its beginning; seconds. */
type OverTime = { readonly end: number; readonly unit: string; readonly tracks: readonly Track[] };

/** A quantity, against what was meant, which changes at once. */
export type Against = OverTime & {
  readonly kind: "against";
  readonly measured: { readonly name: string; readonly points: readonly Point[] };
  readonly meant: { readonly name: string; readonly points: readonly Point[] } | null;
};

/** What a whole is made of, as it changes. */
export type Levels = OverTime & {
  readonly kind: "levels";
  readonly seconds: readonly number[];
  /** From below; a value for each instant. */
  readonly layers: readonly { readonly name: string; readonly values: readonly number[] }[];
};

export type Part = { readonly name: string; readonly tone: Tone };

/** What each of many was, as shares of the same whole. */
export type Shares = {
  readonly kind: "shares";
  readonly parts: readonly Part[];
  readonly rows: readonly {
    readonly name: string;
    /** One for each part, 0 … 1. */
    readonly shares: readonly number[];
    readonly note: string;
  }[];
};

/** How a job ended: it gave something, or nothing; it was cut off; it was still going on. */
export type JobEnd = "good" | "scrap" | "cut" | "open";

export type GanttBar = LabelledSpan & {
  readonly ended: JobEnd;
  /** When it was interrupted, and went on. */
  readonly interrupted: readonly number[];
};

/** Who did what when, in one piece of a run. */
export type Gantt = Span & {
  readonly kind: "gantt";
  /** What is done at the same time is in different lanes. */
  readonly lanes: readonly (readonly GanttBar[])[];
  readonly parts: readonly Part[];
  /** Below the lanes, one after the other; `part` by index. */
  readonly band: readonly (Span & { readonly part: number })[];
};

/** How long each of several steps took, in each of several cases. */
export type Strips = {
  readonly kind: "strips";
  readonly unit: string;
  readonly steps: readonly string[];
  /** A value for each step; null: it was not taken. */
  readonly cases: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
};

export type Figure = {
  /** Of its files. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  readonly shows: Against | Levels | Shares | Gantt | Strips;
};

/** The figures that any run can have. */
export type GeneralFigure = "clocks-and-inboxes" | "jumps" | "space-time";
