// The run in numbers.
import type { ComponentChildren } from "preact";
import { type Frame, type ShowInfo, UP } from "../../protocol.ts";
import { amount, briefly, count } from "../format.ts";
import { useWatched } from "../watched/context.ts";
import { notUp } from "./order.ts";

type Tone = "good" | "warn" | "alarm";

type FigureProps = {
  readonly name: string;
  readonly title: string;
  readonly tone?: Tone | undefined;
  readonly children: ComponentChildren;
};

function Figure({ name, title, tone, children }: FigureProps) {
  return (
    <div class="figure" title={title}>
      <dt>{name}</dt>
      <dd class={tone ?? ""}>{children}</dd>
    </div>
  );
}

export function Figures() {
  const { frame, show, activity } = useWatched();
  const now = frame.value;
  const info = show.value;
  if (now === null || info === null) return null;
  const { sent, received, lost } = now.messages;
  const { lamport } = now.standings;
  const drift =
    lamport.reduce((a, b) => Math.max(a, b), 0) - lamport.reduce((a, b) => Math.min(a, b));
  return (
    <dl class="figures">
      <Up frame={now} />
      <Figure name="events/s" title="Events in a second of the run, at present">
        {amount(activity.perSecond)}
      </Figure>
      <Figure name="events" title="Events of the whole run so far">
        {briefly(now.rows)}
      </Figure>
      <Figure name="sent" title="Messages that were sent, copies counted">
        {briefly(sent)}
      </Figure>
      <Figure name="received" title="Messages that a machine has taken from its inbox">
        {briefly(received)}
      </Figure>
      <Figure
        name="lost"
        title="Messages that were dropped on their way"
        tone={lost > 0 ? "warn" : undefined}
      >
        {briefly(lost)}
      </Figure>
      <Figure name="drift" title="The highest Lamport clock less the lowest">
        {briefly(drift)}
      </Figure>
      <HealthOf frame={now} />
      <Theory info={info} />
    </dl>
  );
}

function Up({ frame: { standings } }: { readonly frame: Frame }) {
  const { down, paused } = notUp(standings);
  const total = standings.state.length;
  const up = standings.state.filter((state) => state === UP).length;
  const tone = down > 0 ? "alarm" : up < total ? "warn" : "good";
  const says = [...(down > 0 ? [`${down} down`] : []), ...(paused > 0 ? [`${paused} paused`] : [])];
  return (
    <Figure
      name="up"
      title={says.join(", ") || (up < total ? "Not all have begun" : "All machines are up")}
      tone={tone}
    >
      {count(up)}
      <small> of {count(total)}</small>
    </Figure>
  );
}

/** Of real processes and wires. */
function HealthOf({ frame: { health } }: { readonly frame: Frame }) {
  if (health === null) return null;
  const of = (name: string, title: string, value: number) => (
    <Figure name={name} title={title} tone={value > 0 ? "warn" : undefined}>
      {briefly(value)}
    </Figure>
  );
  return (
    <>
      {of("late", "Ticks that came late", health.late)}
      {of("skipped", "Ticks that were passed over", health.skipped)}
      {of("reconnects", "Connections that were made again", health.reconnects)}
      {of("refusals", "Connections or messages that were refused", health.refusals)}
    </>
  );
}

function Theory({ info: { theory } }: { readonly info: ShowInfo }) {
  const said = Object.entries(theory);
  if (said.length === 0) return null;
  const [name, says] = said[0]!;
  const more = said.length === 1 ? "" : ` and ${said.length - 1} more`;
  return (
    <Figure
      name="theory"
      title={said.map(([who, what]) => `${who}: ${what}`).join("\n")}
      tone="warn"
    >
      <small>
        {name}
        {more}: {says}
      </small>
    </Figure>
  );
}
