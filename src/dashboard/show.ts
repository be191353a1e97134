// A run that is watched, wherever its events come from.
import type { Observer } from "../core/check.ts";
import type { Json } from "../core/json.ts";
import type { Act, Frame, Look, ShowInfo } from "./protocol.ts";
import type { Cuts, Rows } from "./rows.ts";

export interface Show {
  readonly info: ShowInfo;
  readonly rows: Rows;
  readonly cuts: Cuts;
  frame(): Frame;
  /** @throws OrreryError if it cannot, or what is asked makes no sense */
  act(act: Act): Promise<Json> | Json;
  look(process: number): Look;
  /** Genealogy of a lot, if the system has lots. */
  lot?(lot: string): Json;
  close(): Promise<void> | void;
}

/** The state of a system's own view, from the rows so far. */
export interface ViewState extends Observer<Json> {
  /** What the page shows; cheap: it is asked several times a second. */
  state(): Json;
  /** All about a lot of the system's, if it has such. */
  lot?(lot: string): Json;
}
