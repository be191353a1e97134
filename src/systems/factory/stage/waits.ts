// Waits by a local clock that may be set back: what is waited for comes no later for it than it would have.
import type { Desk } from "./desk.ts";
import { way } from "./handoff.ts";

/** The clock was set back since the last step: all that is due is due so much earlier by it. */
export function keepTime(desk: Desk): void {
  const { stage, now } = desk;
  const back = stage.clock - now;
  if (back <= 0) return;
  const earlier = <Of extends { readonly due: number }>(of: Of): Of => ({
    ...of,
    due: of.due - back,
  });
  desk.set({
    requests: stage.requests.map(earlier),
    resends: stage.resends.map(earlier),
    armed: stage.armed.map((due) => due - back),
  });
  for (const [lot, held] of stage.in.entries) {
    if (held.due !== null) desk.setIn(lot, { ...held, due: held.due - back });
  }
  for (const [number, lot] of stage.out.entries) {
    if (lot.state === "returning") desk.setLot(number, { ...lot, due: lot.due! - back });
  }
}

/** It was away, and the clock may have been set back meanwhile: goods on their way take at most all of it. */
export function shortenWays(desk: Desk): void {
  const { plan, stage, now } = desk;
  for (const [lot, held] of stage.in.entries) {
    const most = now + way(desk, held.from, plan.id);
    if (held.due !== null && held.due > most) desk.setIn(lot, { ...held, due: most });
  }
  for (const [number, lot] of stage.out.entries) {
    if (lot.state !== "returning") continue;
    const most = now + way(desk, plan.id, lot.to!);
    if (lot.due! > most) desk.setLot(number, { ...lot, due: most });
  }
}
