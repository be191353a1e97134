// The space-time view (Lamport 1978, figure 1): a lane for each process, time to the right, messages as arrows.
import { show } from "../store.ts";
import { Diagram } from "./diagram.ts";
import { AXIS } from "./faults.ts";
import { listen } from "./input.ts";
import { wantedHeight, xOf, yOf } from "./pane.ts";
import { KEYS, Key, Panel } from "./panel.tsx";
import { STRIP } from "./strip.ts";
import { Tools } from "./tools.tsx";
import { sentenceOf } from "./words.ts";
import "./space-time.css";

/** It stays as it was left while other views are looked at. */
const diagram = new Diagram();

let leave: (() => void) | undefined;

function attach(stage: HTMLElement | null): void {
  leave?.();
  const canvas = stage?.querySelector("canvas") ?? null;
  leave = stage === null || canvas === null ? undefined : listen(stage, canvas, diagram);
  diagram.attach(canvas);
}

export function SpaceTime() {
  const info = show.value;
  if (info === null) return <p>Nothing is shown yet.</p>;
  const height = AXIS + 40 + wantedHeight(info.names.length) + STRIP;
  return (
    <section class="space-time" aria-label="Space-time diagram">
      <Tools diagram={diagram} />
      <div
        class="space-time-stage"
        style={{ maxHeight: `${height}px` }}
        ref={attach}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is an application takes keys
        tabIndex={0}
        role="application"
        aria-roledescription="space-time diagram"
        aria-label={`Events of ${info.names.length} processes and the messages between them`}
        aria-describedby="space-time-keys"
      >
        <canvas />
        <Tip />
      </div>
      <p id="space-time-keys" class="unseen">
        {KEYS}
      </p>
      <p class="unseen" aria-live="polite">
        {diagram.said.value}
      </p>
      <Key diagram={diagram} />
      <Panel diagram={diagram} />
    </section>
  );
}

/** The event that is looked at, beside it. */
function Tip() {
  void diagram.drawn.value;
  const row = diagram.rowOf(diagram.focus.value);
  if (row < 0) return null;
  const { pane, book, names } = diagram;
  const x = xOf(pane, book.time[row]!);
  const y = yOf(pane, book.process[row]!);
  if (x < pane.gutter || x > pane.width || y < pane.head || y > pane.height) return null;
  const left = x > pane.width / 2;
  const place = left ? { right: `${pane.width - x + 14}px` } : { left: `${x + 14}px` };
  const above = y > pane.height / 2;
  const height = above ? { bottom: `${pane.height - y + 12 + STRIP}px` } : { top: `${y + 12}px` };
  return (
    <div class="space-time-tip" style={{ ...place, ...height }} aria-hidden="true">
      {sentenceOf(book, row, names)}
      <br />L {book.lamport[row]}, inbox {book.inbox[row]}
    </div>
  );
}
