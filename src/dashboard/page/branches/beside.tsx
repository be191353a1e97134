// Two runs side by side, such as one and its branch: each at a glance, and their lines in one chart.
import type { ComponentChildren } from "preact";
import uPlot from "uplot";
import { count, instant } from "../format.ts";
import { Figures } from "../overview/figures.tsx";
import { type Line, Lines } from "../overview/lines.tsx";
import { Machines } from "../overview/machines.tsx";
import { Sky } from "../overview/sky.tsx";
import { TimeRange } from "../overview/time-range.tsx";
import { palette } from "../shell/theme.ts";
import { main } from "../store.ts";
import type { Connection } from "../watched/connection.ts";
import { Watched } from "../watched/context.ts";
import type { History } from "../watched/history.ts";
import { showBeside } from "./beside-state.ts";
import "./beside.css";

/** Of more machines the middle and the highest are compared. */
const LINES_MAX = 6;

export function Beside({ other }: { readonly other: Connection }) {
  const is = other.frame.value !== null && other.show.value !== null;
  return (
    <div class="beside">
      <Pane connection={main} letter="A" />
      {is ? <Pane connection={other} letter="B" /> : <p class="empty">Connecting…</p>}
      {is ? <Compared other={other} /> : null}
    </div>
  );
}

function Pane({
  connection,
  letter,
}: {
  readonly connection: Connection;
  readonly letter: string;
}) {
  const info = connection.show.value!;
  const isBranch = connection !== main;
  const says = info.branchOf?.says ?? `seed ${info.seed}`;
  return (
    <section class="pane" aria-label={`Run ${letter}: ${says}`}>
      <header>
        <h2>
          <b>{letter}</b> {says}
        </h2>
        <span class="quiet">{instant(connection.frame.value!.now)}</span>
        {isBranch ? (
          <button type="button" class="plain" onClick={() => showBeside(null)}>
            Close
          </button>
        ) : null}
      </header>
      <Watched.Provider value={connection}>
        <Figures />
        <Sky />
        <Machines />
      </Watched.Provider>
    </section>
  );
}

function Compared({ other }: { readonly other: Connection }) {
  return (
    <section class="compared" aria-label="Both compared">
      <Both title="L: A solid, B dashed" other={other} of="lamport" head={<TimeRange />} />
      <Both title="Inbox: A solid, B dashed" other={other} of="waiting" />
      <Differences other={other} />
    </section>
  );
}

type BothProps = {
  readonly title: string;
  readonly other: Connection;
  readonly of: "lamport" | "waiting";
  readonly head?: ComponentChildren;
};

function Both({ title, other, of, head }: BothProps) {
  const names = main.show.value!.names;
  const { series } = palette.value;
  void [main.frame.value, other.frame.value];
  const told = names.length <= LINES_MAX ? names : ["middle", "highest"];
  const lines = ["A", "B"].flatMap((run) =>
    told.map(
      (name, place): Line => ({
        name: `${run} ${name}`,
        colour: series[place % series.length]!,
        dashed: run === "B",
      }),
    ),
  );
  const data = (): uPlot.AlignedData =>
    uPlot.join([columns(main.history, of, told.length), columns(other.history, of, told.length)]);
  return <Lines stepped title={title} lines={lines} data={data} head={head} />;
}

function columns(history: History, of: "lamport" | "waiting", lines: number): uPlot.AlignedData {
  const all = history[of];
  const spread = of === "lamport" ? history.lamports : history.waitings;
  return [history.seconds, ...(all.length === lines ? all : [spread.mid, spread.high])];
}

/** What differs most comes first. */
const SHOWN = 12;

function Differences({ other }: { readonly other: Connection }) {
  const [here, there] = [main.frame.value!.standings, other.frame.value!.standings];
  const names = main.show.value!.names;
  const apart = (process: number): number => there.lamport[process]! - here.lamport[process]!;
  const order = [...names.keys()]
    .sort((a, b) => Math.abs(apart(b)) - Math.abs(apart(a)) || a - b)
    .slice(0, SHOWN);
  return (
    <section class="card">
      <div class="card-head">
        <h2>What differs</h2>
        <span class="quiet">{names.length > SHOWN ? `the ${SHOWN} that differ most` : ""}</span>
      </div>
      <table class="differences">
        <thead>
          <tr>
            <th scope="col">machine</th>
            <th scope="col">L in A</th>
            <th scope="col">in B</th>
            <th scope="col">B − A</th>
            <th scope="col">inbox in A</th>
            <th scope="col">in B</th>
          </tr>
        </thead>
        <tbody>
          {order.map((process) => (
            <tr key={process}>
              <th scope="row">{names[process]}</th>
              <td>{count(here.lamport[process]!)}</td>
              <td>{count(there.lamport[process]!)}</td>
              <td>{`${apart(process) > 0 ? "+" : ""}${count(apart(process))}`}</td>
              <td>{count(here.waiting[process]!)}</td>
              <td>{count(there.waiting[process]!)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
