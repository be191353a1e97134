// What is written below the diagram: the key, the event that is looked at, past and future of the chosen one, the cut.

import { count } from "../format.ts";
import type { Diagram } from "./diagram.ts";
import { instantText } from "./ticks.ts";
import { cutText, factsOf, knownText, reachText, sentenceOf } from "./words.ts";

type Of = { readonly diagram: Diagram };

/** What the keys do, for those who listen to the diagram, and for all while nothing else is to be said. */
export const KEYS =
  "With the diagram in focus, brackets go to the previous or next event of a process, up and down to another process, Enter chooses, " +
  "Escape leaves. Left and right move in time, plus and minus zoom, less and greater make lanes lower and higher, F shows all, L follows the present, " +
  "C cuts at the event, N goes to the next match.";

/** Shapes as they are drawn, 16 px wide. */
const SHAPES = [
  { name: "send", shape: <circle cx="8" cy="8" r="4" /> },
  { name: "receive", shape: <circle class="hollow" cx="8" cy="8" r="3.5" /> },
  { name: "note or idle step", shape: <circle cx="8" cy="8" r="2" /> },
  { name: "timeout", shape: <path d="M8 4l4 4-4 4-4-4z" /> },
  { name: "start", shape: <path d="M7 1h2v14h-2z" /> },
  { name: "arrives", shape: <path d="M7.5 3h1v5h-1z" /> },
  { name: "stores", shape: <path d="M6 9h3v3h-3z" /> },
  { name: "lost, crash", shape: <path class="alarm" d="M4 4l8 8M4 12l8-8" /> },
];

export function Key({ diagram }: Of) {
  const told = diagram.chosen.value !== null;
  return (
    <p class="space-time-key">
      {SHAPES.map(({ name, shape }) => (
        <span key={name}>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            {shape}
          </svg>
          {name}
        </span>
      ))}
      {told ? (
        <>
          <span class="past">━ past</span>
          <span class="future">━ future</span>
          <span>faint: concurrent</span>
        </>
      ) : null}
      <span class="space-time-remark">{diagram.remark.value}</span>
    </p>
  );
}

export function Panel({ diagram }: Of) {
  void diagram.learned.value;
  return (
    <div class="space-time-panel">
      {looked(diagram)}
      {chosen(diagram)}
      {cutLine(diagram)}
    </div>
  );
}

function looked(diagram: Diagram) {
  const { book, names } = diagram;
  const focus = diagram.rowOf(diagram.focus.value);
  const row = focus < 0 ? diagram.rowOf(diagram.chosen.value) : focus;
  if (row < 0) {
    return (
      <p class="space-time-hint">Point at an event; a click shows its past and future. {KEYS}</p>
    );
  }
  return (
    <div>
      <h2>{sentenceOf(book, row, names)}</h2>
      <dl>
        {factsOf(book, row, names).map(({ term, says }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function chosen(diagram: Diagram) {
  const { book, names, reach } = diagram;
  if (reach === null || reach.row >= book.count) return null;
  const same = diagram.focus.value === null || diagram.focus.value === diagram.chosen.value;
  const known = knownText(reach, names, book.process[reach.row]!);
  return (
    <div>
      <h2>{same ? "Its past and future" : `Chosen: ${sentenceOf(book, reach.row, names)}`}</h2>
      <p>{reachText(book, reach, names)}.</p>
      <p>
        It knows of {known}.{" "}
        {book.first === 0
          ? null
          : `Among the ${count(book.count)} rows that are here, from ${instantText(book.firstTime)} on.`}
      </p>
    </div>
  );
}

function cutLine(diagram: Diagram) {
  const { book, names, crossing } = diagram;
  if (crossing === null) return null;
  return (
    <div>
      <h2>Cut</h2>
      <p class={crossing.violations > 0 ? "alarm" : undefined}>{cutText(book, crossing, names)}</p>
      <p class="space-time-hint">
        Drag the line, or its handle on one lane; C moves it to the event that is looked at, shift C
        on its lane alone.
      </p>
    </div>
  );
}
