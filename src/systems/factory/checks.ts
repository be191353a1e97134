// What is claimed of every run of a factory, beside the audit of its stores.
import { oneLeaderPerTerm } from "../../checks/agreement.ts";
import { eventually, type Failure, type Note, sometimes } from "../../checks/notes.ts";
import type { Check } from "../../core/check.ts";
import { type Micros, micros, parseMicros, seconds } from "../../core/micros.ts";
import type { Plant } from "./plant.ts";
import { WAIT_MAX } from "./stage/desk.ts";
import { isSteady, resumeBound } from "./stall.ts";

/** Notes that end what `sent` began. */
const OVER = new Set(["delivered", "refused", "lost"]);

export function factoryChecks(plant: Plant): readonly Check[] {
  const checks = [settledEnd(plant), occurs("ships", "A final lot leaves the plant.")];
  if (plant.leadership !== null) {
    checks.push(oneLeaderPerTerm(), occurs("plans", "A leader publishes a flow."));
    if (isSteady(plant)) checks.push(productionResumes(plant));
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
  const { transport, timeScale } = plant.params;
  const ways = [transport.default, ...transport.routes.map(({ time }) => time)].map(parseMicros);
  const way = Math.max(...ways) / timeScale;
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

/** I11: in calm, a lot leaves the plant again and again. Calm begins when nothing is changed by plan any more. */
const productionResumes = (plant: Plant): Check =>
  eventually(
    "production-resumes",
    "Final lots leave the plant.",
    resumeBound(plant),
    ({ due }) => {
      let last: Note | undefined;
      return {
        note(note) {
          if (note.name === "ships") last = note;
          return undefined;
        },
        end(): Failure | undefined {
          if (last !== undefined && last.timeMicros > due) return undefined;
          const witnesses = last === undefined ? [] : [last.event];
          return { reason: "no lot left the plant any more", witnesses };
        },
      };
    },
    plant.stages.reduce((last, { changes }) => Math.max(last, changes.at(-1)?.at ?? 0), 0),
  );

const occurs = (name: string, claim: string): Check =>
  sometimes(name, claim, () => ({
    note: (note) => (note.name === name ? { reason: claim, witnesses: [note.event] } : undefined),
  }));
