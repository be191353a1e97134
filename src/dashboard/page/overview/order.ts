// Which machines a list shows, and in which order.
import { DOWN, PAUSED, type Standings } from "../../protocol.ts";

export const COLUMNS = [
  "machine",
  "rate",
  "L",
  "behind",
  "inbox",
  "state",
  "inc.",
  "last",
] as const;
export type Column = (typeof COLUMNS)[number];
export type Order = { readonly by: Column; readonly falls: boolean };

export type How = "up" | "down" | "paused" | "new";

/** How a process is, in words. */
export const HOW: { readonly [how in How]: string } = {
  up: "up",
  down: "down",
  paused: "paused",
  new: "not yet",
};

/** Who never began is not down. */
export function howIs({ state, incarnation }: Standings, process: number): How {
  if (state[process] === PAUSED) return "paused";
  if (state[process] !== DOWN) return "up";
  return incarnation[process] === 0 ? "new" : "down";
}

/** The processes whose name or state has that text in it, sorted; equal ones by their number. */
export function ordered(
  names: readonly string[],
  standings: Standings,
  text: string,
  { by, falls }: Order,
): readonly number[] {
  const wanted = text.trim().toLowerCase();
  const found = [...names.keys()].filter(
    (process) =>
      names[process]!.toLowerCase().includes(wanted) || HOW[howIs(standings, process)] === wanted,
  );
  if (by === "machine") return falls ? found.reverse() : found;
  const value = columnOf(by, standings);
  const sign = falls ? -1 : 1;
  return found.sort((a, b) => sign * (value(a) - value(b)) || a - b);
}

function columnOf(
  by: Exclude<Column, "machine">,
  standings: Standings,
): (process: number) => number {
  const column = {
    rate: standings.rate,
    L: standings.lamport,
    behind: standings.lamport,
    inbox: standings.waiting,
    state: standings.state,
    "inc.": standings.incarnation,
    last: standings.lastAt,
  }[by];
  // Who has the highest clock is the least behind.
  return by === "behind" ? (process) => -column[process]! : (process) => column[process]!;
}

/** How many are down, and how many paused. */
export function notUp(standings: Standings): { readonly down: number; readonly paused: number } {
  let [down, paused] = [0, 0];
  for (const process of standings.state.keys()) {
    const how = howIs(standings, process);
    if (how === "down") down++;
    else if (how === "paused") paused++;
  }
  return { down, paused };
}

/** Rows of a long list that are seen, and some about them. */
export function windowOf(
  rows: number,
  { top, height, row }: { readonly top: number; readonly height: number; readonly row: number },
): { readonly first: number; readonly end: number } {
  const SPARE = 6;
  const first = Math.max(0, Math.min(rows, Math.floor(top / row)) - SPARE);
  return { first, end: Math.min(rows, Math.ceil((top + height) / row) + SPARE) };
}
