// All machines in one picture: an orrery of few, dials of tens, cells of hundreds and more. Point at one to read it,
// click it to look into it, draw a line around some to set them apart from the others.
import { useSignal } from "@preact/signals";
import { useId, useMemo, useRef } from "preact/hooks";
import { UP } from "../../protocol.ts";
import { chosenKind } from "../faults/chosen.ts";
import { chooseSide, choosing, sides, turnSide } from "../faults/sides.ts";
import { amount, count } from "../format.ts";
import { lookInto, panel } from "../shell/panel.ts";
import { palette, reducedMotion } from "../shell/theme.ts";
import { hindrance, selected } from "../store.ts";
import { type Draw, Surface } from "../surface.tsx";
import type { Connection } from "../watched/connection.ts";
import { useWatched } from "../watched/context.ts";
import { ticksPerTurn } from "../watched/ticks.ts";
import { FEW } from "../watched/traffic.ts";
import { cells, MEASURES, type Measure } from "./cells.ts";
import { dials } from "./dials.ts";
import { type Point, spotAt, within } from "./lasso.ts";
import { orrery } from "./orrery.ts";
import type { Picture, Scene, Spot } from "./picture.ts";

/** Up to so many machines are dials. */
const DIALS_MAX = 100;
/** A pointer that moved so far, px, draws a line. */
const DRAWS = 6;

export function Sky() {
  const watched = useWatched();
  const measure = useSignal<Measure>("events/s");
  const most = useSignal(0);
  const title = useId();
  const frame = watched.frame.value;
  const info = watched.show.value;
  const picture = useMemo(
    () =>
      pictureOf(watched, measure.value, (value) => {
        most.value = value;
      }),
    [info, measure.value],
  );
  if (frame === null || info === null) return null;
  const few = info.names.length <= DIALS_MAX;
  return (
    <section class="card sky" aria-labelledby={title}>
      <div class="card-head">
        <h2 id={title}>Machines</h2>
        {few ? (
          <TurnLegend connection={watched} />
        ) : (
          <label class="quiet">
            strong is much:{" "}
            <select
              value={measure.value}
              onChange={({ currentTarget }) => {
                measure.value = currentTarget.value as Measure;
              }}
            >
              {MEASURES.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>{" "}
            up to {amount(most.value)}
          </label>
        )}
      </div>
      <PointedAt connection={watched} picture={picture} />
    </section>
  );
}

function pictureOf({ show }: Connection, measure: Measure, most: (value: number) => void): Picture {
  const { names = [], rates = [] } = show.peek() ?? {};
  if (names.length > DIALS_MAX) return cells(measure, most);
  return names.length <= FEW && rates.some((rate) => rate > 0) ? orrery : dials;
}

/** How many ticks a turn is, and that it stands. */
function TurnLegend({ connection }: { readonly connection: Connection }) {
  const { standings, speed } = connection.frame.value!;
  const fastest = Math.max(...standings.rate);
  if (fastest === 0) return <span class="quiet">brighter is busier</span>;
  if (reducedMotion.value) return <span class="quiet">a tail is as long as the rate is high</span>;
  const ticks = ticksPerTurn(fastest * speed);
  return <span class="quiet">one turn is {ticks === 1 ? "a tick" : `${count(ticks)} ticks`}</span>;
}

/** The picture, and what a pointer does on it. */
function PointedAt({
  connection,
  picture,
}: {
  readonly connection: Connection;
  readonly picture: Picture;
}) {
  const hovered = useSignal<number | null>(null);
  const at = useSignal<Point>([0, 0]);
  const spots = useRef<readonly Spot[]>([]);
  const line = useRef<Point[]>([]);
  const frozen = useRef<number | null>(null);
  const draw: Draw = (context, size, wall) => {
    // Another run was chosen, and nothing of it has come yet.
    if (connection.frame.peek() === null) return false;
    const now = frozen.current ?? connection.clock.at(wall);
    const scene = sceneOf(connection, now, hovered.peek());
    spots.current = picture.spots(scene, size);
    picture.draw(context, scene, size, spots.current);
    if (line.current.length > 1) drawLine(context, line.current);
    const glows = !scene.still && connection.traffic.fade(wall);
    const playing = connection.frame.peek()?.playing === true;
    return glows || (playing && !scene.still && scene.info.names.length <= DIALS_MAX);
  };
  const onPointer = (event: PointerEvent, x: number, y: number): void => {
    const point: Point = [x, y];
    at.value = point;
    if (event.type === "pointerdown") {
      line.current = [point];
      // What turns is hard to draw a line around.
      frozen.current = connection.clock.at(performance.now());
    } else if (event.type === "pointermove" && line.current.length > 0) {
      drag(line.current, point, event);
    } else if (event.type === "pointerup" && line.current.length > 0) {
      if (line.current.length > 1) encircle(within(spots.current, line.current), event.shiftKey);
      else pick(spotAt(spots.current, point));
    }
    const ends = event.type !== "pointerdown" && event.type !== "pointermove";
    if (ends) [line.current, frozen.current] = [[], null];
    hovered.value = event.type === "pointerleave" ? null : spotAt(spots.current, point);
  };
  // Read here, so that a change of any draws again.
  void [connection.frame.value, palette.value, sides.value, selected.value, hovered.value];
  return (
    <div class={choosing.value ? "picture choosing" : "picture"}>
      <Surface label={summary(connection)} draw={draw} onPointer={onPointer} />
      <Tip connection={connection} process={hovered.value} at={at.value} />
    </div>
  );
}

function drag(line: Point[], point: Point, { currentTarget, pointerId }: PointerEvent): void {
  const [x, y] = line.at(-1)!;
  if (Math.hypot(point[0] - x, point[1] - y) < DRAWS || hindrance("fault") !== null) return;
  if (line.length === 1) (currentTarget as Element).setPointerCapture(pointerId);
  line.push(point);
}

/** Sets them apart from the others. */
function encircle(processes: readonly number[], isB: boolean): void {
  if (processes.length === 0) return;
  chooseSide(processes, isB ? "b" : "a");
  if (chosenKind.value !== "links") chosenKind.value = "partition";
  panel.value = "faults";
}

function pick(process: number | null): void {
  if (process === null) return;
  if (choosing.value) turnSide(process);
  else lookInto(process);
}

function sceneOf(connection: Connection, now: number, hovered: number | null): Scene {
  const { standings, speed } = connection.frame.peek()!;
  const { ticks, traffic, activity } = connection;
  return {
    info: connection.show.peek()!,
    ...{ standings, now, hovered, ticks, traffic },
    perTurn: ticksPerTurn(Math.max(...standings.rate) * speed),
    still: reducedMotion.peek(),
    palette: palette.peek(),
    selected: selected.peek(),
    sides: sides.peek(),
    activity: (process) => activity.of(process),
  };
}

function drawLine(context: CanvasRenderingContext2D, line: readonly Point[]): void {
  context.beginPath();
  for (const [x, y] of line) context.lineTo(x, y);
  context.closePath();
  context.setLineDash([4, 3]);
  context.lineWidth = 1.5;
  context.strokeStyle = palette.peek().accent;
  context.stroke();
  context.setLineDash([]);
}

function summary({ show, frame }: Connection): string {
  const { names } = show.peek()!;
  const states = frame.peek()?.standings.state ?? [];
  const down = states.filter((state) => state !== UP).length;
  const ill = down === 0 ? "all up" : `${down} not up`;
  return `Picture of ${names.length} machines, ${ill}; the table beside it says the same in words.`;
}

function Tip({
  connection,
  process,
  at: [x, y],
}: {
  readonly connection: Connection;
  readonly process: number | null;
  readonly at: Point;
}) {
  if (process === null) return null;
  const { lamport, waiting, rate } = connection.frame.value!.standings;
  const name = connection.show.value?.names[process];
  return (
    <div class="tip" style={{ left: `${x}px`, top: `${y}px` }} aria-hidden="true">
      <strong>{name}</strong>
      {rate[process] === 0 ? "" : ` ${amount(rate[process]!)}/s`} · L {count(lamport[process]!)} ·
      inbox {count(waiting[process]!)}
    </div>
  );
}
