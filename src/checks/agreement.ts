// Ready-made checks of who may do what at a time, and of what all must come to agree in.
import type { Check } from "../core/check.ts";
import { canonical, type Json } from "../core/json.ts";
import type { Micros } from "../core/micros.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import { always, eventually, type Failure, type Note } from "./notes.ts";

/**
 * At most one process at a time is between its notes `enter` and `leave`, for each value of their field
 * `resource`, if they have one. A crash leaves.
 */
export const mutualExclusion = (enter = "enter", leave = "leave"): Check =>
  always(
    "mutual-exclusion",
    `At most one process is between "${enter}" and "${leave}".`,
    ({ names }) => {
      const inside = new Map<string, Note>();
      const resourceOf = ({ fields }: Note): string => canonical(fields.resource ?? null);
      return {
        note(note) {
          const resource = resourceOf(note);
          const holder = inside.get(resource);
          if (note.name === leave && holder?.process === note.process) inside.delete(resource);
          if (note.name !== enter) return undefined;
          inside.set(resource, note);
          if (holder === undefined || holder.process === note.process) return undefined;
          return {
            reason: `${names[note.process]} entered while ${names[holder.process]} was inside`,
            witnesses: [holder.event, note.event],
          };
        },
        crash({ process }) {
          for (const [resource, note] of inside) {
            if (note.process === process) inside.delete(resource);
          }
          return undefined;
        },
      };
    },
  );

/** No two processes note `leads` with the same `term`. */
export const oneLeaderPerTerm = (leads = "leads"): Check =>
  always("one-leader-per-term", "No two processes lead in one term.", ({ names }) => {
    const leaders = new Map<string, Note>();
    return {
      note(note) {
        if (note.name !== leads) return undefined;
        const term = canonical(note.fields.term ?? null);
        const before = leaders.get(term);
        leaders.set(term, note);
        if (before === undefined || before.process === note.process) return undefined;
        const both = `${names[before.process]} and ${names[note.process]}`;
        return {
          reason: `${both} lead in term ${term}`,
          witnesses: [before.event, note.event],
        };
      },
    };
  });

/**
 * All processes that note `name` noted the same fields last. What a process that crashed had noted still
 * counts, until it notes again.
 */
export const convergence = (name: string, within: Micros): Check =>
  eventually("convergence", `All processes note the same "${name}".`, within, ({ names }) => {
    const latest = new Map<number, Note>();
    return {
      note(note) {
        if (note.name === name) latest.set(note.process, note);
        return undefined;
      },
      end() {
        const [first, ...others] = latest.values();
        if (first === undefined) return nothingNoted(name);
        const textOf = ({ fields }: Note): string => canonical(fields as Json);
        const other = others.find((note) => textOf(note) !== textOf(first));
        if (other === undefined) return undefined;
        const said = (note: Note): string => `${names[note.process]} has ${textOf(note)}`;
        return {
          reason: `${said(first)}, ${said(other)}`,
          witnesses: [first.event, other.event],
        };
      },
    };
  });

const nothingNoted = (name: string): Failure => ({
  reason: `nobody noted "${name}"`,
  witnesses: [],
});

/**
 * What leaves one process (a note `out`) and enters another (a note `into`) is the same, by `id`: nothing
 * enters that did not leave, or twice; and in the end everything has entered.
 */
export const conservation = (out: string, into: string, within: Micros): readonly Check[] => [
  always(
    "conservation",
    `What is noted "${into}" was noted "${out}" before, and only once.`,
    () => {
      const left = new Map<string, TraceEvent>();
      const entered = new Map<string, TraceEvent>();
      return {
        note({ name, fields, event }) {
          const id = canonical(fields.id ?? null);
          if (name === out) left.set(id, event);
          if (name !== into) return undefined;
          const before = entered.get(id);
          entered.set(id, event);
          if (before !== undefined) {
            return { reason: `${id} entered twice`, witnesses: [before, event] };
          }
          if (left.has(id)) return undefined;
          return { reason: `${id} entered and had not left`, witnesses: [event] };
        },
      };
    },
  ),
  eventually("nothing-lost", `What is noted "${out}" is noted "${into}".`, within, ({ due }) => {
    const under = new Map<string, TraceEvent>();
    const entered = new Set<string>();
    return {
      note({ name, fields, event }) {
        const id = canonical(fields.id ?? null);
        if (name === into) {
          under.delete(id);
          entered.add(id);
        } else if (name === out && event.timeMicros <= due && !entered.has(id)) {
          under.set(id, event);
        }
        return undefined;
      },
      end() {
        const [lost] = under;
        if (lost === undefined) return undefined;
        return { reason: `${lost[0]} left and never entered`, witnesses: [lost[1]] };
      },
    };
  }),
];
