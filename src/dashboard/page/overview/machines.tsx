// All machines as a table: of many only the rows that are seen are there.
import { type Signal, useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { EVENT_KINDS } from "../../../core/trace-event.ts";
import type { Frame, ShowInfo } from "../../protocol.ts";
import { choosing, sides, turnSide } from "../faults/sides.ts";
import { amount, briefly, count, span } from "../format.ts";
import { colourOf } from "../shell/palette.ts";
import { lookInto } from "../shell/panel.ts";
import { selected } from "../store.ts";
import { useWatched } from "../watched/context.ts";
import { COLUMNS, type Column, HOW, howIs, type Order, ordered, windowOf } from "./order.ts";
import "./machines.css";

const ROW = 27;
/** From so many on they are searched. */
const MANY = 12;
/** Machines that are sorted by what changes change places no more often, ms. */
const SORTED = 1_000;

const FULL: { readonly [name in Column]: string } = {
  machine: "Name",
  rate: "Ticks per second",
  L: "Lamport clock",
  behind: "How far its Lamport clock is behind the highest",
  inbox: "Messages and timers that wait",
  state: "Up, down or paused",
  "inc.": "Incarnation: how often it began",
  last: "Last event, and how long ago",
};

export function Machines() {
  const { frame, show } = useWatched();
  const title = useId();
  const text = useSignal("");
  const order = useSignal<Order>({ by: "machine", falls: false });
  const info = show.value;
  const now = frame.value;
  const rows = useOrdered(info, now, text, order);
  if (info === null || now === null) return null;
  const total = info.names.length;
  return (
    <section class="card machines" aria-labelledby={title}>
      <div class="card-head">
        <h2 id={title}>{total === 1 ? "One machine" : `${count(total)} machines`}</h2>
        {total > MANY ? (
          <label class="quiet">
            <span class="unseen">Search machines</span>
            <input
              type="search"
              placeholder="name, down or paused"
              value={text.value}
              onInput={({ currentTarget }) => {
                text.value = currentTarget.value;
              }}
            />{" "}
            {rows.length === total ? "" : `${count(rows.length)} found`}
          </label>
        ) : null}
      </div>
      <Rows info={info} frame={now} rows={rows} order={order} />
    </section>
  );
}

/** Sorted anew when what is asked for changes, and now and then. */
function useOrdered(
  info: ShowInfo | null,
  frame: Frame | null,
  text: Signal<string>,
  order: Signal<Order>,
): readonly number[] {
  const last = useRef({ key: "", at: 0, rows: [] as readonly number[] });
  if (info === null || frame === null) return [];
  const { by, falls } = order.value;
  const key = `${info.id} ${by} ${falls} ${text.value}`;
  const now = performance.now();
  if (key !== last.current.key || now - last.current.at > SORTED) {
    const rows = ordered(info.names, frame.standings, text.value, order.value);
    last.current = { key, at: now, rows };
  }
  return last.current.rows;
}

type RowsProps = {
  readonly info: ShowInfo;
  readonly frame: Frame;
  readonly rows: readonly number[];
  readonly order: Signal<Order>;
};

function Rows({ info, frame, rows, order }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const seen = useSignal({ top: 0, height: 600 });
  const look = (): void => {
    const { scrollTop: top, clientHeight: height } = box.current!;
    seen.value = { top, height };
  };
  const { first, end } = windowOf(rows.length, { ...seen.value, row: ROW });
  const { lamport, waiting } = frame.standings;
  const highest = lamport.reduce((high, value) => Math.max(high, value), 0);
  const longest = waiting.reduce((high, value) => Math.max(high, value), 1);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move on among the buttons in it
    <div
      ref={box}
      class="rows"
      onScroll={look}
      onKeyDown={(event) => move(event, rows, box.current!)}
    >
      <table class={choosing.value ? "sided" : ""} aria-rowcount={rows.length + 1}>
        <Head order={order} sided={choosing.value} />
        <tbody>
          <Space rows={first} />
          {rows.slice(first, end).map((process, index) => (
            <Row
              key={process}
              {...{ info, frame, process, highest, longest }}
              place={first + index + 2}
            />
          ))}
          <Space rows={rows.length - end} />
        </tbody>
      </table>
    </div>
  );
}

function Space({ rows }: { readonly rows: number }) {
  return rows === 0 ? null : (
    <tr>
      <td class="space" style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}

function Head({ order, sided }: { readonly order: Signal<Order>; readonly sided: boolean }) {
  const { by, falls } = order.value;
  const sort = (column: Column): void => {
    order.value = { by: column, falls: column === by ? !falls : column !== "machine" };
  };
  return (
    <thead>
      <tr>
        {sided ? (
          <th scope="col" class="of-side">
            side
          </th>
        ) : null}
        {COLUMNS.map((column) => (
          <th
            key={column}
            scope="col"
            class={`of-${column.replace(".", "")}`}
            aria-sort={by === column ? (falls ? "descending" : "ascending") : undefined}
          >
            <button type="button" title={FULL[column]} onClick={() => sort(column)}>
              {column}
              <span aria-hidden="true">{by === column ? (falls ? " ↓" : " ↑") : ""}</span>
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

type RowProps = {
  readonly info: ShowInfo;
  readonly frame: Frame;
  readonly process: number;
  readonly highest: number;
  readonly longest: number;
  readonly place: number;
};

function Row({ info, frame, process, highest, longest, place }: RowProps) {
  const { lamport, waiting, incarnation, rate, last, lastAt } = frame.standings;
  const name = info.names[process]!;
  const how = howIs(frame.standings, process);
  const kind = EVENT_KINDS[last[process]!]?.name;
  const chosen = selected.value === process;
  const theory = info.theory[name];
  const share = { "--share": `${(100 * waiting[process]!) / longest}%` };
  return (
    <tr class={`${how}${chosen ? " chosen" : ""}`} aria-rowindex={place}>
      {choosing.value ? <SideOf process={process} name={name} /> : null}
      <th scope="row">
        <button
          type="button"
          data-process={process}
          aria-pressed={chosen}
          onClick={() => lookInto(process)}
        >
          <i class="dot" style={{ background: colourOf(process) }} />
          {name}
        </button>
        {theory === undefined ? null : (
          <abbr class="theory" title={`Theory: ${theory}`}>
            θ<span class="unseen"> theory: {theory}</span>
          </abbr>
        )}
      </th>
      <td>{rate[process] === 0 ? "–" : `${amount(rate[process]!)}/s`}</td>
      <td>{briefly(lamport[process]!)}</td>
      <td class="of-behind">{briefly(highest - lamport[process]!)}</td>
      <td class="bar" style={share}>
        {briefly(waiting[process]!)}
      </td>
      <td class="state">{HOW[how]}</td>
      <td class="of-inc">{incarnation[process]}</td>
      <td class="of-last">
        {kind === undefined ? "–" : `${kind} ${span(Math.max(0, frame.now - lastAt[process]!))}`}
      </td>
    </tr>
  );
}

function SideOf({ process, name }: { readonly process: number; readonly name: string }) {
  const side = sides.value.get(process);
  return (
    <td>
      <button
        type="button"
        class={`side ${side ?? ""}`}
        aria-label={`${name} is on ${side === undefined ? "no side" : `side ${side.toUpperCase()}`}`}
        onClick={() => turnSide(process)}
      >
        {side?.toUpperCase() ?? "–"}
      </button>
    </td>
  );
}

/** Arrows go from row to row, also to those that are not there yet. */
function move(event: KeyboardEvent, rows: readonly number[], box: HTMLElement): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const process = (event.target as HTMLElement).dataset?.process;
  if (by === 0 || process === undefined) return;
  event.preventDefault();
  const at = rows.indexOf(Number(process)) + by;
  const next = rows[at];
  if (next === undefined) return;
  const [top, height] = [at * ROW, box.clientHeight - 2 * ROW];
  if (top < box.scrollTop) box.scrollTop = top;
  if (top > box.scrollTop + height) box.scrollTop = top - height;
  requestAnimationFrame(() => {
    box.querySelector<HTMLElement>(`[data-process="${next}"]`)?.focus();
  });
}
