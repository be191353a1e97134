// The panel at the side: what it shows, if it is open.
import { signal } from "@preact/signals";

export const PANELS = ["machine", "faults", "branches"] as const;
export type PanelName = (typeof PANELS)[number];

/** From this width on, px, there is room for it beside the views. */
const ROOM = 900;

export const panel = signal<PanelName | null>(innerWidth >= ROOM ? "faults" : null);
