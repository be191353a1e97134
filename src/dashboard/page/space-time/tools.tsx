// What one can do with the diagram, as buttons and a search.

import { count } from "../format.ts";
import { show } from "../store.ts";
import type { Diagram } from "./diagram.ts";
import { zoomBy, zoomLanes } from "./input.ts";

/** More lanes than these do not have all the height they could use. */
const FEW = 8;

export function Tools({ diagram }: { readonly diagram: Diagram }) {
  const following = diagram.following.value;
  const cut = diagram.cut.value !== null;
  return (
    <div class="space-time-tools">
      <Seek diagram={diagram} />
      <span class="space-time-group">
        <button type="button" aria-label="zoom out" onClick={() => zoomBy(diagram, 2)}>
          −
        </button>
        <button type="button" aria-label="zoom in" onClick={() => zoomBy(diagram, 0.5)}>
          +
        </button>
        <button type="button" onClick={() => diagram.fit()}>
          all
        </button>
        <button type="button" aria-pressed={following} onClick={() => diagram.follow()}>
          follow
        </button>
      </span>
      {diagram.names.length > FEW ? (
        <span class="space-time-group">
          <button type="button" aria-label="lower lanes" onClick={() => zoomLanes(diagram, 0.7)}>
            ▾
          </button>
          <button
            type="button"
            aria-label="higher lanes"
            onClick={() => zoomLanes(diagram, 1 / 0.7)}
          >
            ▴
          </button>
        </span>
      ) : null}
      <span class="space-time-group">
        <button type="button" aria-pressed={cut} onClick={() => diagram.toggleCut()}>
          cut
        </button>
        <button type="button" onClick={() => save(diagram)}>
          save SVG
        </button>
      </span>
    </div>
  );
}

function Seek({ diagram }: { readonly diagram: Diagram }) {
  const search = diagram.search.value;
  const found = diagram.foundCount.value;
  const at = diagram.foundAt.value;
  const place = at < 0 ? count(found) : `${count(at + 1)} of ${count(found)}`;
  return (
    <search class="space-time-seek">
      <input
        type="search"
        aria-label="Search events"
        placeholder="name, kind, label, note"
        value={search?.query ?? ""}
        onInput={({ currentTarget }) => diagram.seek(currentTarget.value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Enter") diagram.goToMatch(event.shiftKey ? -1 : 1);
        }}
      />
      {search === null ? null : (
        <>
          <output>{found === 0 ? "none" : place}</output>
          <button
            type="button"
            aria-label="previous match"
            disabled={found === 0}
            onClick={() => diagram.goToMatch(-1)}
          >
            ‹
          </button>
          <button
            type="button"
            aria-label="next match"
            disabled={found === 0}
            onClick={() => diagram.goToMatch(1)}
          >
            ›
          </button>
        </>
      )}
    </search>
  );
}

/** Hands the window over as a file. */
function save(diagram: Diagram): void {
  const address = URL.createObjectURL(new Blob([diagram.svg()], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${show.value?.id ?? "run"}-space-time.svg`;
  link.click();
  // Not at once: some browsers begin to read it later.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
