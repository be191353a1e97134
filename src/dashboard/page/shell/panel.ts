// The panel at the side: what it shows, if it is open.
import { signal } from "@preact/signals";
import { selected } from "../store.ts";

export const PANELS = ["machine", "faults", "branches"] as const;
export type PanelName = (typeof PANELS)[number];

/** From this width on, px, there is room for it beside the views. */
const ROOM = 900;

export const panel = signal<PanelName | null>(innerWidth >= ROOM ? "faults" : null);

/** Selects a process and shows it in the panel; the one that is selected already, no more. */
export function lookInto(process: number): void {
  selected.value = selected.value === process ? null : process;
  if (selected.value !== null) panel.value = "machine";
}
