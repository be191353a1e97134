// The flow of a factory: classes in columns, stages as boxes, ways as wide as what they carry, and on them lots on
// their way. The ways are SVG; lots are moved in it from frame to frame.
import { useMemo } from "preact/hooks";
import type { FactoryScene, FactoryState } from "../../../systems/factory/view-state.ts";
import { shortLot, standing } from "./stage.tsx";

type Point = readonly [x: number, y: number];

/** Stages of a class that has more are drawn as one box. */
const BOXES_MAX = 6;
/** Width of the way that carries most, and of any. */
const WIDEST = 16;
const THINNEST = 1;
/** Above the graph there is room for a title, which the page has elsewhere. */
const HEAD = 36;
/** Lots that are drawn at once. */
const LOTS_MAX = 120;

export function FactoryGraph({
  state,
  selected,
  onSelect,
  onLot,
}: {
  state: FactoryState;
  selected: number | null;
  onSelect: (stage: number) => void;
  onLot: (lot: string) => void;
}) {
  const { scene } = state;
  const { width, height } = scene.places;
  const drawn = useMemo(() => layoutOf(scene), [scene.names.join(), width, height]);
  const most = Math.max(1e-9, ...state.ways.map(([, , rate]) => rate));
  return (
    <div class="factory-graph">
      <svg
        viewBox={`0 ${HEAD} ${width} ${height - HEAD}`}
        aria-label="flow of the factory"
        preserveAspectRatio="xMidYMin meet"
      >
        <g class="ways">
          {scene.classes.flatMap(({ name, suppliers }) =>
            suppliers.map((from) => (
              <path key={`${from}>${name}`} class="idle" d={drawn.between(from, name)} />
            )),
          )}
          {state.ways.map(([from, to, rate]) => (
            <path
              key={`${from}>${to}`}
              class={`c${1 + (drawn.classOf[from]! % 8)}`}
              d={drawn.way(from, to)}
              stroke-width={Math.max(THINNEST, (WIDEST * rate) / most)}
            >
              <title>{`${scene.names[from]} → ${scene.names[to]}: ${(rate / scene.timeScale).toPrecision(3)} lots an hour`}</title>
            </path>
          ))}
        </g>
        <g class="lots">
          {state.moving.slice(-LOTS_MAX).map(([lot, from, to, since]) => {
            const [x, y] = drawn.along(from, to, progress(state, since));
            return (
              // biome-ignore lint/a11y/noStaticElementInteractions: by keyboard lots are reached from their stage
              <circle key={lot} cx={x} cy={y} r="3.5" onClick={() => onLot(lot)}>
                <title>{shortLot(lot)}</title>
              </circle>
            );
          })}
        </g>
        {scene.classes.map((each) => (
          <Class key={each.name} of={each} state={state} selected={selected} onSelect={onSelect} />
        ))}
      </svg>
    </div>
  );
}

/** How far a lot seems to be: nobody knows when it arrives, so it slows down as it comes nearer. */
function progress({ now }: FactoryState, since: number): number {
  const seconds = Math.max(0, now - since) / 1e6;
  return 1 - 1 / (1 + seconds);
}

function Class({
  of: { name, note, ids },
  state,
  selected,
  onSelect,
}: {
  of: FactoryScene["classes"][number];
  state: FactoryState;
  selected: number | null;
  onSelect: (stage: number) => void;
}) {
  const { box, classes } = state.scene.places;
  const [x, y] = classes[name]!;
  const limits = state.plan?.bottleneck === name;
  return (
    <g>
      <text x={x} y={y - 20} class={limits ? "class limits" : "class"}>
        {name}
        {limits ? " (limits)" : ""}
      </text>
      <text x={x} y={y - 7} class="note">
        {note}
      </text>
      {ids.length > BOXES_MAX ? (
        <Crowd x={x} y={y} ids={ids} state={state} onSelect={onSelect} />
      ) : (
        ids.map((id, index) => (
          <Box
            key={id}
            x={x}
            y={y + index * (box.height + box.gap)}
            id={id}
            state={state}
            selected={selected === id}
            onSelect={onSelect}
          />
        ))
      )}
    </g>
  );
}

function Box({
  x,
  y,
  id,
  state,
  selected,
  onSelect,
}: {
  x: number;
  y: number;
  id: number;
  state: FactoryState;
  selected: boolean;
  onSelect: (stage: number) => void;
}) {
  const { box } = state.scene.places;
  const name = state.scene.names[id]!;
  const says = standing(state, id);
  const word = state.states[state.is[id]!]!.replace(" ", "-");
  const member = state.member[id]!;
  const select = (): void => onSelect(id);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a button cannot stand in an SVG */}
      <g
        role="button"
        tabIndex={0}
        aria-label={`${name}: ${says}, ${state.shelf[id]} on the shelf${member === "" ? "" : `, taken for ${member}`}`}
        aria-pressed={selected}
        class={`stage ${word}${selected ? " selected" : ""}${member === "down" ? " missed" : ""}`}
        onClick={select}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") select();
        }}
      >
        <title>{`${name}: ${says}`}</title>
        <rect x={x} y={y} width={box.width} height={box.height} rx="4" />
        <text x={x + 8} y={y + box.height / 2 + 4}>
          {name}
        </text>
      </g>
      {/* Beside the button: its name says it in words. */}
      <text x={x + box.width - 8} y={y + box.height / 2 + 4} class="count">
        {state.shelf[id]! > 0 ? state.shelf[id] : ""}
      </text>
    </>
  );
}

/** Many alike: a strip of them, each in the colour of its state. */
function Crowd({
  x,
  y,
  ids,
  state,
  onSelect,
}: {
  x: number;
  y: number;
  ids: readonly number[];
  state: FactoryState;
  onSelect: (stage: number) => void;
}) {
  const { box } = state.scene.places;
  const width = box.width / ids.length;
  const running = ids.filter((id) => state.states[state.is[id]!] === "running").length;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in an SVG
    <g
      role="button"
      tabIndex={0}
      aria-label={`${ids.length} stages, ${running} run`}
      class="crowd"
      onClick={({ target }) => onSelect(Number((target as SVGElement).dataset.id ?? ids[0]!))}
      onKeyDown={(event) => {
        if (event.key === "Enter") onSelect(ids[0]!);
      }}
    >
      {ids.map((id, index) => (
        <rect
          key={id}
          data-id={id}
          class={`stage ${state.states[state.is[id]!]!.replace(" ", "-")}`}
          x={x + index * width}
          y={y}
          width={width}
          height={box.height}
        >
          <title>{`${state.scene.names[id]}: ${standing(state, id)}`}</title>
        </rect>
      ))}
      <text x={x + 8} y={y + box.height / 2 + 4}>
        {ids.length} stages, {running} run
      </text>
    </g>
  );
}

/** Where boxes are, and the curves between them. */
function layoutOf({ classes, places, names }: FactoryScene) {
  const { box } = places;
  const classOf: number[] = names.map(() => 0);
  const at: Point[] = names.map(() => [0, 0]);
  for (const [index, { name, ids }] of classes.entries()) {
    const [x, y] = places.classes[name]!;
    for (const [place, id] of ids.entries()) {
      classOf[id] = index;
      const row = ids.length > BOXES_MAX ? 0 : place;
      at[id] = [x, y + row * (box.height + box.gap) + box.height / 2];
    }
  }
  const bendsOf = (from: string, to: string): readonly Point[] =>
    places.bends[`${from}>${to}`] ?? [];
  const points = (from: number, to: number): readonly Point[] => {
    const [fromX, fromY] = at[from]!;
    const bends = bendsOf(classes[classOf[from]!]!.name, classes[classOf[to]!]!.name);
    return [[fromX + box.width, fromY], ...passing(bends, box.width), at[to]!];
  };
  const middle = (name: string): Point => {
    const { ids } = classes.find((each) => each.name === name)!;
    return at[ids[Math.floor((ids.length - 1) / 2)]!]!;
  };
  return {
    classOf,
    way: (from: number, to: number): string => curve(points(from, to)),
    between: (from: string, to: string): string => {
      const [x, y] = middle(from);
      return curve([[x + box.width, y], ...passing(bendsOf(from, to), box.width), middle(to)]);
    },
    along: (from: number, to: number, share: number): Point => alongOf(points(from, to), share),
  };
}

/** A way that passes a column runs straight while it does. */
const passing = (bends: readonly Point[], width: number): readonly Point[] =>
  bends.flatMap(([x, y]): Point[] => [
    [x - width / 2, y],
    [x + width / 2, y],
  ]);

function curve([[startX, startY] = [0, 0], ...rest]: readonly Point[]): string {
  let [x, y] = [startX, startY];
  let path = `M${x} ${y}`;
  for (const [nextX, nextY] of rest) {
    const bend = (x + nextX) / 2;
    path += `C${bend} ${y} ${bend} ${nextY} ${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
  }
  return path;
}

/** A point of such a curve, by its share of the way across. */
function alongOf(points: readonly Point[], share: number): Point {
  const [startX] = points[0]!;
  const [endX] = points.at(-1)!;
  const x = startX + share * (endX - startX);
  for (let index = 1; index < points.length; index++) {
    const [[fromX, fromY], [toX, toY]] = [points[index - 1]!, points[index]!];
    if (x > toX && index < points.length - 1) continue;
    const part = toX === fromX ? 0 : Math.min(1, Math.max(0, (x - fromX) / (toX - fromX)));
    // The cubic with level ends, near enough.
    const eased = part * part * (3 - 2 * part);
    return [x, fromY + eased * (toY - fromY)];
  }
  return points.at(-1)!;
}
