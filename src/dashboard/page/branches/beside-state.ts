// The run that is shown beside the first, over a connection of its own; and how both are driven together.
import { signal } from "@preact/signals";
import type { Act } from "../../protocol.ts";
import { act, attempt, main, shownId, shows } from "../store.ts";
import { Connection } from "../watched/connection.ts";

export const beside = signal<Connection | null>(null);

/** Two runs that are not so far apart are at the same time, µs. */
const SAME = 1_000;

/** Shows a run beside the first; null: none. */
export function showBeside(id: string | null): void {
  beside.peek()?.close();
  beside.value = null;
  if (id === null) return;
  const other = new Connection(id);
  other.open();
  beside.value = other;
}

/** From here on in another way, beside the run as it is. Both stand, so that they start together. */
export async function branch(how: {
  readonly seed?: number;
  readonly fault?: string;
}): Promise<void> {
  await attempt({ do: "pause" });
  const id = await attempt({ do: "branch", ...how });
  showBeside(String(id));
}

/** The runs that can be compared with the shown one: of as many machines, with the same names. */
export function comparable(): readonly { readonly id: string; readonly says: string }[] {
  const own = shows.value.find(({ id }) => id === shownId.value);
  return shows.value
    .filter(({ id, names }) => id !== own?.id && String(names) === String(own?.names))
    .map(({ id, title, branchOf }) => ({ id, says: branchOf?.says ?? title }));
}

/** Does it to the shown run, and to the one beside it. */
export async function drive(what: Act): Promise<void> {
  const other = beside.peek();
  if (what.do === "play" && other !== null) await align(other);
  const ids = [shownId.peek(), ...(other === null ? [] : [other.shownId.peek()])];
  await Promise.all(ids.map((id) => act(what, id)));
}

/** Whoever is behind comes up to the other, so that both are compared at the same time. */
async function align(other: Connection): Promise<void> {
  const [here, there] = [main.frame.peek()?.now ?? 0, other.frame.peek()?.now ?? 0];
  if (Math.abs(here - there) < SAME) return;
  const behind = here < there ? main : other;
  await act({ do: "seek", at: Math.max(here, there) }, behind.shownId.peek());
}
