// The order in which messages that go to all are delivered, by what processes note of it.
import type { Check } from "../core/check.ts";
import { canonical } from "../core/json.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import { always, type Watch, type Watched } from "./notes.ts";

/** How a system notes that a message is sent to all and that one is delivered, both with its `id`. */
export type Broadcasts = { readonly broadcast: string; readonly deliver: string };

const NAMES: Broadcasts = { broadcast: "broadcast", deliver: "deliver" };

/** Nobody delivers a message before those of the same sender that it had broadcast before. */
export const fifoDelivery = (names: Broadcasts = NAMES): Check =>
  always(
    "fifo-delivery",
    "Messages of one sender are delivered in the order in which it broadcast them.",
    (of) => orderly(names, of, false),
  );

/**
 * Nobody delivers a message before those that its sender had broadcast or delivered before it
 * broadcast it. Source: Birman, Joseph 1987; Cachin, Guerraoui, Rodrigues 2011, §3.9. Memory: what
 * each message directly follows, and a set of delivered messages for each process.
 */
export const causalDelivery = (names: Broadcasts = NAMES): Check =>
  always(
    "causal-delivery",
    "No message is delivered before one that it may have been caused by.",
    (of) => orderly(names, of, true),
  );

type Known = { readonly id: string; readonly event: TraceEvent };

/**
 * Only what a process learnt since its last broadcast is looked at, as that one stands for what was
 * before. `heard`: what it delivered counts too. Time: linear in what is delivered.
 */
function orderly({ broadcast, deliver }: Broadcasts, { names }: Watched, heard: boolean): Watch {
  const causes = new Map<string, readonly Known[]>();
  const learnt = new Map<number, Known[]>();
  const delivered = new Map<number, Set<string>>();
  return {
    note({ name, process, fields, event }) {
      if (name !== broadcast && name !== deliver) return undefined;
      const id = canonical(fields.id ?? null);
      const seen = delivered.get(process) ?? new Set<string>();
      delivered.set(process, seen);
      if (name === broadcast) {
        causes.set(id, learnt.get(process) ?? []);
        learnt.set(process, [{ id, event }]);
        // To itself it is delivered there and then, whether that is noted or not.
        seen.add(id);
      }
      if (seen.has(id)) return undefined;
      seen.add(id);
      const known = learnt.get(process) ?? [];
      learnt.set(process, known);
      if (heard) known.push({ id, event });
      const missed = causes.get(id)?.find((cause) => !seen.has(cause.id));
      if (missed === undefined) return undefined;
      return {
        reason: `${names[process]} delivered ${id} without ${missed.id}, which came before it`,
        witnesses: [missed.event, event],
      };
    },
  };
}
