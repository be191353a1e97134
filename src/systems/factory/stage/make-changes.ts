// A stage makes the changes that are planned for it.

import { KEY } from "../messages.ts";
import type { PlannedChange } from "../revisions.ts";
import { type Desk, isAway } from "./desk.ts";

/** Makes the changes that are due, each once. Returns when the next is, µs; undefined if none is left. */
export function makeChanges(desk: Desk): number | undefined {
  const { changes } = desk.plan;
  for (let made = desk.stage.changed; made < changes.length; made++) {
    const change = changes[made]!;
    if (change.at > desk.now) return change.at;
    desk.context.put(KEY.changed, made + 1);
    desk.set({ changed: made + 1 });
    make(desk, change);
    desk.note("changes", { to: change.kind });
  }
  return undefined;
}

function make(desk: Desk, change: PlannedChange): void {
  switch (change.kind) {
    case "bill":
      // Else what is no longer taken would be sent, refused and sent again for as long as it is asked for.
      for (const [id, { item }] of desk.stage.requests.entries) {
        if (!desk.bill.some((line) => line.item === item && line.need > 0)) desk.removeRequest(id);
      }
      break;
    case "scrap shelf":
      for (const [number, { state, amount }] of desk.stage.out.entries) {
        if (state !== "available") continue;
        desk.log("settled", { lot: number, fate: "scrapped", amount });
        desk.settle(number);
        desk.note("scraps", { lot: desk.idOf(number) });
      }
      break;
    case "write off": {
      const to = desk.plant.stages.find(({ name }) => name === change.to)!.id;
      for (const [number, lot] of desk.stage.out.entries) {
        if (lot.to !== to || !isAway(lot) || lot.state === "lost") continue;
        desk.setLot(number, { ...lot, state: "lost" });
        desk.forgetResend(number);
        desk.note("lost", { lot: desk.idOf(number), to });
      }
      break;
    }
    default:
  }
}
