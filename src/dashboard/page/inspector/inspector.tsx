// The selected process at the present moment of the run: how it stands, what waits in its inbox, what it has stored.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { EVENT_KINDS, labelOf } from "../../../core/trace-event.ts";
import type { Look } from "../../protocol.ts";
import { beside } from "../branches/beside-state.ts";
import { amount, count, span } from "../format.ts";
import { HOW, howIs } from "../overview/order.ts";
import { colourOf } from "../shell/palette.ts";
import { act, hindrance, main, selected } from "../store.ts";
import type { Connection } from "../watched/connection.ts";
import { Tree } from "./tree.tsx";
import "./inspector.css";

/** It is asked for again no sooner, ms. */
const PAUSE = 250;
/** What the buttons do, s. */
const SHORTLY = 5;

export function Inspector() {
  const process = selected.value;
  const other = beside.value;
  if (process === null || main.show.value === null) {
    return <p class="quiet">Select a machine: in the picture, in the table, or by J and K.</p>;
  }
  return (
    <>
      <Inspected connection={main} process={process} letter={other === null ? "" : "A: "} />
      {other === null ? null : <Inspected connection={other} process={process} letter="B: " />}
    </>
  );
}

type InspectedProps = {
  readonly connection: Connection;
  readonly process: number;
  readonly letter: string;
};

function Inspected({ connection, process, letter }: InspectedProps) {
  const frame = connection.frame.value;
  const info = connection.show.value;
  const look = useLook(connection, process);
  if (frame === null || info === null || info.names[process] === undefined) return null;
  const name = info.names[process];
  const { lamport, waiting, incarnation, rate, last, lastAt, events } = frame.standings;
  const how = howIs(frame.standings, process);
  const ago = span(Math.max(0, frame.now - lastAt[process]!));
  const theory = info.theory[name];
  return (
    <section class="inspected" aria-label={`${letter}${name}`}>
      <h3>
        <i class="dot" style={{ background: colourOf(process) }} />
        {letter}
        {name}
        <span class={`state ${how}`}>{HOW[how]}</span>
      </h3>
      {theory === undefined ? null : <p class="reason">Theory: {theory}</p>}
      <dl class="facts">
        <Fact name="L" value={count(lamport[process]!)} />
        <Fact name="inbox" value={count(waiting[process]!)} />
        <Fact name="incarnation" value={String(incarnation[process])} />
        <Fact name="ticks/s" value={rate[process] === 0 ? "–" : amount(rate[process]!)} />
        <Fact name="events" value={count(events[process]!)} />
        <Fact
          name="last event"
          value={last[process] === -1 ? "–" : `${EVENT_KINDS[last[process]!]!.name} ${ago} ago`}
        />
      </dl>
      {connection === main ? <Quick name={name} /> : null}
      {look === null ? null : <Looked look={look} names={info.names} />}
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** What is done most, without a form. */
function Quick({ name }: { readonly name: string }) {
  const reason = hindrance("fault");
  const put = (kind: string) => () => act({ do: "fault", text: `${kind} ${name} 0s..${SHORTLY}s` });
  return (
    <div class="buttons">
      <button type="button" disabled={reason !== null} title={reason ?? ""} onClick={put("crash")}>
        Kill for {SHORTLY} s
      </button>
      <button type="button" disabled={reason !== null} title={reason ?? ""} onClick={put("pause")}>
        Pause for {SHORTLY} s
      </button>
    </div>
  );
}

/** Asks again as the run goes on, one question at a time. */
function useLook(connection: Connection, process: number): Look | null {
  const look = useSignal<Look | null>(null);
  const asking = useRef(false);
  const now = connection.frame.value?.now;
  useEffect(() => {
    if (now === undefined || asking.current) return undefined;
    asking.current = true;
    const done = (answer: Look | null): void => {
      look.value = answer;
      setTimeout(() => {
        asking.current = false;
      }, PAUSE);
    };
    connection.lookAt(process).then(done, () => done(null));
    return undefined;
  }, [connection, process, now, look, asking.current]);
  return look.value?.process === process ? look.value : null;
}

const SOURCES: { readonly [from in Look["from"]]: string } = {
  simulation: "as the simulation has it",
  "trace and stores": "from its trace and what its store kept",
  trace: "from its trace alone: names, but no values",
};

function Looked({ look, names }: { readonly look: Look; readonly names: readonly string[] }) {
  const { stored, inbox, more } = look;
  return (
    <>
      <h4>
        Inbox <span class="quiet">{count(inbox.length + more.inbox)}</span>
      </h4>
      {inbox.length === 0 ? <p class="quiet">No message is on its way to it, or waits.</p> : null}
      <ol class="inbox">
        {inbox.map(([from, message], place) => (
          <li key={place}>
            <i class="dot" style={{ background: colourOf(from) }} />
            <Tree
              name={`${names[from] ?? from} · ${labelOf(message) ?? "message"}`}
              value={message}
            />
          </li>
        ))}
      </ol>
      {more.inbox > 0 ? <p class="quiet">and {count(more.inbox)} more</p> : null}
      <h4>
        Stored <span class="quiet">{count(stored.length + more.stored)} keys</span>
      </h4>
      {stored.length === 0 ? <p class="quiet">Its store is empty.</p> : null}
      {stored.map(([key, value]) => (
        <Tree key={key} name={key} value={value} />
      ))}
      {more.stored > 0 ? <p class="quiet">and {count(more.stored)} more</p> : null}
      <p class="quiet">Known {SOURCES[look.from]}.</p>
    </>
  );
}
