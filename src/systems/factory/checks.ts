// What is claimed of every run of a factory, beside the audit of its stores.
import { oneLeaderPerTerm } from "../../checks/agreement.ts";
import { eventually, type Failure, type Note, sometimes } from "../../checks/notes.ts";
import type { Check } from "../../core/check.ts";
import { type Micros, micros, seconds } from "../../core/micros.ts";
import { WAIT_MAX } from "./desk.ts";
import type { Plant } from "./plant.ts";

/** Notes that end what `sent` began. */
const OVER = new Set(["delivered", "refused", "lost"]);

export function factoryChecks(plant: Plant): readonly Check[] {
  const checks = [settledEnd(plant), occurs("ships", "A final lot leaves the plant.")];
  if (plant.leadership !== null) {
    checks.push(oneLeaderPerTerm(), occurs("plans", "A leader publishes a flow."));
  }
  if (plant.recalls && plant.flows.length > 1) {
    checks.push(occurs("recalling", "A lot under way is called back as the flow changes."));
  }
  return checks;
}

/**
 * I10: in calm, every lot under way is settled within the longest wait between two questions, the way there
 * and back, and a second for what is on the wires.
 */
function settledEnd(plant: Plant): Check {
  const arcs = plant.flows.flatMap(({ inbound }) => inbound.flat(2));
  const way = arcs.reduce((longest, { transport }) => Math.max(longest, transport), 0);
  const within: Micros = micros(2 * WAIT_MAX * plant.resend + 2 * way + seconds(1));
  return eventually("settled-end", "Every lot under way is settled.", within, ({ due }) => {
    const underway = new Map<string, Note>();
    return {
      note(note) {
        const lot = note.fields.lot as string;
        if (note.name === "sent") underway.set(lot, note);
        else if (OVER.has(note.name)) underway.delete(lot);
        return undefined;
      },
      end(): Failure | undefined {
        for (const [lot, { timeMicros, event }] of underway) {
          if (timeMicros > due) continue;
          return { reason: `${lot} was sent and never settled`, witnesses: [event] };
        }
        return undefined;
      },
    };
  });
}

const occurs = (name: string, claim: string): Check =>
  sometimes(name, claim, () => ({
    note: (note) => (note.name === name ? { reason: claim, witnesses: [note.event] } : undefined),
  }));
