// The head of the page: what is shown, the views, and whether there is a connection.
import {
  connected,
  frame,
  mayAct,
  show,
  shownId,
  shows,
  VIEWS,
  type ViewName,
  view,
  watch,
} from "../store.ts";
import { helpIsOpen } from "./keys.tsx";
import { panel } from "./panel.ts";
import { THEMES, theme } from "./theme.ts";

const NAMES: { readonly [name in ViewName]: string } = {
  overview: "Overview",
  "space-time": "Space-time",
  factory: "Factory",
  runs: "Runs",
};

/** Only a system that has a look of its own has all views. */
export const isThere = (name: ViewName): boolean =>
  name !== "factory" || show.value?.view === "factory";

export function Header() {
  return (
    <header class="head">
      <h1>
        <Mark />
        Orrery
      </h1>
      <RunSelector />
      <nav aria-label="Views">
        {VIEWS.map((name, place) =>
          isThere(name) ? (
            <button
              key={name}
              type="button"
              title={`Key ${place + 1}`}
              aria-current={view.value === name ? "page" : undefined}
              onClick={() => {
                view.value = name;
              }}
            >
              {NAMES[name]}
            </button>
          ) : null,
        )}
      </nav>
      <div class="head-end">
        <Standing />
        <button
          type="button"
          class="plain"
          aria-pressed={panel.value !== null}
          title="Machine, faults and branches (key P)"
          onClick={() => {
            panel.value = panel.value === null ? "faults" : null;
          }}
        >
          Panel
        </button>
        <ThemeSelector />
        <button
          type="button"
          class="plain"
          aria-label="Keys"
          title="Keys (?)"
          onClick={() => {
            helpIsOpen.value = true;
          }}
        >
          ?
        </button>
      </div>
    </header>
  );
}

/** Two bodies on their rings. */
function Mark() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <circle cx="10" cy="10" r="8.5" class="ring" />
      <circle cx="10" cy="10" r="4.5" class="ring" />
      <circle cx="16" cy="4" r="2.4" class="far" />
      <circle cx="6.8" cy="13.2" r="1.8" class="near" />
    </svg>
  );
}

function RunSelector() {
  if (shows.value.length === 0) return null;
  return (
    <label class="runs">
      <span class="unseen">Run</span>
      <select
        value={shownId.value ?? ""}
        onChange={({ currentTarget }) => watch(currentTarget.value)}
      >
        {shows.value.map(({ id, title, runtime, source, seed, branchOf }) => (
          <option key={id} value={id}>
            {branchOf === undefined
              ? `${nameOf(title)} · ${source === "log" ? "a log" : `${source === "kept" ? `kept, ${runtime}` : runtime} · seed ${seed}`}`
              : `${nameOf(title)} · branch: ${branchOf.says}`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Of a path the last part. */
const nameOf = (title: string): string => title.split("/").at(-1) || title;

function Standing() {
  const now = frame.value;
  const [tone, says] = !connected.value
    ? ["alarm", "reconnecting…"]
    : now === null
      ? ["quiet", "no run"]
      : now.ended
        ? ["quiet", "ended"]
        : now.playing
          ? ["good", "running"]
          : ["warn", "standing"];
  return (
    <span class={`standing ${tone}`} role="status">
      {says}
      {connected.value && !mayAct.value ? ", watching only" : ""}
    </span>
  );
}

function ThemeSelector() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
  return (
    <button
      type="button"
      class="plain"
      title={`Light or dark: ${theme.value}; next: ${next}`}
      aria-label={`Light or dark: ${theme.value}`}
      onClick={() => {
        theme.value = next;
      }}
    >
      {{ system: "◐", light: "○", dark: "●" }[theme.value]}
    </button>
  );
}
