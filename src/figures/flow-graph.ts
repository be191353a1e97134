// A plan as a picture: classes of stages as boxes, from the first on the left to the last on the right, and
// between their stages ribbons as wide as what is carried.
import { type GraphNode, graph, sugiyama } from "d3-dag";
import { pushIn } from "../core/counting.ts";
import type { FigureText } from "./plot.ts";
import {
  ALARM,
  colourOf,
  escapeMarkup,
  escapeText,
  FAINT,
  FONT,
  INK,
  PAPER,
  RULE,
} from "./theme.ts";

/** A stage, and which share of its capacity it uses; null: it is down. */
export type FlowStage = { readonly name: string; readonly use: number | null };

/** Stages that are alike. */
export type FlowClass = {
  readonly name: string;
  /** A line below its name. */
  readonly note: string;
  readonly stages: readonly FlowStage[];
  readonly bottleneck: boolean;
  /** Classes that may supply it. */
  readonly suppliers: readonly string[];
};

/** From a stage to a stage; `share` of all that is carried of its item, 0 … 1. */
export type FlowArc = {
  readonly from: string;
  readonly to: string;
  readonly item: string;
  readonly share: number;
};

export type FlowGraph = {
  readonly classes: readonly FlowClass[];
  readonly arcs: readonly FlowArc[];
};

/** Of more stages than this, one box stands for all of the class. */
const STAGES_MAX = 6;
const BOX = { width: 148, height: 26, gap: 5 };
/** A class's name and note, above its boxes. */
const TITLE = 36;
/** Between columns and between classes of a column. */
const GAP = { across: 112, down: 26 };
const MARGIN = { left: 28, right: 28, top: 74, bottom: 24 };
/** Width of a ribbon that carries all of its item. */
const WHOLE = 22;
/** No ribbon is thinner. */
const THIN = 0.8;
const LEAST_WIDTH = 640;

/** Where a class stands: its left upper corner. */
type Placed = { readonly of: FlowClass; readonly x: number; readonly y: number };

/** Draws a plan. Time grows with classes and drawn arcs; beyond a hundred classes it is seconds. */
export function flowGraphFigure(text: FigureText, flow: FlowGraph): string {
  const merged = merge(flow);
  const { placed, bends, width, height } = layOut(merged);
  const size = { width: Math.max(LEAST_WIDTH, width), height };
  const ribbons = ribbonsOf(merged, placed, bends);
  const idle = idleOf(merged, placed, bends);
  const boxes = placed.map(classText);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(size.width)} ${px(size.height)}" width="${px(size.width)}" height="${px(size.height)}" font-family="${FONT}" font-size="12" fill="${INK}" role="img" aria-label="${escapeMarkup(text.title)}">
<rect width="100%" height="100%" fill="${PAPER}"/>
<text x="${MARGIN.left}" y="31" font-size="17" font-weight="600">${escapeText(text.title)}</text>
<text x="${MARGIN.left}" y="51" fill="${FAINT}">${escapeText(text.subtitle)}</text>
<g fill="none" stroke="${RULE}" stroke-width="1.5" stroke-dasharray="4 4">
${idle.join("\n")}
</g>
<g fill-opacity="0.42" stroke-opacity="0.42" stroke-width="0.5">
${ribbons.join("\n")}
</g>
${boxes.join("\n")}
</svg>
`;
}

const px = (value: number): string => String(Math.round(value * 10) / 10);

/** Large classes as one box each. */
function merge({ classes, arcs }: FlowGraph): FlowGraph {
  const standsFor = new Map<string, string>();
  const drawn = classes.map((of): FlowClass => {
    if (of.stages.length <= STAGES_MAX) return of;
    const uses = of.stages.flatMap(({ use }) => use ?? []);
    const down = of.stages.length - uses.length;
    const name = `${of.stages.length} stages${down === 0 ? "" : `, ${down} down`}`;
    const key = `${of.name}: ${name}`;
    for (const stage of of.stages) standsFor.set(stage.name, key);
    const use = uses.length === 0 ? null : uses.reduce((sum, one) => sum + one, 0) / uses.length;
    return { ...of, stages: [{ name: key, use }] };
  });
  const sums = new Map<string, FlowArc>();
  for (const arc of arcs) {
    const [from, to] = [standsFor.get(arc.from) ?? arc.from, standsFor.get(arc.to) ?? arc.to];
    const key = `${from}>${to}`;
    sums.set(key, { ...arc, from, to, share: arc.share + (sums.get(key)?.share ?? 0) });
  }
  return { classes: drawn, arcs: [...sums.values()] };
}

type Point = readonly [x: number, y: number];
/** By class and class: where a bundle of ribbons passes other columns. */
type Bends = ReadonlyMap<string, readonly Point[]>;

const heightOf = ({ stages }: FlowClass): number =>
  TITLE + stages.length * (BOX.height + BOX.gap) - BOX.gap;

/** By Sugiyama's method: columns so that ways are short, and in them an order with few crossings. */
function layOut({ classes }: FlowGraph) {
  const dag = graph<FlowClass, string>();
  const nodes = new Map(classes.map((of) => [of.name, dag.node(of)]));
  for (const { name, suppliers } of classes) {
    for (const from of suppliers) dag.link(nodes.get(from)!, nodes.get(name)!, `${from}>${name}`);
  }
  // It lays out from top to bottom; here that is from left to right.
  const layout = sugiyama()
    .nodeSize(({ data }: GraphNode<FlowClass, string>) => [heightOf(data), BOX.width] as const)
    .gap([GAP.down, GAP.across]);
  const { width: down, height: across } = layout(dag);
  const placed = [...nodes.values()].map((node): Placed => {
    const x = MARGIN.left + node.y - BOX.width / 2;
    const y = MARGIN.top + node.x - heightOf(node.data) / 2;
    return { of: node.data, x, y };
  });
  const bends = [...dag.links()].map(({ data, points }): [string, Point[]] => [
    data,
    points.slice(1, -1).map(([x, y]) => [MARGIN.left + y, MARGIN.top + x]),
  ]);
  return {
    placed,
    bends: new Map(bends),
    width: MARGIN.left + across + MARGIN.right,
    height: MARGIN.top + down + MARGIN.bottom,
  };
}

/** A class to be placed, of so many stages. */
export type FlowBox = {
  readonly name: string;
  readonly stages: number;
  readonly suppliers: readonly string[];
};

/** Where things stand in a graph that somebody else draws, px. */
export type FlowPlaces = {
  readonly width: number;
  readonly height: number;
  readonly box: typeof BOX;
  /** The left upper corner of the first box of each class: the others are below it. */
  readonly classes: { readonly [name: string]: readonly [x: number, y: number] };
  /** By `from>to` of classes: where a way passes other columns, in order. */
  readonly bends: { readonly [way: string]: readonly (readonly [x: number, y: number])[] };
};

/** Lays classes out as `flowGraphFigure` does; a large class gets one box. */
export function flowPlaces(classes: readonly FlowBox[]): FlowPlaces {
  const whole = classes.map(({ name, stages, suppliers }): FlowClass => {
    const boxes = stages > STAGES_MAX ? 1 : stages;
    const none = { name: "", use: null };
    const of = Array.from({ length: boxes }, () => none);
    return { name, note: "", stages: of, bottleneck: false, suppliers };
  });
  const { placed, bends, width, height } = layOut({ classes: whole, arcs: [] });
  return {
    width,
    height,
    box: BOX,
    classes: Object.fromEntries(placed.map(({ of, x, y }) => [of.name, [x, y + TITLE]] as const)),
    bends: Object.fromEntries(bends),
  };
}

/** Where a stage's box begins. */
const boxAt = ({ x, y }: Placed, index: number): Point => [
  x,
  y + TITLE + index * (BOX.height + BOX.gap),
];

function classText(placed: Placed): string {
  const { of, x, y } = placed;
  const mark = of.bottleneck
    ? `<tspan fill="${ALARM}" font-weight="600" font-size="11" dx="6">bottleneck</tspan>`
    : "";
  const drawn = of.stages.map(({ name, use }, index) => {
    const [left, top] = boxAt(placed, index);
    const label = name.startsWith(`${of.name}: `) ? name.slice(of.name.length + 2) : name;
    return boxText(left, top, label, use, of.bottleneck && use !== null);
  });
  return `<g>
<text x="${px(x)}" y="${px(y + 13)}" font-weight="600" font-size="13" stroke="${PAPER}" stroke-width="4" paint-order="stroke">${escapeText(of.name)}${mark}</text>
<text x="${px(x)}" y="${px(y + 28)}" font-size="11" fill="${FAINT}" stroke="${PAPER}" stroke-width="4" paint-order="stroke">${escapeText(of.note)}</text>
${drawn.join("\n")}
</g>`;
}

/** A box that is filled from the left as far as its capacity is used. */
function boxText(x: number, y: number, name: string, use: number | null, hot: boolean): string {
  const { width, height } = BOX;
  const colour = hot ? ALARM : FAINT;
  const frame = `x="${px(x)}" y="${px(y)}" width="${width}" height="${height}" rx="4"`;
  const dashes = use === null ? ' stroke-dasharray="3 3"' : "";
  const filled = width * Math.min(1, use ?? 0);
  const bar = `<rect x="${px(x)}" y="${px(y)}" width="${px(filled)}" height="${height}" rx="4" fill="${colour}" fill-opacity="0.2"/>`;
  const says = use === null ? "down" : `${percentOf(use)} %`;
  const ink = use === null ? FAINT : INK;
  const baseline = px(y + height / 2 + 4);
  return `<rect ${frame} fill="${PAPER}"/>
${use === null || filled < 1 ? "" : bar}
<rect ${frame} fill="none" stroke="${hot ? ALARM : use === null ? FAINT : INK}" stroke-opacity="${hot ? 1 : 0.45}"${dashes}/>
<text x="${px(x + 8)}" y="${baseline}" fill="${ink}">${escapeText(name)}</text>
<text x="${px(x + width - 8)}" y="${baseline}" text-anchor="end" fill="${hot ? ALARM : ink}" font-size="11">${says}</text>`;
}

/** A tenth where it matters. */
const percentOf = (share: number): string =>
  share > 0 && share < 0.0095 ? (100 * share).toFixed(1) : String(Math.round(100 * share));

const widthOf = ({ share }: FlowArc): number => Math.max(THIN, WHOLE * share);

/** Where a ribbon ends, px from the middle of its stage's box, and how wide it is there. */
type End = { readonly offset: number; readonly width: number };

/** The ends of ribbons beside each other: `at` of the other end decides who is above. */
class Ends {
  readonly #waiting = new Map<string, { readonly arc: FlowArc; readonly at: number }[]>();

  add(stage: string, arc: FlowArc, at: number): void {
    pushIn(this.#waiting, stage, { arc, at });
  }

  /** What does not fit into a box tapers. */
  ends(): ReadonlyMap<FlowArc, End> {
    const ends = new Map<FlowArc, End>();
    for (const waiting of this.#waiting.values()) {
      const sorted = waiting.sort((a, b) => a.at - b.at);
      const whole = sorted.reduce((sum, { arc }) => sum + widthOf(arc), 0);
      const squeeze = Math.min(1, (BOX.height - 2) / whole);
      let before = (-whole / 2) * squeeze;
      for (const { arc } of sorted) {
        const width = widthOf(arc) * squeeze;
        ends.set(arc, { offset: before + width / 2, width });
        before += width;
      }
    }
    return ends;
  }
}

function ribbonsOf({ classes, arcs }: FlowGraph, placed: readonly Placed[], bends: Bends) {
  const classIndex = new Map(classes.map(({ name }, index) => [name, index]));
  const classOf = new Map(classes.flatMap((of) => of.stages.map(({ name }) => [name, of.name])));
  const middle = new Map<string, Point>();
  for (const each of placed) {
    for (const [index, { name }] of each.of.stages.entries()) {
      const [x, y] = boxAt(each, index);
      middle.set(name, [x, y + BOX.height / 2]);
    }
  }
  const bundle = (arc: FlowArc): string => `${classOf.get(arc.from)}>${classOf.get(arc.to)}`;
  const bendsOf = (arc: FlowArc): readonly Point[] => bends.get(bundle(arc)) ?? [];
  const [out, into] = [new Ends(), new Ends()];
  for (const arc of arcs) {
    const [first, last] = [bendsOf(arc)[0], bendsOf(arc).at(-1)];
    out.add(arc.from, arc, first?.[1] ?? middle.get(arc.to)![1]);
    into.add(arc.to, arc, last?.[1] ?? middle.get(arc.from)![1]);
  }
  const [leaving, coming] = [out.ends(), into.ends()];
  const heights = (arc: FlowArc): number =>
    middle.get(arc.from)![1] + 1e-4 * middle.get(arc.to)![1];
  const lanes = lanesOf(
    [...arcs].sort((a, b) => heights(a) - heights(b)),
    bundle,
  );
  return arcs.map((arc) => {
    const [fromX, fromY] = middle.get(arc.from)!;
    const [toX, toY] = middle.get(arc.to)!;
    const [start, end] = [leaving.get(arc)!, coming.get(arc)!];
    const lane = lanes.get(arc)!;
    const points: Ribbon = [
      [fromX + BOX.width, fromY + start.offset, start.width],
      ...bendsOf(arc).flatMap(([x, y]): Ribbon => {
        const width = widthOf(arc);
        return [
          [x - BOX.width / 2, y + lane, width],
          [x + BOX.width / 2, y + lane, width],
        ];
      }),
      [toX, toY + end.offset, end.width],
    ];
    const colour = colourOf(classIndex.get(classOf.get(arc.from)!)!);
    const title = escapeText(`${arc.from} → ${arc.to}: ${arc.item}`);
    return `<path d="${outlineOf(points)}" fill="${colour}" stroke="${colour}"><title>${title}</title></path>`;
  });
}

/** Ways that could be used, and are not, as lines between classes. */
function idleOf({ classes, arcs }: FlowGraph, placed: readonly Placed[], bends: Bends): string[] {
  const classOf = new Map(classes.flatMap((of) => of.stages.map(({ name }) => [name, of.name])));
  const used = new Set(arcs.map(({ from, to }) => `${classOf.get(from)}>${classOf.get(to)}`));
  const middle = new Map(
    placed.map(({ of, x, y }): [string, Point] => [of.name, [x, y + (TITLE + heightOf(of)) / 2]]),
  );
  return classes.flatMap(({ name, suppliers }) =>
    suppliers.flatMap((from) => {
      if (used.has(`${from}>${name}`)) return [];
      const [x, y] = middle.get(from)!;
      const passed = (bends.get(`${from}>${name}`) ?? []).flatMap(([at, level]): Point[] => [
        [at - BOX.width / 2, level],
        [at + BOX.width / 2, level],
      ]);
      return `<path d="M${curveOf([[x + BOX.width, y], ...passed, middle.get(name)!])}"/>`;
    }),
  );
}

/** Where in its bundle a ribbon runs, px from the middle. */
function lanesOf(arcs: readonly FlowArc[], bundle: (arc: FlowArc) => string) {
  const lanes = new Map<FlowArc, number>();
  const bundles = new Map<string, FlowArc[]>();
  for (const arc of arcs) pushIn(bundles, bundle(arc), arc);
  for (const members of bundles.values()) {
    const whole = members.reduce((sum, arc) => sum + widthOf(arc), 0);
    let before = -whole / 2;
    for (const arc of members) {
      lanes.set(arc, before + widthOf(arc) / 2);
      before += widthOf(arc);
    }
  }
  return lanes;
}

/** Points from left to right, with the width there. */
type Ribbon = readonly (readonly [x: number, y: number, width: number])[];

/** Around a ribbon: along its upper edge, and back along the lower. */
function outlineOf(points: Ribbon): string {
  const upper = points.map(([x, y, width]): Point => [x, y - width / 2]);
  const lower = points.map(([x, y, width]): Point => [x, y + width / 2]).reverse();
  return `M${curveOf(upper)}L${curveOf(lower)}Z`;
}

/** Through points, level at each of them. */
function curveOf([[startX, startY] = [0, 0], ...rest]: readonly Point[]): string {
  let [x, y] = [startX, startY];
  const parts = [`${px(x)} ${px(y)}`];
  for (const [nextX, nextY] of rest) {
    const bend = px((x + nextX) / 2);
    parts.push(`C${bend} ${px(y)} ${bend} ${px(nextY)} ${px(nextX)} ${px(nextY)}`);
    [x, y] = [nextX, nextY];
  }
  return parts.join("");
}
