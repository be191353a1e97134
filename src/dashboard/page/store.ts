// What the page knows, as signals: the run that is shown, what of it is looked at, and what may be done to it.
import { computed, effect, signal } from "@preact/signals";
import type { Json } from "../../core/json.ts";
import type { Ability, Act, ShowInfo } from "../protocol.ts";
import { Connection } from "./watched/connection.ts";

export const VIEWS = ["overview", "space-time", "factory", "runs"] as const;
export type ViewName = (typeof VIEWS)[number];

/** The run that is shown. */
export const main = new Connection(null, () => {
  book = main.book;
  selected.value = null;
});
export const { connected, shows, shownId, frame, rowsVersion, viewState, show } = main;
export const { incidentsVersion } = main;

/** The rows of the shown run. */
export let book = main.book;

export const view = signal<ViewName>("overview");
/** The process that is looked into. */
export const selected = signal<number | null>(null);
/** What went wrong last, until it is dismissed. */
export const complaint = signal<string | null>(null);
/** The key of the address: without it one may watch. */
const key = location.hash.slice(1);
export const mayAct = computed(() => key !== "" && connected.value);

/** Of the shown run, why it cannot be; null: it can. */
export function hindrance(ability: Ability): string | null {
  const info = show.value;
  if (!connected.value || info === null) return "There is no connection to a run.";
  if (!info.can.includes(ability)) return INABILITY[ability](info);
  return mayAct.value
    ? null
    : "This page may only watch: open it by the address that was printed, with its key.";
}

const INABILITY: { readonly [ability in Ability]: (info: ShowInfo) => string } = {
  play: ({ source }) =>
    source === "real" ? "Real processes do not wait: pause single ones." : "This run cannot play.",
  step: () => "Only a simulation or a run that was kept can be stepped.",
  fault: ({ source }) =>
    source === "kept" || source === "log"
      ? "This run is over, and nothing can befall it any more."
      : "Faults cannot be put into this run.",
  branch: () => "Only a simulation can go on in another way from here.",
  audit: () => "The stores of this run cannot be audited.",
};

/** Connects, and goes on connecting. */
export function connect(): void {
  main.open();
  effect(() => main.wantBook(view.value === "space-time" || view.value === "factory"));
}

/** Shows another run from its beginning, as far as its rows are kept. */
export function watch(id: string): void {
  main.watch(id);
}

/** Does something to the shown run, or another. @throws Error with what the server says if it refuses */
export function attempt(what: Act, id = shownId.peek()): Promise<Json> {
  return main.act(what, id, key);
}

/** As `attempt`; what is refused is complained of on the page. */
export async function act(what: Act, id = shownId.peek()): Promise<Json> {
  try {
    return await attempt(what, id);
  } catch (cause) {
    complaint.value = (cause as Error).message;
    return null;
  }
}

export const lotOf = (lot: string): Promise<Json> => main.lotOf(lot);
